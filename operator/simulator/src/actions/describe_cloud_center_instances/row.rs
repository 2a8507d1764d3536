//! One server as DescribeCloudCenterInstances shows it. Fields that only other products fill are
//! left out, as the real cloud leaves them out.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use crate::search::View;
use crate::search::words::{running_status, yes_no};
use crate::world::{Asset, Billing, ClientStatus, ClientSubStatus, Edition, OsType};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Row<'a> {
    uuid: &'a str,
    instance_id: &'a str,
    instance_name: &'a str,
    region: &'a str,
    region_id: &'a str,
    region_name: &'a str,
    vpc_instance_id: &'a str,
    internet_ip: &'a str,
    intranet_ip: &'a str,
    ip: &'a str,
    ip_list_string: String,
    group_id: i64,
    group_trace: &'a str,
    tag: String,
    os: OsType,
    os_name: &'a str,
    kernel: &'a str,
    cores: i32,
    mem: i32,
    vendor: i32,
    vendor_name: &'a str,
    flag: i32,
    flag_name: &'a str,
    asset_type: &'static str,
    asset_type_name: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cluster_name: &'a str,
    has_container: &'static str,
    importance: i32,
    status: &'static str,
    client_status: ClientStatus,
    client_sub_status: ClientSubStatus,
    auth_version: Edition,
    auth_version_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_modify_time: Option<i64>,
    bind: bool,
    post_paid_flag: i32,
    risk_status: &'static str,
    /// A JSON text, as in the real cloud.
    risk_count: Cow<'static, str>,
    alarm_status: &'static str,
    vul_status: &'static str,
    hc_status: &'static str,
    vul_count: usize,
    health_check_count: usize,
    safe_event_count: usize,
    exposed_status: i32,
}

impl<'a> Row<'a> {
    pub fn new(uuid: &'a str, asset: &'a Asset, view: &View<'a>) -> Self {
        let authorisation = view.authorisation(asset);
        let client = view.client(asset);
        let edition = authorisation.edition;
        let group_id = asset.group(view.now);
        let risk = view.risk(uuid);
        let physical = asset.region.as_deref().unwrap_or(&asset.region_id);
        let addresses = [asset.internet_ip.as_str(), asset.intranet_ip.as_str()];
        let addresses: Vec<&str> = addresses.into_iter().filter(|ip| !ip.is_empty()).collect();
        Self {
            uuid,
            instance_id: &asset.instance_id,
            instance_name: &asset.instance_name,
            region: physical,
            region_id: &asset.region_id,
            region_name: &asset.region_id,
            vpc_instance_id: &asset.vpc_instance_id,
            internet_ip: &asset.internet_ip,
            intranet_ip: &asset.intranet_ip,
            ip: &asset.internet_ip,
            ip_list_string: addresses.join(","),
            group_id,
            group_trace: view.centre.group_name(group_id),
            tag: asset.tags.join(","),
            os: asset.os_type,
            os_name: &asset.os_name,
            kernel: &asset.kernel,
            cores: asset.cores,
            mem: asset.memory_megabytes,
            vendor: asset.vendor,
            vendor_name: &asset.vendor_name,
            flag: i32::from(asset.vendor != 0),
            flag_name: &asset.vendor_name,
            asset_type: "0",
            asset_type_name: "ecs",
            cluster_id: &asset.cluster_id,
            cluster_name: &asset.cluster_name,
            has_container: yes_no(asset.is_cluster_node()),
            importance: asset.importance,
            status: running_status(asset.running),
            client_status: client.client_status,
            client_sub_status: client.client_sub_status,
            auth_version: edition,
            auth_version_name: edition.name(),
            auth_modify_time: authorisation.modified_at.map(Timestamp::as_millisecond),
            bind: edition.is_paid(),
            post_paid_flag: i32::from(authorisation.is_bound_by(Billing::PayAsYouGo)),
            risk_status: yes_no(risk.is_any()),
            risk_count: risk.as_json(),
            alarm_status: yes_no(risk.alerts() > 0),
            vul_status: yes_no(risk.vulnerabilities() > 0),
            hc_status: yes_no(risk.failed_checks() > 0),
            vul_count: risk.vulnerabilities(),
            health_check_count: risk.failed_checks(),
            safe_event_count: risk.alerts(),
            exposed_status: asset.exposed.into(),
        }
    }

    /// The row as it is sent.
    pub fn as_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a row is of texts and whole numbers")
    }
}
