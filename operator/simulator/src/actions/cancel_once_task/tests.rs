//! Cancelling: what is finished stays, the rest is never looked at.

use serde_json::json;

use crate::testing::Cloud;

const ACTION: &str = "CancelOnceTask";

#[test]
fn a_cancelled_task_fails_and_frees_its_place() {
    let cloud = Cloud::scanning(&[1, 2]);
    let kind = ("TaskType", "ASSETS_COLLECTION");
    let started = cloud.ok("GenerateOnceTask", &[kind, ("TaskName", "n"), ("Param", "{}")]);
    let id = started.body["TaskId"].as_str().unwrap().to_owned();
    cloud.step(70);
    cloud.ok(ACTION, &[("TaskId", &id)]);
    assert!(cloud.last().committed);
    cloud.step(1000);
    let reply = cloud.ok("DescribeOnceTask", &[kind]);
    let row = &reply.body["TaskManageResponseList"][0];
    assert_eq!((&row["TaskStatus"], &row["Progress"]), (&json!(3), &json!("60%")));
    assert_eq!(
        (&row["SuccessCount"], &row["ResultInfo"]),
        (&json!(1), &json!("cancelled"))
    );
    cloud.ok(ACTION, &[("TaskId", &id)]);
    assert!(!cloud.last().committed, "it had ended");
}

#[test]
fn only_one_time_tasks_can_be_cancelled() {
    let cloud = Cloud::scanning(&[1]);
    assert_eq!(cloud.refused(ACTION, &[]), "MissingTaskId");
    assert_eq!(cloud.refused(ACTION, &[("TaskId", "unknown")]), "InvalidTaskId");
    cloud.ok("ExecStrategy", &[("StrategyId", "8164248")]);
    let id = cloud.scans(|scans| scans.tasks.keys().next().unwrap().clone());
    assert_eq!(cloud.refused(ACTION, &[("TaskId", &id)]), "InvalidTaskId");
}
