//! Search criteria for servers, the `Criteria` JSON that several actions take. Names are
//! case-sensitive; an unknown one is ignored, so that a query that relies on it returns too much,
//! or refused, as the data centre's settings say.

use jiff::Timestamp;
use serde::Deserialize;

use crate::gateway::Refusal;
use crate::world::{Asset, Client, ClientStatus, ClientSubStatus, DataCentre, Edition, OsType};

/// How two criteria are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    Or,
    And,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Criterion {
    name: String,
    #[serde(default)]
    value: serde_json::Value,
    #[serde(default)]
    logical_exp: Option<String>,
}

/// A parsed search.
#[derive(Debug, Default)]
pub struct Search {
    terms: Vec<Term>,
}

#[derive(Debug)]
struct Term {
    by_uuid: bool,
    fits: Fits,
    value: String,
    joint: Joint,
}

/// The server that is looked at.
#[derive(Clone, Copy)]
struct Subject<'a> {
    uuid: &'a str,
    asset: &'a Asset,
    centre: &'a DataCentre,
    now: Timestamp,
}

impl Subject<'_> {
    fn client(self) -> Client {
        self.centre.visible_client(self.asset, self.now)
    }

    fn edition(self) -> Edition {
        self.centre.visible_authorisation(self.asset, self.now).edition
    }
}

/// Whether a server has the value that a criterion asks for.
type Fits = fn(Subject<'_>, &str) -> bool;

impl Search {
    /// Reads `Criteria` and `LogicalExp`; no criteria match everything.
    pub fn parse(
        criteria: Option<&str>,
        logical_exp: Option<&str>,
        centre: &DataCentre,
    ) -> Result<Self, Refusal> {
        let default = joint(logical_exp)?.unwrap_or(Joint::Or);
        let Some(criteria) = criteria else {
            return Ok(Self::default());
        };
        let criteria: Vec<Criterion> =
            serde_json::from_str(criteria).map_err(|_| Refusal::invalid("Criteria"))?;
        let mut terms = Vec::new();
        for criterion in criteria {
            let Some(fits) = fits(&criterion.name) else {
                if centre.settings.refuse_unknown_criteria {
                    return Err(Refusal::invalid("Criteria"));
                }
                continue;
            };
            terms.push(Term {
                by_uuid: matches!(criterion.name.as_str(), "uuid" | "uuidList"),
                fits,
                value: match criterion.value {
                    serde_json::Value::String(text) => text,
                    other => other.to_string(),
                },
                joint: joint(criterion.logical_exp.as_deref())?.unwrap_or(default),
            });
        }
        Ok(Self { terms })
    }

    /// Whether a server fits, from the first criterion to the last without precedence.
    pub fn matches(&self, uuid: &str, asset: &Asset, centre: &DataCentre, now: Timestamp) -> bool {
        let Some((first, rest)) = self.terms.split_first() else {
            return true;
        };
        let subject = Subject {
            uuid,
            asset,
            centre,
            now,
        };
        let fits = |term: &Term| (term.fits)(subject, &term.value);
        rest.iter().fold(fits(first), |so_far, term| match term.joint {
            Joint::Or => so_far || fits(term),
            Joint::And => so_far && fits(term),
        })
    }

    /// The uuids that alone can fit, where the criteria name some; spares looking at all servers.
    pub fn uuids(&self) -> Option<Vec<&str>> {
        if self.terms.is_empty() || !self.terms.iter().all(|term| term.by_uuid) {
            return None;
        }
        let mut uuids: Vec<&str> = self.terms.iter().flat_map(|term| several(&term.value)).collect();
        uuids.sort_unstable();
        uuids.dedup();
        Some(uuids)
    }
}

fn joint(text: Option<&str>) -> Result<Option<Joint>, Refusal> {
    match text {
        None | Some("") => Ok(None),
        Some("OR") => Ok(Some(Joint::Or)),
        Some("AND") => Ok(Some(Joint::And)),
        Some(_) => Err(Refusal::invalid("LogicalExp")),
    }
}

fn several(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// How a criterion of this name is matched.
fn fits(name: &str) -> Option<Fits> {
    Some(match name {
        "uuid" | "uuidList" => |s, value| any(value, s.uuid),
        "instanceId" => |s, value| s.asset.instance_id == value,
        "instanceName" => |s, value| {
            s.asset
                .instance_name
                .to_lowercase()
                .contains(&value.to_lowercase())
        },
        "internetIp" => |s, value| s.asset.internet_ip == value,
        "intranetIp" => |s, value| s.asset.intranet_ip == value,
        "ipList" => |s, value| any(value, &s.asset.internet_ip) || any(value, &s.asset.intranet_ip),
        "regionId" => |s, value| s.asset.region_id == value,
        "vpcInstanceId" => |s, value| s.asset.vpc_instance_id == value,
        "groupId" => |s, value| s.asset.group_id.to_string() == value,
        "groupName" => |s, value| s.centre.group_name(s.asset.group_id) == value,
        "tagName" => |s, value| s.asset.tags.iter().any(|tag| tag == value),
        "tagKeyValue" => |s, value| {
            let tag = value.split_once(':');
            tag.is_some_and(|(key, value)| s.asset.resource_tags.get(key).is_some_and(|v| v == value))
        },
        "osType" => |s, value| os_type(s.asset.os_type) == value,
        "osName" => |s, value| s.asset.os_name == value,
        "machineType" => |s, value| s.asset.machine_type == value,
        "flag" | "vendor" => |s, value| s.asset.vendor.to_string() == value,
        "importance" => {
            |s, value| importance(s.asset.importance) == value || s.asset.importance.to_string() == value
        }
        "clientStatus" => |s, value| client_status(s.client().client_status) == value,
        "clientSubStatus" => |s, value| client_sub_status(s.client().client_sub_status) == value,
        "runningStatus" => |s, value| running_status(s.asset.running) == value,
        "authVersion" => |s, value| any(value, &s.edition().0.to_string()),
        "clusterId" | "clusterIdList" => |s, value| any(value, &s.asset.cluster_id),
        _ => return None,
    })
}

/// Whether a comma-separated list names this.
fn any(list: &str, actual: &str) -> bool {
    several(list).any(|wanted| wanted == actual)
}

fn os_type(os_type: OsType) -> &'static str {
    match os_type {
        OsType::Linux => "linux",
        OsType::Windows => "windows",
    }
}

fn client_status(status: ClientStatus) -> &'static str {
    match status {
        ClientStatus::Online => "online",
        ClientStatus::Offline => "offline",
        ClientStatus::Pause => "pause",
    }
}

fn client_sub_status(status: ClientSubStatus) -> &'static str {
    match status {
        ClientSubStatus::Online => "online",
        ClientSubStatus::Offline => "offline",
        ClientSubStatus::Pause => "pause",
        ClientSubStatus::Uninstalled => "uninstalled",
        ClientSubStatus::Stopped => "stopped",
    }
}

fn importance(level: i32) -> &'static str {
    match level {
        2 => "important",
        1 => "general",
        _ => "test",
    }
}

/// `Status` of a server.
pub fn running_status(running: bool) -> &'static str {
    if running { "Running" } else { "notRunning" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(criteria: &str, logical_exp: Option<&str>) -> Vec<String> {
        let world = crate::world::World::demo(1, Timestamp::now());
        let centre = &world.accounts[crate::world::DEMO_ACCOUNT].data_centres["cn-shanghai"];
        let search = Search::parse(Some(criteria), logical_exp, centre).unwrap();
        let names = centre
            .listed(Timestamp::now())
            .filter(|(uuid, asset)| search.matches(uuid, asset, centre, Timestamp::now()));
        names.map(|(_, asset)| asset.instance_name.clone()).collect()
    }

    #[test]
    fn each_criterion_finds_its_servers() {
        for (name, value, expected) in [
            ("instanceId", "i-bp1demo000000000002", &["web-2"][..]),
            ("instanceName", "WEB-3", &["web-3"]),
            ("intranetIp", "10.0.0.1", &["web-1"]),
            ("internetIp", "203.0.113.7", &["idc-1"]),
            ("ipList", "203.0.113.7,10.0.0.6", &["db-1", "idc-1"]),
            ("uuidList", "inet-7a7a7a7a-0007,nothing", &["idc-1"]),
            ("uuid", "inet-7a7a7a7a-0007", &["idc-1"]),
            ("regionId", "cn-shanghai", &["ack-node-1", "db-1"]),
            ("groupId", "1002", &["db-1"]),
            ("groupName", "web", &["web-1", "web-2", "web-3", "web-4"]),
            ("tagName", "web", &["web-1", "web-2", "web-3", "web-4"]),
            ("flag", "1", &["idc-1"]),
            ("vendor", "1", &["idc-1"]),
            ("clientStatus", "offline", &["db-1", "build-1"]),
            ("clientSubStatus", "uninstalled", &["build-1"]),
            ("clusterId", "c0ffee00000000000000000000000ac4", &["ack-node-1"]),
            ("authVersion", "7", &[]),
            ("osType", "windows", &[]),
            ("runningStatus", "notRunning", &[]),
        ] {
            let criteria = format!(r#"[{{"name":"{name}","value":"{value}"}}]"#);
            assert_eq!(found(&criteria, None), expected, "{name}={value}");
        }
        assert_eq!(
            found(r#"[{"name":"tagKeyValue","value":"env:demo"}]"#, None).len(),
            8
        );
    }

    #[test]
    fn criteria_are_joined_by_or_unless_told() {
        let both = r#"[{"name":"groupName","value":"web"},{"name":"instanceName","value":"-1"}]"#;
        assert_eq!(found(both, None).len(), 8);
        assert_eq!(found(both, Some("AND")), ["web-1"]);
        let own =
            r#"[{"name":"groupName","value":"web"},{"name":"instanceName","value":"-1","logicalExp":"AND"}]"#;
        assert_eq!(found(own, Some("OR")), ["web-1"]);
    }

    #[test]
    fn an_unknown_name_is_ignored_or_refused() {
        let unknown = r#"[{"name":"UUID","value":"x"}]"#;
        assert_eq!(found(unknown, None).len(), 8);
        let mut centre = DataCentre::default();
        centre.settings.refuse_unknown_criteria = true;
        assert_eq!(
            Search::parse(Some(unknown), None, &centre).unwrap_err().code,
            "InvalidCriteria"
        );
        assert!(Search::parse(Some("{"), None, &centre).is_err());
        assert!(Search::parse(Some("[]"), Some("XOR"), &centre).is_err());
    }
}
