//! What is written for which action, and what is said about it.

use serde_json::json;

use super::*;
use crate::names;

/// A finished action that handled alerts like this: id, operation and outcome of each.
fn action(phase: &str, alerts: &[(i64, &str, &str)]) -> Object {
    let rows: Vec<Value> = alerts
        .iter()
        .map(|(id, operation, outcome)| json!({"id": id.to_string(), "operation": operation, "outcome": outcome}))
        .collect();
    let handled = alerts
        .iter()
        .filter(|(.., outcome)| *outcome == "Handled")
        .count();
    let object = json!({
        "apiVersion": "sas-operator.io/v1alpha1",
        "kind": "SasAlertAction",
        "metadata": {"name": "contain", "namespace": "shop", "uid": "u-1"},
        "spec": {
            "accountRef": {"name": "main", "namespace": "security"},
            "dataCentre": "cn-shanghai",
            "selector": {"levels": ["serious"]},
            "operation": "Recommended",
            "expectServer": "uuid-1",
            "onFailure": "Stop",
            "ttlSecondsAfterFinished": 3600,
        },
        "status": {
            "phase": phase,
            "counts": {"total": 0, "planned": 0, "running": 0, "handled": handled, "alreadyHandled": 0, "failed": 0, "excluded": 0},
            "alerts": rows,
        },
    });
    Object::read(
        names::kind("sasaa").unwrap(),
        serde_json::from_value(object).unwrap(),
    )
    .unwrap()
}

fn mixed() -> Object {
    action(
        "Failed",
        &[
            (1, "ignore", "Handled"),
            (2, "ignore", "Handled"),
            (3, "quara", "Handled"),
            (4, "kill_process", "Handled"),
            (5, "quara", "Failed"),
            (6, "ignore", "AlreadyHandled"),
        ],
    )
}

/// As [`mixed`], with a plan of more alerts than the status lists, of which so many were handled in all.
fn crowded(handled: i64) -> Object {
    let mut object = mixed();
    let status = &mut object.raw.data["status"];
    status["counts"]["handled"] = json!(handled);
    status["plan"] = json!({
        "hash": "sha256:0", "epoch": 1, "observedGeneration": 1, "targetCount": 9, "callCount": 2,
        "computedTime": "2026-11-21T10:00:00Z", "expiresTime": "2026-11-22T10:00:00Z",
        "accountID": "1600000000000016", "site": "cn",
        "summary": "s", "risk": "R3", "calls": [], "targets": [],
        "values": [{"name": "alerts-01", "value": "ignore 1,2,6,7;quara 3,5,8;from_elsewhere 9"}],
    });
    object
}

fn why(object: &Object, only: &[&str]) -> String {
    let only: Vec<String> = only.iter().map(|id| (*id).to_owned()).collect();
    inverse_of(object, &only).unwrap_err().to_string()
}

fn undone(inverse: &Inverse) -> Vec<(&str, Vec<&str>)> {
    let groups = inverse.spec.undo.iter();
    groups
        .map(|group| {
            let ids = group.alert_ids.iter().map(String::as_str);
            (group.operation.as_str(), ids.collect())
        })
        .collect()
}

#[test]
fn the_manifest_holds_all_that_it_needs() {
    let inverse = inverse_of(&mixed(), &[]).unwrap();
    let mut page = Page::default();
    page.document(&manifest(&mixed(), &inverse).unwrap(), Format::Yaml)
        .unwrap();
    insta::assert_snapshot!("manifest", page.plain());
    let read: SasAlertAction = serde_json::from_value(manifest(&mixed(), &inverse).unwrap()).unwrap();
    assert_eq!(read.spec, inverse.spec);
}

#[test]
fn what_was_written_is_told_with_the_next_step() {
    let mut created = mixed();
    created.raw.metadata.name = Some("contain-undo-x7k2p".to_owned());
    let mut page = Page::default();
    said(&mut page, &created, &inverse_of(&mixed(), &[]).unwrap());
    said(&mut page, &created, &inverse_of(&crowded(20), &[]).unwrap());
    insta::assert_snapshot!("said", page.plain());
}

#[test]
fn alerts_that_the_status_has_no_room_for_are_found_in_the_plan() {
    let inverse = inverse_of(&crowded(6), &[]).unwrap();
    assert_eq!(
        undone(&inverse),
        [
            ("quara", vec!["3", "8"]),
            ("kill_process", vec!["4"]),
            ("ignore", vec!["1", "2", "7"])
        ]
    );
    // All that were handled are listed: what else the plan holds was not.
    let inverse = inverse_of(&crowded(4), &[]).unwrap();
    assert_eq!(
        undone(&inverse),
        [
            ("quara", vec!["3"]),
            ("kill_process", vec!["4"]),
            ("ignore", vec!["1", "2"])
        ]
    );
}

#[test]
fn named_alerts_alone_are_taken_back() {
    let inverse = inverse_of(&mixed(), &["2".to_owned(), "4".to_owned()]).unwrap();
    assert_eq!(
        undone(&inverse),
        [("kill_process", vec!["4"]), ("ignore", vec!["2"])]
    );
    assert!(why(&mixed(), &["5"]).contains("it did not handle alert 5"));
    assert!(why(&mixed(), &["x"]).contains("x is no id of an alert"));
    assert!(why(&mixed(), &["4"]).contains("'kill_process': what was ended is not started again"));
}

#[test]
fn what_cannot_be_undone_says_why() {
    let pending = action("PendingApproval", &[(1, "ignore", "Planned")]);
    assert!(why(&pending, &[]).contains("it has not come to its end (PendingApproval)"));
    let failed = action("Failed", &[(1, "ignore", "Failed")]);
    assert!(why(&failed, &[]).contains("it handled no alert"));
    let killed = action(
        "Succeeded",
        &[(1, "kill_process", "Handled"), (2, "block_ip", "Handled")],
    );
    let said = why(&killed, &[]);
    assert!(
        said.contains("'block_ip': the block of the address ends by itself"),
        "{said}"
    );
    let back = action("Succeeded", &[(1, "CancelIgnore", "Handled")]);
    assert!(why(&back, &[]).contains("handle the alert anew instead"));
    let binding = crate::object::tests::binding();
    assert!(why(&binding, &[]).contains("only a SasAlertAction can"));
}
