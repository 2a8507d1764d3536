//! The contracts of an account in one data centre: the subscription with its quotas per edition,
//! pay-as-you-go with its module switches, and the serverless counters.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Edition;

/// Which quota a bound server uses up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum BindType {
    #[default]
    Asset,
    Core,
    AssetAndCore,
}

impl BindType {
    /// Whether servers are counted.
    pub fn counts_servers(self) -> bool {
        self != Self::Core
    }

    /// Whether cores are counted.
    pub fn counts_cores(self) -> bool {
        self != Self::Asset
    }
}

/// What was bought of one edition.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Quota {
    pub bind_type: BindType,
    pub servers: i64,
    pub cores: i64,
}

/// A bought subscription.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Subscription {
    /// `InstanceId` of DescribeVersionConfig.
    #[serde(rename = "instanceID")]
    pub instance_id: String,
    /// When it was bought.
    pub open_time: Timestamp,
    /// When it ends; it still works for the days of grace after that. Absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_time: Option<Timestamp>,
    /// Quotas by edition number.
    pub quotas: BTreeMap<Edition, Quota>,
    /// Whether servers may be unbound before the lock ends.
    pub allow_user_unbind: bool,
    /// Whether new servers are bound automatically.
    pub auto_bind: bool,
}

impl Subscription {
    /// A paid instance becomes free when it is not renewed within so long after its end.
    pub const GRACE: SignedDuration = SignedDuration::from_hours(7 * 24);

    /// When it stops protecting anything, if it does.
    pub fn end(&self) -> Option<Timestamp> {
        self.release_time?.checked_add(Self::GRACE).ok()
    }

    /// Whether it still protects anything.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.end().is_none_or(|end| now < end)
    }
}

/// Endpoint detection and response as pay-as-you-go.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Edr {
    /// Whether new servers are bound automatically.
    pub auto_bind: bool,
    /// Quota of servers (`EDR_HOST_USAGE`).
    pub host_usage: i64,
}

/// The pay-as-you-go contract.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PayAsYouGo {
    /// `PostPayInstanceId`.
    #[serde(rename = "instanceID")]
    pub instance_id: String,
    /// When it was switched on.
    pub open_time: Timestamp,
    /// Stopped because of unpaid bills (`PostPayStatus` 2).
    pub arrears: bool,
    /// Modules by wire name (`POST_HOST`, `VUL`, ...).
    pub modules: BTreeMap<String, bool>,
    /// Whether new servers are bound automatically.
    pub auto_bind: bool,
    /// The edition new servers are bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_bind_version: Option<Edition>,
    /// Ceiling of bound servers; absent means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_servers: Option<i64>,
    /// Ceiling of bound cores; absent means none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_cores: Option<i64>,
    /// Endpoint detection and response; only ModifyPostPayModuleSwitch knows it.
    pub edr: Edr,
}

impl PayAsYouGo {
    /// Whether a module is switched on.
    pub fn is_on(&self, module: &str) -> bool {
        self.modules.get(module).copied().unwrap_or(false)
    }

    /// The switches as the JSON text the wire carries. `BASIC_SERVICE` cannot be set, it is on
    /// when any other module is.
    pub fn module_switch(&self) -> String {
        let mut switches: BTreeMap<&str, i32> = self
            .modules
            .iter()
            .map(|(name, on)| (name.as_str(), i32::from(*on)))
            .collect();
        let any = self.modules.values().any(|on| *on);
        switches.insert("BASIC_SERVICE", i32::from(any));
        serde_json::to_string(&switches).expect("a map of text to numbers is always JSON")
    }
}

/// Counters of GetServerlessAuthSummary.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct Serverless {
    pub auto_bind: bool,
    pub bound_apps: i32,
    pub bound_instances: i32,
    pub bound_cores: i32,
    pub unbound_apps: i32,
    pub unbound_instances: i32,
    pub unbound_cores: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_lives_seven_days_longer_than_it_says() {
        let end: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let subscription = Subscription {
            release_time: Some(end),
            ..Subscription::default()
        };
        assert!(subscription.is_active(end + SignedDuration::from_hours(7 * 24 - 1)));
        assert!(!subscription.is_active(end + SignedDuration::from_hours(7 * 24)));
    }

    #[test]
    fn the_basic_service_follows_the_other_modules() {
        let mut contract = PayAsYouGo::default();
        contract.modules.insert("VUL".into(), false);
        assert_eq!(contract.module_switch(), r#"{"BASIC_SERVICE":0,"VUL":0}"#);
        contract.modules.insert("VUL".into(), true);
        assert_eq!(contract.module_switch(), r#"{"BASIC_SERVICE":1,"VUL":1}"#);
    }
}
