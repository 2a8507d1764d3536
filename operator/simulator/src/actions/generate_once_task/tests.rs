//! One-time tasks: what starts one, and the limit of ten.

use serde_json::json;

use crate::testing::{Cloud, Reply, uuid, uuids};
use crate::world::scans::{Dispatch, ScanKind, TaskType};

const ACTION: &str = "GenerateOnceTask";
const ITEMS: &str = r#"{"items":"ACCOUNT_SNAPSHOT,PORT_SNAPSHOT"}"#;

fn generate(cloud: &Cloud) -> Reply {
    let name = "ASSETS_COLLECTION";
    cloud.ok(
        ACTION,
        &[("TaskType", name), ("TaskName", name), ("Param", ITEMS)],
    )
}

#[test]
fn a_task_is_started_on_all_servers_and_answers_its_id() {
    let cloud = Cloud::scanning(&[1]);
    let first = generate(&cloud).body;
    assert_eq!(
        (&first["CanCreate"], &first["TotalCount"]),
        (&json!(true), &json!(8))
    );
    assert!(first.get("LastTask").is_none());
    let id = first["TaskId"].as_str().unwrap();
    assert_eq!(generate(&cloud).body["LastTask"], id);
    cloud.scans(|scans| {
        let task = &scans.tasks[id];
        assert_eq!(
            (task.task_type, task.source.as_str()),
            (TaskType::AssetsCollection, "console")
        );
        assert_eq!(task.kinds, [ScanKind::Fingerprint].into());
        assert_eq!(task.servers[&uuid(1)], Dispatch::Accepted);
    });
}

#[test]
fn the_parameters_may_name_servers() {
    let cloud = Cloud::scanning(&[1]);
    let param = format!(r#"{{"uuids":"{}"}}"#, uuids(&[1, 6]));
    let kind = "CLIENT_PROBLEM_CHECK";
    let parameters = [
        ("TaskType", kind),
        ("TaskName", kind),
        ("Param", &param),
        ("Source", "Manual"),
    ];
    let reply = cloud.ok(ACTION, &parameters);
    assert_eq!(reply.body["TotalCount"], 2);
    cloud.scans(|scans| assert_eq!(scans.tasks.values().next().unwrap().source, "Manual"));
}

#[test]
fn ten_run_at_the_same_time_and_no_more() {
    let cloud = Cloud::scanning(&[1]);
    for number in 1..=10 {
        let reply = generate(&cloud);
        assert_eq!(
            reply.body["CanCreate"],
            number < 10,
            "room for one after task {number}"
        );
        assert!(reply.body["TaskId"].is_string(), "task {number}");
    }
    let beyond = generate(&cloud).body;
    assert_eq!(beyond["CanCreate"], false);
    assert!(beyond.get("TaskId").is_none() && beyond.get("LastTask").is_some());
    assert!(!cloud.last().committed);
    assert_eq!(cloud.scans(|scans| scans.tasks.len()), 10);
    cloud.step(110);
    assert_eq!(generate(&cloud).body["CanCreate"], true, "all ten have ended");
}

#[test]
fn all_three_parameters_are_needed() {
    let cloud = Cloud::scanning(&[1]);
    let all = [
        ("TaskType", "ASSETS_COLLECTION"),
        ("TaskName", "n"),
        ("Param", "{}"),
    ];
    for (name, _) in all {
        let others: Vec<(&str, &str)> = all.into_iter().filter(|(other, _)| *other != name).collect();
        assert_eq!(cloud.refused(ACTION, &others), format!("Missing{name}"));
    }
    let with = |task_type, param| [("TaskType", task_type), ("TaskName", "n"), ("Param", param)];
    assert_eq!(
        cloud.refused(ACTION, &with("PUSH_ALL_TASK", "{}")),
        "InvalidTaskType"
    );
    assert_eq!(
        cloud.refused(ACTION, &with("IMAGE_SCAN", "items")),
        "InvalidParam"
    );
}
