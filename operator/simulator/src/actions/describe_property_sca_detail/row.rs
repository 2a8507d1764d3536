//! One piece of software on one server as DescribePropertyScaDetail shows it.

use jiff::Timestamp;
use serde::Serialize;

use crate::world::scans::Seen;
use crate::world::{Asset, Software};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Row<'a> {
    uuid: &'a str,
    instance_id: &'a str,
    instance_name: &'a str,
    internet_ip: &'a str,
    intranet_ip: &'a str,
    ip: &'a str,
    name: &'a str,
    version: &'a str,
    biz_type: &'a str,
    /// Spelled as the vendor spells it.
    biz_type_dispaly: &'a str,
    #[serde(rename = "Type")]
    kind: &'a str,
    path: &'a str,
    config_path: &'a str,
    cmdline: &'a str,
    pid: &'a str,
    ppid: &'a str,
    port: &'a str,
    listen_ip: &'a str,
    listen_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    listen_protocol: Option<&'static str>,
    process_user: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    process_started: Option<i64>,
    create_timestamp: i64,
    #[serde(skip_serializing_if = "str::is_empty")]
    container_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    image_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pod_name: &'a str,
}

impl<'a> Row<'a> {
    pub fn new(uuid: &'a str, asset: &'a Asset, found: &'a Software, seen: Seen) -> Self {
        let listens = !found.port.is_empty();
        Self {
            uuid,
            instance_id: &asset.instance_id,
            instance_name: &asset.instance_name,
            internet_ip: &asset.internet_ip,
            intranet_ip: &asset.intranet_ip,
            ip: &asset.internet_ip,
            name: &found.name,
            version: &found.version,
            biz_type: &found.biz_type,
            biz_type_dispaly: display(&found.biz_type),
            kind: &found.biz_type,
            path: &found.path,
            config_path: &found.config_path,
            cmdline: &found.cmdline,
            pid: &found.pid,
            ppid: &found.ppid,
            port: &found.port,
            listen_ip: &found.listen_ip,
            listen_status: if listens { "LISTEN" } else { "NONE" },
            listen_protocol: listens.then_some("TCP"),
            process_user: &found.process_user,
            process_started: found.process_started.map(Timestamp::as_second),
            create_timestamp: seen.last.as_millisecond(),
            container_name: &found.container_name,
            image_name: &found.image_name,
            pod_name: &found.pod_name,
        }
    }
}

/// What the English console calls a kind of software.
fn display(biz_type: &str) -> &str {
    match biz_type {
        "system_service" => "System Service",
        "software_library" => "Software Library",
        "docker_component" => "Docker Component",
        "database" => "Database",
        "web_container" => "Web Container",
        "jar" => "Jar",
        "web_framework" => "Web Framework",
        other => other,
    }
}
