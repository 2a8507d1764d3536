//! Search criteria for servers, the `Criteria` JSON that several actions take. Names are
//! case-sensitive; an unknown one is ignored, so that a query that relies on it returns too much,
//! or refused, as the data centre's settings say.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use crate::gateway::Refusal;
use crate::world::{
    Asset, Assets, Client, ClientStatus, ClientSubStatus, DataCentre, Edition, Lasting, OsType,
};

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
    index: Option<Index>,
    fits: Fits,
    wanted: Wanted,
    joint: Joint,
}

/// What finds the servers of a criterion without looking at all of them.
#[derive(Debug, Clone, Copy)]
enum Index {
    Uuid,
    InstanceId,
}

/// The value of a criterion, taken apart once for all servers.
#[derive(Debug)]
struct Wanted {
    text: String,
    /// In lower case.
    folded: String,
    /// The parts of a comma-separated list.
    listed: BTreeSet<String>,
    /// Those of them that are numbers.
    numbers: BTreeSet<i64>,
}

impl From<String> for Wanted {
    fn from(text: String) -> Self {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let listed: BTreeSet<String> = parts.map(str::to_owned).collect();
        Self {
            folded: text.to_lowercase(),
            numbers: listed.iter().filter_map(|part| part.parse().ok()).collect(),
            listed,
            text,
        }
    }
}

impl Wanted {
    fn is(&self, actual: &str) -> bool {
        self.text == actual
    }

    fn is_number(&self, actual: i64) -> bool {
        self.listed.len() == 1 && self.lists_number(actual)
    }

    fn lists(&self, actual: &str) -> bool {
        self.listed.contains(actual)
    }

    fn lists_number(&self, actual: i64) -> bool {
        self.numbers.contains(&actual)
    }
}

/// The server that is looked at.
#[derive(Clone, Copy)]
struct Subject<'a> {
    uuid: &'a str,
    asset: &'a Asset,
    lasting: Lasting,
    centre: &'a DataCentre,
    now: Timestamp,
}

impl Subject<'_> {
    fn client(self) -> Client {
        let visible = || self.centre.visible_client(self.asset, self.now);
        self.lasting.client.unwrap_or_else(visible)
    }

    fn edition(self) -> Edition {
        self.centre.visible_authorisation(self.asset, self.now).edition
    }
}

/// Whether a server has the value that a criterion asks for.
type Fits = fn(Subject<'_>, &Wanted) -> bool;

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
                index: match criterion.name.as_str() {
                    "uuid" | "uuidList" => Some(Index::Uuid),
                    "instanceId" => Some(Index::InstanceId),
                    _ => None,
                },
                fits,
                wanted: match criterion.value {
                    serde_json::Value::String(text) => text.into(),
                    other => other.to_string().into(),
                },
                joint: joint(criterion.logical_exp.as_deref())?.unwrap_or(default),
            });
        }
        Ok(Self { terms })
    }

    /// Whether a server fits, from the first criterion to the last without precedence.
    pub fn matches(
        &self,
        uuid: &str,
        asset: &Asset,
        lasting: Lasting,
        centre: &DataCentre,
        now: Timestamp,
    ) -> bool {
        let Some((first, rest)) = self.terms.split_first() else {
            return true;
        };
        let subject = Subject {
            uuid,
            asset,
            lasting,
            centre,
            now,
        };
        let fits = |term: &Term| (term.fits)(subject, &term.wanted);
        rest.iter().fold(fits(first), |so_far, term| match term.joint {
            Joint::Or => so_far || fits(term),
            Joint::And => so_far && fits(term),
        })
    }

    /// Whether every server fits.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The uuids that alone can fit, in their order and without repetition, where the criteria
    /// allow to tell; spares looking at all servers.
    pub fn candidates<'a>(&'a self, assets: &'a Assets) -> Option<BTreeSet<&'a str>> {
        let narrowing = self.terms.iter().skip(1).all(|term| term.joint == Joint::And);
        let sources: Vec<&Term> = if narrowing {
            self.terms
                .iter()
                .filter(|term| term.index.is_some())
                .take(1)
                .collect()
        } else if self.terms.iter().all(|term| term.index.is_some()) {
            self.terms.iter().collect()
        } else {
            Vec::new()
        };
        let mut found = BTreeSet::new();
        for term in &sources {
            match term.index {
                Some(Index::InstanceId) => {
                    let uuids = assets.with_instance_id(&term.wanted.text);
                    found.extend(uuids.iter().map(String::as_str));
                }
                _ => found.extend(term.wanted.listed.iter().map(String::as_str)),
            }
        }
        (!sources.is_empty()).then_some(found)
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

/// How a criterion of this name is matched.
fn fits(name: &str) -> Option<Fits> {
    Some(match name {
        "uuid" | "uuidList" => |s, wanted| wanted.lists(s.uuid),
        "instanceId" => |s, wanted| wanted.is(&s.asset.instance_id),
        "instanceName" => |s, wanted| s.asset.instance_name.to_lowercase().contains(&wanted.folded),
        "internetIp" => |s, wanted| wanted.is(&s.asset.internet_ip),
        "intranetIp" => |s, wanted| wanted.is(&s.asset.intranet_ip),
        "ipList" => |s, wanted| wanted.lists(&s.asset.internet_ip) || wanted.lists(&s.asset.intranet_ip),
        "regionId" => |s, wanted| wanted.is(&s.asset.region_id),
        "vpcInstanceId" => |s, wanted| wanted.is(&s.asset.vpc_instance_id),
        "groupId" => |s, wanted| wanted.is_number(s.asset.group(s.now)),
        "groupName" => |s, wanted| wanted.is(s.centre.group_name(s.asset.group(s.now))),
        "tagName" => |s, wanted| s.asset.tags.iter().any(|tag| wanted.is(tag)),
        "tagKeyValue" => |s, wanted| {
            let tag = wanted.text.split_once(':');
            tag.is_some_and(|(key, value)| s.asset.resource_tags.get(key).is_some_and(|v| v == value))
        },
        "osType" => |s, wanted| wanted.is(os_type(s.asset.os_type)),
        "osName" => |s, wanted| wanted.is(&s.asset.os_name),
        "machineType" => |s, wanted| wanted.is(&s.asset.machine_type),
        "flag" | "vendor" => |s, wanted| wanted.is_number(s.asset.vendor.into()),
        "importance" => |s, wanted| {
            let level = s.asset.importance;
            wanted.is(importance(level)) || wanted.is_number(level.into())
        },
        "clientStatus" => |s, wanted| wanted.is(client_status(s.client().client_status)),
        "clientSubStatus" => |s, wanted| wanted.is(client_sub_status(s.client().client_sub_status)),
        "runningStatus" => |s, wanted| wanted.is(running_status(s.asset.running)),
        "authVersion" => |s, wanted| wanted.lists_number(s.edition().0.into()),
        "aiStatus" => |s, wanted| {
            wanted.is(if s.centre.has_ai(s.uuid, s.asset, s.now) {
                "YES"
            } else {
                "NO"
            })
        },
        "clusterId" | "clusterIdList" => |s, wanted| wanted.lists(&s.asset.cluster_id),
        _ => return None,
    })
}

/// `Os` of a server.
pub fn os_type(os_type: OsType) -> &'static str {
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
            .filter(|(uuid, asset)| search.matches(uuid, asset, asset.lasting(), centre, Timestamp::now()));
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
    fn candidates_miss_no_server_that_fits_and_are_few() {
        let world = crate::world::World::demo(1, Timestamp::now());
        let centre = &world.accounts[crate::world::DEMO_ACCOUNT].data_centres["cn-shanghai"];
        let (uuid, name) = ("inet-7a7a7a7a-0007", r#"{"name":"instanceName","value":"web"}"#);
        let by_uuid = format!(r#"{{"name":"uuid","value":"{uuid}, x"}}"#);
        let by_id = r#"{"name":"instanceId","value":"i-bp1demo000000000002"}"#;
        let web_2 = "00000002-5a5a-4000-8000-000000000002";
        for (criteria, joint, expected) in [
            (format!("[{by_uuid}]"), None, Some(vec![uuid, "x"])),
            (format!("[{by_id}]"), None, Some(vec![web_2])),
            (format!("[{by_uuid},{by_id}]"), None, Some(vec![web_2, uuid, "x"])),
            (format!("[{name},{by_id}]"), Some("AND"), Some(vec![web_2])),
            (format!("[{by_uuid},{by_id}]"), Some("AND"), Some(vec![uuid, "x"])),
            (format!("[{name},{by_id}]"), None, None),
            ("[]".to_owned(), None, None),
        ] {
            let search = Search::parse(Some(&criteria), joint, centre).unwrap();
            let found = search.candidates(&centre.assets);
            assert_eq!(
                found.map(|uuids| uuids.into_iter().collect()),
                expected,
                "{criteria}"
            );
        }
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
