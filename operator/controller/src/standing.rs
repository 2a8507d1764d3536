//! What SasApprovalPolicies approve in advance. Every answer is made from the policies as the watch brings
//! them; a use is counted in the status of the live policy before the engine accepts it, so that neither a
//! stale cache nor two operators can approve more than the policy allows.
//!
//! Who wrote a policy is known to the API server alone, at the moment of the request. So a policy is in
//! force only if the admission policies were seen to act, without a gap, from before it was written.

mod cover;
mod force;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::PostParams;
use kube::core::DeserializeGuard;
use kube::runtime::reflector::Store;
use kube::{Api, Client, ResourceExt};
use sas_api::Reason;
use sas_api::kinds::SasApprovalPolicy;
use sas_api::kinds::approval_policy::{PolicyMode, PolicyUse};
use sas_engine::{Accounts, Coverage, Guard, Standing, Unavailable, Waiting};
use tokio::sync::watch;
use tokio::time::timeout;

pub use cover::of_last_day;
pub use force::{Force, force};

use cover::{Refusal, covers};

/// Time for one request to the API server.
const API_TIMEOUT: Duration = Duration::from_secs(15);
/// Pause after another use was counted at the same moment.
const AGAIN: Duration = Duration::from_secs(1);
/// How many plans a policy in Shadow mode remembers.
pub const SHADOWS: usize = 50;
/// Policies of which a waiting plan says why they do not cover it.
const REASONS: usize = 3;

/// All policies.
pub struct Policies {
    client: Client,
    known: Store<DeserializeGuard<SasApprovalPolicy>>,
    guard: watch::Receiver<Guard>,
    /// The admission policies that act, and since when without a gap.
    vouched: Mutex<Option<(String, Timestamp)>>,
    /// What policies in Shadow mode would have approved and have not noted yet, by their uid.
    shadows: Mutex<HashMap<String, Vec<PolicyUse>>>,
}

impl Policies {
    /// The policies in a store, which are in force under this guard.
    pub fn new(
        client: Client,
        known: Store<DeserializeGuard<SasApprovalPolicy>>,
        guard: watch::Receiver<Guard>,
    ) -> Self {
        let this = Self {
            client,
            known,
            guard,
            vouched: Mutex::default(),
            shadows: Mutex::default(),
        };
        this.guarded();
        this
    }

    /// Under what a policy could be in force now.
    pub fn guarded(&self) -> Force {
        let mut vouched = self.vouched.lock().unwrap_or_else(PoisonError::into_inner);
        match &*self.guard.borrow() {
            Guard::Advisory { .. } => Force::Unguarded,
            Guard::Down { .. } => {
                *vouched = None;
                Force::Nothing
            }
            Guard::Up(rules) => {
                let same = vouched.take_if(|(identity, _)| *identity == rules.identity);
                let (identity, since) = same.unwrap_or_else(|| (rules.identity.clone(), Timestamp::now()));
                *vouched = Some((identity.clone(), since));
                Force::Guarded { identity, since }
            }
        }
    }

    /// What a policy in Shadow mode would have approved since it was asked last.
    pub fn take_shadows(&self, uid: &str) -> Vec<PolicyUse> {
        self.lock_shadows().remove(uid).unwrap_or_default()
    }

    fn in_namespace(&self, namespace: &str) -> Vec<SasApprovalPolicy> {
        let known = self.known.state();
        let policies = known.iter().filter_map(|guarded| guarded.0.as_ref().ok());
        let mut policies: Vec<_> = policies
            .filter(|policy| policy.namespace().as_deref() == Some(namespace))
            .cloned()
            .collect();
        policies.sort_by_key(ResourceExt::name_any);
        policies
    }

    async fn count_live(&self, plan: &Waiting, by: &str, now: Timestamp) -> Result<(), Unavailable> {
        let name = policy_of(by).unwrap_or_default();
        let api: Api<SasApprovalPolicy> = Api::namespaced(self.client.clone(), &plan.namespace);
        let mut live = within(api.get(name)).await?;
        if recorded_as(&live).as_deref() != Some(by) {
            return Err(refused("the policy has changed"));
        }
        covers(&live, plan, &self.guarded(), now).map_err(|refusal| refused(refusal.0))?;
        let status = live.status.get_or_insert_default();
        status.uses = of_last_day(&status.uses, now);
        if status.uses.iter().any(|used| used.hash == plan.hash) {
            return Ok(());
        }
        status.uses.push(a_use(plan, now));
        status.used_today = i64::try_from(status.uses.len()).ok();
        live.metadata.managed_fields = None;
        within(api.replace_status(name, &PostParams::default(), &live)).await?;
        Ok(())
    }

    fn note_shadow(&self, policy: &SasApprovalPolicy, plan: &Waiting, now: Timestamp) {
        let mut shadows = self.lock_shadows();
        let noted = shadows.entry(policy.uid().unwrap_or_default()).or_default();
        let is_new = noted.iter().all(|noted| noted.hash != plan.hash);
        if is_new && noted.len() < SHADOWS {
            noted.push(a_use(plan, now));
        }
    }

    fn lock_shadows(&self) -> MutexGuard<'_, HashMap<String, Vec<PolicyUse>>> {
        self.shadows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing for Policies {
    fn approves(&self, plan: &Waiting, now: Timestamp) -> Coverage {
        let guarded = self.guarded();
        let (mut approving, mut reasons) = (None, Vec::new());
        for policy in self.in_namespace(&plan.namespace) {
            let covered = covers(&policy, plan, &guarded, now);
            let why = match (covered, policy.spec.mode) {
                (Err(Refusal(why)), _) => why,
                (Ok(()), PolicyMode::Shadow) => {
                    self.note_shadow(&policy, plan, now);
                    "the policy would approve it, but its mode is Shadow"
                }
                (Ok(()), PolicyMode::Enforce) => {
                    approving = approving.or_else(|| recorded_as(&policy));
                    continue;
                }
            };
            if cover::names_kind(&policy, plan) {
                reasons.push(format!("{}: {why}", policy.name_any()));
            }
        }
        match approving {
            Some(by) => Coverage::By(by),
            None => Coverage::Not {
                why: not_covered(&reasons),
            },
        }
    }

    fn stands(&self, namespace: &str, by: &str, now: Timestamp) -> bool {
        let guarded = self.guarded();
        self.in_namespace(namespace).iter().any(|policy| {
            recorded_as(policy).as_deref() == Some(by)
                && policy.spec.mode == PolicyMode::Enforce
                && cover::acts(policy, &guarded, now).is_ok()
        })
    }

    fn count<'a>(
        &'a self,
        plan: &'a Waiting,
        by: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<(), Unavailable>> {
        self.count_live(plan, by, now).boxed()
    }
}

/// Why none of the policies that name its kind covers a plan.
fn not_covered(reasons: &[String]) -> Option<String> {
    let more = match reasons.len().saturating_sub(REASONS) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let told = reasons[..reasons.len().min(REASONS)].join("; ");
    (!reasons.is_empty()).then(|| format!("no SasApprovalPolicy covers it ({told}{more})"))
}

/// How an approval by a policy is recorded; nothing while it is not in force.
fn recorded_as(policy: &SasApprovalPolicy) -> Option<String> {
    let in_force = policy.status.as_ref()?.in_force.as_ref()?;
    Some(format!("policy:{}@{}", policy.name_any(), in_force.digest))
}

/// Name of the policy in a record.
fn policy_of(by: &str) -> Option<&str> {
    Some(by.strip_prefix("policy:")?.split_once('@')?.0)
}

fn a_use(plan: &Waiting, now: Timestamp) -> PolicyUse {
    PolicyUse {
        time: Time(now),
        kind: plan.kind.clone(),
        name: plan.name.clone(),
        hash: plan.hash.clone(),
    }
}

fn refused(why: impl Into<String>) -> Unavailable {
    Unavailable::new(Reason::AwaitingApproval, why)
}

async fn within<T>(request: impl Future<Output = Result<T, kube::Error>>) -> Result<T, Unavailable> {
    match timeout(API_TIMEOUT, request).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Unavailable {
            retry_after: Some(AGAIN),
            ..refused(format!("the use could not be counted: {error}"))
        }),
        Err(_) => Err(refused("the use could not be counted: no answer in time")),
    }
}

/// The policies as the controller of their kind finds them.
pub struct Handle(pub Arc<Policies>);

impl Accounts<SasApprovalPolicy, Policies> for Handle {
    async fn cloud(&self, _policy: &SasApprovalPolicy) -> Result<Arc<Policies>, Unavailable> {
        Ok(self.0.clone())
    }
}
