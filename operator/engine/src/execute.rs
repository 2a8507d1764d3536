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
//!    adding to it what was learned, never by forgetting what was sent or what somebody else learned.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt;
use kube::api::Api;
use kube::runtime::controller::Action;
use sas_api::Reason;
use sas_api::plan::{Call, Plan};
use sas_api::status::GatePart;

use crate::approved::{Approved, NotApproved};
use crate::cloud::{Cloud, SendError};
use crate::context::{Context, PassError};
use crate::decide::decide;
use crate::drive::{self, Look, Plans};
use crate::graft::graft;
use crate::hash::Sealed;
use crate::operation::{Accounts, Gate, Operation, Unavailable};
use crate::project::project_executing;
use crate::record::Leaving;
use crate::resolve;
use crate::store::StoreError;
use crate::{flight, partial, publish, record};

/// Time for looking at the effect before the receipt is stored.
const READ_BACK: Duration = Duration::from_secs(10);

/// What is sent.
pub(crate) struct Sending<'a> {
    /// The approved plan.
    pub(crate) sealed: &'a Sealed,
    /// Index of the first call.
    pub(crate) call: usize,
    /// The bytes of its recorded intent are sent once more.
    pub(crate) again: bool,
    /// The plan of what stands aside, where the calls stop something.
    pub(crate) running: Option<Plan>,
}

/// Makes the calls from the first on and stores what came out.
pub(crate) async fn run<K, C, A>(
    object: &K,
    mut status: K::Status,
    look: &Look<K, C>,
    sending: &Sending<'_>,
    context: &Context<A>,
) -> Result<Action, PassError>
where
    K: Operation<C>,
    C: Cloud,
    A: Accounts<K, C>,
{
    let (sealed, call) = (sending.sealed, sending.call);
    let mut judged = object.clone();
    let mut index = call;
    let mut resend = sending.again;
    let away = object.away(&sealed.plan, &look.observed);
    loop {
        let execution = status.gate().execution.as_ref();
        let leaving = match partial::left_out(&sealed.plan, index, execution, &away) {
            _ if resend => Leaving::Again,
            Ok(left_out) => Leaving::Anew { left_out },
            // The next pass says so; calls before this one have run.
            Err(_) => break,
        };
        let mut with_intent = status.clone();
        publish::note_requests(&judged, with_intent.gate_mut());
        record::record_intent(
            object,
            with_intent.gate_mut(),
            sealed,
            index,
            leaving,
            look.cloud.as_ref(),
            context.now(),
        );
        project_executing(object, &mut with_intent, context.guard());
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
        if !ran || index + 1 >= sealed.plan.calls.len() || object.one_by_one() {
            break;
        }
        index += 1;
        resend = false;
    }
    conclude(object, judged, status, sending, context).await
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
        Ok(secrets) => match Approved::from_stored_intent(
            stored,
            sealed,
            index,
            &secrets,
            &context.guard(),
            context.standing.as_ref(),
            context.now(),
        ) {
            Ok(approved) => match last_look(object, stored, sealed, index, look).await {
                Ok(()) => look.cloud.send(&approved).await,
                Err(error) => Err(error),
            },
            Err(NotApproved::Unguarded { message }) => Err(not_run(Reason::ApprovalUnguarded, message)),
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
    Ok(record::note_result(
        object, status, sealed, index, result, context,
    ))
}

/// Whether the call may still leave, now that its intent is stored.
async fn last_look<K, C>(
    object: &K,
    stored: &K,
    sealed: &Sealed,
    index: usize,
    look: &Look<K, C>,
) -> Result<(), SendError>
where
    K: Operation<C>,
    C: Cloud,
{
    let execution = stored
        .status()
        .and_then(|status| status.gate().execution.as_ref());
    let Some(execution) = execution else {
        return Ok(());
    };
    let uid = stored.uid().unwrap_or_default();
    let made = flight::made(&sealed.plan, execution, &uid);
    match made.get(..=index) {
        Some(made) => object.last_look(look.cloud.as_ref(), made).await,
        None => Ok(()),
    }
}

fn not_run(reason: Reason, message: String) -> SendError {
    SendError::NotRun {
        reason,
        message,
        request_id: None,
        retry_after: None,
    }
}

fn describe(error: &NotApproved) -> String {
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

/// Reads the effect back and writes receipts and outcome until they are stored. `judged` is the object
/// with our last intent, `learnt` what is known since.
async fn conclude<K, C, A>(
    object: &K,
    mut judged: K,
    mut learnt: K::Status,
    sending: &Sending<'_>,
    context: &Context<A>,
) -> Result<Action, PassError>
where
    K: Operation<C>,
    C: Cloud,
    A: Accounts<K, C>,
{
    let mut pause = context.timing.store_pause;
    let plans = Plans {
        held: Some(sending.sealed.plan.clone()),
        running: sending.running.clone(),
    };
    loop {
        // Looked at anew each time: an effect may show up while the API server is away. The stored object
        // is asked, because only its status names the calls whose effect is wanted.
        let look = read_back(&judged, context).await;
        let mut status = learnt.clone();
        let gathered = drive::judge(&judged, &status, look.as_ref(), &plans, context)?;
        let step = decide(&gathered.facts);
        let seen = look.as_ref().ok();
        drive::settle_status(&judged, &mut status, &step, &gathered, seen, context);
        let follows = status.gate().running.is_some();
        let next = Action::requeue(drive::requeue(object, &step, follows, context));
        match drive::write(&judged, object, &status, context).await {
            Ok(()) => return Ok(next),
            Err(StoreError::Gone) => return Ok(orphaned(object, &status, context).await),
            Err(error) => tracing::warn!(%error, "the outcome of a call is not stored yet"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(context.timing.longest_store_pause);
        match context.store.get(&judged).await {
            Ok(live) if live.status() == Some(&status) => return Ok(next),
            Ok(live) => {
                let Some(grafted) = graft(&judged, &live, &learnt) else {
                    let calls = record::receipt_line(&learnt);
                    tracing::error!(calls, "the status no longer shows the execution of these calls");
                    return Ok(Action::requeue(Duration::from_secs(1)));
                };
                (judged, learnt) = (live, grafted);
            }
            Err(StoreError::Gone) => return Ok(orphaned(object, &status, context).await),
            Err(_) => {}
        }
    }
}

/// Looks at the effect, and writes what the resource gives out before it is called ready.
async fn read_back<K, C, A>(object: &K, context: &Context<A>) -> Result<Look<K, C>, Unavailable>
where
    K: Operation<C>,
    C: Cloud,
    A: Accounts<K, C>,
{
    let look = match tokio::time::timeout(READ_BACK, drive::look(object, context)).await {
        Ok(look) => look,
        Err(_) => Err(Unavailable::new(
            Reason::CloudUnavailable,
            "reading the effect back takes long",
        )),
    };
    // Failing here delays nothing: the next pass writes it.
    if let Err(error) = drive::output(object, look.as_ref().ok(), context).await {
        tracing::info!(%error, "the output is not written yet");
    }
    look
}

/// The object was deleted while its call was on the way: the outcome must not vanish with it.
async fn orphaned<K: Gate, A>(object: &K, status: &K::Status, context: &Context<A>) -> Action {
    let note = format!(
        "the resource was deleted while its plan was executed; nothing was undone. {}",
        record::receipt_line(status)
    );
    tracing::warn!(name = object.name_any(), note, "outcome of a deleted resource");
    context
        .events
        .publish(object, true, Reason::Executing, &note)
        .await;
    Action::await_change()
}
