//! What a request to stop changes in the status. What runs stands aside while the plan to stop it, and then
//! its execution, have the ordinary places; nothing of it is sent any more. When it ends, of itself or because
//! it was stopped, it takes its place again and the plan to stop it is void. The condition `Cancelled` answers
//! whoever asked.

use std::time::Duration;

use k8s_controller::conditions::ConditionStatus;
use kube::runtime::controller::Action;
use sas_api::status::{CommonPart, Execution, GatePart, GateStatus, Outcome, Running};
use sas_api::{Reason, annotations, condition};

use crate::context::{Context, PassError};
use crate::facts::{Facts, Refusal, Step};
use crate::operation::{Blocked, Gate};
use crate::stopping::{self, is_asked};
use crate::{drive, gather, project, publish};

/// Executions of plans to stop one and the same thing that are kept.
const STOPS: usize = 10;

/// Lets what runs stand aside, to make room for the plan that stops it.
pub(crate) fn set_aside(gate: &mut GateStatus) {
    if gate.running.is_none()
        && let Some((plan, execution)) = gate.plan.take().zip(gate.execution.take())
    {
        gate.running = Some(Box::new(Running { plan, execution }));
    }
}

/// Gives what ran its place back, now that it ends. The epoch of a plan to stop it is used up, executed or not.
fn put_back(gate: &mut GateStatus) {
    let Some(running) = gate.running.take() else {
        return;
    };
    keep_stop(gate);
    gate.executed_epoch = gate.executed_epoch.max(gate.epoch);
    gate.approval.clone_from(&running.execution.approval);
    (gate.plan, gate.execution) = (Some(running.plan), Some(running.execution));
}

/// Keeps on record what was done to stop what stands aside, before something else takes its place.
pub(crate) fn keep_stop(gate: &mut GateStatus) {
    gate.stopped_by.extend(gate.execution.take());
    if gate.stopped_by.len() > STOPS {
        // What was brought about is never forgotten.
        let is_void = |stop: &Execution| stop.outcome != Some(Outcome::Succeeded);
        let oldest = gate.stopped_by.iter().position(is_void).unwrap_or(0);
        gate.stopped_by.remove(oldest);
    }
}

/// What was stopped before is history when there is a new plan.
pub(crate) fn begin_anew<S: GatePart>(status: &mut S) {
    status.gate_mut().stopped_by.clear();
    let conditions = &mut status.common_mut().conditions;
    conditions.retain(|condition| condition.type_ != condition::CANCELLED);
}

/// Remembers the request as answered.
pub(crate) fn note<K: Gate>(object: &K, gate: &mut GateStatus) {
    gate.handled_cancel = publish::request(object, annotations::CANCEL).or(gate.handled_cancel.take());
}

/// Brings places, request and condition up to date with a step that calls nothing.
pub(crate) fn update<K: Gate>(object: &K, status: &mut K::Status, step: &Step, facts: &Facts) {
    if is_withdrawn(object) {
        // Whoever asks again is answered again, whatever the value.
        status.gate_mut().handled_cancel = None;
    }
    if let Some(refusal) = &facts.refusal {
        refuse(object, status, refusal);
    }
    if facts.running.is_none() {
        return;
    }
    match step {
        Step::EndStop { outcome, message } if *outcome != Outcome::Succeeded => {
            say_unstopped(object, status, *outcome, message);
        }
        _ if facts.flight.is_some() => {
            let stopping = Blocked {
                reason: Reason::Executing,
                message: "it is being stopped".to_owned(),
            };
            say(object, status, ConditionStatus::Unknown, &stopping);
        }
        Step::Finish | Step::Fail { .. } | Step::StopUnknown { .. } => end(object, status, step),
        Step::AwaitApproval { .. } => {
            let waits = Blocked {
                reason: Reason::AwaitingApproval,
                message: "the plan to stop it waits for approval: read status.plan".to_owned(),
            };
            say(object, status, ConditionStatus::Unknown, &waits);
            note(object, status.gate_mut());
        }
        _ => clear(object, status, facts),
    }
}

/// Says why there is no plan to stop something, and remembers the request if that is the answer to it. That
/// something was stopped stays said.
fn refuse<K: Gate>(object: &K, status: &mut K::Status, refusal: &Refusal) {
    match refusal {
        Refusal::Later(why) => say(object, status, ConditionStatus::Unknown, why),
        Refusal::Final(why) => {
            if said(status) != Some("True") {
                say(object, status, ConditionStatus::False, why);
            }
            note(object, status.gate_mut());
        }
    }
}

/// What ran ends.
fn end<K: Gate>(object: &K, status: &mut K::Status, step: &Step) {
    let gate = status.gate_mut();
    let was_executed = gate.running.is_some() && gate.execution.is_some();
    put_back(gate);
    match step {
        Step::Fail {
            reason: reason @ Reason::Cancelled,
            message,
        } => {
            let why = Blocked {
                reason: *reason,
                message: message.clone(),
            };
            say(object, status, ConditionStatus::True, &why);
        }
        // What became of a stop that was executed stands there.
        _ if was_executed => {}
        _ if is_withdrawn(object) => forget_question(status),
        _ => {
            say(
                object,
                status,
                ConditionStatus::False,
                &stopping::ended_by_itself(),
            );
            note(object, status.gate_mut());
        }
    }
}

fn is_withdrawn<K: Gate>(object: &K) -> bool {
    publish::request(object, annotations::CANCEL).is_none()
}

/// Nobody waits for an answer any more.
fn forget_question<S: CommonPart>(status: &mut S) {
    if said(status) == Some("Unknown") {
        let conditions = &mut status.common_mut().conditions;
        conditions.retain(|condition| condition.type_ != condition::CANCELLED);
    }
}

/// Drops a plan to stop something that nobody asks for any more, and says how one ended that was refused.
fn clear<K: Gate>(object: &K, status: &mut K::Status, facts: &Facts) {
    let gate = status.gate();
    let is_final = matches!(facts.refusal, Some(Refusal::Final(_)));
    if gather::unspent(gate).is_some() && (is_final || !is_asked(object, gate)) {
        let gate = status.gate_mut();
        (gate.plan, gate.approval) = (None, None);
    }
    if is_withdrawn(object) {
        forget_question(status);
    }
    let gate = status.gate();
    let last = gate.execution.as_ref().filter(|e| Some(e.epoch) == gate.epoch);
    let ended = last.and_then(|e| Some((e.outcome?, e.message.clone().unwrap_or_default())));
    if let Some((outcome, message)) = ended.filter(|_| facts.refusal.is_none()) {
        say_unstopped(object, status, outcome, &message);
    }
}

/// Says how a plan to stop something ended without stopping it.
fn say_unstopped<K: Gate>(object: &K, status: &mut K::Status, outcome: Outcome, message: &str) {
    let reason = match outcome {
        Outcome::Succeeded => return,
        Outcome::Failed => Reason::Failed,
        Outcome::Revoked => Reason::Revoked,
        Outcome::Unknown => Reason::OutcomeUnknown,
    };
    let why = Blocked {
        reason,
        message: format!(
            "{message}; what runs is followed on. To ask again set the annotation {} to a new value",
            annotations::CANCEL
        ),
    };
    say(object, status, ConditionStatus::False, &why);
}

fn say<K: Gate>(object: &K, status: &mut K::Status, value: ConditionStatus, why: &Blocked) {
    let generation = object.meta().generation;
    project::set_condition(status.common_mut(), condition::CANCELLED, value, why, generation);
}

fn said<S: CommonPart>(status: &S) -> Option<&str> {
    let mut conditions = status.common().conditions.iter();
    let cancelled = conditions.find(|condition| condition.type_ == condition::CANCELLED)?;
    Some(&cancelled.status)
}

/// Answers a request to stop a job that came to its end, and forgets one that was withdrawn.
pub(crate) async fn answer_late<K, A>(object: &K, context: &Context<A>) -> Result<Option<Action>, PassError>
where
    K: Gate,
{
    let Some(mut status) = object.status().cloned() else {
        return Ok(None);
    };
    if is_withdrawn(object) && status.gate().handled_cancel.is_some() {
        status.gate_mut().handled_cancel = None;
    } else if is_asked(object, status.gate()) {
        let nothing = stopping::nothing(status.gate());
        refuse(object, &mut status, &Refusal::Final(nothing));
    } else {
        return Ok(None);
    }
    drive::write(object, object, &status, context).await?;
    Ok(Some(Action::requeue(Duration::ZERO)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_many_stops_the_one_that_took_effect_is_kept() {
        let mut gate = GateStatus::default();
        for epoch in 1..=20 {
            let outcome = if epoch == 2 { "Succeeded" } else { "Failed" };
            let stop = json!({"hash": "sha256:0", "epoch": epoch, "observedGeneration": 1, "outcome": outcome,
                "startedTime": "2026-01-01T00:00:00Z"});
            gate.execution = serde_json::from_value(stop).unwrap();
            keep_stop(&mut gate);
            assert!(gate.execution.is_none() && gate.stopped_by.len() <= STOPS);
        }
        let kept: Vec<_> = gate.stopped_by.iter().map(|stop| stop.epoch).collect();
        assert_eq!(kept, [2, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    }
}
