//! The newest task of a type and name.

use serde_json::json;

use crate::testing::{Cloud, START};
use crate::world::scans::Behaviour;

const ACTION: &str = "GetLastOnceTaskInfo";
const NAMED: [(&str, &str); 2] = [
    ("TaskType", "ASSETS_COLLECTION"),
    ("TaskName", "ASSETS_COLLECTION"),
];

#[test]
fn it_tells_the_progress_of_the_newest() {
    let cloud = Cloud::scanning(&[1, 2]);
    let none = cloud.ok(ACTION, &NAMED).body;
    assert_eq!(none["TaskInfo"], json!({"Result": "TASK_NOT_EXISTS"}));
    assert!(none.get("TaskId").is_none());
    let start = || {
        cloud
            .ok("GenerateOnceTask", &[NAMED[0], NAMED[1], ("Param", "{}")])
            .body["TaskId"]
            .clone()
    };
    start();
    cloud.step(1);
    let newest = start();
    cloud.step(60);
    let reply = cloud.ok(ACTION, &NAMED).body;
    assert_eq!(reply["TaskId"], newest);
    assert_eq!(
        reply["TaskInfo"],
        json!({"Result": "SUCCESS", "Status": "START", "Progress": 50})
    );
    assert_eq!(
        (&reply["FinishCount"], &reply["TotalCount"]),
        (&json!(1), &json!(8))
    );
    let began = START.parse::<jiff::Timestamp>().unwrap().as_millisecond() + 11_000;
    assert_eq!(reply["CollectTime"], began);
    cloud.step(50);
    assert_eq!(cloud.ok(ACTION, &NAMED).body["TaskInfo"]["Status"], "SUCCESS");
    let of = |source| {
        cloud.ok(ACTION, &[NAMED[0], NAMED[1], ("Source", source)]).body["TaskInfo"]["Result"].clone()
    };
    assert_eq!(
        (of("console"), of("schedule")),
        (json!("SUCCESS"), json!("TASK_NOT_EXISTS"))
    );
}

#[test]
fn a_task_that_timed_out_says_so() {
    let cloud = Cloud::scanning(&[1]);
    cloud.scans(|scans| scans.settings.fingerprint.behaviour = Behaviour::TimesOut);
    cloud.ok("GenerateOnceTask", &[NAMED[0], NAMED[1], ("Param", "{}")]);
    assert_eq!(cloud.ok(ACTION, &NAMED).body["TaskInfo"]["Status"], "INIT");
    cloud.step(110);
    assert_eq!(cloud.ok(ACTION, &NAMED).body["TaskInfo"]["Status"], "TIMEOUT");
}

#[test]
fn type_and_name_are_needed() {
    let cloud = Cloud::scanning(&[]);
    assert_eq!(cloud.refused(ACTION, &[NAMED[1]]), "MissingTaskType");
    assert_eq!(cloud.refused(ACTION, &[NAMED[0]]), "MissingTaskName");
    assert_eq!(
        cloud.refused(ACTION, &[("TaskType", "X"), NAMED[1]]),
        "InvalidTaskType"
    );
}
