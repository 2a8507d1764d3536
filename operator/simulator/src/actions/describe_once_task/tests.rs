//! What a poller sees of a scan from its start to its end, honest or not.

use serde_json::{Value, json};

use crate::testing::{Cloud, START, uuid};
use crate::world::scans::{Behaviour, TaskStatusText};

const ACTION: &str = "DescribeOnceTask";

fn list(cloud: &Cloud, more: &[(&str, &str)]) -> Vec<Value> {
    let mut parameters = vec![("TaskType", "VUL_CHECK_TASK")];
    parameters.extend(more);
    let reply = cloud.ok(ACTION, &parameters);
    reply.body["TaskManageResponseList"].as_array().unwrap().clone()
}

fn seen(cloud: &Cloud) -> (i64, String, String) {
    let row = &list(cloud, &[])[0];
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    (
        row["TaskStatus"].as_i64().unwrap(),
        text("TaskStatusText"),
        text("Progress"),
    )
}

fn start() -> i64 {
    START.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

#[test]
fn a_scan_goes_through_its_stages() {
    let cloud = Cloud::scanning(&[1, 2]);
    assert!(list(&cloud, &[]).is_empty());
    cloud.ok("ModifyStartVulScan", &[]);
    for (step, status, text, progress) in [
        (0, 1, "INIT", "0%"),
        (10, 1, "START", "0%"),
        (9, 1, "START", "9%"),
        (1, 1, "DISPATCH", "10%"),
        (89, 1, "DISPATCH", "99%"),
        (1, 2, "SUCCESS", "100%"),
    ] {
        cloud.step(step);
        assert_eq!(seen(&cloud), (status, text.to_owned(), progress.to_owned()));
    }
    let row = &list(&cloud, &[])[0];
    assert_eq!(row["TaskStartTime"], start() + 10_000);
    assert_eq!(row["TaskEndTime"], start() + 110_000);
    assert_eq!((&row["SuccessCount"], &row["FailCount"]), (&json!(2), &json!(6)));
    assert_eq!(
        (&row["TaskName"], &row["ResultInfo"]),
        (&json!("VUL_CHECK_TASK"), &json!("successful"))
    );
    assert_eq!(row["TaskId"].as_str().unwrap().len(), 32);
    assert!(row.get("Source").is_none(), "no SDK models it");
}

#[test]
fn before_it_starts_it_has_no_time_and_before_its_lag_it_is_not_there() {
    let cloud = Cloud::scanning(&[1]);
    cloud.scans(|scans| scans.settings.vulnerability.list_lag_seconds = 3);
    cloud.ok("ModifyStartVulScan", &[]);
    assert!(list(&cloud, &[]).is_empty());
    cloud.step(3);
    let row = &list(&cloud, &[])[0];
    assert!(row.get("TaskStartTime").is_none() && row.get("TaskEndTime").is_none());
}

#[test]
fn the_spellings_are_switches() {
    let cloud = Cloud::scanning(&[1]);
    cloud.scans(|scans| {
        scans.settings.task_status_text = TaskStatusText::Processing;
        scans.settings.percent_sign = false;
        scans.settings.undocumented_task_fields = true;
    });
    cloud.ok("ModifyStartVulScan", &[("Types", "cve")]);
    assert_eq!(seen(&cloud), (1, "PROCESSING".to_owned(), "0".to_owned()));
    cloud.step(60);
    assert_eq!(seen(&cloud), (1, "PROCESSING".to_owned(), "50".to_owned()));
    let row = &list(&cloud, &[])[0];
    assert_eq!(
        (&row["Source"], &row["TotalCount"]),
        (&json!("console"), &json!(8))
    );
    assert_eq!(row["Context"], r#"{"types":["cve"]}"#);
    cloud.step(60);
    assert_eq!(seen(&cloud).1, "SUCCESS");
}

#[test]
fn a_lying_scan_claims_what_is_not_so() {
    for (behaviour, halfway, at_the_end, finished) in [
        (
            Behaviour::ClaimsDoneEarly,
            (2, "SUCCESS", "100%"),
            (2, "SUCCESS", "100%"),
            2,
        ),
        (
            Behaviour::StallsAt99,
            (1, "DISPATCH", "99%"),
            (2, "SUCCESS", "100%"),
            2,
        ),
        (
            Behaviour::GoesBack,
            (1, "DISPATCH", "30%"),
            (2, "SUCCESS", "100%"),
            2,
        ),
        (
            Behaviour::NeverEnds,
            (1, "DISPATCH", "50%"),
            (1, "DISPATCH", "99%"),
            1,
        ),
        (
            Behaviour::TimesOut,
            (1, "DISPATCH", "25%"),
            (4, "TIMEOUT", "50%"),
            1,
        ),
        (Behaviour::Fails, (1, "DISPATCH", "15%"), (3, "FAIL", "30%"), 0),
    ] {
        let cloud = Cloud::scanning(&[1, 2]);
        cloud.scans(|scans| scans.settings.vulnerability.behaviour = behaviour);
        cloud.ok("ModifyStartVulScan", &[]);
        for (seconds, (status, text, progress)) in [(60, halfway), (1000, at_the_end)] {
            cloud.step(seconds);
            let expected = (status, text.to_owned(), progress.to_owned());
            assert_eq!(seen(&cloud), expected, "{behaviour:?} after {seconds} s");
        }
        assert_eq!(list(&cloud, &[])[0]["SuccessCount"], finished, "{behaviour:?}");
    }
}

#[test]
fn scans_of_others_stand_in_between() {
    let cloud = Cloud::scanning(&[1]);
    cloud.ok("ModifyStartVulScan", &[]);
    cloud.step(20);
    cloud.scans(|scans| {
        let mut foreign = scans.tasks.values().next().unwrap().clone();
        foreign.source = "schedule".to_owned();
        foreign.created_at = START.parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_secs(15);
        scans.tasks.insert("foreign".to_owned(), foreign);
    });
    let ids = |more: &[(&str, &str)]| -> Vec<String> {
        list(&cloud, more)
            .iter()
            .map(|row| row["TaskId"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ids(&[])[0], "foreign", "the newest first");
    assert_eq!(ids(&[]).len(), 2);
    assert_eq!(ids(&[("Source", "schedule")]), ["foreign"]);
    assert_eq!(ids(&[("Source", "console")]).len(), 1);
    assert_eq!(
        ids(&[("StartTimeQuery", &(start() + 25_000).to_string())]),
        ["foreign"]
    );
    assert_eq!(ids(&[("EndTimeQuery", &(start() + 24_999).to_string())]).len(), 1);
    assert_eq!(ids(&[("TaskId", "foreign")]), ["foreign"]);
    assert_eq!(ids(&[("PageSize", "1"), ("CurrentPage", "2")]).len(), 1);
}

#[test]
fn the_sub_tasks_of_a_scan_are_its_servers() {
    let cloud = Cloud::scanning(&[1, 2]);
    cloud.ok("ModifyStartVulScan", &[]);
    let root = list(&cloud, &[])[0]["TaskId"].as_str().unwrap().to_owned();
    cloud.step(60);
    let reply = cloud.ok(ACTION, &[("RootTaskId", &root)]);
    let rows = reply.body["TaskManageResponseList"].as_array().unwrap();
    let statuses: Vec<i64> = rows
        .iter()
        .map(|row| row["TaskStatus"].as_i64().unwrap())
        .collect();
    assert_eq!(
        statuses,
        [2, 1, 3, 3, 3, 3, 3, 3],
        "one finished, one runs, the others refused"
    );
    assert_eq!(rows[0]["TaskEndTime"], start() + 60_000);
    let detail: Value = serde_json::from_str(rows[0]["DetailData"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&detail[0]["uuid"], &detail[0]["instanceName"]),
        (&json!(uuid(1)), &json!("web-1"))
    );
    assert_ne!(rows[0]["TaskId"], rows[1]["TaskId"]);
    let unknown = cloud.ok(ACTION, &[("RootTaskId", "unknown")]);
    assert_eq!(unknown.body["PageInfo"]["TotalCount"], 0);
}

#[test]
fn a_type_or_a_root_is_needed() {
    let cloud = Cloud::scanning(&[]);
    assert_eq!(cloud.refused(ACTION, &[]), "MissingTaskType");
    assert_eq!(
        cloud.refused(ACTION, &[("TaskType", "BASELINE_STRATEGY")]),
        "InvalidTaskType"
    );
    assert_eq!(cloud.refused(ACTION, &[("TaskType", "X")]), "InvalidTaskType");
}
