//! What still runs on one server.

use serde_json::json;

use crate::testing::{Cloud, uuid};

const ACTION: &str = "ListUnfinishedOnceTask";
const COLLECTION: (&str, &str) = ("TaskType", "ASSETS_COLLECTION");

#[test]
fn a_task_is_listed_until_it_ends() {
    let cloud = Cloud::scanning(&[1, 2]);
    let param = format!(r#"{{"uuids":"{}"}}"#, uuid(1));
    cloud.ok(
        "GenerateOnceTask",
        &[COLLECTION, ("TaskName", "n"), ("Param", &param)],
    );
    let list = |server| cloud.ok(ACTION, &[COLLECTION, ("Target", &uuid(server))]).body["OnceTasks"].clone();
    cloud.step(60);
    let row = &list(1)[0];
    assert_eq!(
        (&row["StatusText"], &row["Progress"]),
        (&json!("START"), &json!(50))
    );
    assert_eq!((&row["Target"], &row["Finish"]), (&json!(uuid(1)), &json!(0)));
    assert_eq!(list(2), json!([]), "another server");
    cloud.step(50);
    assert_eq!(list(1), json!([]), "ended");
}

#[test]
fn type_and_target_are_needed() {
    let cloud = Cloud::scanning(&[]);
    assert_eq!(cloud.refused(ACTION, &[]), "MissingTaskType");
    assert_eq!(cloud.refused(ACTION, &[COLLECTION]), "-101");
    assert_eq!(
        cloud.refused(ACTION, &[("TaskType", "VUL_CHECK_TASK"), ("Target", "x")]),
        "InvalidTaskType"
    );
    let images = cloud.ok(ACTION, &[("TaskType", "IMAGE_SCAN"), ("Target", "sha256:0")]);
    assert_eq!(images.body["OnceTasks"], json!([]));
}
