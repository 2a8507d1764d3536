//! How an agent gets onto a server and what it needs to come online: a code that is no image code,
//! and a way to the domain that the vendor of the code stands for.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asset, Client, DataCentre, InstallCode};

/// `ResuleCode` of an installation that went well.
pub const INSTALLED: i32 = 0;
/// Security Center cannot install by itself in the region.
pub const REGION_NOT_SUPPORTED: i32 = 1001;
/// The server is not one of Alibaba Cloud.
pub const OUTSIDE: i32 = 1002;
/// The instance does not run.
pub const NOT_STARTED: i32 = 1005;
/// There is no cloud assistant on the instance.
pub const NO_CLOUD_ASSISTANT: i32 = 1008;
/// The command did not end in time.
pub const TIMED_OUT: i32 = 1009;
/// There is an agent already, and it is connected.
pub const ONLINE_ALREADY: i32 = 1010;

/// One installation by OperateAgentClientInstall.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Installation {
    /// The server.
    pub uuid: String,
    /// When it ends.
    pub finish_time: Timestamp,
    /// `ResuleCode` at the end: 0 installed, others as the vendor lists them.
    pub result_code: i32,
}

impl InstallCode {
    /// Whether hosts can still enrol with it.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether an agent that enrols with it reaches Security Center from this server: `ALIYUN`
    /// stands for the internal domain, every other vendor for the one on the internet.
    fn is_reachable_from(&self, asset: &Asset) -> bool {
        if self.vendor_name == "ALIYUN" {
            asset.vendor == 0
        } else {
            asset.reaches_internet
        }
    }
}

impl DataCentre {
    /// Records that at this time an agent was put on a server, which enrols with this code. An
    /// agent that was there before stays connected as it was.
    pub fn install(&mut self, uuid: &str, code: &InstallCode, at: Timestamp) {
        let seconds = self.settings.agents.online_seconds;
        let Some(asset) = self.assets.get_mut(uuid) else {
            return;
        };
        if code.only_image || !code.is_reachable_from(asset) {
            if !asset.client(at).is_installed() {
                asset.change_client(Client::UNREACHABLE, at);
            }
            return;
        }
        let online = at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(at);
        if !asset.client(at).is_online() {
            asset.change_client(Client::ONLINE, online);
        }
        if code.group_id != 0 {
            asset.join(code.group_id, online);
        }
        self.notice(uuid, online);
    }
}
