//! Which edition protects a server and which contract pays for it. A change can stay invisible to
//! readers for a while, as in the real cloud, and what an ended subscription bound is free again.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asset, DataCentre, Edition};

/// Which contract pays for a bound server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Billing {
    #[default]
    Subscription,
    PayAsYouGo,
}

/// What readers still see of a changed authorisation, and until when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Shown {
    /// The old edition.
    pub auth_version: Edition,
    /// The old contract.
    pub billing: Billing,
    /// The old time of change.
    pub auth_modified_at: Option<Timestamp>,
    /// From then on readers see the truth.
    pub until: Timestamp,
}

/// Edition, contract and time of change of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Authorisation {
    pub edition: Edition,
    pub billing: Billing,
    pub modified_at: Option<Timestamp>,
}

impl Authorisation {
    /// Whether this contract pays for the server.
    pub fn is_bound_by(self, billing: Billing) -> bool {
        self.edition.is_paid() && self.billing == billing
    }
}

impl Asset {
    /// Changes the authorisation from this time on; readers see it `lag_seconds` later.
    pub fn authorise(&mut self, version: Edition, billing: Billing, at: Timestamp, lag_seconds: i64) {
        let old = self.recorded(at);
        let lag = SignedDuration::from_secs(lag_seconds);
        self.shown = (lag_seconds > 0).then_some(Shown {
            auth_version: old.edition,
            billing: old.billing,
            auth_modified_at: old.modified_at,
            until: at.checked_add(lag).unwrap_or(at),
        });
        self.auth_version = version;
        self.billing = billing;
        self.auth_modified_at = Some(at);
    }

    /// What a reader finds recorded, whatever became of the contract.
    fn recorded(&self, now: Timestamp) -> Authorisation {
        match &self.shown {
            Some(old) if now < old.until => Authorisation {
                edition: old.auth_version,
                billing: old.billing,
                modified_at: old.auth_modified_at,
            },
            _ => Authorisation {
                edition: self.auth_version,
                billing: self.billing,
                modified_at: self.auth_modified_at,
            },
        }
    }
}

impl DataCentre {
    /// The authorisation of a server as it is.
    pub fn authorisation(&self, asset: &Asset, now: Timestamp) -> Authorisation {
        self.while_contract_lasts(
            now,
            Authorisation {
                edition: asset.auth_version,
                billing: asset.billing,
                modified_at: asset.auth_modified_at,
            },
        )
    }

    /// The authorisation of a server as a reader sees it.
    pub fn visible_authorisation(&self, asset: &Asset, now: Timestamp) -> Authorisation {
        self.while_contract_lasts(now, asset.recorded(now))
    }

    /// A world without a subscription may still have servers that are said to be bound by one.
    fn while_contract_lasts(&self, now: Timestamp, held: Authorisation) -> Authorisation {
        match &self.subscription {
            Some(ended) if held.is_bound_by(Billing::Subscription) && !ended.is_active(now) => {
                Authorisation {
                    edition: Edition::FREE,
                    modified_at: ended.end(),
                    ..held
                }
            }
            _ => held,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Subscription;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn readers_see_a_change_after_the_lag_even_if_it_changed_twice() {
        let centre = DataCentre::default();
        let mut asset = Asset::default();
        let seen = |asset: &Asset, seconds| centre.visible_authorisation(asset, at(seconds)).edition;
        asset.authorise(Edition::ULTIMATE, Billing::Subscription, at(0), 10);
        asset.authorise(Edition::ENTERPRISE, Billing::Subscription, at(5), 10);
        assert_eq!(seen(&asset, 14), Edition::FREE);
        assert_eq!(seen(&asset, 15), Edition::ENTERPRISE);
        assert_eq!(centre.authorisation(&asset, at(5)).edition, Edition::ENTERPRISE);
        asset.authorise(Edition::FREE, Billing::Subscription, at(20), 0);
        assert_eq!(seen(&asset, 20), Edition::FREE);
    }

    #[test]
    fn what_an_ended_subscription_bound_is_free() {
        let subscription = Subscription {
            release_time: Some(at(0)),
            ..Subscription::default()
        };
        let centre = DataCentre {
            subscription: Some(subscription),
            ..DataCentre::default()
        };
        let grace = Subscription::GRACE.as_secs();
        let edition = |billing, seconds| {
            let asset = Asset {
                auth_version: Edition::ULTIMATE,
                billing,
                ..Asset::default()
            };
            let seen = centre.visible_authorisation(&asset, at(seconds));
            assert_eq!(seen, centre.authorisation(&asset, at(seconds)));
            seen.edition
        };
        assert_eq!(edition(Billing::Subscription, grace - 1), Edition::ULTIMATE);
        assert_eq!(edition(Billing::Subscription, grace), Edition::FREE);
        assert_eq!(edition(Billing::PayAsYouGo, grace), Edition::ULTIMATE);
    }
}
