//! The pass of a kind that only looks: observe, let the kind write its fields, set Ready, write the
//! status if it differs.

use std::sync::Arc;
use std::time::Duration;

use k8s_controller::conditions::{self, ConditionStatus, DesiredCondition};
use kube::runtime::controller::Action;
use kube::{Resource, ResourceExt};
use sas_api::status::{CommonPart, Phase};
use sas_api::{Reason, condition};

use crate::children::{self, Kept};
use crate::context::{Context, PassError};
use crate::drive;
use crate::events::cut;
use crate::operation::{Accounts, Blocked, Report, Reported, Unavailable};
use crate::project;

/// Longest summary.
const SUMMARY_BYTES: usize = 2_000;

/// Looks once and reports.
pub async fn reconcile_report<K, C, A>(object: Arc<K>, context: Arc<Context<A>>) -> Result<Action, PassError>
where
    K: Report<C>,
    C: Send + Sync + 'static,
    A: Accounts<K, C>,
{
    if object.meta().deletion_timestamp.is_some() {
        return Ok(Action::await_change());
    }
    drive::finished::<K, A>(&context, pass::<K, C, A>(&object, &context)).await
}

async fn pass<K, C, A>(object: &K, context: &Context<A>) -> Result<Action, PassError>
where
    K: Report<C>,
    C: Send + Sync + 'static,
    A: Accounts<K, C>,
{
    let mut status = object.status().cloned().unwrap_or_default();
    let looked = match context.accounts.cloud(object).await {
        Ok(behind) => object.observe(&behind).await,
        Err(unavailable) => Err(unavailable),
    };
    let uid = object.uid().unwrap_or_default();
    if let Err(unfinished) = &looked
        && unfinished.unfinished
    {
        return look_goes_on(object, status, unfinished, context).await;
    }
    let kept = match &looked {
        Ok(observed) => children::keep(object, object.children(observed), context).await?,
        Err(_) => Kept::default(),
    };
    let (wait, summary) = match looked {
        Ok(observed) => {
            context.pace.succeeded(&uid);
            let summary = object.report(&observed, &mut status);
            (
                object.refresh_after(&observed),
                kept.problem.map_or(Ok(summary), Err),
            )
        }
        Err(unavailable) => {
            object.unavailable(&unavailable, &mut status);
            let wait = context.pace.failed(&uid, unavailable.retry_after);
            let Unavailable { reason, message, .. } = unavailable;
            (wait, Err(Blocked { reason, message }))
        }
    };
    let wait = match &summary {
        Ok(_) => wait,
        Err(_) => wait.min(object.refresh()).min(context.timing.blocked_recheck),
    };
    let (value, reason, message, phase) = match &summary {
        Ok(summary) => (ConditionStatus::True, Reason::InSync, summary, Phase::Ready),
        Err(blocked) => (
            ConditionStatus::False,
            blocked.reason,
            &blocked.message,
            if needs_another_spec(blocked.reason) {
                Phase::Failed
            } else {
                Phase::Blocked
            },
        ),
    };
    ready(object, &mut status, value, reason, message, phase);
    let news = object.news(&status);
    let previous = object.status().and_then(|s| s.common().phase);
    let changed = write(object, status, context).await?;
    let obstacle = summary.err().filter(|_| previous != Some(phase));
    for Blocked { reason, message } in obstacle.into_iter().chain(news).filter(|_| changed) {
        context.events.publish(object, true, reason, &message).await;
    }
    Ok(Action::requeue(if kept.changed { Duration::ZERO } else { wait }))
}

/// The look takes further passes. What the status says stays; where it says nothing of this spec yet, it
/// says that the operator is at work.
async fn look_goes_on<K: Reported, A>(
    object: &K,
    mut status: K::Status,
    unfinished: &Unavailable,
    context: &Context<A>,
) -> Result<Action, PassError> {
    if status.common().observed_generation != object.meta().generation {
        let (reason, message) = (unfinished.reason, &unfinished.message);
        let unknown = ConditionStatus::Unknown;
        ready(object, &mut status, unknown, reason, message, Phase::Looking);
        write(object, status, context).await?;
    }
    Ok(Action::requeue(Duration::ZERO))
}

/// Writes the status if it differs, and says whether it did.
async fn write<K: Reported, A>(
    object: &K,
    mut status: K::Status,
    context: &Context<A>,
) -> Result<bool, PassError> {
    project::guarded(status.common_mut(), &context.guard(), object.meta().generation);
    if object.status() == Some(&status) {
        return Ok(false);
    }
    context.store.replace_status(object, &status).await?;
    context
        .metrics
        .status_writes
        .with_label_values(&[K::kind(&()).as_ref(), "written"])
        .inc();
    Ok(true)
}

fn ready<K: Resource, S: CommonPart>(
    object: &K,
    status: &mut S,
    value: ConditionStatus,
    reason: Reason,
    message: &str,
    phase: Phase,
) {
    let generation = object.meta().generation;
    let common = status.common_mut();
    common.observed_generation = generation;
    common.phase = Some(phase);
    let message = cut(message, SUMMARY_BYTES);
    common.summary = Some(message.clone());
    let mut set = |type_, value| {
        let condition = DesiredCondition::new(type_, value, reason.as_str(), message.clone());
        let _ = conditions::set(&mut common.conditions, condition.observed_generation(generation));
    };
    set(condition::READY, value);
    if phase == Phase::Failed {
        set(condition::STALLED, ConditionStatus::True);
    } else {
        common
            .conditions
            .retain(|known| known.type_ != condition::STALLED);
    }
}

/// Whether nothing more happens until somebody changes the spec.
fn needs_another_spec(reason: Reason) -> bool {
    matches!(reason, Reason::InvalidSpec | Reason::PolicyExpired)
}
