//! The latest execution that has begun.

use serde_json::{Value, json};

use crate::testing::Cloud;
use crate::world::scans::Behaviour;

const ACTION: &str = "DescribeStrategyExecDetail";
const STRATEGY: (&str, &str) = ("StrategyId", "8164248");

fn detail(cloud: &Cloud) -> Value {
    cloud.ok(ACTION, &[STRATEGY]).body
}

#[test]
fn it_shows_an_execution_from_its_start_on() {
    let cloud = Cloud::scanning(&[1, 2]);
    assert!(detail(&cloud).get("StartTime").is_none());
    cloud.ok("ExecStrategy", &[STRATEGY]);
    assert!(detail(&cloud).get("Source").is_none(), "not begun");
    cloud.step(60);
    let running = detail(&cloud);
    assert_eq!(
        (&running["Source"], &running["StartTime"]),
        (&json!("Manual"), &json!("2026-01-02 11:04:15"))
    );
    assert_eq!(
        (&running["Percent"], &running["InProcessCount"]),
        (&json!("50%"), &json!(1))
    );
    assert!(running.get("EndTime").is_none());
    cloud.step(50);
    let done = detail(&cloud);
    assert_eq!(
        (&done["EndTime"], &done["Percent"]),
        (&json!("2026-01-02 11:05:55"), &json!("100%"))
    );
    assert_eq!(
        (&done["SuccessCount"], &done["FailCount"]),
        (&json!(1), &json!(2))
    );
    let failed: Vec<_> = done["FailedEcsList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["InstanceName"])
        .collect();
    assert_eq!(failed, ["web-3", "web-4", "db-1"], "free edition or offline");
    cloud.ok("ExecStrategy", &[STRATEGY]);
    assert_eq!(
        detail(&cloud)["EndTime"],
        done["EndTime"],
        "the next one has not begun"
    );
    cloud.step(10);
    assert_eq!(detail(&cloud)["StartTime"], "2026-01-02 11:06:05");
}

#[test]
fn the_schedule_and_a_timeout_are_named() {
    let cloud = Cloud::scanning(&[1]);
    cloud.scans(|scans| scans.settings.baseline.behaviour = Behaviour::TimesOut);
    cloud.ok("ExecStrategy", &[STRATEGY]);
    cloud.scans(|scans| {
        for task in scans.tasks.values_mut() {
            task.source = "schedule".to_owned();
        }
    });
    cloud.step(110);
    let detail = detail(&cloud);
    assert_eq!(detail["Source"], "Schedule");
    let timed_out = &detail["FailedEcsList"][0];
    assert_eq!(
        (&timed_out["InstanceName"], &timed_out["Reason"]),
        (&json!("web-1"), &json!("Detect timeout"))
    );
    assert_eq!(timed_out["IP"], "10.0.0.1");
}

#[test]
fn a_terminated_execution_does_not_call_online_servers_offline() {
    let cloud = Cloud::scanning(&[1]);
    cloud.ok("ExecStrategy", &[STRATEGY]);
    cloud.step(20);
    cloud.ok("ExecStrategy", &[STRATEGY, ("ExecAction", "terminate")]);
    let detail = detail(&cloud);
    let failed = detail["FailedEcsList"].as_array().unwrap();
    let reason = |name: &str| {
        let row = failed.iter().find(|row| row["InstanceName"] == name);
        row.map(|row| row["Reason"].as_str().unwrap())
    };
    assert_eq!(reason("web-1"), Some("Task terminated"));
    assert_eq!(reason("db-1"), Some("Client offline"));
}

#[test]
fn the_strategy_is_needed() {
    let cloud = Cloud::scanning(&[]);
    assert_eq!(cloud.refused(ACTION, &[]), "MissingStrategyId");
    assert_eq!(cloud.refused(ACTION, &[("StrategyId", "x")]), "InvalidStrategyId");
    assert_eq!(cloud.refused(ACTION, &[("StrategyId", "7")]), "InvalidStrategyId");
}
