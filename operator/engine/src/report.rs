//! The pass of a kind that only looks: observe, let the kind write its fields, set Ready, write the
//! status if it differs.

use std::sync::Arc;
use std::time::Duration;

use k8s_controller::conditions::{self, ConditionStatus, DesiredCondition};
use kube::runtime::controller::Action;
use kube::{Resource, ResourceExt};
use sas_api::status::{CommonPart, Phase};
use sas_api::{Reason, condition};

use crate::context::{Context, PassError};
use crate::drive;
use crate::events::cut;
use crate::operation::{Accounts, Report, Reported, Unavailable};
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
    let wait = match &looked {
        Ok(observed) => {
            let summary = object.report(observed, &mut status);
            ready(
                object,
                &mut status,
                ConditionStatus::True,
                Reason::InSync,
                &summary,
                Phase::Ready,
            );
            context.pace.succeeded(&uid);
            object.refresh()
        }
        Err(unavailable) => {
            object.unavailable(unavailable, &mut status);
            let Unavailable {
                reason,
                message,
                retry_after,
                ..
            } = unavailable;
            ready(
                object,
                &mut status,
                ConditionStatus::False,
                *reason,
                message,
                Phase::Blocked,
            );
            {
                let longest = object.refresh().min(context.timing.blocked_recheck);
                context.pace.failed(&uid, *retry_after).min(longest)
            }
        }
    };
    let previous = object.status().and_then(|s| s.common().phase);
    let changed = write(object, status, context).await?;
    if let (Err(unavailable), true) = (&looked, changed && previous != Some(Phase::Blocked)) {
        context
            .events
            .publish(object, true, unavailable.reason, &unavailable.message)
            .await;
    }
    Ok(Action::requeue(wait))
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
    let condition = DesiredCondition::new(condition::READY, value, reason.as_str(), message);
    let _ = conditions::set(&mut common.conditions, condition.observed_generation(generation));
}
