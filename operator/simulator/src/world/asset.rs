//! A server as Security Center lists it. The state of its agent is explained at [`super::agent`],
//! its authorisation at [`super::authorisation`].

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Billing, ClientStatus, ClientSubStatus, CloudAssistant, EarlierClient, Edition, Shown, Software,
};

/// How long a server counts as a new one; the console says 15 days.
const NEW_FOR: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Operating system family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum OsType {
    #[default]
    Linux,
    Windows,
}

/// A group that a server was in until it joined another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct EarlierGroup {
    #[serde(rename = "groupID")]
    pub group_id: i64,
    pub until: Timestamp,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
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
    /// The group before a change that may not have taken effect yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier_group: Option<EarlierGroup>,
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
    /// What is installed on the server, by any name.
    pub software: BTreeMap<String, Software>,
    /// `ImageId` of an ECS instance.
    #[serde(rename = "imageID")]
    pub image_id: String,
    /// `ResourceGroupId` of an ECS instance.
    #[serde(rename = "resourceGroupID")]
    pub resource_group_id: String,
    /// `PostPaid` or `PrePaid`, how an ECS instance is paid for.
    pub instance_charge_type: String,
    /// 2 important, 1 general, 0 test.
    pub importance: i32,
    pub client_status: ClientStatus,
    pub client_sub_status: ClientSubStatus,
    /// States of the agent before changes that may not have taken effect yet, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier_clients: Vec<EarlierClient>,
    /// Whether the server itself runs.
    pub running: bool,
    /// Whether Security Center has noticed the server yet.
    pub listed: bool,
    /// When it notices a server that it has not noticed yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed_from: Option<Timestamp>,
    /// When it no longer lists the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed_until: Option<Timestamp>,
    /// The cloud assistant of an ECS instance.
    pub cloud_assistant: CloudAssistant,
    /// Whether the server reaches the internet, by an address of its own or not.
    pub reaches_internet: bool,
    /// Whether an analysis found that the internet reaches the server.
    pub exposed: bool,
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
            earlier_group: None,
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
            software: BTreeMap::new(),
            image_id: "aliyun_3_x64_20G_alibase_20250117.vhd".to_owned(),
            resource_group_id: String::new(),
            instance_charge_type: "PostPaid".to_owned(),
            importance: 1,
            client_status: ClientStatus::Online,
            client_sub_status: ClientSubStatus::Online,
            earlier_clients: Vec::new(),
            running: true,
            listed: true,
            listed_from: None,
            listed_until: None,
            cloud_assistant: CloudAssistant::Online,
            reaches_internet: true,
            exposed: false,
            auth_version: Edition::FREE,
            billing: Billing::Subscription,
            auth_modified_at: None,
            shown: None,
        }
    }
}

impl Asset {
    /// The values of `Vendor` that requests may name.
    pub const VENDORS: [i32; 8] = [0, 1, 2, 3, 4, 5, 7, 8];

    /// Whether Security Center lists the server at this time.
    pub fn is_listed(&self, now: Timestamp) -> bool {
        let noticed = self.listed || self.listed_from.is_some_and(|from| now >= from);
        noticed && !self.is_gone(now)
    }

    /// Whether Security Center lists the server at any time.
    pub fn is_always_listed(&self) -> bool {
        self.listed && self.listed_until.is_none()
    }

    /// Whether Security Center has forgotten the server by this time.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        self.listed_until.is_some_and(|until| now >= until)
    }

    /// Whether the server is an instance of ECS.
    pub fn is_instance(&self) -> bool {
        self.vendor == 0 && self.machine_type == "ecs" && !self.instance_id.is_empty()
    }

    /// Whether the server is a node of a cluster, and thus has containers.
    pub fn is_cluster_node(&self) -> bool {
        !self.cluster_id.is_empty()
    }

    /// Whether Security Center noticed the server lately.
    pub fn is_new(&self, now: Timestamp) -> bool {
        let noticed = self.listed_from.is_some_and(|from| now >= from);
        noticed && self.new_until().is_some_and(|until| now < until)
    }

    /// When a server that Security Center noticed while this world was there is no longer a new one.
    pub fn new_until(&self) -> Option<Timestamp> {
        self.listed_from?.checked_add(NEW_FOR).ok()
    }

    /// The group the server is in at this time.
    pub fn group(&self, now: Timestamp) -> i64 {
        match &self.earlier_group {
            Some(earlier) if now < earlier.until => earlier.group_id,
            _ => self.group_id,
        }
    }

    /// Moves the server into a group from this time on; a move that was to come later no longer
    /// happens.
    pub fn join(&mut self, group_id: i64, at: Timestamp) {
        let before = match &self.earlier_group {
            Some(earlier) if at <= earlier.until => earlier.group_id,
            _ => self.group_id,
        };
        self.earlier_group = Some(EarlierGroup {
            group_id: before,
            until: at,
        });
        self.group_id = group_id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_in_one_group_at_any_time() {
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let mut asset = Asset::default();
        asset.join(7, at(30));
        assert_eq!([29, 30].map(|seconds| asset.group(at(seconds))), [0, 7]);
        asset.join(8, at(10));
        assert_eq!([9, 10, 31].map(|seconds| asset.group(at(seconds))), [0, 8, 8]);
        asset.join(9, at(40));
        assert_eq!([39, 40].map(|seconds| asset.group(at(seconds))), [8, 9]);
    }
}
