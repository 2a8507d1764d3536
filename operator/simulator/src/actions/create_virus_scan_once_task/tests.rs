//! The chain that starts a virus scan, and what two chains at the same time do to each other.

use serde_json::json;

use crate::testing::{Cloud, uuid};
use crate::world::OsType;
use crate::world::scans::{Dispatch, Task};

const ACTION: &str = "CreateVirusScanOnceTask";
const BUSINESS: (&str, &str) = ("BusinessType", "VIRUS_SCAN_ONCE_TASK");

fn create(cloud: &Cloud, target_type: &str) -> String {
    let reply = cloud.ok(
        "CreateAssetSelectionConfig",
        &[BUSINESS, ("TargetType", target_type)],
    );
    reply.body["Data"]["SelectionKey"].as_str().unwrap().to_owned()
}

/// The chain up to the scan: create, add, make it count.
fn select(cloud: &Cloud, target_type: &str, target: &str) -> String {
    let key = create(cloud, target_type);
    let add = [
        ("SelectionKey", key.as_str()),
        ("TargetOperationList.1.Target", target),
        ("TargetOperationList.1.Operation", "add"),
    ];
    cloud.ok("AddAssetSelectionCriteria", &add);
    cloud.ok("UpdateSelectionKeyByType", &[BUSINESS, ("SelectionKey", &key)]);
    key
}

fn only_task(cloud: &Cloud) -> Task {
    cloud.scans(|scans| {
        assert_eq!(scans.tasks.len(), 1);
        scans.tasks.values().next().unwrap().clone()
    })
}

fn scanned(cloud: &Cloud) -> Vec<String> {
    only_task(cloud).servers.into_keys().collect()
}

#[test]
fn the_chain_scans_what_was_selected() {
    let cloud = Cloud::scanning(&[1]);
    let key = select(&cloud, "instance", &uuid(1));
    cloud.ok(ACTION, &[("ScanType", "system"), ("SelectionKey", &key)]);
    assert!(cloud.last().committed);
    let task = only_task(&cloud);
    assert_eq!(task.servers, [(uuid(1), Dispatch::Accepted)].into());
    assert_eq!(
        (task.scan_type.as_str(), task.selection_key),
        ("system", Some(key))
    );
}

#[test]
fn groups_networks_and_everything_can_be_selected() {
    for (target_type, target, expected) in [
        ("group", "1002", vec![uuid(6)]),
        ("vpc", "vpc-cn-shanghai-demo", vec![uuid(5), uuid(6)]),
    ] {
        let cloud = Cloud::scanning(&[]);
        let key = select(&cloud, target_type, target);
        cloud.ok(ACTION, &[("SelectionKey", &key)]);
        assert_eq!(scanned(&cloud), expected, "{target_type}");
    }
    let cloud = Cloud::scanning(&[]);
    let key = create(&cloud, "all_instance");
    cloud.ok(ACTION, &[("SelectionKey", &key)]);
    assert_eq!(scanned(&cloud).len(), 8, "without the two steps in between");
}

#[test]
fn the_platform_keeps_its_servers_only() {
    let cloud = Cloud::scanning(&[]);
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(3)).unwrap().os_type = OsType::Windows);
    let everything = [BUSINESS, ("TargetType", "all_instance"), ("Platform", "windows")];
    cloud.ok("CreateAssetSelectionConfig", &everything);
    cloud.ok(ACTION, &[]);
    assert_eq!(scanned(&cloud), [uuid(3)]);
}

#[test]
fn of_two_chains_at_the_same_time_the_later_selection_is_scanned() {
    for (follows_slot, expected) in [(true, 2), (false, 1)] {
        let cloud = Cloud::scanning(&[1, 2]);
        cloud.scans(|scans| scans.settings.virus_scan_follows_slot = follows_slot);
        let mine = select(&cloud, "instance", &uuid(1));
        let theirs = select(&cloud, "instance", &uuid(2));
        let slot = cloud.ok("GetAssetSelectionConfig", &[BUSINESS]).body["Data"]["SelectionKey"].clone();
        assert_eq!(slot, theirs);
        cloud.ok(ACTION, &[("SelectionKey", &mine)]);
        assert_eq!(
            scanned(&cloud),
            [uuid(expected)],
            "follows the slot: {follows_slot}"
        );
    }
}

#[test]
fn the_selection_is_taken_when_the_scan_is_made() {
    let cloud = Cloud::scanning(&[1, 2]);
    let key = select(&cloud, "instance", &uuid(1));
    cloud.ok(ACTION, &[("SelectionKey", &key)]);
    select(&cloud, "instance", &uuid(2));
    assert_eq!(scanned(&cloud), [uuid(1)]);
}

#[test]
fn a_token_runs_once_and_a_dry_run_never() {
    let cloud = Cloud::scanning(&[1]);
    let key = select(&cloud, "instance", &uuid(1));
    let key = ("SelectionKey", key.as_str());
    cloud.ok(ACTION, &[key, ("DryRun", "true")]);
    assert!(cloud.scans(|scans| scans.tasks.is_empty()));
    cloud.ok(ACTION, &[key, ("ClientToken", "t")]);
    cloud.ok(ACTION, &[key, ("ClientToken", "t")]);
    only_task(&cloud);
    cloud.ok(ACTION, &[key]);
    assert_eq!(cloud.scans(|scans| scans.tasks.len()), 2);
}

#[test]
fn without_a_selection_or_with_a_bad_one_nothing_starts() {
    let cloud = Cloud::scanning(&[1]);
    assert_eq!(
        cloud.refused(ACTION, &[]),
        "InvalidSelectionKey",
        "the slot is empty"
    );
    let key = create(&cloud, "instance");
    let unselected = [("SelectionKey", key.as_str())];
    assert_eq!(
        cloud.refused(ACTION, &unselected),
        "InvalidSelectionKey",
        "it does not count yet"
    );
    cloud.ok("UpdateSelectionKeyByType", &[BUSINESS, unselected[0]]);
    assert_eq!(
        cloud.refused(ACTION, &unselected),
        "InvalidSelectionKey",
        "nothing in it"
    );
    select(&cloud, "instance", &uuid(1));
    assert_eq!(
        cloud.refused(ACTION, &[("SelectionKey", "x")]),
        "InvalidSelectionKey"
    );
    assert_eq!(cloud.refused(ACTION, &[("ScanType", "quick")]), "InvalidScanType");
    assert_eq!(cloud.refused(ACTION, &[("ScanType", "user")]), "MissingScanPath");
    cloud.ok(
        ACTION,
        &[
            ("ScanType", "user"),
            ("ScanPath.1", "/opt"),
            ("ScanPath.2", "/srv"),
        ],
    );
    assert_eq!(only_task(&cloud).scan_path, ["/opt", "/srv"]);
    let shown = cloud.ok("GetVirusScanLatestTaskStatistic", &[]);
    assert_eq!(shown.body["Data"]["ScanPath"], json!(["/opt", "/srv"]));
}
