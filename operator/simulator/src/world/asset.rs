//! A server as Security Center lists it, with its agent's state and its authorisation. A change
//! of the authorisation can stay invisible to readers for a while, as in the real cloud.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Edition;

/// Operating system family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum OsType {
    #[default]
    Linux,
    Windows,
}

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

/// One server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct Asset {
    #[serde(rename = "instanceID")]
    pub instance_id: String,
    pub instance_name: String,
    /// The API region, such as `cn-hangzhou`.
    #[serde(rename = "regionID")]
    pub region_id: String,
    /// The physical region where it differs, such as `cn-hangzhou-dg-a01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(rename = "vpcInstanceID")]
    pub vpc_instance_id: String,
    #[serde(rename = "internetIP")]
    pub internet_ip: String,
    #[serde(rename = "intranetIP")]
    pub intranet_ip: String,
    /// The group it is in, 0 for the default group.
    #[serde(rename = "groupID")]
    pub group_id: i64,
    /// Tag names of Security Center.
    pub tags: Vec<String>,
    /// Tags of the cloud's own resource, key to value.
    pub resource_tags: BTreeMap<String, String>,
    pub os_type: OsType,
    pub os_name: String,
    pub kernel: String,
    pub cores: i32,
    pub memory_megabytes: i32,
    /// 0 Alibaba Cloud, 1 outside, 2 IDC, others other clouds.
    pub vendor: i32,
    pub vendor_name: String,
    /// `ecs`, or `serverless` for what the SERVERLESS module protects.
    pub machine_type: String,
    #[serde(rename = "clusterID")]
    pub cluster_id: String,
    pub cluster_name: String,
    /// 2 important, 1 general, 0 test.
    pub importance: i32,
    pub client_status: ClientStatus,
    pub client_sub_status: ClientSubStatus,
    /// Whether the server itself runs.
    pub running: bool,
    /// Whether Security Center has noticed the server yet.
    pub listed: bool,
    pub auth_version: Edition,
    pub billing: Billing,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_modified_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
}

impl Default for Asset {
    fn default() -> Self {
        Self {
            instance_id: String::new(),
            instance_name: String::new(),
            region_id: "cn-hangzhou".to_owned(),
            region: None,
            vpc_instance_id: String::new(),
            internet_ip: String::new(),
            intranet_ip: String::new(),
            group_id: 0,
            tags: Vec::new(),
            resource_tags: BTreeMap::new(),
            os_type: OsType::Linux,
            os_name: "Alibaba Cloud Linux 3".to_owned(),
            kernel: "5.10.134".to_owned(),
            cores: 2,
            memory_megabytes: 4096,
            vendor: 0,
            vendor_name: "ALIYUN".to_owned(),
            machine_type: "ecs".to_owned(),
            cluster_id: String::new(),
            cluster_name: String::new(),
            importance: 1,
            client_status: ClientStatus::Online,
            client_sub_status: ClientSubStatus::Online,
            running: true,
            listed: true,
            auth_version: Edition::FREE,
            billing: Billing::Subscription,
            auth_modified_at: None,
            shown: None,
        }
    }
}

impl Asset {
    /// Whether this contract pays for the server now.
    pub fn is_bound_by(&self, billing: Billing) -> bool {
        self.auth_version.is_paid() && self.billing == billing
    }

    /// Changes the authorisation at once; readers see it `lag_seconds` later.
    pub fn authorise(&mut self, version: Edition, billing: Billing, now: Timestamp, lag_seconds: i64) {
        let (auth_version, old_billing, auth_modified_at) = self.visible_authorisation(now);
        let until = now
            .checked_add(SignedDuration::from_secs(lag_seconds))
            .unwrap_or(now);
        self.shown = (lag_seconds > 0).then_some(Shown {
            auth_version,
            billing: old_billing,
            auth_modified_at,
            until,
        });
        self.auth_version = version;
        self.billing = billing;
        self.auth_modified_at = Some(now);
    }

    /// Edition, contract and time of change as a reader sees them now.
    pub fn visible_authorisation(&self, now: Timestamp) -> (Edition, Billing, Option<Timestamp>) {
        match &self.shown {
            Some(old) if now < old.until => (old.auth_version, old.billing, old.auth_modified_at),
            _ => (self.auth_version, self.billing, self.auth_modified_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_see_a_change_after_the_lag_even_if_it_changed_twice() {
        let mut asset = Asset::default();
        let start = Timestamp::UNIX_EPOCH;
        let at = |seconds| start + SignedDuration::from_secs(seconds);
        asset.authorise(Edition::ULTIMATE, Billing::Subscription, start, 10);
        asset.authorise(Edition::ENTERPRISE, Billing::Subscription, at(5), 10);
        assert_eq!(asset.visible_authorisation(at(14)).0, Edition::FREE);
        assert_eq!(asset.visible_authorisation(at(15)).0, Edition::ENTERPRISE);
        asset.authorise(Edition::FREE, Billing::Subscription, at(20), 0);
        assert_eq!(asset.visible_authorisation(at(20)).0, Edition::FREE);
    }
}
