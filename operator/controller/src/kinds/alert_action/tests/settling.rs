//! What became of calls that were begun.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sas_api::alerts::AlertStatus;
use sas_api::kinds::alert_action::{AlertOperation, PlannedCall};
use sas_api::plan::{Call, NamedValue, Repeat};
use sas_api::status::Receipt;
use sas_client::actions::{HandlingTaskStatus, SecurityEventOperationStatus, SecurityEventOperationStatuses};
use sas_engine::{Made, Settled};

use super::super::look::Found;
use super::super::quarantine::{File, FileState};
use super::super::settle::settle;
use super::super::task::Task;
use super::alert;

const BEGUN: i64 = 1_000;

fn call() -> Call {
    Call {
        product: "Sas".to_owned(),
        version: String::new(),
        action: "HandleSecurityEvents".to_owned(),
        region_id: String::new(),
        parameters: Vec::new(),
        repeat: Repeat::AfterProof,
    }
}

/// A call that was begun, as the plan holds it and as it was made.
type Begun<'a> = (PlannedCall, Made<'a>);

/// A call on these alerts; with a task where a reply came.
fn made<'a>(call: &'a Call, operation: &str, alerts: &[i64], receipt: Option<&'a Receipt>) -> Begun<'a> {
    let planned = PlannedCall {
        operation: AlertOperation::of_call(operation),
        alerts: alerts.to_vec(),
        file: None,
    };
    let made = Made {
        call,
        parameters: BTreeMap::new(),
        receipt,
    };
    (planned, made)
}

fn receipt(task: i64) -> Receipt {
    Receipt {
        request_id: Some("R".to_owned()),
        fields: vec![NamedValue::new("TaskId", task.to_string())],
    }
}

/// An alert of a task with its status and code.
type Row<'a> = (i64, &'a str, &'a str);

/// What was read: of each task the alerts with their status and code, of each alert its status, result and
/// when it was handled.
fn found(tasks: &[(i64, &[Row<'_>])], alerts: &[(i64, i64, &str, i64)]) -> Found {
    let task = |rows: &[(i64, &str, &str)]| {
        let rows = rows
            .iter()
            .map(|(id, status, code)| SecurityEventOperationStatus {
                security_event_id: Some(id.to_string()),
                status: Some((*status).to_owned()),
                error_code: Some((*code).to_owned()),
            });
        Task::of(&SecurityEventOperationStatuses {
            security_event_operation_status_response: Some(HandlingTaskStatus {
                task_status: None,
                security_event_operation_statuses: rows.collect(),
            }),
        })
    };
    let one = |(id, status, result, at): &(i64, i64, &str, i64)| {
        let mut alert = alert(*id, "Web shell", "web-1");
        alert.status = AlertStatus(*status);
        alert.operation_result = (*result).to_owned();
        alert.operated = Timestamp::from_second(*at).ok().filter(|_| *at > 0);
        (*id, Some(alert))
    };
    Found {
        tasks: tasks.iter().map(|(id, rows)| (*id, Some(task(rows)))).collect(),
        alerts: alerts.iter().map(one).collect(),
        ..Default::default()
    }
}

/// What a plan of so many calls came to, of which these were begun.
fn settled(calls: usize, begun: &[Begun<'_>], found: &Found, stop: bool) -> String {
    let rest = PlannedCall {
        operation: Some(AlertOperation::Quara),
        alerts: vec![99],
        file: None,
    };
    let mut planned: Vec<PlannedCall> = begun.iter().map(|(planned, _)| planned.clone()).collect();
    planned.resize(calls.max(planned.len()), rest);
    let made: Vec<Made<'_>> = begun.iter().map(|(_, made)| made.clone()).collect();
    let begun = Timestamp::from_second(BEGUN).unwrap();
    match settle(&planned, &made, found, begun, stop) {
        Settled::Done => "done".to_owned(),
        Settled::Wait(text) => format!("wait: {text}"),
        Settled::Failed(text) => format!("failed: {text}"),
        other => format!("{other:?}"),
    }
}

/// A retry right after a failure: the alert still tells of the call before.
#[test]
fn a_task_that_was_not_looked_at_is_waited_for() {
    let (call, answer) = (call(), receipt(7));
    let call = [made(&call, "quara", &[1], Some(&answer))];
    let seen = found(&[], &[(1, 1, "quara.AgentOffline", BEGUN)]);
    let said = settled(1, &call, &seen, true);
    assert!(said.starts_with("wait"), "{said}");
}

#[test]
fn what_became_of_one_call_with_a_reply() {
    let (call, answer) = (call(), receipt(7));
    let call = [made(&call, "quara", &[1], Some(&answer))];
    let at = BEGUN + 5;
    for (what, task, row, expected) in [
        (
            "at work",
            ("Processing", ""),
            None,
            "wait: 0 of 1 alerts are handled",
        ),
        (
            "the task is done, the alert was not read",
            ("Success", ""),
            None,
            "wait",
        ),
        (
            "done",
            ("Success", "quara.Success"),
            Some((32, "quara.Success", at)),
            "done",
        ),
        (
            "done, by the alert alone",
            ("Processing", ""),
            Some((32, "quara.Success", at)),
            "done",
        ),
        (
            "the alert lags",
            ("Success", "quara.Success"),
            Some((1, "", 0)),
            "wait",
        ),
        (
            "the alert is at work",
            ("Success", "quara.Success"),
            Some((16, "", 0)),
            "wait",
        ),
        (
            "failed",
            ("Failed", "quara.AgentOffline"),
            Some((1, "quara.AgentOffline", at)),
            "failed: 1 alert: 0 handled, 1 failed: 1 agent offline (quara.AgentOffline); bring the agent online and retry",
        ),
        (
            "the task says failed, the alert is handled",
            ("Failed", ""),
            Some((32, "quara.Success", at)),
            "done",
        ),
        (
            "done by the task, failed by the alert",
            ("Success", ""),
            Some((1, "quara.Failure", at)),
            "failed",
        ),
        (
            "a number that nobody knows",
            ("Success", ""),
            Some((77, "", 0)),
            "done",
        ),
    ] {
        let alerts: Vec<_> = row
            .iter()
            .map(|(status, result, at)| (1, *status, *result, *at))
            .collect();
        let seen = found(&[(7, &[(1, task.0, task.1)])], &alerts);
        let settled = settled(1, &call, &seen, false);
        assert!(settled.starts_with(expected), "{what}: {settled}");
    }
}

/// A retry may be so quick that the failure before it lies within what two clocks may differ.
#[test]
fn an_earlier_failure_is_not_taken_for_the_one_of_a_retry() {
    let (call, answer) = (call(), receipt(7));
    let earlier = [(1, 1, "quara.Failure", BEGUN - 1)];
    let begun = [made(&call, "quara", &[1], Some(&answer))];
    let before_the_task_is_looked_at = found(&[], &earlier);
    assert!(settled(1, &begun, &before_the_task_is_looked_at, true).starts_with("wait"));
    let done = found(&[(7, &[(1, "Success", "")])], &earlier);
    assert!(
        settled(1, &begun, &done, true).starts_with("wait"),
        "the alert lags"
    );

    let without_reply = [made(&call, "quara", &[1], None)];
    assert_eq!(
        settled(1, &without_reply, &found(&[], &earlier), true),
        "Unproven"
    );

    let mut forgotten = found(&[], &[(1, 1, "quara.Failure", BEGUN)]);
    forgotten.tasks.insert(7, None);
    assert!(settled(1, &begun, &forgotten, true).starts_with("failed"));
}

#[test]
fn what_the_alerts_tell_of_a_call_without_a_reply() {
    let call = call();
    let at = BEGUN + 5;
    for (what, rows, expected) in [
        ("no trace", [(1, 1, "", 0), (2, 1, "", 0)], "NotStarted"),
        (
            "a trace of long ago",
            [(1, 1, "quara.Failure", 5), (2, 1, "", 0)],
            "NotStarted",
        ),
        (
            "both done",
            [(1, 32, "quara.Success", at), (2, 32, "quara.Success", at)],
            "done",
        ),
        ("one done", [(1, 32, "quara.Success", at), (2, 1, "", 0)], "wait"),
        ("at work", [(1, 16, "", 0), (2, 1, "", 0)], "wait"),
        (
            "both failed",
            [(1, 1, "quara.Failure", at), (2, 1, "quara.Failure", at)],
            "failed",
        ),
        (
            "somebody else",
            [(1, 2, "ignore.Success", at), (2, 1, "", 0)],
            "Unproven",
        ),
        (
            "another time",
            [(1, 32, "quara.Success", 5), (2, 1, "", 0)],
            "Unproven",
        ),
    ] {
        let call = [made(&call, "quara", &[1, 2], None)];
        let settled = settled(1, &call, &found(&[], &rows), false);
        assert!(settled.starts_with(expected), "{what}: {settled}");
    }
    let unread = [made(&call, "quara", &[1], None)];
    assert_eq!(settled(1, &unread, &found(&[], &[]), false), "Unproven");
    assert_eq!(settled(1, &[], &found(&[], &[]), false), "NotStarted");
}

#[test]
fn a_failure_ends_it_at_once_or_when_all_calls_are_made() {
    let (call, first, second) = (call(), receipt(7), receipt(8));
    let failed = (7, &[(1, "Failed", "block_ip.Failure")][..]);
    let one = [made(&call, "block_ip", &[1], Some(&first))];
    let seen = found(&[failed], &[(1, 1, "block_ip.Failure", BEGUN)]);
    assert_eq!(settled(2, &one, &seen, false), "done");
    let stopped = settled(2, &one, &seen, true);
    assert!(
        stopped.starts_with("failed") && stopped.ends_with("; 1 of 2 calls were not made"),
        "{stopped}"
    );
    let both = [
        made(&call, "block_ip", &[1], Some(&first)),
        made(&call, "quara", &[2], Some(&second)),
    ];
    let at_work = found(
        &[failed, (8, &[(2, "Processing", "")])],
        &[(1, 1, "block_ip.Failure", BEGUN)],
    );
    assert_eq!(
        settled(2, &both, &at_work, false),
        "wait: 0 of 2 alerts are handled, 1 failed"
    );
    let ended = found(
        &[failed, (8, &[(2, "Success", "")])],
        &[(1, 1, "block_ip.Failure", BEGUN), (2, 32, "quara.Success", BEGUN)],
    );
    let ended = settled(2, &both, &ended, false);
    assert!(
        ended.starts_with("failed: 2 alerts: 1 handled, 1 failed"),
        "{ended}"
    );
}

#[test]
fn taking_back_makes_an_alert_open_again() {
    let (call, answer) = (call(), receipt(7));
    let call = [made(&call, "cancle_manual", &[1], Some(&answer))];
    for (task, row, expected) in [
        ("Success", (1, 1, "cancle_manual.Success", BEGUN), "done"),
        ("Success", (1, 32, "manual_handled.Success", 5), "wait"),
        ("Failed", (1, 32, "manual_handled.Success", 5), "failed"),
    ] {
        let seen = found(&[(7, &[(1, task, "")])], &[row]);
        let settled = settled(1, &call, &seen, false);
        assert!(settled.starts_with(expected), "{task}: {settled}");
    }
}

#[test]
fn an_alert_that_is_not_ignored_any_more_shows_it_itself() {
    let (call, answer) = (call(), Receipt::default());
    for (row, with_reply, without) in [
        ((1, 2, "ignore.Success", 5), "wait", "NotStarted"),
        ((1, 1, "cancel_ignore.Success", BEGUN), "done", "done"),
        // Whoever made it pending: it is as wanted.
        ((1, 1, "", 0), "done", "done"),
        ((1, 16, "", 0), "done", "done"),
        ((1, 32, "quara.Success", BEGUN), "done", "Unproven"),
        ((1, 77, "", 0), "wait", "Unproven"),
    ] {
        for (receipt, expected) in [(Some(&answer), with_reply), (None, without)] {
            let begun = [made(&call, "CancelIgnore", &[1], receipt)];
            let settled = settled(1, &begun, &found(&[], &[row]), false);
            assert!(settled.starts_with(expected), "{row:?}: {settled}");
        }
    }
}

#[test]
fn a_file_that_is_given_back_shows_it_itself() {
    let (call, answer) = (call(), Receipt::default());
    let at = |second| Timestamp::from_second(second).ok();
    for (state, changed, with_reply, without) in [
        (FileState::Held, at(5), "wait", "NotStarted"),
        (FileState::Moving, at(BEGUN), "wait", "wait"),
        (FileState::Returned, at(BEGUN), "done", "done"),
        (FileState::Kept, at(BEGUN), "failed", "failed"),
        (FileState::Kept, at(BEGUN - 1), "wait", "Unproven"),
        // An attempt of another day.
        (FileState::Kept, at(5), "wait", "NotStarted"),
        (FileState::Elsewhere, None, "wait", "Unproven"),
    ] {
        let file = File {
            id: 7,
            state,
            changed,
            ..Default::default()
        };
        let seen = Found {
            files: Some([(7, file)].into()),
            ..Default::default()
        };
        for (receipt, expected) in [(Some(&answer), with_reply), (None, without)] {
            let (planned, made) = made(&call, "RestoreFile", &[1], receipt);
            let planned = PlannedCall {
                file: Some(7),
                ..planned
            };
            let settled = settled(1, &[(planned, made)], &seen, false);
            assert!(settled.starts_with(expected), "{state:?}: {settled}");
        }
    }
    let (planned, made) = made(&call, "RestoreFile", &[1], None);
    let planned = PlannedCall {
        file: Some(8),
        ..planned
    };
    assert_eq!(
        settled(1, &[(planned, made)], &Found::default(), false),
        "Unproven"
    );
}
