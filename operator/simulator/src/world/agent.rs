//! The state of a server's agent. A change that takes time is recorded with the moment it takes
//! effect and what held before, so that a reader computes what it sees from the time alone.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Asset;

/// `ClientStatus`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum ClientStatus {
    #[default]
    Online,
    Offline,
    Pause,
}

/// `ClientSubStatus`; `Uninstalled` is what tells "never installed" from "unreachable".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum ClientSubStatus {
    #[default]
    Online,
    Offline,
    Pause,
    Uninstalled,
    Stopped,
}

/// Both fields together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct Client {
    pub client_status: ClientStatus,
    pub client_sub_status: ClientSubStatus,
}

impl Client {
    /// Installed and connected.
    pub const ONLINE: Self = Self {
        client_status: ClientStatus::Online,
        client_sub_status: ClientSubStatus::Online,
    };
    /// No agent on the server.
    pub const UNINSTALLED: Self = Self {
        client_status: ClientStatus::Offline,
        client_sub_status: ClientSubStatus::Uninstalled,
    };
    /// An agent that does not reach Security Center.
    pub const UNREACHABLE: Self = Self {
        client_status: ClientStatus::Offline,
        client_sub_status: ClientSubStatus::Offline,
    };
    /// An agent on a server that does not run.
    const STOPPED: Self = Self {
        client_status: ClientStatus::Offline,
        client_sub_status: ClientSubStatus::Stopped,
    };

    /// Whether the agent is connected.
    pub fn is_online(self) -> bool {
        self.client_status == ClientStatus::Online
    }

    /// Whether there is an agent on the server, connected or not.
    pub fn is_installed(self) -> bool {
        self.client_sub_status != ClientSubStatus::Uninstalled
    }
}

/// A state that held until a change took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct EarlierClient {
    pub client_status: ClientStatus,
    pub client_sub_status: ClientSubStatus,
    /// From then on it no longer holds.
    pub until: Timestamp,
}

impl Asset {
    /// The agent as it was, is or will be at this time.
    pub fn client(&self, at: Timestamp) -> Client {
        let last = Client {
            client_status: self.client_status,
            client_sub_status: self.client_sub_status,
        };
        let mut earlier = self.earlier_clients.iter();
        let client = earlier.find(|held| at < held.until).map_or(last, |held| Client {
            client_status: held.client_status,
            client_sub_status: held.client_sub_status,
        });
        if client.is_installed() && !self.running {
            return Client::STOPPED;
        }
        client
    }

    /// The agent as readers see it, who learn of a change `lag_seconds` late.
    pub fn visible_client(&self, now: Timestamp, lag_seconds: i64) -> Client {
        let lag = SignedDuration::from_secs(lag_seconds);
        self.client(now.checked_sub(lag).unwrap_or(Timestamp::MIN))
    }

    /// Records that the agent will be in another state from this time on. A change that was to
    /// happen later no longer does.
    pub fn change_client(&mut self, to: Client, at: Timestamp) {
        let last = Client {
            client_status: self.client_status,
            client_sub_status: self.client_sub_status,
        };
        let overtaken = self.earlier_clients.iter().find(|held| at <= held.until);
        let before = overtaken.map_or(last, |held| Client {
            client_status: held.client_status,
            client_sub_status: held.client_sub_status,
        });
        self.earlier_clients.retain(|held| held.until < at);
        self.earlier_clients.push(EarlierClient {
            client_status: before.client_status,
            client_sub_status: before.client_sub_status,
            until: at,
        });
        self.client_status = to.client_status;
        self.client_sub_status = to.client_sub_status;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn readers_see_each_change_at_its_time_and_later_by_the_lag() {
        let mut asset = Asset::default();
        asset.change_client(Client::UNINSTALLED, at(30));
        asset.change_client(Client::ONLINE, at(90));
        let seen = |seconds| asset.client(at(seconds)).is_online();
        assert_eq!([0, 29, 30, 89, 90].map(seen), [true, true, false, false, true]);
        assert!(asset.visible_client(at(34), 5).is_online());
        assert!(!asset.visible_client(at(35), 5).is_online());
    }

    #[test]
    fn a_new_cause_overtakes_an_effect_that_was_to_come_later() {
        let mut asset = Asset::default();
        asset.change_client(Client::UNINSTALLED, at(60));
        asset.change_client(Client::UNINSTALLED, at(20));
        asset.change_client(Client::ONLINE, at(40));
        let seen = |seconds| asset.client(at(seconds)).is_online();
        assert_eq!([10, 20, 39, 40, 61].map(seen), [true, false, false, true, true]);
    }

    #[test]
    fn an_agent_on_a_stopped_server_is_offline() {
        let stopped = Asset {
            running: false,
            ..Asset::default()
        };
        assert_eq!(stopped.client(at(0)), Client::STOPPED);
        let bare = Asset {
            client_status: ClientStatus::Offline,
            client_sub_status: ClientSubStatus::Uninstalled,
            ..stopped
        };
        assert_eq!(bare.client(at(0)), Client::UNINSTALLED);
    }
}
