//! Virus events are latent until a scan of their server, and go with a later one.

use serde_json::{Value, json};

use crate::testing::{Cloud, START, uuid};

const ACTION: &str = "ListVirusScanMachineEvent";
const PAGE: [(&str, &str); 2] = [("CurrentPage", "1"), ("PageSize", "20")];

fn list(cloud: &Cloud, more: &[(&str, &str)]) -> Vec<Value> {
    cloud.ok(ACTION, &[&PAGE, more].concat()).body["Data"]
        .as_array()
        .unwrap()
        .clone()
}

/// Scans server 2 for viruses and waits for the end.
fn scan(cloud: &Cloud) {
    let everything = [
        ("BusinessType", "VIRUS_SCAN_ONCE_TASK"),
        ("TargetType", "all_instance"),
    ];
    cloud.ok("CreateAssetSelectionConfig", &everything);
    cloud.ok("CreateVirusScanOnceTask", &[]);
    cloud.step(110);
}

#[test]
fn an_event_comes_with_a_scan_and_goes_with_the_next_after_its_removal() {
    let cloud = Cloud::scanning(&[2]);
    assert_eq!(list(&cloud, &[]), [json!(null); 0]);
    scan(&cloud);
    let event = &list(&cloud, &[])[0];
    assert_eq!(
        (&event["EventId"], &event["EventName"]),
        (&json!(900_001), &json!("Mining program"))
    );
    assert_eq!(
        (&event["Level"], &event["InstanceName"]),
        (&json!("serious"), &json!("web-2"))
    );
    let start = START.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert_eq!(event["LastTimeStamp"], start + 110_000);
    let detail = json!({"Type": "text", "NameDisplay": "File path", "ValueDisplay": "/tmp/.x/kdevtmpfsi"});
    assert_eq!(event["Details"], json!([detail]));
    cloud.step(1);
    let now = cloud.shared.lock().clock.now();
    cloud.scans(|scans| scans.viruses.get_mut(&900_001).unwrap().finding.fixed_at = Some(now));
    assert_eq!(list(&cloud, &[]).len(), 1, "nobody looked yet");
    scan(&cloud);
    assert_eq!(list(&cloud, &[]).len(), 0);
}

#[test]
fn events_are_filtered() {
    let cloud = Cloud::scanning(&[2]);
    scan(&cloud);
    assert_eq!(list(&cloud, &[("Uuid", &uuid(2))]).len(), 1);
    assert_eq!(list(&cloud, &[("Uuid", &uuid(1))]).len(), 0);
    assert_eq!(list(&cloud, &[("OperateTaskId", "1")]).len(), 0);
    cloud.scans(|scans| scans.viruses.get_mut(&900_001).unwrap().finding.handled = true);
    assert_eq!(list(&cloud, &[]).len(), 0);
    assert_eq!(cloud.refused(ACTION, &PAGE[..1]), "MissingPageSize");
}
