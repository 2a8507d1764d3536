//! The SasAuthBinding that a job has made for servers without a paid edition. The job waits for it and binds
//! nothing itself. It is made once, before the job has a plan, and for the servers that lack nothing else; it
//! belongs to the job and goes with it, which changes nothing in the cloud.

use std::sync::Arc;

use kube::ResourceExt;
use sas_api::account::DataCentre;
use sas_api::kinds::auth_binding::{Edition, SasAuthBindingSpec, TargetSelection};
use sas_api::kinds::scan_job::{MissingBinding, OnPartial, Prerequisites, Unready};
use sas_api::kinds::{SasAuthBinding, SasScanJob};
use sas_api::status::{GatePart, Phase};
use sas_api::text::shown;
use sas_api::{Reason, condition};
use sas_engine::{Blocked, Child, Children, Unavailable};

use super::plan::Prospect;
use super::readiness::Sorted;
use crate::assets::{Server, names};
use crate::kinds::servers;
use crate::sas::Sas;

/// Servers that a binding can name.
const MOST: usize = 1000;

/// Bytes of a binding's own words.
const WORDS: usize = 500;

/// The binding of a job, as far as the job looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Binding {
    /// The servers that it names.
    uuids: Vec<String>,
    phase: Option<Phase>,
    /// What its condition Ready says.
    ready: Option<Ready>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Ready {
    holds: bool,
    reason: String,
    message: String,
}

impl Binding {
    pub(super) fn of(binding: &SasAuthBinding) -> Self {
        let common = binding.status.as_ref().map(|status| &status.common);
        let conditions = common.iter().flat_map(|common| &common.conditions);
        let mut ready = conditions.filter(|condition| condition.type_ == condition::READY);
        Self {
            uuids: binding.spec.targets.uuids.clone(),
            phase: common.and_then(|common| common.phase),
            ready: ready.next().map(|ready| Ready {
                holds: ready.status == "True",
                reason: ready.reason.clone(),
                message: shown(&ready.message, WORDS),
            }),
        }
    }

    /// Whether it has read back that its servers have the edition.
    pub(super) fn is_done(&self) -> bool {
        self.ready.as_ref().is_some_and(|ready| ready.holds)
    }

    /// Where it stands and what to do about it. `at` names it for kubectl.
    fn in_words(&self, at: &str) -> String {
        let Some(ready) = &self.ready else {
            return "which was just made".to_owned();
        };
        let phase = self.phase.map_or("new", Phase::as_str);
        let (reason, message) = (ready.reason.as_str(), &ready.message);
        if self.is_done() {
            return format!("which is {phase}; the cloud does not list them with it yet");
        }
        if reason == Reason::AwaitingApproval.as_str() {
            return format!("which is {phase} and has a plan of its own to approve: kubectl sas plan {at}");
        }
        let next = if reason == Reason::ChooseMode.as_str() {
            format!(
                "kubectl patch {at} --type=merge -p '{{\"spec\":{{\"mode\":\"PayAsYouGo\"}}}}', or \"Subscription\""
            )
        } else {
            format!("kubectl describe {at}")
        };
        format!("which is {phase} ({reason}: {message}): {next}")
    }
}

/// The binding that was made for a job, as it is now.
pub(super) async fn binding(job: &SasScanJob, sas: &Sas) -> Result<Option<Binding>, Unavailable> {
    if wanted(job).is_none() {
        return Ok(None);
    }
    let found = sas.binding_for(job, &name(job)).await?;
    Ok(found.as_ref().map(Binding::of))
}

/// Name of the binding of a job.
pub(super) fn name(job: &SasScanJob) -> String {
    format!("{}-binding", job.name_any())
}

/// What a job asks for, and which edition.
fn wanted(job: &SasScanJob) -> Option<(&Prerequisites, Edition)> {
    let prerequisites = job.spec.prerequisites.as_ref()?;
    let edition = prerequisites.edition?;
    (prerequisites.binding == MissingBinding::Plan).then_some((prerequisites, edition))
}

/// The servers whose edition a job waits for.
fn awaited<'a>(job: &SasScanJob, prospect: &Prospect, sorted: &'a Sorted) -> Vec<&'a Arc<Server>> {
    if wanted(job).is_none() {
        return Vec::new();
    }
    let lacking: Vec<_> = sorted.lacking(Unready::Unauthorized).collect();
    // Under Abort the others hold the scan up: their editions are not paid for yet.
    if job.spec.on_partial == OnPartial::Abort && sorted.others.len() > lacking.len() {
        return Vec::new();
    }
    match &prospect.binding {
        Some(binding) => {
            let covered = |server: &&Arc<Server>| binding.uuids.contains(&server.uuid);
            lacking.into_iter().filter(covered).collect()
        }
        None if has_plan(job) => Vec::new(),
        None => lacking,
    }
}

/// Whether a plan of the job was published: servers that appear later belong to another job.
fn has_plan(job: &SasScanJob) -> bool {
    let status = job.status.as_ref();
    status.is_some_and(|status| status.gate().plan.is_some())
}

/// What a job waits for before it can plan.
pub(super) fn obstacle(job: &SasScanJob, prospect: &Prospect, sorted: &Sorted) -> Option<Blocked> {
    let awaited = awaited(job, prospect, sorted);
    if awaited.is_empty() {
        return None;
    }
    let (count, who) = (servers(awaited.len()), names(awaited.iter().copied()));
    if prospect.binding.is_none() && awaited.len() > MOST {
        return Some(Blocked {
            reason: Reason::PlanTooLarge,
            message: format!(
                "{count} have no paid edition and a SasAuthBinding names at most {MOST}; divide them among several jobs, \
                 or give them one with a SasAuthBinding that selects them"
            ),
        });
    }
    let name = name(job);
    let at = format!(
        "sasauthbindings/{name} --namespace={}",
        job.namespace().unwrap_or_default()
    );
    let standing = prospect.binding.clone().unwrap_or_default().in_words(&at);
    Some(Blocked {
        reason: Reason::AwaitingBinding,
        message: format!(
            "{count} without a paid edition ({who}) wait for SasAuthBinding {name}, {standing}; the job plans by itself when \
             they have their edition"
        ),
    })
}

/// The binding, where it has to be made.
pub(super) fn children(job: &SasScanJob, prospect: &Prospect, sorted: &Sorted) -> Children {
    let awaited = awaited(job, prospect, sorted);
    let needed = prospect.binding.is_none() && !awaited.is_empty();
    let child = wanted(job).filter(|_| needed).map(|(prerequisites, edition)| {
        let uuids = awaited.iter().map(|server| server.uuid.clone()).collect();
        Child::new(&made(job, prerequisites, edition, prospect.centre, uuids))
    });
    Children {
        wanted: child.into_iter().collect(),
        retired: Vec::new(),
    }
}

fn made(
    job: &SasScanJob,
    prerequisites: &Prerequisites,
    edition: Edition,
    centre: DataCentre,
    uuids: Vec<String>,
) -> SasAuthBinding {
    let targets = TargetSelection {
        uuids,
        ..TargetSelection::default()
    };
    let spec = SasAuthBindingSpec {
        mode: prerequisites.mode,
        ..SasAuthBindingSpec::new(job.spec.account_ref.clone(), Some(centre), edition, targets)
    };
    SasAuthBinding::new(&name(job), spec)
}
