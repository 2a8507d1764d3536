//! Jobs: resources that are done once. A job that came to its end is left in peace, whatever the cloud
//! shows later, and is removed when the time that it is to be kept is over.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::runtime::controller::Action;
use sas_api::status::{CommonPart, CommonStatus, GatePart, GateStatus, Outcome};
use sas_api::{Reason, annotations, condition};

use crate::aside;
use crate::cloud::Cloud;
use crate::context::{Context, PassError};
use crate::facts::Step;
use crate::operation::{Gate, Operation};
use crate::publish;

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// Whether it was done, as against failed, given up or refused.
    pub well: bool,
}

/// How a job ended; `None` while something may still come of it by itself. One whose plan was refused before
/// anything was executed is over as well, although a new plan would bring it back.
pub fn ended<K: Gate>(job: &K) -> Option<Ended> {
    let status = job.status()?;
    let (common, gate) = (status.common(), status.gate());
    let condition = |kind: &str| common.conditions.iter().find(|c| c.type_ == kind);
    if let Some(completed) = &gate.completion_time {
        let well = condition(condition::READY).is_some_and(|ready| ready.status == "True");
        return Some(Ended {
            at: completed.0,
            well,
        });
    }
    let refused = condition(condition::APPROVED).filter(|approved| {
        let nothing_begun = gate.execution.is_none() && gate.running.is_none();
        approved.status == "False" && approved.reason == Reason::Rejected.as_str() && nothing_begun
    })?;
    Some(Ended {
        at: refused.last_transition_time.0,
        well: false,
    })
}

/// What is left to do for a job that came to its end; `None` for anything that is still alive.
pub(crate) async fn rest<K, C, A>(object: &K, context: &Context<A>) -> Result<Option<Action>, PassError>
where
    K: Operation<C>,
    C: Cloud,
{
    let Some(completed) = object
        .status()
        .and_then(|status| completed(object, status.gate(), gave_up(status.common())))
    else {
        return Ok(None);
    };
    if let Some(action) = aside::answer_late(object, context).await? {
        return Ok(Some(action));
    }
    let Some(keep) = object.time_to_live() else {
        return Ok(Some(Action::await_change()));
    };
    let age = Duration::try_from(context.now().duration_since(completed)).unwrap_or_default();
    if let Some(left) = keep.checked_sub(age).filter(|left| !left.is_zero()) {
        return Ok(Some(Action::requeue(left)));
    }
    tracing::info!("the job ended {} s ago and is removed", age.as_secs());
    context.store.delete(object).await?;
    Ok(Some(Action::await_change()))
}

/// When a job ended, unless a failed one is to be tried again.
fn completed<K: Gate>(object: &K, gate: &GateStatus, gave_up: bool) -> Option<Timestamp> {
    let failed = match &gate.execution {
        Some(execution) => matches!(execution.outcome, Some(Outcome::Failed | Outcome::Revoked)),
        // It was given up before anything was executed.
        None => gave_up,
    };
    let asked = publish::request(object, annotations::RETRY);
    let again = failed && asked.is_some() && asked != gate.handled_retry;
    gate.completion_time
        .as_ref()
        .filter(|_| !again)
        .map(|time| time.0)
}

/// Whether the job ended without being done.
fn gave_up(common: &CommonStatus) -> bool {
    let mut conditions = common.conditions.iter();
    conditions.any(|c| c.type_ == condition::STALLED && c.status == "True")
}

/// Notes whether a job came to its end with this step. One whose outcome is unknown did not: its effect
/// may still show up.
pub(crate) fn note_completion(gate: &mut GateStatus, step: &Step, now: Timestamp) {
    let ended = match step {
        Step::InSync | Step::Finish | Step::Fail { .. } | Step::GiveUp(_) => true,
        Step::StayEnded(ended) => ended.outcome != Outcome::Unknown,
        _ => false,
    };
    gate.completion_time = ended.then(|| gate.completion_time.take().unwrap_or(Time(now)));
}
