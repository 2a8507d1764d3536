//! Each criterion on the demo world, how criteria are joined, and that shortcuts and the index
//! answer as a look at every server does.

mod eras;

use jiff::Timestamp;

use super::*;
use crate::world::{DEMO_ACCOUNT, IndexedCentre, World};

fn demo(now: Timestamp) -> IndexedCentre {
    let mut world = World::demo(1, now);
    let account = world.accounts.get_mut(DEMO_ACCOUNT).unwrap();
    account.data_centres.remove("cn-shanghai").unwrap()
}

fn found_in(
    centre: &IndexedCentre,
    criteria: &str,
    logical_exp: Option<&str>,
    now: Timestamp,
) -> Vec<String> {
    let search = Search::parse(Some(criteria), logical_exp, centre).unwrap();
    let view = centre.view(now);
    let names = search
        .among_all(&view)
        .map(|(_, asset)| asset.instance_name.clone());
    names.collect()
}

fn found(criteria: &str, logical_exp: Option<&str>) -> Vec<String> {
    let now = Timestamp::now();
    found_in(&demo(now), criteria, logical_exp, now)
}

#[test]
fn each_criterion_finds_its_servers() {
    let web = &["web-1", "web-2", "web-3", "web-4"][..];
    let sound = &["build-1", "idc-1"][..];
    let node = &["ack-node-1"][..];
    let now = Timestamp::now();
    let mut centre = demo(now);
    for asset in centre.assets.values_mut() {
        match asset.instance_name.as_str() {
            "web-3" => asset.exposed = true,
            "db-1" => asset.importance = 2,
            "build-1" => {
                asset.listed = false;
                asset.listed_from = Some(now);
                asset.machine_type = "rund".to_owned();
            }
            _ => {}
        }
    }
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
        ("groupName", "web", web),
        ("tagName", "web", web),
        ("tagKeyValue", "env:none", &[]),
        ("flag", "1", &["idc-1"]),
        ("flag", "1|2", &["idc-1"]),
        ("vendor", "1", &["idc-1"]),
        ("ecsType", "8", &[]),
        ("machineType", "51", &["build-1"]),
        ("machineType", "rund", &["build-1"]),
        ("machineType", "52", &[]),
        ("importance", "important", &["db-1"]),
        ("importance", "2", &["db-1"]),
        ("newInstance", "YES", &["build-1"]),
        ("clientStatus", "offline", &["db-1", "build-1"]),
        ("clientSubStatus", "uninstalled", &["build-1"]),
        ("authVersion", "7", &["ack-node-1"]),
        ("osType", "windows", &[]),
        ("runningStatus", "notRunning", &[]),
        ("runningStatus", "UNKNOWN", &[]),
        ("alarmStatus", "NO", sound),
        ("riskStatus", "NO", sound),
        ("riskStatus", "UNKNOWN", &[]),
        // Yesterday's scans looked at the web servers only.
        ("vulStatus", "YES", &["web-1", "web-2"]),
        ("asapVulStatus", "YES", &["web-1", "web-2"]),
        ("hcStatus", "YES", &["web-1", "web-2"]),
        ("exposedStatus", "YES", &["web-3"]),
        ("aiStatus", "YES", &[]),
        ("clusterId", "c0ffee00000000000000000000000ac4", node),
        ("clusterIdList", "x,c0ffee00000000000000000000000ac4", node),
        ("clusterNodeStatus", "true", node),
        ("containerStatus", "YES", node),
        ("namespace", "default", &[]),
        ("alihipsStatus", "0", &[]),
    ] {
        let criteria = format!(r#"[{{"name":"{name}","value":"{value}"}}]"#);
        assert_eq!(
            found_in(&centre, &criteria, None, now),
            expected,
            "{name}={value}"
        );
    }
    for (name, value, count) in [
        ("tagKeyValue", "env:demo", 8),
        ("ecsType", "!8", 8),
        ("flag", "0|8|15", 7),
        ("osName", "Alibaba Cloud Linux 3", 8),
        ("exposedStatus", "NO", 7),
        ("vulStatus", "NO", 6),
    ] {
        let criteria = format!(r#"[{{"name":"{name}","value":"{value}"}}]"#);
        assert_eq!(
            found_in(&centre, &criteria, None, now).len(),
            count,
            "{name}={value}"
        );
    }
}

#[test]
fn candidates_miss_no_server_that_fits_and_are_few() {
    let centre = &demo(Timestamp::now());
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
        assert_eq!(search.candidates(&centre.assets), expected, "{criteria}");
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
fn an_unknown_name_fits_nothing_is_ignored_or_refused() {
    let unknown = r#"[{"name":"UUID","value":"x"}]"#;
    assert!(found(unknown, None).is_empty());
    let or = r#"[{"name":"UUID","value":"x"},{"name":"instanceName","value":"idc"}]"#;
    assert_eq!(found(or, None), ["idc-1"]);
    let now = Timestamp::now();
    let mut centre = demo(now);
    centre.settings.unknown_criteria = UnknownCriteria::Ignored;
    assert_eq!(found_in(&centre, unknown, None, now).len(), 8);
    centre.settings.unknown_criteria = UnknownCriteria::Refused;
    let refused = |criteria, logical_exp| {
        Search::parse(Some(criteria), logical_exp, &centre)
            .unwrap_err()
            .code
    };
    assert_eq!(refused(unknown, None), "InvalidCriteria");
    assert_eq!(refused("{", None), "InvalidCriteria");
    assert_eq!(refused("[]", Some("XOR")), "InvalidLogicalExp");
}
