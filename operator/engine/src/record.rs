//! Changes of the execution record in a status, without any IO: an intent is entered, a reply is noted, a
//! step is carried out that calls nothing.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use sas_api::plan::{Call, NamedValue, Repeat};
use sas_api::status::{CallRecord, Execution, GatePart, GateStatus, Intent, Outcome, Receipt};
use sas_api::{Reason, annotations};

use crate::approval::printable;
use crate::aside;
use crate::cloud::{Cloud, Reply, SendError};
use crate::context::Context;
use crate::events::cut;
use crate::facts::Step;
use crate::hash::{self, Sealed};
use crate::operation::{Blocked, Gate, Made, Operation};
use crate::resolve;
use crate::trouble::{self, Fate, Trouble};

const MESSAGE_BYTES: usize = 1_000;
/// Field of a receipt that says how often the call ran, where that is not exactly once.
const DELIVERY: &str = "Delivery";
/// An earlier attempt may have run as well, which does no harm.
const AT_LEAST_ONCE: &str = "at-least-once";

/// How a call is about to leave.
pub(crate) enum Leaving {
    /// With the bytes of its recorded intent.
    Again,
    /// With an intent of its own.
    Anew {
        /// The targets that it leaves out, with the reason.
        left_out: Vec<NamedValue>,
    },
}

/// Puts the intent of a call into the execution, beginning one where none has begun.
pub(crate) fn record_intent<K: Gate, C: Cloud>(
    object: &K,
    gate: &mut GateStatus,
    sealed: &Sealed,
    index: usize,
    leaving: Leaving,
    cloud: &C,
    now: Timestamp,
) {
    let timestamp = cloud.now();
    let timestamp = Time(Timestamp::from_second(timestamp.as_second()).unwrap_or(timestamp));
    let begun = |e: &Execution| e.hash == sealed.hash && e.outcome.is_none();
    if gate.running.is_some() && !gate.execution.as_ref().is_some_and(begun) {
        aside::keep_stop(gate);
    }
    let mut execution = match gate.execution.take() {
        Some(execution) if begun(&execution) => execution,
        _ => Execution {
            hash: sealed.hash.clone(),
            epoch: sealed.epoch,
            observed_generation: object.meta().generation.unwrap_or_default(),
            requested_by: requesters(object),
            approval: gate.approval.clone().filter(|a| a.hash == sealed.hash),
            started_time: timestamp.clone(),
            finished_time: None,
            outcome: None,
            message: None,
            calls: Vec::new(),
        },
    };
    if !execution
        .calls
        .iter()
        .any(|c| c.receipt.is_some() || c.intent.is_some())
    {
        execution.started_time = timestamp.clone();
    }
    let call = &sealed.plan.calls[index];
    while execution.calls.len() <= index {
        let call_index = i32::try_from(execution.calls.len()).unwrap_or(i32::MAX);
        let action = sealed.plan.calls[execution.calls.len()].action.clone();
        execution.calls.push(CallRecord {
            call_index,
            action,
            left_out: Vec::new(),
            intent: None,
            receipt: None,
            not_run: None,
            last_error: None,
        });
    }
    let record = &mut execution.calls[index];
    match (&mut record.intent, leaving) {
        (Some(intent), Leaving::Again) => intent.resends = Some(intent.resends.unwrap_or(0) + 1),
        (_, Leaving::Again) => {}
        (previous, Leaving::Anew { left_out }) => {
            // The cloud takes a token with the parameters of the attempt that may have run, and no others.
            if call.repeat != Repeat::ClientToken || previous.is_none() {
                record.left_out = left_out;
            }
            let attempt = previous
                .as_ref()
                .map_or(record.not_run.unwrap_or(0), |i| i.attempt)
                + 1;
            // Such a call is made anew only after its absence was proved.
            if call.repeat == Repeat::AfterProof && attempt > 1 {
                record.not_run = Some(attempt - 1);
            }
            let token = (call.repeat == Repeat::ClientToken)
                .then(|| hash::client_token(&object.uid().unwrap_or_default(), sealed.epoch, index));
            *previous = Some(Intent {
                attempt,
                client_token: token,
                nonce: uuid::Uuid::new_v4().to_string(),
                timestamp,
                started_time: Time(now),
                key_fingerprint: cloud.key_fingerprint(),
                resends: None,
                arrived: None,
                absent_time: None,
            });
        }
    }
    gate.execution = Some(execution);
}

/// Who wrote the present spec, as far as its annotations say so.
fn requesters<K: Gate>(object: &K) -> Option<String> {
    let annotations = object.meta().annotations.as_ref();
    let generation = annotations::get(annotations, annotations::REQUESTED_GENERATION)?;
    let present = generation.parse().ok() == object.meta().generation;
    let writers = annotations::get(annotations, annotations::REQUESTED_BY).filter(|_| present)?;
    Some(cut(&printable(writers), MESSAGE_BYTES * 2))
}

/// Notes what the cloud said. Says whether the next call may follow.
pub(crate) fn note_result<K, C, A>(
    object: &K,
    status: &mut K::Status,
    sealed: &Sealed,
    index: usize,
    result: Result<Reply, SendError>,
    context: &Context<A>,
) -> bool
where
    K: Operation<C>,
{
    let uid = object.uid().unwrap_or_default();
    let receipt = result
        .as_ref()
        .ok()
        .map(|reply| receipt(object, status.gate(), sealed, index, Some(reply)));
    let Some(execution) = status.gate_mut().execution.as_mut() else {
        return false;
    };
    let record = &mut execution.calls[index];
    let Err(error) = result else {
        record.receipt = receipt.map(|receipt| counted(receipt, &sealed.plan.calls[index], record));
        record.last_error = None;
        context.pace.succeeded(&uid);
        return true;
    };
    let recheck = object.refresh().min(context.timing.blocked_recheck);
    let trouble = Trouble::of(error, trouble::is_alone(record), recheck);
    let (action, message) = (record.action.clone(), cut(&trouble.message, MESSAGE_BYTES));
    record.last_error = Some(message.clone());
    let next = match trouble.fate {
        Fate::Refused => {
            did_not_run(record);
            let total = sealed.plan.calls.len();
            let text = format!("{action} (call {} of {total}) was refused: {message}", index + 1);
            end(execution, Outcome::Failed, &text, context.now());
            return false;
        }
        Fate::NotRun => {
            did_not_run(record);
            format!("{action}: the call did not run and will be made again by itself: {message}")
        }
        Fate::Open { arrived } => {
            if let Some(intent) = record.intent.as_mut() {
                intent.arrived = arrived.then_some(true).or(intent.arrived);
            }
            format!(
                "{action}: no reply says that the call ran ({message}); the operator sends the same bytes again while they \
                 are valid, and looks for the effect"
            )
        }
    };
    let obstacle = Blocked {
        reason: trouble.reason,
        message: next,
    };
    context.pace.hold_back(&uid, obstacle, trouble.retry_after);
    false
}

/// The receipt, which says so where an earlier attempt may have run as well.
fn counted(mut receipt: Receipt, call: &Call, record: &CallRecord) -> Receipt {
    if call.repeat == Repeat::Harmless && trouble::is_repeat(record) {
        receipt.fields.push(NamedValue::new(DELIVERY, AT_LEAST_ONCE));
    }
    receipt
}

/// Closes the intent of an attempt that provably did not run.
fn did_not_run(record: &mut CallRecord) {
    let attempt = record.intent.take().map_or(0, |i| i.attempt);
    record.not_run = Some(attempt.max(record.not_run.unwrap_or(0) + 1));
}

fn end(execution: &mut Execution, outcome: Outcome, message: &str, now: Timestamp) {
    execution.outcome = Some(outcome);
    execution.finished_time = Some(Time(now));
    execution.message = Some(cut(message, MESSAGE_BYTES * 2));
}

fn receipt<K, C>(
    object: &K,
    gate: &GateStatus,
    sealed: &Sealed,
    index: usize,
    reply: Option<&Reply>,
) -> Receipt
where
    K: Operation<C>,
{
    let Some(execution) = &gate.execution else {
        return Receipt::default();
    };
    let uid = object.uid().unwrap_or_default();
    let parameters = resolve::visible_parameters(&sealed.plan.calls[index], index, execution, &uid);
    object.receipt(
        &Made {
            call: &sealed.plan.calls[index],
            parameters,
            receipt: None,
        },
        reply,
    )
}

/// Changes the execution as a step says that makes no call.
pub(crate) fn close<K, C>(
    object: &K,
    status: &mut K::Status,
    step: &Step,
    sealed: Option<&Sealed>,
    now: Timestamp,
) where
    K: Operation<C>,
{
    let seen = match (step, sealed) {
        (Step::Accept { call }, Some(sealed)) => Some(receipt(object, status.gate(), sealed, *call, None)),
        _ => None,
    };
    let gate = status.gate_mut();
    let Some(execution) = gate.execution.as_mut() else {
        return;
    };
    match step {
        Step::Accept { call } => {
            if let Some(record) = execution.calls.get_mut(*call) {
                record.receipt = seen;
            }
        }
        Step::NoteAbsence { call } => {
            if let Some(intent) = execution.calls.get_mut(*call).and_then(|r| r.intent.as_mut()) {
                intent.absent_time = Some(Time(now));
            }
        }
        Step::Finish => {
            end(execution, Outcome::Succeeded, "the effect was read back", now);
            gate.executed_generation = Some(execution.observed_generation);
        }
        Step::Fail { reason, message } => {
            let outcome = match reason {
                Reason::Revoked => Outcome::Revoked,
                _ => Outcome::Failed,
            };
            end(execution, outcome, message, now);
        }
        Step::StopUnknown { message } => end(execution, Outcome::Unknown, message, now),
        Step::EndStop { outcome, message } => end(execution, *outcome, message, now),
        _ => {}
    }
    let ended = execution.outcome.map(|_| execution.epoch);
    gate.executed_epoch = gate.executed_epoch.max(ended);
}

/// Who approved and which requests the cloud answered, in one line.
pub(crate) fn receipt_line<S: GatePart>(status: &S) -> String {
    let gate = status.gate();
    let by = gate
        .approval
        .as_ref()
        .and_then(|a| a.by.as_deref())
        .unwrap_or("somebody who gave no name");
    let calls = gate.execution.iter().flat_map(|e| &e.calls);
    let said: Vec<String> = calls
        .map(|c| match c.receipt.as_ref().map(|r| r.request_id.as_deref()) {
            Some(Some(id)) => format!("{} (request id {id})", c.action),
            Some(None) => format!("{} (reply lost, effect seen)", c.action),
            None => format!("{} (no receipt)", c.action),
        })
        .collect();
    cut(
        &format!("executed, approved by {by}: {}", said.join(", ")),
        MESSAGE_BYTES,
    )
}
