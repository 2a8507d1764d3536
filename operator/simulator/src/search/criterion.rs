//! Every criterion that the vendor documents (DescribeCriteria), by its name, with the question it
//! asks of a server. Five of plug-ins, three of accounts of other clouds and two of serverless
//! applications are about what no server here has, and therefore fit none.

use super::view::View;
use super::wanted::Wanted;
use super::words;
use crate::world::Asset;

/// The server that is looked at.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub uuid: &'a str,
    pub asset: &'a Asset,
    pub view: &'a View<'a>,
}

impl Subject<'_> {
    fn group(self) -> i64 {
        self.asset.group(self.view.now)
    }

    fn vendor(self) -> i64 {
        self.asset.vendor.into()
    }
}

/// Whether a server has the value that a criterion asks for.
pub type Fits = fn(Subject<'_>, &Wanted) -> bool;

/// No server has it.
pub const NO_SERVER: Fits = |_, _| false;

/// How a criterion of this name is matched.
pub fn fits(name: &str) -> Option<Fits> {
    of_server(name)
        .or_else(|| of_protection(name))
        .or_else(|| of_cluster(name))
        .or_else(|| without_data(name))
}

/// What the server is.
fn of_server(name: &str) -> Option<Fits> {
    Some(match name {
        "uuid" | "uuidList" => |s, wanted| wanted.lists(s.uuid),
        "instanceId" => |s, wanted| wanted.is(&s.asset.instance_id),
        "instanceName" => |s, wanted| wanted.is_within(&s.asset.instance_name),
        "internetIp" => |s, wanted| wanted.is(&s.asset.internet_ip),
        "intranetIp" => |s, wanted| wanted.is(&s.asset.intranet_ip),
        "ipList" => |s, wanted| wanted.lists(&s.asset.internet_ip) || wanted.lists(&s.asset.intranet_ip),
        "regionId" => |s, wanted| wanted.is(&s.asset.region_id),
        "vpcInstanceId" => |s, wanted| wanted.is(&s.asset.vpc_instance_id),
        "groupId" => |s, wanted| wanted.is_number(s.group()),
        "groupName" => |s, wanted| wanted.is(s.view.centre.group_name(s.group())),
        "tagName" => |s, wanted| s.asset.tags.iter().any(|tag| wanted.is(tag)),
        "tagKeyValue" => |s, wanted| {
            let tag = wanted.text().split_once(':');
            tag.is_some_and(|(key, value)| s.asset.resource_tags.get(key).is_some_and(|v| v == value))
        },
        "osType" => |s, wanted| wanted.is(words::os_type(s.asset.os_type)),
        "osName" => |s, wanted| wanted.is(&s.asset.os_name),
        "machineType" => |s, wanted| {
            wanted.is(&s.asset.machine_type)
                || machine_code(&s.asset.machine_type).is_some_and(|n| wanted.is_number(n))
        },
        "flag" | "vendor" | "ecsType" => |s, wanted| wanted.allows_number(s.vendor()),
        "importance" => |s, wanted| {
            let level = s.asset.importance;
            wanted.is(words::importance(level)) || wanted.is_number(level.into())
        },
        "runningStatus" => |s, wanted| wanted.is(words::running_status(s.asset.running)),
        "newInstance" => |s, wanted| wanted.is(words::yes_no(s.asset.is_new(s.view.now))),
        _ => return None,
    })
}

/// How it is protected, and what is known to be wrong with it.
fn of_protection(name: &str) -> Option<Fits> {
    Some(match name {
        "clientStatus" => |s, wanted| wanted.is(words::client_status(s.view.client(s.asset).client_status)),
        "clientSubStatus" => |s, wanted| {
            let client = s.view.client(s.asset);
            wanted.is(words::client_sub_status(client.client_sub_status))
        },
        "authVersion" => |s, wanted| wanted.lists_number(s.view.authorisation(s.asset).edition.0.into()),
        "alarmStatus" => |s, wanted| wanted.is(words::yes_no(s.view.risk(s.uuid).alerts() > 0)),
        "vulStatus" => |s, wanted| wanted.is(words::yes_no(s.view.risk(s.uuid).vulnerabilities() > 0)),
        "asapVulStatus" => |s, wanted| {
            let urgent = s.view.risk(s.uuid).urgent_vulnerabilities();
            wanted.is(words::yes_no(urgent > 0))
        },
        "hcStatus" => |s, wanted| wanted.is(words::yes_no(s.view.risk(s.uuid).failed_checks() > 0)),
        "riskStatus" => |s, wanted| wanted.is(words::yes_no(s.view.risk(s.uuid).is_any())),
        "exposedStatus" => |s, wanted| wanted.is(words::yes_no(s.asset.exposed)),
        "aiStatus" => |s, wanted| wanted.is(words::yes_no(s.view.has_ai(s.uuid))),
        _ => return None,
    })
}

/// Where it belongs to among containers.
fn of_cluster(name: &str) -> Option<Fits> {
    Some(match name {
        "clusterId" | "clusterIdList" => |s, wanted| wanted.lists(&s.asset.cluster_id),
        "containerStatus" => |s, wanted| wanted.is(words::yes_no(s.asset.is_cluster_node())),
        "clusterNodeStatus" => |s, wanted| {
            let node = if s.asset.is_cluster_node() {
                "true"
            } else {
                "false"
            };
            wanted.is(node)
        },
        _ => return None,
    })
}

fn without_data(name: &str) -> Option<Fits> {
    let documented = matches!(
        name,
        "alisecguardStatus"
            | "alihipsStatus"
            | "alinetStatus"
            | "alidetectStatus"
            | "yundunMonitorStatus"
            | "vendorAuthAlias"
            | "vendorUid"
            | "vendorUserName"
            | "namespace"
            | "appName"
    );
    documented.then_some(NO_SERVER)
}

/// The number that the vendor's console has for a machine type.
fn machine_code(machine_type: &str) -> Option<i64> {
    match machine_type {
        "eci" => Some(38),
        "rund" => Some(51),
        "runc" => Some(52),
        _ => None,
    }
}
