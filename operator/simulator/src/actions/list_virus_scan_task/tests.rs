//! Virus scans and their servers, in the third coding.

use serde_json::{Value, json};

use crate::testing::{Cloud, START, uuid};
use crate::world::scans::Behaviour;

const ACTION: &str = "ListVirusScanTask";

fn list(cloud: &Cloud, parameters: &[(&str, &str)]) -> Vec<Value> {
    cloud.ok(ACTION, parameters).body["List"]
        .as_array()
        .unwrap()
        .clone()
}

/// Two protected servers, an offline and a free one; one scan of them all.
fn scanning(behaviour: Behaviour) -> (Cloud, String) {
    let cloud = Cloud::scanning(&[1, 2]);
    cloud.scans(|scans| scans.settings.virus.behaviour = behaviour);
    let everything = [
        ("BusinessType", "VIRUS_SCAN_ONCE_TASK"),
        ("TargetType", "all_instance"),
    ];
    cloud.ok("CreateAssetSelectionConfig", &everything);
    cloud.ok("CreateVirusScanOnceTask", &[]);
    let id = cloud.scans(|scans| scans.tasks.keys().next().unwrap().clone());
    (cloud, id)
}

#[test]
fn a_scan_is_one_row_with_its_own_coding() {
    for (behaviour, at_the_end) in [
        (Behaviour::Honest, 2),
        (Behaviour::Fails, 3),
        (Behaviour::TimesOut, 4),
        (Behaviour::NeverEnds, 1),
    ] {
        let (cloud, id) = scanning(behaviour);
        cloud.step(20);
        let rows = list(&cloud, &[]);
        assert_eq!(
            (rows.len(), &rows[0]["Status"], &rows[0]["TaskId"]),
            (1, &json!(1), &json!(id))
        );
        assert_eq!(rows[0]["TaskName"], "VIRUS_VUL_SCHEDULE_SCAN");
        assert!(rows[0].get("Uuid").is_none() && rows[0].get("EndTime").is_none());
        cloud.step(1000);
        assert_eq!(
            list(&cloud, &[("RootTask", "true")])[0]["Status"],
            at_the_end,
            "{behaviour:?}"
        );
    }
}

#[test]
fn its_servers_are_rows_of_their_own() {
    let (cloud, id) = scanning(Behaviour::Honest);
    cloud.step(60);
    let rows = list(&cloud, &[("RootTaskId", &id)]);
    let statuses: Vec<i64> = rows.iter().map(|row| row["Status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [2, 1, 3, 3, 3, 3, 3, 3]);
    let first = &rows[0];
    assert_eq!(
        (&first["Uuid"], &first["InstanceName"]),
        (&json!(uuid(1)), &json!("web-1"))
    );
    let start = START.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert_eq!(
        (&first["StartTime"], &first["EndTime"]),
        (&json!(start), &json!(start + 60_000))
    );
    assert_eq!(
        (&first["Progress"], &rows[1]["Progress"]),
        (&json!(100), &json!(0))
    );
    assert_eq!(list(&cloud, &[("RootTask", "false")]), rows);
    assert_eq!(list(&cloud, &[("RootTaskId", "other")]).len(), 0);
}

#[test]
fn rows_are_filtered() {
    let (cloud, id) = scanning(Behaviour::Honest);
    cloud.step(60);
    let start = START.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let root = ("RootTaskId", id.as_str());
    for (filter, expected) in [
        (("Status", "3"), 6),
        (("StatusList.1", "1"), 1),
        (("MachineName", "web"), 4),
        (("InternetIp", "203.0.113.7"), 1),
        (("IntranetIp", "10.0.0.6"), 1),
        (("ScanType", "user"), 0),
        (("ScanType", "system"), 8),
        (("StartTime", &(start + 1).to_string()), 0),
        (("EndTime", &start.to_string()), 8),
    ] {
        assert_eq!(list(&cloud, &[root, filter]).len(), expected, "{filter:?}");
    }
    assert_eq!(list(&cloud, &[("TaskId", &id)]).len(), 1);
    let page = cloud.ok(ACTION, &[root, ("PageSize", "5"), ("CurrentPage", "2")]);
    assert_eq!(
        page.body["PageInfo"],
        json!({"CurrentPage": 2, "PageSize": 5, "TotalCount": 8})
    );
    assert_eq!(
        cloud.refused(ACTION, &[("StatusList.1", "x")]),
        "InvalidStatusList"
    );
}
