//! What a pass looks at: before anything is ordered the servers and what the account includes, afterwards
//! the tasks and, when they have ended, what they found. All of it within the reads of a pass; a look that
//! needs more goes on in the next one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use sas_api::account::DataCentre;
use sas_api::kinds::SasScanJob;
use sas_api::kinds::scan_job::{ScanKind, ScanTask};
use sas_api::plan::PublishedPlan;
use sas_api::status::{Execution, Outcome};
use sas_client::action::Action;
use sas_client::actions::{
    AddAssetSelectionCriteria, CreateVirusScanOnceTask, DescribeStrategy, UpdateSelectionKeyByType,
};
use sas_engine::{Cloud, Unavailable, is_about_to_act};

use super::attribution::{Doubt, Rival};
use super::plan::{self, PUSHABLE, Prospect};
use super::prerequisite::Binding;
use super::progress::{self, Begun};
use super::results::{self, Found, NAMED_SERVERS, Scope};
use super::settle::SLOW_AFTER;
use super::strategy::Choice;
use super::{Seen, coverage, desk, prerequisite, selection, stop, tasks};
use crate::assets::Server;
use crate::errand::Pass;
use crate::kinds::count;
use crate::sas::Sas;

/// Between two looks at the same task.
pub(super) const POLL: Duration = Duration::from_secs(30);

/// What a look brings while tasks are under way.
pub(super) struct Course {
    pub(super) centre: DataCentre,
    pub(super) tasks: Vec<ScanTask>,
    /// Which of them are not certainly the job's own, and why, where somebody asks to stop them.
    pub(super) doubts: Vec<(ScanKind, Doubt)>,
    /// The scan for viruses among them is of exactly the servers of the plan.
    pub(super) is_own_virus_scan: bool,
    /// The selection in use, where it was asked for.
    pub(super) in_use: Option<InUse>,
    /// What is known after the scan, when it has ended.
    pub(super) after: Option<Found>,
    pub(super) is_slow: bool,
    /// The servers that the spec means, while calls are still to be made.
    pub(super) servers: Option<Vec<Arc<Server>>>,
    pub(super) now: Timestamp,
}

/// The selection in use.
pub(super) struct InUse {
    /// Its key, if there is one.
    pub(super) key: Option<String>,
}

/// Looks at the cloud.
pub(super) async fn observe(job: &SasScanJob, sas: &Sas) -> Result<Seen, Unavailable> {
    let centre = job.spec.data_centre.unwrap_or(sas.home());
    Ok(match under_way(job) {
        Some((plan, execution)) => Seen::Course(Box::new(course(job, sas, centre, plan, execution).await?)),
        None => Seen::Prospect(Box::new(prospect(job, sas, centre).await?)),
    })
}

/// The execution whose effect is awaited, or may still show up.
pub(super) fn under_way(job: &SasScanJob) -> Option<(Option<&PublishedPlan>, &Execution)> {
    let gate = &job.status.as_ref()?.gate;
    if let Some(running) = &gate.running {
        return Some((Some(&running.plan), &running.execution));
    }
    let awaited = |execution: &&Execution| matches!(execution.outcome, None | Some(Outcome::Unknown));
    let execution = gate.execution.as_ref().filter(awaited)?;
    let begun = |record: &sas_api::status::CallRecord| record.intent.is_some() || record.receipt.is_some();
    execution
        .calls
        .iter()
        .any(begun)
        .then_some((gate.plan.as_ref(), execution))
}

async fn prospect(job: &SasScanJob, sas: &Sas, centre: DataCentre) -> Result<Prospect, Unavailable> {
    let scans = &job.spec.scans;
    let binding = prerequisite::binding(job, sas).await?;
    // A binding that is done says more than any answer from before it.
    let is_bound = binding.as_ref().is_some_and(Binding::is_done);
    let pass = Pass::new(
        job.uid().unwrap_or_default(),
        sas.asked(is_about_to_act(job) || is_bound),
    );
    let about_to_act = is_about_to_act(job);
    let version = sas.version(centre, pass.asked()).await?;
    let (servers, missing) = match &job.spec.targets {
        Some(targets) => {
            let servers = sas.servers(centre).by_targets(targets, pass.asked()).await?;
            let missing = crate::assets::missing(targets, &servers);
            (servers, missing)
        }
        None => (sas.servers(centre).all(pass.asked()).await?, Vec::new()),
    };
    let strategies = match (&scans.baseline, job.spec.scope) {
        (Some(_), Some(_)) => {
            let answer = sas.read(&DescribeStrategy::default(), centre).await?;
            answer.strategies.iter().filter_map(Choice::of).collect()
        }
        _ => Vec::new(),
    };
    let has_cspm = version
        .modules()
        .is_some_and(|modules| modules.get("CSPM") == Some(&true));
    let mut prospect = Prospect {
        centre,
        servers,
        missing,
        baseline_included: version.version.is_some_and(|version| version > 1) || has_cspm,
        strategies,
        before: None,
        about_to_act,
        virus_in_the_way: None,
        binding,
    };
    // Whoever asks for the turn has it: one that cannot go on would only be in the way of others.
    if scans.virus.is_some() && about_to_act && prospect.can_go(job) {
        prospect.virus_in_the_way = sas.virus_scan_in_the_way(job, centre);
    }
    prospect.before = before(job, sas, &pass, &prospect).await?;
    Ok(prospect)
}

/// What is known before the scan; it is read once.
async fn before(
    job: &SasScanJob,
    sas: &Sas,
    pass: &Pass,
    prospect: &Prospect,
) -> Result<Option<Found>, Unavailable> {
    let results = job.status.as_ref().and_then(|status| status.results.as_ref());
    let ready = prospect.plannable(job);
    if results.is_some_and(|results| results.before.is_some()) || ready.is_empty() {
        return Ok(None);
    }
    let uuids: BTreeSet<String> = ready.iter().map(|server| server.uuid.clone()).collect();
    let baseline = plan::skipped(job, prospect).is_empty();
    let scope = scope(job, baseline, Some(uuids));
    found(job, sas, prospect.centre, pass, &sas.scans().before, &scope)
        .await
        .map(Some)
}

/// What a job looks for, on these servers.
fn scope(job: &SasScanJob, baseline_included: bool, uuids: Option<BTreeSet<String>>) -> Scope {
    let scans = &job.spec.scans;
    let all = match job.spec.scope {
        None => PUSHABLE.map(|(kind, _)| kind).to_vec(),
        Some(_) => sas_api::kinds::scan_job::VulnerabilityType::ALL.to_vec(),
    };
    let mut vulnerabilities = plan::vulnerabilities(scans, &all);
    // Images are no servers, and their findings are listed elsewhere.
    vulnerabilities.retain(|kind| *kind != sas_api::kinds::scan_job::VulnerabilityType::Image);
    Scope {
        vulnerabilities,
        baseline: scans.baseline.is_some() && baseline_included,
        virus: scans.virus.is_some(),
        uuids: uuids.filter(|uuids| job.spec.scope.is_none() && uuids.len() <= NAMED_SERVERS),
    }
}

async fn found(
    job: &SasScanJob,
    sas: &Sas,
    centre: DataCentre,
    pass: &Pass,
    errands: &desk::Results,
    scope: &Scope,
) -> Result<Found, Unavailable> {
    let questions = |known: &_| results::questions(scope, known);
    let read = |question| results::read(sas, centre, scope, question);
    let known = errands.collect(pass, questions, read).await?;
    Ok(results::found(scope, &known, job.spec.scope.is_some(), sas.now()))
}

async fn course(
    job: &SasScanJob,
    sas: &Sas,
    centre: DataCentre,
    published: Option<&PublishedPlan>,
    execution: &Execution,
) -> Result<Course, Unavailable> {
    let now = sas.now();
    let calls = published.map_or(&[][..], |plan| &plan.plan.calls);
    let begun = progress::begun(calls, execution);
    let pass = Pass::new(job.uid().unwrap_or_default(), sas.asked_within(POLL));
    let targets = published.filter(|plan| plan.full_digest.is_none() && job.spec.targets.is_some());
    let uuids: Option<BTreeSet<String>> = targets.map(|plan| {
        plan.plan
            .targets
            .iter()
            .map(|target| target.uuid.clone())
            .collect()
    });
    let selected = uuids.as_ref().map(|uuids| selected(uuids, execution));
    let seen = tasks::look(sas, centre, &pass, &begun, selected.as_ref()).await?;
    let patience = SignedDuration::from_secs(job.spec.timeout_seconds);
    let mut tasks: Vec<ScanTask> = begun.iter().map(|task| seen.task(task, now, patience)).collect();
    stop::say_what_is_not_known(job, &mut tasks);
    let doubts = if stop::is_asked(job) {
        doubts(job, sas, centre, &begun, &seen)
    } else {
        Vec::new()
    };
    let all_made = execution.calls.iter().all(|record| record.receipt.is_some())
        && published.is_some_and(|plan| i64::try_from(execution.calls.len()) == Ok(plan.call_count));
    let servers = match &job.spec.targets {
        Some(targets) if !all_made => Some(sas.servers(centre).by_targets(targets, sas.asked(true)).await?),
        _ => None,
    };
    let over = all_made && !tasks.is_empty() && tasks.iter().all(progress::is_over);
    let after = if over {
        let skipped = job.status.iter().flat_map(|status| &status.skipped);
        let baseline = !skipped
            .into_iter()
            .any(|skipped| skipped.scan == ScanKind::Baseline);
        let scope = scope(job, baseline, uuids);
        let mut found = found(job, sas, centre, &pass, &sas.scans().after, &scope).await?;
        let wanted = wanted(job, selected.as_ref());
        let remarks = coverage::remarks(&begun, &tasks, &wanted, &seen.unscanned());
        coverage::add(&mut found.findings, remarks);
        Some(found)
    } else {
        None
    };
    Ok(Course {
        centre,
        doubts,
        is_own_virus_scan: seen.is_own_virus_scan,
        in_use: in_use(sas, centre, execution).await?,
        after,
        is_slow: is_slow(&begun, now),
        servers,
        tasks,
        now,
    })
}

/// How many servers the tasks are to cover: those that were selected, or those of the account that were ready.
fn wanted(job: &SasScanJob, selected: Option<&BTreeSet<String>>) -> coverage::Wanted {
    let readiness = job.status.as_ref().and_then(|status| status.readiness);
    let ready = readiness
        .filter(|_| job.spec.scope.is_some())
        .map(|readiness| readiness.ready);
    coverage::Wanted {
        viruses: selected.map(|selected| count(selected.len())).or(ready),
        account: ready,
    }
}

/// Which one-time tasks are not certainly the job's own.
fn doubts(
    job: &SasScanJob,
    sas: &Sas,
    centre: DataCentre,
    begun: &[Begun],
    seen: &tasks::Seen,
) -> Vec<(ScanKind, Doubt)> {
    let rivals: Vec<Rival> = sas.other_scans(job, centre, Rival::of);
    // The answers may be as old as that.
    let asked = sas.now().checked_sub(POLL).unwrap_or(Timestamp::MIN);
    let doubt = |task: &Begun| {
        let doubt = task.doubt(&seen.once_tasks(task), &rivals, asked)?;
        Some((task.kind, doubt))
    };
    begun.iter().filter_map(doubt).collect()
}

/// The servers that were selected for a scan for viruses: those of the plan without those that were left out.
fn selected(uuids: &BTreeSet<String>, execution: &Execution) -> BTreeSet<String> {
    let records = execution.calls.iter();
    let added = records.filter(|record| record.action == AddAssetSelectionCriteria::NAME);
    let left_out: BTreeSet<&str> = added
        .flat_map(|record| &record.left_out)
        .map(|server| server.name.as_str())
        .collect();
    let stay = uuids.iter().filter(|uuid| !left_out.contains(uuid.as_str()));
    stay.cloned().collect()
}

fn is_slow(begun: &[Begun], now: Timestamp) -> bool {
    let last = begun.iter().map(|task| task.since).max();
    last.is_some_and(|last| now.duration_since(last) > SLOW_AFTER)
}

/// The selection in use, where a call whose reply is not known may have changed or used it.
async fn in_use(sas: &Sas, centre: DataCentre, execution: &Execution) -> Result<Option<InUse>, Unavailable> {
    let uses =
        |action: &str| action == UpdateSelectionKeyByType::NAME || action == CreateVirusScanOnceTask::NAME;
    let open = execution
        .calls
        .iter()
        .any(|record| record.receipt.is_none() && record.intent.is_some() && uses(&record.action));
    if !open {
        return Ok(None);
    }
    let key = selection::in_use(sas, centre).await?;
    Ok(Some(InUse { key }))
}
