//! SasApprovalPolicy: says since when a policy is in force and how much of it is used. It approves nothing
//! itself; the engine asks [`Policies`] about each plan.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use sas_api::Reason;
use sas_api::kinds::SasApprovalPolicy;
use sas_api::kinds::approval_policy::{InForce, PolicyMode, PolicyUse, SasApprovalPolicyStatus};
use sas_engine::{Report, Unavailable};

use crate::standing::{Policies, SHADOWS, force, of_last_day};

/// How often uses that no longer count are dropped.
const REFRESH: Duration = Duration::from_mins(1);

/// What is known of a policy.
pub struct Observed {
    in_force: InForce,
    shadows: Vec<PolicyUse>,
    now: Timestamp,
}

impl Report<Policies> for SasApprovalPolicy {
    type Observed = Observed;

    fn refresh(&self) -> Duration {
        REFRESH
    }

    async fn observe(&self, policies: &Policies) -> Result<Observed, Unavailable> {
        let now = Timestamp::now();
        if now >= self.spec.expires.0 {
            let message = format!(
                "the policy expired at {} and approves nothing; let an approver write it anew with a later `spec.expires`",
                self.spec.expires.0
            );
            return Err(Unavailable::new(Reason::PolicyExpired, message));
        }
        Ok(Observed {
            in_force: force(self, &policies.guarded(), now)?,
            shadows: policies.take_shadows(&self.uid().unwrap_or_default()),
            now,
        })
    }

    fn report(&self, observed: &Observed, status: &mut SasApprovalPolicyStatus) -> String {
        let uses = of_last_day(&status.uses, observed.now);
        status.kinds = kinds_in_words(self);
        status.in_force = Some(observed.in_force.clone());
        status.used_today = i64::try_from(uses.len()).ok();
        status.uses = uses;
        for shadow in &observed.shadows {
            if status
                .would_have_approved
                .iter()
                .all(|known| known.hash != shadow.hash)
            {
                status.would_have_approved.push(shadow.clone());
            }
        }
        let surplus = status.would_have_approved.len().saturating_sub(SHADOWS);
        status.would_have_approved.drain(..surplus);
        let Time(since) = observed.in_force.since_time;
        match self.spec.mode {
            PolicyMode::Enforce => format!(
                "approves plans of risk R1 that were made after {since}; {} of {} within 24 hours are used",
                status.uses.len(),
                self.spec.max_per_day
            ),
            PolicyMode::Shadow => format!(
                "approves nothing, since its mode is Shadow; it would have approved {} plans, see status.wouldHaveApproved",
                status.would_have_approved.len()
            ),
        }
    }

    fn unavailable(&self, _why: &Unavailable, status: &mut SasApprovalPolicyStatus) {
        status.kinds = kinds_in_words(self);
        status.in_force = None;
    }
}

/// A table of kubectl shows a list as JSON, so the status has it in words.
fn kinds_in_words(policy: &SasApprovalPolicy) -> String {
    let kinds: Vec<&str> = policy.spec.kinds.iter().map(|kind| kind.0.as_str()).collect();
    kinds.join(", ")
}
