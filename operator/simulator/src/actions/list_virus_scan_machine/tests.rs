//! Servers that were scanned, with the number of their open events.

use serde_json::{Value, json};

use crate::testing::{Cloud, uuid};
use crate::world::scans::Finding;

const ACTION: &str = "ListVirusScanMachine";
const PAGE: [(&str, &str); 2] = [("CurrentPage", "1"), ("PageSize", "20")];

fn list(cloud: &Cloud, more: &[(&str, &str)]) -> Vec<(Value, Value)> {
    let reply = cloud.ok(ACTION, &[&PAGE, more].concat());
    let rows = reply.body["Data"].as_array().unwrap().clone();
    assert_eq!(reply.body["PageInfo"]["TotalCount"], rows.len());
    rows.into_iter()
        .map(|row| (row["InstanceName"].clone(), row["EventCount"].clone()))
        .collect()
}

#[test]
fn a_server_is_listed_when_a_scan_has_finished_with_it() {
    let cloud = Cloud::scanning(&[1, 2]);
    let everything = [
        ("BusinessType", "VIRUS_SCAN_ONCE_TASK"),
        ("TargetType", "all_instance"),
    ];
    cloud.ok("CreateAssetSelectionConfig", &everything);
    cloud.ok("CreateVirusScanOnceTask", &[]);
    assert_eq!(list(&cloud, &[]), []);
    cloud.step(60);
    assert_eq!(list(&cloud, &[]), [(json!("web-1"), json!(0))]);
    cloud.step(50);
    let both = [(json!("web-1"), json!(0)), (json!("web-2"), json!(1))];
    assert_eq!(list(&cloud, &[]), both);
    assert_eq!(list(&cloud, &[("Uuid", &uuid(2))]), both[1..]);
    assert_eq!(list(&cloud, &[("Remark", "10.0.0.1")]), both[..1]);
}

#[test]
fn what_was_known_before_is_listed_without_a_scan() {
    let cloud = Cloud::scanning(&[]);
    let now = cloud.shared.lock().clock.now();
    cloud.scans(|scans| {
        let known = Finding {
            known_at: Some(now),
            ..Finding::default()
        };
        scans.viruses.get_mut(&900_001).unwrap().finding = known;
    });
    assert_eq!(list(&cloud, &[]), [(json!("web-2"), json!(1))]);
}

#[test]
fn the_page_is_needed() {
    let cloud = Cloud::scanning(&[]);
    assert_eq!(cloud.refused(ACTION, &PAGE[..1]), "MissingPageSize");
    assert_eq!(cloud.refused(ACTION, &PAGE[1..]), "MissingCurrentPage");
}
