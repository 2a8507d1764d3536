//! Whether a policy covers a plan. Pure, so that each bound is a row of a test.

use jiff::{SignedDuration, Timestamp};
use kube::Resource;
use sas_api::kinds::SasApprovalPolicy;
use sas_api::kinds::approval_policy::{InForce, PolicyUse};
use sas_api::plan::HIGHEST_STANDING_RISK;
use sas_engine::Waiting;

use super::force::{Force, digest};

/// The time over which uses are counted.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Why a policy does not cover a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub &'static str);

/// Uses that still count.
pub fn of_last_day(uses: &[PolicyUse], now: Timestamp) -> Vec<PolicyUse> {
    let recent = |used: &&PolicyUse| now.duration_since(used.time.0) < DAY;
    uses.iter().filter(recent).cloned().collect()
}

/// Since when the policy acts as it stands, whatever the plan.
pub fn acts<'a>(
    policy: &'a SasApprovalPolicy,
    guarded: &Force,
    now: Timestamp,
) -> Result<&'a InForce, Refusal> {
    if policy.meta().deletion_timestamp.is_some() {
        return Err(Refusal("the policy is being deleted"));
    }
    if now >= policy.spec.expires.0 {
        return Err(Refusal("the policy has expired"));
    }
    let in_force = policy.status.as_ref().and_then(|status| status.in_force.as_ref());
    let Some(in_force) = in_force.filter(|in_force| guarded.vouches_for(in_force)) else {
        return Err(Refusal("the policy is not in force"));
    };
    if Some(in_force.generation) != policy.meta().generation || in_force.digest != digest(policy) {
        return Err(Refusal("the policy has changed and is not in force yet"));
    }
    Ok(in_force)
}

/// Whether the policy is meant for plans of this kind.
pub fn names_kind(policy: &SasApprovalPolicy, plan: &Waiting) -> bool {
    policy.spec.kinds.iter().any(|kind| kind.0 == plan.kind)
}

/// Whether the policy covers the plan.
pub fn covers(
    policy: &SasApprovalPolicy,
    plan: &Waiting,
    guarded: &Force,
    now: Timestamp,
) -> Result<(), Refusal> {
    let in_force = acts(policy, guarded, now)?;
    let spec = &policy.spec;
    if !names_kind(policy, plan) {
        return Err(Refusal("the policy does not name the kind"));
    }
    if plan.risk > HIGHEST_STANDING_RISK {
        return Err(Refusal("a plan of this risk is approved by people alone"));
    }
    if plan.computed < in_force.since_time.0 {
        return Err(Refusal("the plan is older than the policy"));
    }
    if !(1..=spec.max_targets).contains(&plan.targets) {
        return Err(Refusal("the plan has no targets, or more than the policy allows"));
    }
    let is_listed = |writer: &String| spec.requesters.contains(writer);
    match &plan.writers {
        None => return Err(Refusal("nobody knows who wrote the spec")),
        Some(writers) if writers.is_empty() || !writers.iter().all(is_listed) => {
            return Err(Refusal(
                "somebody wrote the spec who is not one of the requesters",
            ));
        }
        Some(_) => {}
    }
    let uses = policy
        .status
        .as_ref()
        .map(|status| of_last_day(&status.uses, now));
    let uses = uses.unwrap_or_default();
    let is_counted = uses.iter().any(|used| used.hash == plan.hash);
    let most = usize::try_from(spec.max_per_day).unwrap_or(0);
    // A job that somebody's tool brings back after it was removed is not asked for anew.
    let is_namesake = |used: &PolicyUse| (&used.kind, &used.name) == (&plan.kind, &plan.name);
    if !is_counted && uses.iter().any(is_namesake) {
        return Err(Refusal(
            "the policy has approved a plan of this name within 24 hours",
        ));
    }
    if !is_counted && uses.len() >= most {
        return Err(Refusal(
            "the policy has approved as many plans as it may within 24 hours",
        ));
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
