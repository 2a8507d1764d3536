//! What is proposed for which alerts: grouped, once, within the limits, and never silently left out.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sas_api::alerts::AlertStatus;
use sas_api::kinds::alert_policy::{Proposal, ProposalOutcome};
use sas_client::actions::{SecurityEventOperation, SecurityEventOperations, SuspEvent, SuspEvents};
use serde_json::{Value, json};

use super::*;
use crate::alerts::recommendation::RecommendationTable;
use crate::errand::Answers;
use crate::kinds::alert_action::Offer;

const CENTRE: DataCentre = DataCentre::CnShanghai;

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn ago(minutes: i64) -> String {
    now()
        .checked_sub(SignedDuration::from_mins(minutes))
        .unwrap()
        .to_string()
}

fn policy(spec: &Value) -> SasAlertPolicy {
    let mut object = json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAlertPolicy",
        "metadata": {"name": "contain", "namespace": "security", "uid": "p-1", "generation": 1},
        "spec": {"accountRef": {"name": "main"}},
    });
    for (key, value) in spec.as_object().unwrap() {
        object["spec"][key] = value.clone();
    }
    serde_json::from_value(object).unwrap()
}

/// A SasAlertAction that the operator created for the policy.
fn own(name: &str, alerts: &[i64], created: i64, status: &Value) -> SasAlertAction {
    let mut action = foreign(name, alerts, status);
    action.metadata.creation_timestamp = serde_json::from_value(json!(ago(created))).unwrap();
    action.metadata.owner_references =
        serde_json::from_value(json!([{"apiVersion": "sas-operator.io/v1alpha1",
        "kind": "SasAlertPolicy", "name": "contain", "uid": "p-1", "controller": true}]))
        .unwrap();
    action
}

fn foreign(name: &str, alerts: &[i64], status: &Value) -> SasAlertAction {
    let ids: Vec<_> = alerts.iter().map(i64::to_string).collect();
    serde_json::from_value(json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAlertAction",
        "metadata": {"name": name, "namespace": "security", "uid": format!("uid-{name}")},
        "spec": {"accountRef": {"name": "main"}, "alertIDs": ids, "operation": "ignore"},
        "status": status,
    }))
    .unwrap()
}

fn waiting() -> Value {
    json!({"phase": "PendingApproval"})
}

fn done(minutes: i64) -> Value {
    json!({"phase": "Succeeded", "completionTime": ago(minutes), "conditions": [{"type": "Ready", "status": "True",
        "reason": "InSync", "message": "", "lastTransitionTime": ago(minutes)}]})
}

fn refused(minutes: i64) -> Value {
    json!({"phase": "Rejected", "conditions": [{"type": "Approved", "status": "False", "reason": "Rejected",
        "message": "", "lastTransitionTime": ago(minutes)}]})
}

fn row(id: i64, kind: &str, level: &str) -> SuspEvent {
    SuspEvent {
        id: Some(id),
        alarm_event_type: Some(kind.to_owned()),
        name: Some("Something happened".to_owned()),
        level: Some(level.to_owned()),
        event_status: Some(AlertStatus::PENDING.0),
        uuid: Some("u-1".to_owned()),
        last_time_stamp: Some(now().as_millisecond()),
        ..SuspEvent::default()
    }
}

fn logons(ids: impl Iterator<Item = i64>) -> Vec<SuspEvent> {
    ids.map(|id| row(id, "Unusual logon", "suspicious")).collect()
}

fn offer(code: &str, may: bool) -> Answer {
    let operation = SecurityEventOperation {
        operation_code: Some(code.to_owned()),
        user_can_operate: Some(may),
        ..SecurityEventOperation::default()
    };
    Answer::Offer(Some(Offer::of(&SecurityEventOperations {
        security_event_operations_response: vec![operation],
    })))
}

/// A look that ends, at a cloud with these alerts that answers every question about one of them by `answer`; and how
/// many of these it was asked.
fn look_at(
    policy: &SasAlertPolicy,
    actions: &[SasAlertAction],
    rows: &[SuspEvent],
    answer: impl Fn(i64) -> Answer,
) -> (Observed, usize) {
    let table = RecommendationTable::parse(crate::alerts::recommendation::BUILT_IN).unwrap();
    let ledger = Ledger::of(policy, actions, CENTRE, now());
    let selector = policy.spec.selector.clone().unwrap_or_default();
    let survey = Survey {
        query: Query {
            centre: CENTRE,
            language: language(Some(&selector)),
            selector,
            state: AlertState::Open,
            now: now(),
        },
        spec: as_recommended(policy, CENTRE),
        table: &table,
        ledger: &ledger,
        has_room: room(policy, &ledger) > 0,
    };
    let mut known: Answers<Question, Answer> = HashMap::new();
    let mut asked = 0;
    loop {
        let open: Vec<_> = survey
            .questions(&known)
            .into_iter()
            .filter(|question| !known.contains_key(question))
            .collect();
        if open.is_empty() {
            break;
        }
        for question in open {
            let answer = match &question {
                Question::Offer(id) => {
                    asked += 1;
                    answer(*id)
                }
                Question::Page(page) => {
                    let number = usize::try_from(page.request().current_page.unwrap()).unwrap();
                    Answer::Page(Box::new(SuspEvents {
                        susp_events: rows.chunks(100).nth(number - 1).unwrap_or_default().to_vec(),
                        total_count: i64::try_from(rows.len()).ok(),
                        ..SuspEvents::default()
                    }))
                }
            };
            known.insert(question, Arc::new(answer));
        }
    }
    let looked = propose(policy, &survey, &survey.gather(&known));
    let looked = Some(looked);
    (Observed { ledger, looked }, asked)
}

fn allowed(_: i64) -> Answer {
    offer("block_ip", true)
}

fn counts(observed: &Observed) -> PolicyCounts {
    observed.looked.as_ref().unwrap().counts
}

/// The proposals of a look as JSON.
fn proposed(observed: &Observed) -> Vec<Value> {
    let proposed = observed.looked.iter().flat_map(|looked| &looked.proposed);
    proposed
        .map(|action| serde_json::to_value(action).unwrap())
        .collect()
}

fn ids(child: &Value) -> Vec<i64> {
    let ids = child["spec"]["alertIDs"].as_array().unwrap().iter();
    ids.map(|id| id.as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn alerts_with_the_same_operation_come_together_and_nothing_is_left_out_silently() {
    let mut rows = logons(1..=3);
    rows.extend((11..=12).map(|id| row(id, "Malicious process (cloud scan)", "serious")));
    rows.push(row(13, "Malicious process (cloud scan)", "serious"));
    rows.push(row(21, "Sensitive file tampering", "remind"));
    let answer = |id| match id {
        13 => offer("kill_and_quara", false),
        11..=12 => offer("kill_and_quara", true),
        21 => panic!("nothing is recommended for it, whatever the cloud allows"),
        _ => allowed(id),
    };
    let policy = policy(&json!({}));
    let (observed, asked) = look_at(&policy, &[], &rows, answer);
    assert_eq!(asked, 6);
    let children = proposed(&observed);
    let [miners, logons] = children.as_slice() else {
        panic!("{children:?}")
    };
    assert_eq!(
        (ids(miners), ids(logons)),
        (vec![11, 12], vec![1, 2, 3]),
        "the most urgent first"
    );
    assert_eq!(miners["spec"]["operation"], "kill_and_quara");
    assert_eq!(
        miners["spec"]["killAndQuarantine"],
        json!({"subOperation": "killAndQuaraFileByMd5andPath"})
    );
    assert_eq!(logons["spec"]["blockIP"], json!({"durationSeconds": 86_400}));
    assert_eq!(logons["spec"]["dataCentre"], "cn-shanghai");
    let why = logons["metadata"]["annotations"]["kubernetes.io/description"]
        .as_str()
        .unwrap();
    assert!(
        why.starts_with("Proposed by SasAlertPolicy contain: the address is kept out"),
        "{why}"
    );
    let expected = PolicyCounts {
        matching: 7,
        pending: 5,
        excluded: 2,
        ..PolicyCounts::default()
    };
    assert_eq!(counts(&observed), expected);
    let mut status = SasAlertPolicyStatus::default();
    let summary = policy.report(&observed, &mut status);
    assert_eq!(summary, "7 alerts match: 5 being proposed, 2 left alone");
    let reasons: Vec<_> = status
        .excluded
        .iter()
        .map(|one| (one.example.as_str(), one.alerts))
        .collect();
    assert!(
        reasons.contains(&("13", 1)) && reasons.contains(&("21", 1)),
        "{:?}",
        status.excluded
    );
}

#[test]
fn the_same_look_drafts_the_same_and_another_one_another_name() {
    let policy = policy(&json!({}));
    let names = |actions: &[SasAlertAction], rows: &[SuspEvent]| {
        let (observed, _) = look_at(&policy, actions, rows, allowed);
        let wanted = policy.children(&observed).wanted;
        wanted.iter().map(Child::name).collect::<Vec<_>>()
    };
    let rows = logons(1..=2);
    let first = names(&[], &rows);
    let reversed: Vec<_> = rows.iter().rev().cloned().collect();
    assert_eq!(first, names(&[], &reversed));
    assert!(first[0].starts_with("contain-block-ip-"), "{first:?}");
    assert_ne!(first, names(&[], &logons(1..=3)));
    // Two days later, with the old one still there, it needs a name that is free.
    let old = own(&first[0], &[1, 2], 2_900, &refused(2_880));
    let second = names(&[old], &rows);
    assert_eq!(second.len(), 1);
    assert_ne!(first, second);
}

#[test]
fn an_alert_is_proposed_once() {
    let policy = policy(&json!({}));
    let rows = logons(1..=1);
    let elsewhere = {
        let mut action = foreign("singapore", &[1], &waiting());
        action.spec.data_centre = Some(DataCentre::ApSoutheast1);
        action
    };
    let of_another_account = {
        let mut action = foreign("other", &[1], &waiting());
        action.spec.account_ref.name = "other".to_owned();
        action
    };
    let table = [
        ("nothing names it", vec![], (0, 0, 1)),
        ("one waits", vec![own("a", &[1], 90, &waiting())], (1, 0, 0)),
        (
            "somebody's own waits",
            vec![foreign("a", &[1], &waiting())],
            (1, 0, 0),
        ),
        ("one of another data centre waits", vec![elsewhere], (0, 0, 1)),
        (
            "one of another account waits",
            vec![of_another_account],
            (0, 0, 1),
        ),
        (
            "one was refused",
            vec![own("a", &[1], 90, &refused(80))],
            (0, 1, 0),
        ),
        (
            "one was refused long ago",
            vec![own("a", &[1], 1_500, &refused(1_450))],
            (0, 0, 1),
        ),
        ("one is done", vec![own("a", &[1], 90, &done(80))], (0, 1, 0)),
        (
            "refused, and then written by hand",
            vec![own("a", &[1], 90, &refused(80)), foreign("b", &[1], &waiting())],
            (1, 0, 0),
        ),
        (
            "another alert was refused",
            vec![own("a", &[2], 90, &refused(80))],
            (0, 0, 1),
        ),
    ];
    for (case, actions, expected) in table {
        let (observed, _) = look_at(&policy, &actions, &rows, allowed);
        let counts = counts(&observed);
        assert_eq!(
            (counts.proposed, counts.decided, counts.pending),
            expected,
            "{case}"
        );
        assert_eq!(
            policy.children(&observed).wanted.len(),
            usize::try_from(expected.2).unwrap(),
            "{case}"
        );
    }
}

#[test]
fn what_is_gone_is_remembered() {
    let mut policy = policy(&json!({}));
    let proposal = |name: &str, alert: i64, ended: Option<i64>| Proposal {
        name: name.to_owned(),
        operation: AlertOperation::BlockIp,
        alert_ids: vec![alert.to_string()],
        created_time: serde_json::from_value(json!(ago(2_000))).unwrap(),
        phase: None,
        outcome: ended.map(|_| ProposalOutcome::NotDone),
        ended_time: ended.map(|minutes| serde_json::from_value(json!(ago(minutes))).unwrap()),
    };
    policy.status = Some(SasAlertPolicyStatus {
        proposals: vec![
            proposal("lives", 1, None),
            proposal("deleted", 2, None),
            proposal("refused", 3, Some(60)),
            proposal("long-ago", 4, Some(1_450)),
        ],
        ..SasAlertPolicyStatus::default()
    });
    let there = [own("lives", &[1], 2_000, &waiting())];
    let (observed, _) = look_at(&policy, &there, &logons(1..=4), allowed);
    let children = proposed(&observed);
    assert_eq!(children.iter().map(ids).collect::<Vec<_>>(), [vec![4]]);
    let mut status = policy.status.clone().unwrap();
    policy.report(&observed, &mut status);
    let noted: Vec<_> = status
        .proposals
        .iter()
        .map(|one| (one.name.as_str(), one.outcome))
        .collect();
    let expected = [
        ("lives", None),
        ("deleted", Some(ProposalOutcome::Deleted)),
        ("refused", Some(ProposalOutcome::NotDone)),
    ];
    assert_eq!(noted, expected);
    assert_eq!(status.active_count, Some(1));
}

#[test]
fn no_more_is_proposed_than_may_be_and_the_rest_is_counted() {
    let rows = logons(1..=350);
    let fits = |policy: &SasAlertPolicy, actions: &[SasAlertAction]| {
        let (observed, asked) = look_at(policy, actions, &rows, allowed);
        let counts = counts(&observed);
        let sum = counts.proposed + counts.pending + counts.decided + counts.excluded + counts.left_over;
        assert_eq!(sum, counts.matching);
        (
            policy.children(&observed).wanted.len(),
            counts.pending,
            counts.left_over,
            asked,
        )
    };
    let limited = |spec: Value| policy(&spec);
    assert_eq!(fits(&limited(json!({})), &[]), (4, 350, 0, 350));
    assert_eq!(
        fits(&limited(json!({"maxActionsPerHour": 2})), &[]),
        (2, 200, 150, 350)
    );
    let one = own("a", &[9_999], 30, &done(20));
    let earlier = own("b", &[9_998], 61, &done(20));
    assert_eq!(
        fits(
            &limited(json!({"maxActionsPerHour": 2})),
            &[one.clone(), earlier.clone()]
        ),
        (1, 100, 250, 350)
    );
    assert_eq!(
        fits(&limited(json!({"maxActionsPerHour": 1})), &[one]),
        (0, 0, 350, 0)
    );
    assert_eq!(fits(&limited(json!({"suspend": true})), &[]), (0, 0, 350, 0));
    let many: Vec<_> = (0..50)
        .map(|n| own(&format!("n{n}"), &[10_000 + n], 600, &waiting()))
        .collect();
    assert_eq!(fits(&limited(json!({})), &many), (0, 0, 350, 0));
    assert_eq!(fits(&limited(json!({})), &many[1..]), (1, 100, 250, 350));
}

#[test]
fn that_something_waits_is_told_once() {
    let mut policy = policy(&json!({"maxActionsPerHour": 1}));
    let (observed, _) = look_at(&policy, &[], &logons(1..=150), allowed);
    let mut status = SasAlertPolicyStatus::default();
    policy.report(&observed, &mut status);
    let news = policy.news(&status).unwrap();
    assert_eq!(news.reason, Reason::ProposalsLeftOver);
    assert!(
        news.message.starts_with("50 alerts have to wait"),
        "{}",
        news.message
    );
    policy.status = Some(status.clone());
    assert_eq!(policy.news(&status), None);
}

#[test]
fn only_what_is_remembered_or_does_not_matter_goes() {
    let mut policy = policy(&json!({"historyLimit": 1}));
    let actions = [
        own("waits", &[1], 3_000, &waiting()),
        own("newest", &[2], 90, &done(10)),
        own("noted", &[3], 90, &refused(20)),
        own("not-noted", &[4], 90, &done(30)),
        own("long-ago", &[5], 3_000, &done(2_000)),
        foreign("theirs", &[6], &done(40)),
    ];
    let retired = |policy: &SasAlertPolicy| Ledger::of(policy, &actions, CENTRE, now()).surplus;
    let expected = |names: &[&str]| {
        let named = names
            .iter()
            .map(|name| actions.iter().find(|action| action.name_any() == **name).unwrap());
        named.filter_map(sas_engine::Retired::over).collect::<Vec<_>>()
    };
    assert_eq!(retired(&policy), expected(&["long-ago"]));
    let mut status = SasAlertPolicyStatus::default();
    let (observed, _) = look_at(&policy, &actions, &[], allowed);
    policy.report(&observed, &mut status);
    status.proposals.retain(|proposal| proposal.name != "not-noted");
    policy.status = Some(status);
    assert_eq!(retired(&policy), expected(&["long-ago", "noted"]));
}

#[test]
fn the_largest_object_fits_and_keeps_what_it_cannot_remember() {
    let selector = json!({
        "types": vec!["服".repeat(128); 50], "names": vec!["服".repeat(256); 50],
        "uuids": vec!["u".repeat(128); 100],
    });
    let mut policy = policy(&json!({"selector": selector, "historyLimit": 0}));
    let alerts: Vec<i64> = (0..100).map(|n| i64::MAX - n).collect();
    let name = |n: usize| format!("{}{n:03}", "n".repeat(230));
    let actions: Vec<_> = (0..250).map(|n| own(&name(n), &alerts, 50, &done(40))).collect();
    let (mut observed, _) = look_at(&policy, &actions, &[], allowed);
    let excluded: Vec<_> = (0..500)
        .map(|n| (i64::MAX - n, format!("{n}{}", "服".repeat(2_000))))
        .collect();
    observed.looked.as_mut().unwrap().excluded = exclusions(&excluded);
    let mut status = SasAlertPolicyStatus::default();
    policy.report(&observed, &mut status);
    let listed = status.proposals.len();
    assert!(listed > 20 && listed < 200, "{listed}");
    policy.status = Some(status);
    let size = serde_json::to_vec(&policy).unwrap().len();
    assert!(size < 200_000, "{size}");
    assert_eq!(Ledger::of(&policy, &actions, CENTRE, now()).surplus.len(), listed);
}

#[test]
fn a_look_that_drafted_something_is_followed_by_another() {
    let mut policy = policy(&json!({}));
    let status = |pending: i64| -> SasAlertPolicyStatus {
        serde_json::from_value(json!({
            "lastLook": {"time": ago(1), "generation": 1},
            "counts": {"matching": 9, "proposed": 0, "pending": pending, "decided": 0, "excluded": 0, "leftOver": 0,
                "unread": 0},
            "conditions": [{"type": "Ready", "status": "True", "reason": "InSync", "message": "",
                "lastTransitionTime": ago(1)}],
        }))
        .unwrap()
    };
    for (pending, due) in [(0, false), (3, true)] {
        policy.status = Some(status(pending));
        assert_eq!(is_due(&policy, now()), due, "{pending}");
    }
}
