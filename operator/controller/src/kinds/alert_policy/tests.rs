//! What is proposed for which alerts: grouped, once, within the limits, and never silently left out.

mod keeping;
mod limits;
mod proposing;
mod remembering;

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
