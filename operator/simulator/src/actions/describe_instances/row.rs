//! One instance as DescribeInstances shows it. What the simulator does not keep (disks, networks,
//! prices) is left out, except for the few fields that every instance of the real cloud has.

use serde::Serialize;

use crate::search::words::os_type;
use crate::world::Asset;

/// `InstanceTypeFamily` of every instance.
pub const FAMILY: &str = "ecs.g7";
/// `InstanceNetworkType` of every instance.
pub const NETWORK_TYPE: &str = "vpc";
/// `InternetChargeType` of every instance.
pub const INTERNET_CHARGE_TYPE: &str = "PayByTraffic";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Row<'a> {
    instance_id: &'a str,
    instance_name: &'a str,
    host_name: &'a str,
    description: &'static str,
    region_id: &'a str,
    zone_id: String,
    status: &'static str,
    image_id: &'a str,
    resource_group_id: &'a str,
    instance_type: String,
    instance_type_family: &'static str,
    instance_charge_type: &'a str,
    instance_network_type: &'static str,
    internet_charge_type: &'static str,
    serial_number: &'a str,
    cpu: i32,
    /// Megabytes.
    memory: i32,
    #[serde(rename = "OSType")]
    os_type: &'static str,
    #[serde(rename = "OSName")]
    os_name: &'a str,
    #[serde(rename = "OSNameEn")]
    os_name_en: &'a str,
    io_optimized: bool,
    device_available: bool,
    deletion_protection: bool,
    vpc_attributes: VpcAttributes<'a>,
    public_ip_address: Addresses<'a>,
    inner_ip_address: Addresses<'a>,
    operation_locks: Locks,
    tags: Tags<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VpcAttributes<'a> {
    vpc_id: &'a str,
    private_ip_address: Addresses<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Addresses<'a> {
    ip_address: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Locks {
    lock_reason: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tags<'a> {
    tag: Vec<Tag<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    tag_key: &'a str,
    tag_value: &'a str,
}

impl<'a> Row<'a> {
    pub fn new(uuid: &'a str, asset: &'a Asset) -> Self {
        let tag = |(tag_key, tag_value): (&'a String, &'a String)| Tag { tag_key, tag_value };
        Self {
            instance_id: &asset.instance_id,
            instance_name: &asset.instance_name,
            host_name: &asset.instance_name,
            description: "",
            region_id: &asset.region_id,
            zone_id: zone(asset),
            status: status(asset),
            instance_type: instance_type(asset),
            image_id: &asset.image_id,
            resource_group_id: &asset.resource_group_id,
            instance_type_family: FAMILY,
            instance_charge_type: &asset.instance_charge_type,
            instance_network_type: NETWORK_TYPE,
            internet_charge_type: INTERNET_CHARGE_TYPE,
            serial_number: uuid,
            cpu: asset.cores,
            memory: asset.memory_megabytes,
            os_type: os_type(asset.os_type),
            os_name: &asset.os_name,
            os_name_en: &asset.os_name,
            io_optimized: true,
            device_available: true,
            deletion_protection: false,
            vpc_attributes: VpcAttributes {
                vpc_id: &asset.vpc_instance_id,
                private_ip_address: Addresses::of(&asset.intranet_ip),
            },
            public_ip_address: Addresses::of(&asset.internet_ip),
            inner_ip_address: Addresses::of(""),
            operation_locks: Locks { lock_reason: [] },
            tags: Tags {
                tag: asset.resource_tags.iter().map(tag).collect(),
            },
        }
    }
}

impl<'a> Addresses<'a> {
    fn of(address: &'a str) -> Self {
        Self {
            ip_address: Some(address)
                .filter(|address| !address.is_empty())
                .into_iter()
                .collect(),
        }
    }
}

/// `Status`.
pub fn status(asset: &Asset) -> &'static str {
    if asset.running { "Running" } else { "Stopped" }
}

/// `ZoneId`: the simulated regions have one zone.
pub fn zone(asset: &Asset) -> String {
    format!("{}-a", asset.region_id)
}

/// `InstanceType`, named after the cores as the vendor's general purpose types are.
pub fn instance_type(asset: &Asset) -> String {
    let size = match asset.cores {
        ..=1 => "medium".to_owned(),
        2 => "large".to_owned(),
        3..=4 => "xlarge".to_owned(),
        cores => format!("{}xlarge", cores / 4),
    };
    format!("{FAMILY}.{size}")
}
