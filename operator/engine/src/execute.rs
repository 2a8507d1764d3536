//! Makes the calls of an approved plan: store an intent, send exactly what it says, keep the receipt,
//! read the effect back. The order of these four is the promise of this project:
//!
//! 1. The intent is stored with the resourceVersion of the object that was judged. If anything about the
//!    object changed since (its spec, an annotation, another operator's intent) the write conflicts and
//!    nothing is sent.
//! 2. The call is built from what the API server returned for that write, and from nothing else.
//! 3. A reply becomes a receipt. A call that provably did not run closes its intent. Everything else
//!    leaves the intent open, and later passes send the same bytes again or look.
//! 4. The outcome is written until it is stored: a conflict is answered by reading the live object and
//!    comparing the nonce, never by forgetting what was sent.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use kube::api::Api;
use kube::runtime::controller::Action;
use sas_api::Reason;
use sas_api::plan::{Call, Repeat};
use sas_api::status::{CallRecord, Execution, GatePart, GateStatus, Intent, Outcome, Receipt};

use crate::approved::Approved;
use crate::cloud::{Cloud, Reply, SendError};
use crate::decide::decide;
use crate::drive::{self, Context, Look, PassError};
use crate::events::cut;
use crate::facts::Step;
use crate::hash::{self, Sealed};
use crate::operation::{Accounts, Blocked, Gate, Made, Operation};
use crate::project::project_executing;
use crate::resolve;
use crate::store::StoreError;

/// Time for looking at the effect before the receipt is stored.
const READ_BACK: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const MESSAGE_BYTES: usize = 1_000;

/// Makes the calls from `call` on and stores what came out.
pub(crate) async fn run<K, C, A>(
    object: &K,
    mut status: K::Status,
    look: &Look<K, C>,
    sealed: &Sealed,
    call: usize,
    step: &Step,
    context: &Context<A>,
) -> Result<Action, PassError>
where
    K: Operation<C>,
    C: Cloud,
    A: Accounts<K, C>,
{
    let mut judged = object.clone();
    let mut index = call;
    let mut resend = matches!(step, Step::Resend { .. });
    loop {
        let mut with_intent = status.clone();
        drive::note_requests(&judged, with_intent.gate_mut());
        record_intent(
            object,
            with_intent.gate_mut(),
            sealed,
            index,
            resend,
            look.cloud.as_ref(),
            context.now(),
        );
        project_executing(object, &mut with_intent);
        let stored = match context.store.replace_status(&judged, &with_intent).await {
            Ok(stored) => stored,
            // Calls before this one may have run: what is known of them must not be lost.
            Err(error) if index > call => {
                tracing::info!(%error, index, "the intent of a further call was not stored");
                break;
            }
            Err(error) => return Err(error.into()),
        };
        context
            .metrics
            .status_writes
            .with_label_values(&[K::kind(&()).as_ref(), "written"])
            .inc();
        status = with_intent;
        let ran = send(object, &stored, &mut status, sealed, index, look, context).await?;
        judged = stored;
        if !ran || index + 1 >= sealed.plan.calls.len() {
            break;
        }
        index += 1;
        resend = false;
    }
    conclude(object, judged, status, context).await
}

/// Sends one call and notes the result in `status`. Says whether the next call may follow.
async fn send<K, C, A>(
    object: &K,
    stored: &K,
    status: &mut K::Status,
    sealed: &Sealed,
    index: usize,
    look: &Look<K, C>,
    context: &Context<A>,
) -> Result<bool, StoreError>
where
    K: Operation<C>,
    C: Cloud,
{
    let action = sealed.plan.calls[index].action.clone();
    let secrets = secrets(object, &sealed.plan.calls[index], context).await;
    let result = match secrets {
        Ok(secrets) => match Approved::from_stored_intent(stored, sealed, index, &secrets, context.now()) {
            Ok(approved) => look.cloud.send(&approved).await,
            Err(error) => Err(SendError::Rejected {
                message: describe(&error),
                request_id: None,
            }),
        },
        Err(error) => Err(not_run(Reason::CloudUnavailable, error.to_string())),
    };
    let label = match &result {
        Ok(_) => "ran",
        Err(SendError::NotRun { .. }) => "not_run",
        Err(SendError::Forbidden { .. }) => "forbidden",
        Err(SendError::Rejected { .. }) => "rejected",
        Err(SendError::Unknown { .. }) => "unknown",
    };
    context
        .metrics
        .calls
        .with_label_values(&[action.as_str(), label])
        .inc();
    match &result {
        Ok(reply) => tracing::info!(action, request_id = reply.request_id, index, "call ran"),
        Err(error) => tracing::warn!(action, index, %error, "call has no good answer"),
    }
    Ok(note_result(object, status, sealed, index, result, context))
}

fn not_run(reason: Reason, message: String) -> SendError {
    SendError::NotRun {
        reason,
        message,
        request_id: None,
        retry_after: None,
    }
}

fn describe(error: &crate::approved::NotApproved) -> String {
    let source = std::error::Error::source(error)
        .map(|s| format!(": {s}"))
        .unwrap_or_default();
    format!("{error}{source}")
}

/// The Secret values that a call refers to, read by name.
async fn secrets<K: Gate, A>(
    object: &K,
    call: &Call,
    context: &Context<A>,
) -> Result<resolve::Secrets, StoreError> {
    let mut secrets = resolve::Secrets::new();
    let api: Api<Secret> = Api::namespaced(
        context.store.client.clone(),
        &object.namespace().unwrap_or_default(),
    );
    let references = call
        .parameters
        .iter()
        .filter_map(|p| p.value_from.as_ref()?.secret_key.as_ref());
    for reference in references {
        let found = context.store.within(api.get_opt(&reference.name)).await?;
        let value = found
            .and_then(|s| s.data)
            .and_then(|mut d| d.remove(&reference.key));
        if let Some(value) = value {
            secrets.insert((reference.name.clone(), reference.key.clone()), value.0);
        }
    }
    Ok(secrets)
}

/// Puts the intent of a call into the execution, beginning one where none has begun.
fn record_intent<K: Gate, C: Cloud>(
    object: &K,
    gate: &mut GateStatus,
    sealed: &Sealed,
    index: usize,
    resend: bool,
    cloud: &C,
    now: Timestamp,
) {
    let begun = |e: &Execution| e.hash == sealed.hash && e.outcome.is_none();
    let mut execution = match gate.execution.take() {
        Some(execution) if begun(&execution) => execution,
        _ => Execution {
            hash: sealed.hash.clone(),
            epoch: sealed.epoch,
            observed_generation: object.meta().generation.unwrap_or_default(),
            started_time: Time(now),
            finished_time: None,
            outcome: None,
            message: None,
            left_out: Vec::new(),
            calls: Vec::new(),
        },
    };
    if !execution
        .calls
        .iter()
        .any(|c| c.receipt.is_some() || c.intent.is_some())
    {
        execution.started_time = Time(now);
    }
    let call = &sealed.plan.calls[index];
    while execution.calls.len() <= index {
        let call_index = i32::try_from(execution.calls.len()).unwrap_or(i32::MAX);
        let action = sealed.plan.calls[execution.calls.len()].action.clone();
        execution.calls.push(CallRecord {
            call_index,
            action,
            intent: None,
            receipt: None,
            not_run: None,
            last_error: None,
        });
    }
    let record = &mut execution.calls[index];
    match (&mut record.intent, resend) {
        (Some(intent), true) => intent.resends = Some(intent.resends.unwrap_or(0) + 1),
        (previous, _) => {
            let attempt = previous
                .as_ref()
                .map_or(record.not_run.unwrap_or(0), |i| i.attempt)
                + 1;
            let token = (call.repeat == Repeat::ClientToken)
                .then(|| hash::client_token(&object.uid().unwrap_or_default(), sealed.epoch, index));
            let timestamp = cloud.now();
            *previous = Some(Intent {
                attempt,
                client_token: token,
                nonce: uuid::Uuid::new_v4().to_string(),
                timestamp: Time(Timestamp::from_second(timestamp.as_second()).unwrap_or(timestamp)),
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

/// Notes what the cloud said. Says whether the next call may follow.
fn note_result<K, C, A>(
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
    let total = sealed.plan.calls.len();
    let record = &mut execution.calls[index];
    let with_id = |message: &str, id: Option<&String>| {
        let id = id.map(|id| format!(" (request id {id})")).unwrap_or_default();
        cut(&format!("{message}{id}"), MESSAGE_BYTES)
    };
    let Err(error) = result else {
        record.receipt = receipt;
        record.last_error = None;
        context.pace.succeeded(&uid);
        return true;
    };
    match error {
        SendError::NotRun {
            reason,
            message,
            request_id,
            retry_after,
        } => {
            let message = with_id(&message, request_id.as_ref());
            did_not_run(record, &message);
            let wait = format!(
                "{}: the call did not run and will be made again by itself: {message}",
                record.action
            );
            context.pace.hold_back(
                &uid,
                Blocked {
                    reason,
                    message: wait,
                },
                retry_after,
            );
        }
        SendError::Forbidden { message, request_id } => {
            let message = with_id(&message, request_id.as_ref());
            did_not_run(record, &message);
            let reason = Reason::PermissionDenied;
            let recheck = object.refresh().min(context.timing.blocked_recheck);
            context
                .pace
                .hold_back(&uid, Blocked { reason, message }, Some(recheck));
        }
        SendError::Rejected { message, request_id } => {
            let message = with_id(&message, request_id.as_ref());
            did_not_run(record, &message);
            let text = format!(
                "the cloud refused {} (call {} of {total}): {message}",
                record.action,
                index + 1
            );
            end(execution, Outcome::Failed, &text, context.now());
        }
        SendError::Unknown { message, arrived } => {
            record.last_error = Some(cut(&message, MESSAGE_BYTES));
            if let Some(intent) = record.intent.as_mut() {
                intent.arrived = arrived.then_some(true).or(intent.arrived);
            }
            let message = format!(
                "{}: no reply ({message}); the same bytes will be sent again",
                record.action
            );
            context.pace.hold_back(
                &uid,
                Blocked {
                    reason: Reason::CloudUnavailable,
                    message,
                },
                None,
            );
        }
    }
    false
}

fn did_not_run(record: &mut CallRecord, message: &str) {
    let attempt = record.intent.take().map_or(0, |i| i.attempt);
    record.not_run = Some(attempt.max(record.not_run.unwrap_or(0) + 1));
    record.last_error = Some(message.to_owned());
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
        Step::Fail { message, .. } => end(execution, Outcome::Failed, message, now),
        Step::StopUnknown { message } => end(execution, Outcome::Unknown, message, now),
        _ => {}
    }
}

/// Reads the effect back and writes receipts and outcome until they are stored.
async fn conclude<K, C, A>(
    object: &K,
    mut judged: K,
    mut status: K::Status,
    context: &Context<A>,
) -> Result<Action, PassError>
where
    K: Operation<C>,
    C: Cloud,
    A: Accounts<K, C>,
{
    let look = match tokio::time::timeout(READ_BACK, drive::look(object, context)).await {
        Ok(look) => look,
        Err(_) => Err(crate::operation::Unavailable::new(
            Reason::CloudUnavailable,
            "reading the effect back takes long",
        )),
    };
    // Failing here delays nothing: the next pass writes it.
    if let Err(error) = drive::output(object, look.as_ref().ok(), context).await {
        tracing::info!(%error, "the output is not written yet");
    }
    let mut pause = Duration::from_millis(200);
    loop {
        let held = drive::held(&judged, &status, context).await.ok().flatten();
        let gathered = drive::judge(&judged, &status, look.as_ref(), held.as_ref(), context)?;
        let step = decide(&gathered.facts);
        drive::settle_status(
            &judged,
            &mut status,
            &step,
            &gathered,
            look.as_ref().ok(),
            context,
        );
        match drive::write(&judged, object, &status, context).await {
            Ok(()) => return Ok(drive::requeue(object, &step, context)),
            Err(StoreError::Gone) => {
                report_orphan(object, &status, context).await;
                return Ok(Action::await_change());
            }
            Err(error) => tracing::warn!(%error, "the outcome of a call is not stored yet"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        match context.store.get(&judged).await {
            Ok(live) if live.status() == Some(&status) => return Ok(drive::requeue(object, &step, context)),
            Ok(live) => match graft(&live, &status) {
                Some(grafted) => (judged, status) = (live, grafted),
                None => return Ok(Action::requeue(Duration::from_secs(1))),
            },
            Err(StoreError::Gone) => {
                report_orphan(object, &status, context).await;
                return Ok(Action::await_change());
            }
            Err(_) => {}
        }
    }
}

/// The status of the live object with what is known of our calls, if the live object still has our intent.
fn graft<K: Gate>(live: &K, ours: &K::Status) -> Option<K::Status> {
    let mut status = live.status()?.clone();
    let nonces = |gate: &GateStatus| -> Vec<String> {
        let calls = gate.execution.iter().flat_map(|e| &e.calls);
        calls
            .filter_map(|c| c.intent.as_ref().map(|i| i.nonce.clone()))
            .collect()
    };
    let (theirs, mine) = (nonces(status.gate()), nonces(ours.gate()));
    let same_hash =
        status.gate().execution.as_ref().map(|e| &e.hash) == ours.gate().execution.as_ref().map(|e| &e.hash);
    // Ours may have closed an intent that the stored status still shows open, never the other way round.
    if !same_hash || !mine.iter().all(|nonce| theirs.contains(nonce)) {
        return None;
    }
    status.gate_mut().execution.clone_from(&ours.gate().execution);
    status.gate_mut().approval.clone_from(&ours.gate().approval);
    Some(status)
}

/// The object was deleted while its call was on the way: the outcome must not vanish with it.
async fn report_orphan<K: Gate, A>(object: &K, status: &K::Status, context: &Context<A>) {
    let note = format!(
        "the resource was deleted while its plan was executed; nothing was undone. {}",
        receipt_line(status)
    );
    tracing::warn!(name = object.name_any(), note, "outcome of a deleted resource");
    context
        .events
        .publish(object, true, Reason::Executing, &note)
        .await;
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
