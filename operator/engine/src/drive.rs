//! One pass over one object: look, gather facts, decide one step, perform it, and write the status if it
//! differs. This and `execute` are the only places with side effects.

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::controller::Action;
use sas_api::plan::Plan;
use sas_api::status::{ApprovalRecord, CommonPart, GatePart, GateStatus, Outcome};
use sas_api::{Reason, annotations};

use crate::acting::is_waiting;
use crate::announce;
use crate::approval::{Decision, Verdict};
use crate::children::{self, Kept};
use crate::cloud::Cloud;
use crate::context::{Context, PassError};
use crate::decide::decide;
use crate::execute::{self, Sending};
use crate::facts::{Step, Wanted};
use crate::gather::{self, Gathered, Seen};
use crate::hash::HashError;
use crate::job;
use crate::large;
use crate::operation::{Accounts, Blocked, Gate, Operation, Reported, Unavailable};
use crate::outputs;
use crate::project::project;
use crate::standing::Waiting;
use crate::store::StoreError;
use crate::{aside, publish, record};

/// Pause after the admission policies were found to be others than those that a decision was judged under.
const GUARD_AGAIN: Duration = Duration::from_secs(1);

/// One look at an object and its cloud.
pub(crate) struct Look<K: Operation<C>, C> {
    pub(crate) cloud: Arc<C>,
    pub(crate) observed: K::Observed,
}

/// Takes one step for one object.
pub async fn reconcile<K, C, A>(object: Arc<K>, context: Arc<Context<A>>) -> Result<Action, PassError>
where
    K: Operation<C>,
    C: Cloud,
    A: Accounts<K, C>,
{
    if object.meta().deletion_timestamp.is_some() {
        return Ok(Action::await_change());
    }
    finished::<K, A>(&context, pass::<K, C, A>(&object, &context)).await
}

/// Runs a pass to its end, counts it, and says when to look again where the object changed meanwhile.
pub(crate) async fn finished<K: Reported, A>(
    context: &Context<A>,
    pass: impl Future<Output = Result<Action, PassError>>,
) -> Result<Action, PassError> {
    let started = Instant::now();
    let result = pass.await;
    let kind = K::kind(&());
    context
        .metrics
        .pass_seconds
        .with_label_values(&[kind.as_ref()])
        .observe(started.elapsed().as_secs_f64());
    let outcome = match &result {
        Ok(_) => "requeue_after",
        Err(PassError::Store(StoreError::Conflict | StoreError::Gone)) => "requeue",
        Err(_) => "error",
    };
    context
        .metrics
        .passes
        .with_label_values(&[kind.as_ref(), outcome])
        .inc();
    match result {
        // The object is newer than our copy of it: the watch brings the new one.
        Err(PassError::Store(StoreError::Conflict)) => Ok(Action::requeue(Duration::from_secs(1))),
        Err(PassError::Store(StoreError::Gone)) => Ok(Action::await_change()),
        other => other,
    }
}

async fn pass<K, C, A>(object: &K, context: &Context<A>) -> Result<Action, PassError>
where
    K: Operation<C>,
    C: Cloud,
    A: Accounts<K, C>,
{
    if object.one_shot()
        && let Some(action) = job::rest(object, context).await?
    {
        return Ok(action);
    }
    let mut status = object.status().cloned().unwrap_or_default();
    let look = look(object, context).await;
    if let Err(unfinished) = &look
        && unfinished.unfinished
        && status.common().observed_generation == object.meta().generation
    {
        return Ok(Action::requeue(Duration::ZERO));
    }
    let plans = Plans::of(object, &status, context).await?;
    let gathered = judge(object, &status, look.as_ref(), &plans, context)?;
    let step = decide(&gathered.facts);
    context
        .metrics
        .steps
        .with_label_values(&[K::kind(&()).as_ref(), step_label(&step)])
        .inc();
    if let (Step::Execute { call } | Step::Resend { call }, Ok(look), Some(sealed)) =
        (&step, &look, &gathered.sealed)
    {
        if let Some(waiting) = &gathered.in_advance {
            return take_up(object, status, &gathered, waiting, context).await;
        }
        let judged_under = context.guard();
        if matches!(step, Step::Execute { .. }) && !context.confirm_guard(&judged_under).await {
            return Ok(Action::requeue(GUARD_AGAIN));
        }
        accept_approval(&mut status, &gathered, context);
        let sending = Sending {
            sealed,
            call: *call,
            again: matches!(step, Step::Resend { .. }),
            running: plans.running,
        };
        return execute::run(object, status, look, &sending, context).await;
    }
    let output = output(object, look.as_ref().ok(), context).await?;
    let kept = match &look {
        Ok(look) if starts_nothing(&step) => {
            children::keep(object, object.children(&look.observed), context).await?
        }
        _ => Kept::default(),
    };
    let step = match output.or(kept.problem) {
        Some(blocked) if starts_nothing(&step) => Step::Block(blocked),
        _ => step,
    };
    apply(object, &mut status, &step, &gathered, context).await?;
    settle_status(object, &mut status, &step, &gathered, look.as_ref().ok(), context);
    write(object, object, &status, context).await?;
    let follows = status.gate().running.is_some();
    let after = match look.err() {
        _ if kept.changed => Duration::ZERO,
        Some(unavailable) if unavailable.unfinished => Duration::ZERO,
        Some(Unavailable { retry_after, .. }) => {
            requeue(object, &step, follows, context).max(retry_after.unwrap_or_default())
        }
        None => requeue(object, &step, follows, context),
    };
    Ok(Action::requeue(after))
}

/// Looks at the cloud.
pub(crate) async fn look<K, C, A>(object: &K, context: &Context<A>) -> Result<Look<K, C>, Unavailable>
where
    K: Operation<C>,
    C: Cloud,
    A: Accounts<K, C>,
{
    let cloud = context.accounts.cloud(object).await?;
    let observed = object.observe(&cloud).await?;
    Ok(Look { cloud, observed })
}

/// The full plans of a status, as far as they can be read.
pub(crate) struct Plans {
    /// The published one.
    pub(crate) held: Option<Plan>,
    /// That of what stands aside.
    pub(crate) running: Option<Plan>,
}

impl Plans {
    pub(crate) async fn of<K: Gate, A>(
        object: &K,
        status: &K::Status,
        context: &Context<A>,
    ) -> Result<Self, StoreError> {
        let held = match &status.gate().plan {
            Some(published) => large::load(&context.store, object, published).await?,
            None => None,
        };
        let running = match &status.gate().running {
            Some(running) => large::load(&context.store, object, &running.plan).await?,
            None => None,
        };
        Ok(Self { held, running })
    }
}

/// Gathers the facts for a status.
pub(crate) fn judge<K, C, A>(
    object: &K,
    status: &K::Status,
    look: Result<&Look<K, C>, &Unavailable>,
    plans: &Plans,
    context: &Context<A>,
) -> Result<Gathered, HashError>
where
    K: Operation<C>,
    C: Cloud,
{
    gather::gather(&Seen {
        object,
        status,
        look: look.map(|l| (l.cloud.as_ref(), &l.observed)),
        held: plans.held.as_ref(),
        running: plans.running.as_ref(),
        invalid: object.validate().err(),
        obstacle: object
            .uid()
            .and_then(|uid| context.pace.obstacle(&uid))
            .map(|(_, blocked)| blocked),
        guard: context.guard(),
        standing: context.standing.as_ref(),
        now: context.now(),
        timing: context.timing,
    })
}

/// Writes the Secret that the resource gives out; says why it cannot.
pub(crate) async fn output<K, C, A>(
    object: &K,
    look: Option<&Look<K, C>>,
    context: &Context<A>,
) -> Result<Option<Blocked>, StoreError>
where
    K: Operation<C>,
{
    match look.and_then(|l| object.outputs(&l.observed)) {
        Some(secret) => outputs::ensure(&context.store, object, secret).await,
        None => Ok(None),
    }
}

fn starts_nothing(step: &Step) -> bool {
    matches!(step, Step::InSync | Step::AwaitApproval { .. } | Step::Block(_))
}

/// Counts an approval that was given in advance and notes it. The next pass looks at the cloud once more,
/// past all caches, and executes.
async fn take_up<K: Gate, A>(
    object: &K,
    mut status: K::Status,
    gathered: &Gathered,
    waiting: &Waiting,
    context: &Context<A>,
) -> Result<Action, PassError> {
    let Verdict::Approved(Decision { by: Some(by), .. }) = &gathered.facts.verdict else {
        return Ok(Action::requeue(context.timing.settle_poll));
    };
    if let Err(refused) = context.standing.count(waiting, by, context.now()).await {
        tracing::info!(
            by,
            message = refused.message,
            "an approval in advance does not cover the plan"
        );
        return Ok(Action::requeue(
            refused.retry_after.unwrap_or(context.timing.settle_poll),
        ));
    }
    accept_approval(&mut status, gathered, context);
    write(object, object, &status, context).await?;
    Ok(Action::requeue(Duration::ZERO))
}

/// Notes the accepted approval.
fn accept_approval<S: GatePart, A>(status: &mut S, gathered: &Gathered, context: &Context<A>) {
    let (Verdict::Approved(decision), Some(sealed)) = (&gathered.facts.verdict, &gathered.sealed) else {
        return;
    };
    let known = status.gate().approval.as_ref();
    let mut accepted = ApprovalRecord {
        hash: sealed.hash.clone(),
        by: decision.by.as_deref().map(|by| crate::events::cut(by, 512)),
        comment: decision.comment.as_deref().map(|c| crate::events::cut(c, 2048)),
        not_after: decision.not_after.clone(),
        source: decision.source.as_str().to_owned(),
        accepted_time: Time(context.now()),
    };
    // The same decision was accepted when it was seen first.
    if let Some(known) = known {
        let first = ApprovalRecord {
            accepted_time: known.accepted_time.clone(),
            ..accepted.clone()
        };
        if *known == first {
            accepted = first;
        }
    }
    status.gate_mut().approval = Some(accepted);
}

/// An approval of the waiting plan that counts no more must not come back to life when something else does.
fn forget_approval(gate: &mut GateStatus) {
    // What has begun does not wait, and is not what was judged.
    let waiting = gate
        .plan
        .as_ref()
        .filter(|_| is_waiting(gate) && gather::begun(gate).is_none());
    let hash = waiting.map(|plan| plan.hash.clone());
    gate.approval
        .take_if(|approval| Some(&approval.hash) == hash.as_ref());
}

/// Changes plan and execution as the step says.
async fn apply<K: Gate, A>(
    object: &K,
    status: &mut K::Status,
    step: &Step,
    gathered: &Gathered,
    context: &Context<A>,
) -> Result<(), StoreError> {
    let judged = match gathered.facts.planned {
        Some(Wanted::Change { .. }) => true,
        Some(Wanted::Blocked(_)) => gathered.sealed.is_some(),
        _ => false,
    };
    let approved = matches!(gathered.facts.verdict, Verdict::Approved(_));
    if judged && !approved && gathered.facts.guard.obstacle().is_none() {
        forget_approval(status.gate_mut());
    }
    match step {
        Step::AwaitApproval { publish: true, .. } => {
            if let Some(sealed) = &gathered.sealed {
                if gathered.facts.running.is_some() {
                    aside::set_aside(status.gate_mut());
                } else if gathered.new_epoch {
                    aside::begin_anew(status);
                }
                publish::publish(object, status, sealed, gathered.new_epoch, context).await?;
            }
        }
        Step::InSync => publish::nothing_left_to_do(status.gate_mut()),
        Step::GiveUp(_) => {}
        // One that was given in advance is counted before it is noted.
        Step::Hold | Step::Block(_) if gathered.in_advance.is_some() => return Ok(()),
        // Whoever strips the annotation now does not undo what a person has decided.
        Step::Hold | Step::Block(_) if gathered.facts.guard.obstacle().is_none() => {
            accept_approval(status, gathered, context);
            return Ok(());
        }
        _ => return Ok(()),
    }
    publish::note_requests(object, status.gate_mut());
    Ok(())
}

/// Brings execution, kind's fields and conditions up to date with a step that calls nothing.
pub(crate) fn settle_status<K, C, A>(
    object: &K,
    status: &mut K::Status,
    step: &Step,
    gathered: &Gathered,
    look: Option<&Look<K, C>>,
    context: &Context<A>,
) where
    K: Operation<C>,
    C: Cloud,
{
    aside::update(object, status, step, &gathered.facts);
    record::close(object, status, step, gathered.sealed.as_ref(), context.now());
    if object.one_shot() {
        job::note_completion(status.gate_mut(), step, context.now());
    }
    let report = match look {
        Some(look) => object.report(&look.observed, status),
        None => status.common().summary.clone().unwrap_or_default(),
    };
    project(object, status, step, &gathered.facts, &report);
}

/// Writes the status if it differs, and publishes the event of a transition.
pub(crate) async fn write<K: Gate, A>(
    judged: &K,
    before: &K,
    status: &K::Status,
    context: &Context<A>,
) -> Result<(), StoreError> {
    if judged.status() == Some(status) {
        return Ok(());
    }
    let result = context.store.replace_status(judged, status).await;
    let label = if result.is_ok() { "written" } else { "refused" };
    context
        .metrics
        .status_writes
        .with_label_values(&[K::kind(&()).as_ref(), label])
        .inc();
    result?;
    announce::announce(before, status, context).await;
    Ok(())
}

/// When to look again. What stands aside is looked at as often as what is awaited.
pub(crate) fn requeue<K, C, A>(object: &K, step: &Step, follows: bool, context: &Context<A>) -> Duration
where
    K: Operation<C>,
{
    let uid = object.uid().unwrap_or_default();
    let held_back = context
        .pace
        .obstacle(&uid)
        .map(|(left, _)| left + Duration::from_millis(50));
    if held_back.is_none() {
        context.pace.succeeded(&uid);
    }
    let poll = object.poll().unwrap_or(context.timing.settle_poll);
    let after = match step {
        Step::EndStop { .. } => Duration::ZERO,
        Step::Verify { .. } | Step::VerifySlowly { .. } | Step::NoteAbsence { .. } | Step::Accept { .. } => {
            poll
        }
        _ if follows => poll,
        Step::Block(_) => object.refresh().min(context.timing.blocked_recheck),
        Step::Hold => object
            .refresh()
            .min(until_the_approval_ends(object, context.now()).unwrap_or(Duration::MAX)),
        _ => object.refresh(),
    };
    held_back.unwrap_or(after)
}

/// Time until an approval that is held is over, so that nobody is told longer than that that it stands.
fn until_the_approval_ends<K: Gate>(object: &K, now: Timestamp) -> Option<Duration> {
    let end = annotations::get(
        object.meta().annotations.as_ref(),
        annotations::APPROVAL_NOT_AFTER,
    )?;
    let left = end.parse::<Timestamp>().ok()?.duration_since(now);
    Some(Duration::try_from(left).ok()? + Duration::from_secs(1))
}

fn step_label(step: &Step) -> &'static str {
    match step {
        Step::RefuseSpec { .. } => Reason::InvalidSpec.as_str(),
        Step::InSync | Step::Finish => Reason::InSync.as_str(),
        Step::Block(blocked) | Step::GiveUp(blocked) => blocked.reason.as_str(),
        Step::AwaitApproval { reason, .. } | Step::Fail { reason, .. } => reason.as_str(),
        Step::StayRejected => Reason::Rejected.as_str(),
        Step::Hold => Reason::Paused.as_str(),
        Step::Execute { .. } | Step::Resend { .. } | Step::Accept { .. } | Step::NoteAbsence { .. } => {
            Reason::Executing.as_str()
        }
        Step::Verify { .. } | Step::EndStop { .. } => Reason::Verifying.as_str(),
        Step::VerifySlowly { .. } => Reason::SlowScan.as_str(),
        Step::StopUnknown { .. } => Reason::OutcomeUnknown.as_str(),
        Step::StayEnded(ended) => match ended.outcome {
            Outcome::Unknown => Reason::OutcomeUnknown.as_str(),
            Outcome::Revoked => Reason::Revoked.as_str(),
            Outcome::Succeeded | Outcome::Failed => Reason::Failed.as_str(),
        },
    }
}
