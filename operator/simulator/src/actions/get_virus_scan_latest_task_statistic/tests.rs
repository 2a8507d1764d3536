//! The statistic of the newest virus scan, in both codings.

use serde_json::{Value, json};

use crate::testing::{Cloud, START, uuid};
use crate::world::scans::{Behaviour, OtherActor};

const ACTION: &str = "GetVirusScanLatestTaskStatistic";

fn data(cloud: &Cloud) -> Value {
    cloud.ok(ACTION, &[]).body["Data"].clone()
}

fn scan_everything(cloud: &Cloud) {
    let everything = [
        ("BusinessType", "VIRUS_SCAN_ONCE_TASK"),
        ("TargetType", "all_instance"),
    ];
    cloud.ok("CreateAssetSelectionConfig", &everything);
    cloud.ok("CreateVirusScanOnceTask", &[]);
}

#[test]
fn a_scan_is_pending_running_and_complete() {
    let cloud = Cloud::scanning(&[1, 2]);
    assert_eq!(data(&cloud), json!(null));
    scan_everything(&cloud);
    for (step, status, progress, complete) in [
        (0, 0, "0", 0),
        (10, 10, "0", 0),
        (50, 10, "50", 1),
        (50, 100, "100", 2),
    ] {
        cloud.step(step);
        let data = data(&cloud);
        assert_eq!(
            (&data["Status"], &data["Progress"]),
            (&json!(status), &json!(progress))
        );
        assert_eq!(
            (&data["CompleteMachine"], &data["ScanMachine"]),
            (&json!(complete), &json!(8))
        );
        assert_eq!(data["UnCompleteMachine"], 8 - complete);
    }
    let data = data(&cloud);
    assert_eq!(
        data["ScanTime"],
        START.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    );
    assert_eq!(
        (&data["SuspiciousMachine"], &data["SuspiciousCount"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        (&data["SafeMachine"], &data["RiskLevel"]),
        (&json!(1), &json!("high"))
    );
    assert_eq!(data["ScanType"], "system");
    assert!(data.get("MachineName").is_none(), "several servers");
}

#[test]
fn complete_may_be_spelt_20() {
    let cloud = Cloud::scanning(&[1]);
    cloud.scans(|scans| scans.settings.virus_complete_status = 20);
    scan_everything(&cloud);
    cloud.step(110);
    assert_eq!(data(&cloud)["Status"], 20);
}

#[test]
fn a_scan_that_fails_leaves_servers_incomplete() {
    for (behaviour, status, complete) in [
        (Behaviour::Fails, 100, 0),
        (Behaviour::TimesOut, 100, 1),
        (Behaviour::NeverEnds, 10, 1),
    ] {
        let cloud = Cloud::scanning(&[1, 2]);
        cloud.scans(|scans| scans.settings.virus.behaviour = behaviour);
        scan_everything(&cloud);
        cloud.step(1000);
        let data = data(&cloud);
        assert_eq!(
            (&data["Status"], &data["CompleteMachine"]),
            (&json!(status), &json!(complete)),
            "{behaviour:?}"
        );
        assert_ne!(data["UnCompleteMachine"], 0);
    }
}

#[test]
fn a_scan_of_somebody_else_takes_its_place() {
    let cloud = Cloud::scanning(&[1]);
    cloud.scans(|scans| scans.settings.other_actor = Some(OtherActor::default()));
    scan_everything(&cloud);
    let mine = data(&cloud)["TaskId"].clone();
    cloud.step(1);
    assert_ne!(data(&cloud)["TaskId"], mine);
}

#[test]
fn a_single_server_is_named() {
    let cloud = Cloud::scanning(&[1]);
    scan_everything(&cloud);
    cloud.scans(|scans| {
        for task in scans.tasks.values_mut() {
            task.servers.retain(|server, _| *server == uuid(1));
        }
    });
    assert_eq!(data(&cloud)["MachineName"], "web-1");
}
