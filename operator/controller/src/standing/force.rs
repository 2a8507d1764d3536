//! Since when a policy is in force. Only the API server knows who wrote it, so its admission policies must
//! have been seen to act, without a gap, from before it was written until now.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use sas_api::Reason;
use sas_api::kinds::SasApprovalPolicy;
use sas_api::kinds::approval_policy::InForce;
use sas_engine::{Unavailable, hash};

/// Identity of the guard where the operator was started to go on without one.
const UNGUARDED: &str = "unguarded";

/// Under what a policy could be in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Force {
    /// The admission policies with this identity act, since this moment without a gap.
    Guarded {
        /// Tells these admission policies from others.
        identity: String,
        /// When the operator first saw them act.
        since: Timestamp,
    },
    /// Nobody guards approvals, and the operator was started to go on regardless.
    Unguarded,
    /// Nobody guards approvals.
    Nothing,
}

impl Force {
    /// Whether what was in force under these admission policies still is.
    pub(super) fn vouches_for(&self, in_force: &InForce) -> bool {
        match self {
            Force::Guarded { identity, .. } => *identity == in_force.guard,
            Force::Unguarded => true,
            Force::Nothing => false,
        }
    }
}

/// SHA-256 over uid and spec.
pub(super) fn digest(policy: &SasApprovalPolicy) -> String {
    let spec = serde_json::to_string(&policy.spec).unwrap_or_default();
    hash::digest(&format!("{}\n{spec}", policy.uid().unwrap_or_default()))
}

/// Since when the policy is in force, or why it is not.
pub fn force(policy: &SasApprovalPolicy, guarded: &Force, now: Timestamp) -> Result<InForce, Unavailable> {
    let before = policy.status.as_ref().and_then(|status| status.in_force.as_ref());
    let guard = match guarded {
        Force::Nothing => {
            let message = "nobody guards approvals at the moment, so nothing is approved in advance; the condition ApprovalGuard says what to do";
            return Err(Unavailable::new(Reason::ApprovalUnguarded, message));
        }
        Force::Unguarded => UNGUARDED,
        Force::Guarded { identity, since } => {
            let seen_under_it = before.is_some_and(|before| before.guard == *identity);
            // A creation time has whole seconds, rounded down.
            let written_under_it = policy
                .creation_timestamp()
                .is_some_and(|created| created.0 > *since);
            if !seen_under_it && !written_under_it {
                let message = "this policy was written when the operator did not watch the admission policies that are in place now, \
                               so nobody knows who wrote it; let an approver delete it and create it again (kubectl replace --force)";
                return Err(Unavailable::new(Reason::WrittenUnguarded, message));
            }
            identity
        }
    };
    let now_in_force = InForce {
        generation: policy.metadata.generation.unwrap_or_default(),
        guard: guard.to_owned(),
        since_time: Time(Timestamp::from_second(now.as_second()).unwrap_or(now)),
        digest: digest(policy),
    };
    let is_same = |before: &&InForce| {
        InForce {
            since_time: now_in_force.since_time.clone(),
            ..(*before).clone()
        } == now_in_force
    };
    Ok(before.filter(is_same).cloned().unwrap_or(now_in_force))
}
