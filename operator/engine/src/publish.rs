//! Changes of the plan in a status: a plan is published, or is not needed any more.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use sas_api::annotations;
use sas_api::plan::{Plan, PublishedPlan};
use sas_api::status::{Execution, GatePart, GateStatus, Outcome};

use crate::context::Context;
use crate::hash::{self, Sealed};
use crate::large;
use crate::operation::Gate;
use crate::store::StoreError;

/// Longest request that is remembered as it is; of a longer one its digest is.
const REQUEST_CHARS: usize = 253;

/// What a person asks for by an annotation, in the form in which the status remembers it.
pub(crate) fn request<K: Gate>(object: &K, key: &str) -> Option<String> {
    let asked = annotations::get(object.meta().annotations.as_ref(), key)?;
    let fits = asked.chars().count() <= REQUEST_CHARS;
    Some(if fits {
        asked.to_owned()
    } else {
        hash::digest(asked)
    })
}

/// Remembers the requests of people that a plan has answered, so that each is answered once.
pub(crate) fn note_requests<K: Gate>(object: &K, gate: &mut GateStatus) {
    gate.handled_replan = request(object, annotations::REPLAN).or(gate.handled_replan.take());
    gate.handled_retry = request(object, annotations::RETRY).or(gate.handled_retry.take());
}

/// The cloud is as wanted. A plan that is not needed any more must not be approved, and an execution that
/// ended badly is history: both are closed by leaving their epoch behind.
pub(crate) fn nothing_left_to_do(gate: &mut GateStatus) {
    // An execution whose calls all provably did not run has not used its plan up.
    let spent = |e: &&Execution| e.outcome.is_some();
    let executed = gate.execution.as_ref().filter(spent).map(|e| e.epoch);
    if gate.plan.as_ref().is_some_and(|p| Some(p.epoch) != executed) {
        gate.plan = None;
    }
    let ended_badly = |e: &Execution| {
        matches!(
            e.outcome,
            Some(Outcome::Failed | Outcome::Revoked | Outcome::Unknown)
        )
    };
    if let Some(execution) = gate
        .execution
        .as_ref()
        .filter(|e| ended_badly(e) && Some(e.epoch) == gate.epoch)
    {
        gate.epoch = Some(execution.epoch + 1);
    }
}

/// Whether a plan with the same hash says something else to people. These texts are not hashed, because
/// they may change while a plan waits, and are brought up to date in place.
pub(crate) fn has_other_texts(published: &Plan, now: &Plan) -> bool {
    (&published.summary, &published.warnings, &published.cost) != (&now.summary, &now.warnings, &now.cost)
}

pub(crate) async fn publish<K: Gate, A>(
    object: &K,
    status: &mut K::Status,
    sealed: &Sealed,
    new_epoch: bool,
    context: &Context<A>,
) -> Result<(), StoreError> {
    let generation = object.meta().generation.unwrap_or_default();
    let gate = status.gate_mut();
    if !new_epoch {
        if let Some(plan) = &mut gate.plan {
            plan.observed_generation = generation;
            plan.plan.summary.clone_from(&sealed.plan.summary);
            plan.plan.warnings.clone_from(&sealed.plan.warnings);
            plan.plan.cost.clone_from(&sealed.plan.cost);
        }
        return Ok(());
    }
    let now = context.now();
    let validity = i64::try_from(context.timing.plan_validity.as_secs()).unwrap_or(i64::MAX);
    let expires = Timestamp::from_second(now.as_second().saturating_add(validity)).unwrap_or(Timestamp::MAX);
    let (account_id, site) = (sealed.identity.account.clone(), sealed.identity.site.clone());
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mut published = PublishedPlan {
        hash: sealed.hash.clone(),
        epoch: sealed.epoch,
        observed_generation: generation,
        computed_time: Time(now),
        expires_time: Time(expires),
        guard: context.guard().rules().map(|rules| rules.identity.clone()),
        account_id,
        site,
        target_count: count(sealed.plan.targets.len()),
        call_count: count(sealed.plan.calls.len()),
        full_digest: None,
        full_plan_config_maps: Vec::new(),
        plan: sealed.plan.clone(),
    };
    large::offload(&context.store, object, &mut published).await?;
    gate.epoch = Some(sealed.epoch);
    gate.plan = Some(published);
    gate.approval = None;
    Ok(())
}
