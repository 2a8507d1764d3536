//! What is taken back, what is left alone and why, and how a plan says so.

use std::collections::BTreeMap;

use sas_api::Reason;
use sas_api::alerts::AlertStatus;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::{
    AlertOperation, AlertOutcome, AlertResult, SasAlertActionStatus, calls_of,
};
use sas_api::plan::{Plan, Repeat, Risk};
use sas_engine::{Operation, Planned};
use serde_json::json;

use super::super::look::Found;
use super::super::offer::Offer;
use super::super::orders::validate;
use super::super::quarantine::{File, FileState};
use super::super::rules::RuleList;
use super::{Observed, alert, everything, job, left, look};
use crate::alerts::Alert;

/// A job that takes these operations back, each about its alerts.
fn undoing(done: &[(&str, &[i64])]) -> SasAlertAction {
    let group = |(operation, ids): &(&str, &[i64])| {
        let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
        json!({"operation": operation, "alertIDs": ids})
    };
    let undo: Vec<_> = done.iter().map(group).collect();
    job(json!({"operation": "Undo", "undo": undo}))
}

fn handled(id: i64, status: i64, result: &str) -> Alert {
    Alert {
        status: AlertStatus(status),
        operation_result: result.to_owned(),
        key: format!("key-{id}"),
        ..alert(id, "Web shell", "web-1")
    }
}

fn file(id: i64, alert: i64, state: FileState) -> (i64, File) {
    let file = File {
        id,
        uuid: "uuid-web-1".to_owned(),
        tag: format!("key-{alert}"),
        path: format!("/tmp/{id}"),
        md5: format!("md5-{id}"),
        state,
        changed: None,
    };
    (id, file)
}

fn seen(
    object: &SasAlertAction,
    alerts: Vec<Alert>,
    offers: &[(i64, &str)],
    files: Vec<(i64, File)>,
) -> Observed {
    let offer = |(id, code): &(i64, &str)| {
        let offer = Offer {
            operations: [((*code).to_owned(), true)].into(),
            ..Default::default()
        };
        (*id, offer)
    };
    let found = Found {
        meant: alerts.iter().map(|alert| alert.id).collect(),
        alerts: alerts.into_iter().map(|alert| (alert.id, Some(alert))).collect(),
        offers: offers.iter().map(offer).collect(),
        files: Some(files.into_iter().collect()),
        rules: Some(RuleList::default()),
        ..Default::default()
    };
    look(object, found)
}

fn change(object: &SasAlertAction, seen: &Observed) -> Plan {
    match object.plan(seen, None) {
        Planned::Change(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_alert_has_what_was_done_about_it_taken_back() {
    let object = undoing(&[
        ("ignore", &[1, 2]),
        ("kill_and_quara", &[3]),
        ("advance_mark_mis_info", &[4]),
        ("kill_process", &[5]),
        ("block_ip", &[6]),
        ("quara", &[7, 8, 9]),
    ]);
    let alerts = vec![
        handled(1, 2, "ignore.Success"),
        handled(2, 1, "cancel_ignore.Success"),
        handled(3, 32, "kill_and_quara.Success"),
        handled(4, 8, "advance_mark_mis_info.User.Success"),
        handled(5, 32, "kill_process.Success"),
        handled(6, 32, "block_ip.Success"),
        handled(7, 32, "quara.Success"),
        handled(8, 32, "quara.Success"),
        handled(9, 32, "quara.Success"),
    ];
    let files = vec![
        file(103, 3, FileState::Held),
        file(104, 3, FileState::Returned),
        file(107, 7, FileState::Returned),
        file(108, 8, FileState::Held),
        file(109, 8, FileState::Kept),
    ];
    let seen = seen(&object, alerts, &[(4, "rm_mark_mis_info")], files);
    let reasons = left(&seen);
    for (id, part) in [
        (2, "not ignored any more: Pending"),
        (5, "'kill_process' cannot be taken back: what was ended"),
        (
            6,
            "'block_ip' cannot be taken back: the block of the address ends by itself",
        ),
        (7, "no longer in quarantine: it was given back"),
        (8, "2 files of it are in quarantine"),
        (9, "no file of it is in quarantine"),
    ] {
        assert!(reasons[&id].contains(part), "{id}: {}", reasons[&id]);
    }
    assert_eq!(reasons.len(), 6);

    let plan = change(&object, &seen);
    assert_eq!(plan.risk, Risk::R4);
    assert_eq!(
        plan.summary,
        "take back what was done about 3 alerts: CancelIgnore 1, RestoreFile 1, rm_mark_mis_info 1; 6 are left alone"
    );
    let calls: Vec<(&str, Repeat)> = plan
        .calls
        .iter()
        .map(|call| (call.action.as_str(), call.repeat))
        .collect();
    assert_eq!(
        calls,
        [
            ("OperationCancelIgnoreSuspEvent", Repeat::AfterProof),
            ("RollbackSuspEventQuaraFile", Repeat::Never),
            ("HandleSecurityEvents", Repeat::AfterProof),
        ]
    );
    assert_eq!(plan.calls[0].value("SecurityEventIds.1"), Some("1"));
    assert_eq!(plan.calls[1].value("QuaraFileId"), Some("103"));
    assert_eq!(plan.calls[2].value("OperationCode"), Some("rm_mark_mis_info"));
    let planned = calls_of(&plan.values);
    let expected = [(vec![1], None), (vec![3], Some(103)), (vec![4], None)];
    assert_eq!(
        planned
            .iter()
            .map(|call| (call.alerts.clone(), call.file))
            .collect::<Vec<_>>(),
        expected
    );
    let values: BTreeMap<_, _> = plan
        .values
        .iter()
        .map(|value| (value.name.as_str(), value.value.as_str()))
        .collect();
    assert_eq!(values["files-01"], "103 md5-103 /tmp/103");
    assert!(
        plan.warnings
            .iter()
            .any(|text| text.contains("/tmp/103 (file 103)")),
        "{:?}",
        plan.warnings
    );
}

#[test]
fn what_it_risks_is_what_it_gives_up() {
    for (done, alert, offer, risk) in [
        ("ignore", handled(1, 2, ""), None, Risk::R2),
        (
            "manual_handled",
            handled(1, 32, "manual_handled.Success"),
            None,
            Risk::R2,
        ),
        (
            "mark_mis_info",
            handled(1, 8, ""),
            Some("rm_mark_mis_info"),
            Risk::R3,
        ),
        ("quara", handled(1, 32, ""), None, Risk::R4),
    ] {
        let object = undoing(&[(done, &[1])]);
        let offers: Vec<_> = offer.map(|code| (1, code)).into_iter().collect();
        let seen = seen(&object, vec![alert], &offers, vec![file(7, 1, FileState::Held)]);
        assert_eq!(change(&object, &seen).risk, risk, "{done}");
    }
}

#[test]
fn a_plan_stands_still_and_another_file_makes_another_one() {
    let object = undoing(&[("quara", &[1])]);
    let with = |files| seen(&object, vec![handled(1, 32, "quara.Success")], &[], files);
    let first = change(&object, &with(vec![file(7, 1, FileState::Held)]));
    let again = |files| match object.plan(&with(files), Some(&first)) {
        Planned::Change(plan) => *plan,
        other => panic!("{other:?}"),
    };
    // That an attempt failed meanwhile changes nothing about what is to be done.
    assert_eq!(again(vec![file(7, 1, FileState::Kept)]), first);
    assert_ne!(again(vec![file(8, 1, FileState::Held)]).values, first.values);
}

#[test]
fn with_nothing_to_take_back_it_ends() {
    let object = undoing(&[("quara", &[1]), ("kill_process", &[2])]);
    let alerts = vec![
        handled(1, 32, "quara.Success"),
        handled(2, 32, "kill_process.Success"),
    ];
    match object.plan(&seen(&object, alerts.clone(), &[], Vec::new()), None) {
        Planned::Impossible(blocked) => {
            assert_eq!(blocked.reason, Reason::NotOperable);
            assert!(blocked.message.contains("no file of it"), "{}", blocked.message);
        }
        other => panic!("{other:?}"),
    }
    let moving = vec![file(7, 1, FileState::Moving)];
    match object.plan(&seen(&object, alerts, &[], moving), None) {
        Planned::Blocked(blocked) => assert_eq!(blocked.reason, Reason::AlertsBusy),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_alert_stands_in_one_list_and_there_is_room_for_a_thousand() {
    let ids: Vec<i64> = (1..=600).collect();
    let others: Vec<i64> = (601..=1_001).collect();
    for (object, expected) in [
        (undoing(&[("ignore", &[1, 2]), ("quara", &[3])]), None),
        (
            undoing(&[("ignore", &[1, 2]), ("quara", &[2])]),
            Some("alert 2 twice, under 'ignore' and 'quara'"),
        ),
        (
            undoing(&[("ignore", &ids), ("quara", &others)]),
            Some("1001 alerts, more than 1000"),
        ),
    ] {
        let said = validate(&object.spec).err();
        assert_eq!(said.is_some(), expected.is_some(), "{said:?}");
        let said = said.unwrap_or_default();
        assert!(said.contains(expected.unwrap_or_default()), "{said}");
    }
}

/// What an attempt leaves that handled alert 1 and failed with alert 2.
fn first_attempt() -> SasAlertActionStatus {
    let result = |id: &str, outcome| AlertResult {
        operation: Some(AlertOperation::Ignore),
        ..serde_json::from_value(json!({"id": id, "outcome": outcome})).unwrap()
    };
    SasAlertActionStatus {
        alerts: vec![result("1", "Handled"), result("2", "Failed")],
        ..Default::default()
    }
}

/// A retry looks at all alerts anew; what the first attempt handled stays on record, so that it can be undone.
#[test]
fn what_an_earlier_attempt_handled_is_not_called_somebody_elses() {
    let object = job(json!({"alertIDs": ["1", "2", "3"], "operation": "ignore"}));
    let mut status = first_attempt();
    let open = alert(3, "Web shell", "web-1");
    let alerts = vec![
        handled(1, 2, "ignore.Success"),
        handled(2, 2, "ignore.Success"),
        open,
    ];
    let mut seen = seen(&object, alerts, &[], Vec::new());
    seen.found.offers.insert(3, everything());
    seen = look(&object, seen.found);
    object.report(&seen, &mut status);
    let outcomes: Vec<_> = status
        .alerts
        .iter()
        .map(|one| (one.id.as_str(), one.outcome, one.operation))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("3", AlertOutcome::Planned, Some(AlertOperation::Ignore)),
            ("1", AlertOutcome::Handled, Some(AlertOperation::Ignore)),
            ("2", AlertOutcome::AlreadyHandled, None),
        ]
    );
}

/// A selector finds open alerts only: what an earlier attempt handled is not in its look any more.
#[test]
fn what_a_selector_finds_no_more_stays_on_record() {
    let object = job(json!({"selector": {"levels": ["serious"]}, "operation": "ignore"}));
    let mut status = first_attempt();
    let mut seen = seen(&object, vec![alert(2, "Web shell", "web-1")], &[], Vec::new());
    seen.found.offers.insert(2, everything());
    seen = look(&object, seen.found);
    object.report(&seen, &mut status);
    let outcomes: Vec<_> = status
        .alerts
        .iter()
        .map(|one| (one.id.as_str(), one.outcome))
        .collect();
    assert_eq!(
        outcomes,
        [("2", AlertOutcome::Planned), ("1", AlertOutcome::Handled)]
    );
    assert_eq!(status.counts.map(|counts| counts.total), Some(2));
}
