//! Whoever holds the slot is shown.

use serde_json::json;

use crate::testing::Cloud;

const ACTION: &str = "GetAssetSelectionConfig";
const BUSINESS: (&str, &str) = ("BusinessType", "VIRUS_SCAN_ONCE_TASK");

#[test]
fn the_latest_selection_of_the_slot_is_shown() {
    let cloud = Cloud::scanning(&[]);
    assert!(cloud.ok(ACTION, &[BUSINESS]).body.get("Data").is_none());
    let everything = [BUSINESS, ("TargetType", "all_instance"), ("Platform", "windows")];
    let created = cloud.ok("CreateAssetSelectionConfig", &everything).body["Data"]["SelectionKey"].clone();
    let data = cloud.ok(ACTION, &[BUSINESS]).body["Data"].clone();
    assert_eq!(
        data,
        json!({"SelectionKey": created, "TargetType": "all_instance", "Platform": "windows"})
    );
    let other = ("BusinessType", "VIRUS_SCAN_CYCLE_CONFIG");
    assert!(cloud.ok(ACTION, &[other]).body.get("Data").is_none());
    assert_eq!(cloud.refused(ACTION, &[]), "MissingBusinessType");
    assert_eq!(
        cloud.refused(ACTION, &[("BusinessType", "0")]),
        "InvalidBusinessType"
    );
}
