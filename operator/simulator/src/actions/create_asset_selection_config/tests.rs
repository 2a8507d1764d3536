//! Selections and the slot of their business type.

use serde_json::json;

use crate::testing::Cloud;
use crate::world::scans::{Platform, TargetType};

const ACTION: &str = "CreateAssetSelectionConfig";
const BUSINESS: (&str, &str) = ("BusinessType", "VIRUS_SCAN_ONCE_TASK");

#[test]
fn a_selection_gets_a_uuid_and_takes_no_slot() {
    let cloud = Cloud::scanning(&[]);
    let reply = cloud.ok(
        ACTION,
        &[BUSINESS, ("TargetType", "instance"), ("Platform", "linux")],
    );
    let data = &reply.body["Data"];
    let key = data["SelectionKey"].as_str().unwrap();
    assert!(uuid::Uuid::parse_str(key).is_ok());
    assert_eq!(
        (&data["TargetType"], &data["Platform"]),
        (&json!("instance"), &json!("linux"))
    );
    assert_eq!(data["BusinessType"], "VIRUS_SCAN_ONCE_TASK");
    cloud.scans(|scans| {
        let selection = &scans.selections[key];
        assert_eq!(
            (selection.target_type, selection.platform),
            (TargetType::Instance, Platform::Linux)
        );
        assert!(scans.slots.is_empty());
    });
}

#[test]
fn a_selection_of_everything_takes_the_slot_at_once() {
    let cloud = Cloud::scanning(&[]);
    let reply = cloud.ok(ACTION, &[BUSINESS, ("TargetType", "all_instance")]);
    assert_eq!(reply.body["Data"]["Platform"], "all");
    let key = reply.body["Data"]["SelectionKey"].as_str().unwrap();
    assert_eq!(
        cloud.scans(|scans| scans.slots["VIRUS_SCAN_ONCE_TASK"].clone()),
        key
    );
}

#[test]
fn a_token_gives_the_same_key_and_a_dry_run_none() {
    let cloud = Cloud::scanning(&[]);
    let create = |more| {
        cloud.ok(ACTION, &[BUSINESS, ("TargetType", "group"), more]).body["Data"]["SelectionKey"].clone()
    };
    assert_eq!(create(("DryRun", "True")), json!(null));
    assert!(!cloud.last().committed);
    let first = create(("ClientToken", "a"));
    assert_eq!(create(("ClientToken", "a")), first);
    assert_ne!(create(("ClientToken", "b")), first);
    assert_eq!(cloud.scans(|scans| scans.selections.len()), 2);
}

#[test]
fn the_business_type_is_a_known_word() {
    let cloud = Cloud::scanning(&[]);
    let target = ("TargetType", "instance");
    for bad in ["1", "virus_scan_once_task", "AGENTLESS_VUL_WHITE_LIST_"] {
        let reply = cloud.call(ACTION, &[("BusinessType", bad), target]);
        assert_eq!(
            (reply.status, reply.code()),
            (400, "InvalidBusinessType"),
            "{bad}"
        );
        assert_eq!(reply.body["Message"], "illegal businessType");
    }
    cloud.ok(ACTION, &[("BusinessType", "AGENTLESS_VUL_WHITE_LIST_7"), target]);
    assert_eq!(cloud.refused(ACTION, &[target]), "MissingBusinessType");
    assert_eq!(cloud.refused(ACTION, &[BUSINESS]), "MissingTargetType");
    assert_eq!(
        cloud.refused(ACTION, &[BUSINESS, ("TargetType", "all")]),
        "InvalidTargetType"
    );
    assert_eq!(
        cloud.refused(ACTION, &[BUSINESS, target, ("Platform", "bsd")]),
        "InvalidPlatform"
    );
}
