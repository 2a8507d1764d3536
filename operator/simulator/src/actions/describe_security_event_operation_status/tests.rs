//! Which ids are needed, and which tasks there are; the states themselves are tested where tasks
//! are made.

use serde_json::Value;

use crate::testing::Cloud;
use crate::testing::alerts::{Alerts, LOGON, MINER};

fn status(cloud: &Cloud, parameters: &[(&str, &str)]) -> crate::testing::Reply {
    cloud.call("DescribeSecurityEventOperationStatus", parameters)
}

#[test]
fn a_task_shows_the_alerts_that_were_asked_for() {
    let cloud = Cloud::new();
    let task = cloud.handled("ignore", &[LOGON, MINER], &[]).to_string();
    cloud.step(3);
    let of = |ids: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = ids.iter().copied().chain([("TaskId", task.as_str())]).collect();
        let reply = status(&cloud, &all);
        let rows =
            reply.body["SecurityEventOperationStatusResponse"]["SecurityEventOperationStatuses"].clone();
        let ids = rows.as_array().unwrap_or(&Vec::new()).clone();
        ids.iter()
            .map(|row| row["SecurityEventId"].clone())
            .collect::<Vec<Value>>()
    };
    assert_eq!(of(&[("SecurityEventIds.1", "702173402")]), ["702173402"]);
    assert_eq!(
        of(&[
            ("SecurityEventIds.1", "702173401"),
            ("SecurityEventIds.2", "702173402")
        ]),
        ["702173401", "702173402"]
    );
    assert!(
        of(&[("SecurityEventIds.1", "702173403")]).is_empty(),
        "of no task"
    );
}

#[test]
fn both_ids_are_needed_unless_the_world_takes_either() {
    let cloud = Cloud::new();
    let task = cloud.handled("ignore", &[LOGON], &[]).to_string();
    let (by_task, by_id) = ([("TaskId", task.as_str())], [("SecurityEventIds.1", "702173401")]);
    assert_eq!(status(&cloud, &by_task).code(), "MissingSecurityEventIds");
    assert_eq!(status(&cloud, &by_id).code(), "MissingTaskId");
    cloud.mainland(|centre| centre.settings.alerts.status_needs_both_ids = false);
    for one in [&by_task, &by_id] {
        let reply = status(&cloud, one);
        let task = &reply.body["SecurityEventOperationStatusResponse"];
        assert_eq!(task["TaskStatus"], "Pending", "{reply:?}");
        assert_eq!(
            task["SecurityEventOperationStatuses"][0]["SecurityEventId"],
            "702173401"
        );
    }
    assert_eq!(status(&cloud, &[]).code(), "IllegalParam");
}

#[test]
fn an_unknown_task_does_not_exist() {
    let cloud = Cloud::new();
    let reply = status(&cloud, &[("TaskId", "1"), ("SecurityEventIds.1", "702173401")]);
    assert_eq!((reply.status, reply.code()), (400, "OperationTaskNotExists"));
    let reply = status(&cloud, &[("TaskId", "x"), ("SecurityEventIds.1", "702173401")]);
    assert_eq!(reply.code(), "InvalidTaskId");
}
