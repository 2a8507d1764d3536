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
/// Longest earlier plan that a status keeps beside the present one: an object has 1.5 MB in all.
const KEPT_BYTES: usize = 200_000;

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
        keep_approved(gate);
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

/// Keeps a plan that an approval was accepted for when it leaves its place, so that people can compare
/// the next one with it.
fn keep_approved(gate: &mut GateStatus) {
    let approved = gate.approval.as_ref().map(|approval| approval.hash.clone());
    let plan = gate.plan.take_if(|plan| Some(&plan.hash) == approved.as_ref());
    let fits = |plan: &PublishedPlan| serde_json::to_vec(plan).is_ok_and(|text| text.len() <= KEPT_BYTES);
    if let Some(plan) = plan {
        gate.last_approved_plan = Some(plan).filter(fits).map(Box::new);
    }
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
    keep_approved(gate);
    gate.epoch = Some(sealed.epoch);
    gate.plan = Some(published);
    gate.approval = None;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sas_api::Risk;
    use sas_api::status::ApprovalRecord;

    use super::*;

    fn published(hash: &str, summary: &str) -> PublishedPlan {
        PublishedPlan {
            hash: hash.into(),
            epoch: 1,
            observed_generation: 1,
            computed_time: Time(Timestamp::UNIX_EPOCH),
            expires_time: Time(Timestamp::UNIX_EPOCH),
            guard: None,
            account_id: "1".into(),
            site: "cn".into(),
            target_count: 0,
            call_count: 0,
            full_digest: None,
            full_plan_config_maps: Vec::new(),
            plan: Plan {
                summary: summary.into(),
                risk: Risk::R1,
                calls: Vec::new(),
                targets: Vec::new(),
                values: Vec::new(),
                cost: None,
                partial: false,
                warnings: Vec::new(),
            },
        }
    }

    fn gate(plan: PublishedPlan, approved: Option<&str>) -> GateStatus {
        GateStatus {
            plan: Some(plan),
            approval: approved.map(|hash| ApprovalRecord {
                hash: hash.into(),
                by: None,
                comment: None,
                not_after: None,
                source: "Annotation".into(),
                accepted_time: Time(Timestamp::UNIX_EPOCH),
            }),
            ..GateStatus::default()
        }
    }

    #[test]
    fn only_what_was_approved_is_kept_for_comparison() {
        let mut approved = gate(published("a", ""), Some("a"));
        keep_approved(&mut approved);
        assert_eq!(
            approved
                .last_approved_plan
                .as_ref()
                .map(|plan| plan.hash.as_str()),
            Some("a")
        );
        // Another plan that nobody approved leaves it where it is.
        approved.plan = Some(published("b", ""));
        approved.approval = None;
        keep_approved(&mut approved);
        assert_eq!(
            approved.last_approved_plan.map(|plan| plan.hash),
            Some("a".into())
        );

        let mut other = gate(published("b", ""), Some("a"));
        keep_approved(&mut other);
        assert_eq!((other.last_approved_plan, other.plan.is_some()), (None, true));
    }

    #[test]
    fn a_plan_that_would_crowd_the_status_is_not_kept() {
        let mut huge = gate(published("a", &"x".repeat(KEPT_BYTES)), Some("a"));
        keep_approved(&mut huge);
        assert_eq!(huge.last_approved_plan, None);
    }
}
