//! The SasAuthBinding that a job has made for servers without a paid edition. The job waits for it and binds
//! nothing itself. It is made once, before the job has a plan, and for the servers that lack nothing else; it
//! belongs to the job and goes with it, which changes nothing in the cloud.

use std::sync::Arc;

use kube::ResourceExt;
use sas_api::Reason;
use sas_api::account::DataCentre;
use sas_api::kinds::auth_binding::{Edition, SasAuthBindingSpec, TargetSelection};
use sas_api::kinds::scan_job::{MissingBinding, OnPartial, Prerequisites, Unready};
use sas_api::kinds::{SasAuthBinding, SasScanJob};
use sas_api::status::{GatePart, Phase};
use sas_engine::{Blocked, Child, Children};

use super::plan::Prospect;
use super::readiness::Sorted;
use crate::assets::{Server, names};
use crate::kinds::servers;

/// Servers that a binding can name.
const MOST: usize = 1000;

/// The binding of a job, as far as the job looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Binding {
    /// The servers that it names.
    uuids: Vec<String>,
    phase: Option<Phase>,
}

impl Binding {
    pub(super) fn of(binding: &SasAuthBinding) -> Self {
        let status = binding.status.as_ref();
        Self {
            uuids: binding.spec.targets.uuids.clone(),
            phase: status.and_then(|status| status.common.phase),
        }
    }
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
    let phase = prospect.binding.as_ref().and_then(|binding| binding.phase);
    let phase = phase.map_or("new", Phase::as_str);
    Some(Blocked {
        reason: Reason::AwaitingBinding,
        message: format!(
            "{count} without a paid edition ({who}) wait for SasAuthBinding {name}, which is {phase} and has a plan of its \
             own to approve: kubectl sas plan sasauthbindings/{name} --namespace={}; the job plans by itself when they \
             have their edition",
            job.namespace().unwrap_or_default()
        ),
    })
}

/// The binding, where it has to be made.
pub(super) fn children(job: &SasScanJob, prospect: &Prospect, sorted: &Sorted) -> Children {
    let awaited = awaited(job, prospect, sorted);
    let needed = prospect.binding.is_none() && !awaited.is_empty();
    let child = wanted(job).filter(|_| needed).map(|(prerequisites, edition)| {
        let uuids = awaited.iter().map(|server| server.uuid.clone()).collect();
        Child::new(&binding(job, prerequisites, edition, prospect.centre, uuids))
    });
    Children {
        wanted: child.into_iter().collect(),
        retired: Vec::new(),
    }
}

fn binding(
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
