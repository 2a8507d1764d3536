//! From a look at the cloud to a plan: which servers can be scanned, for what, by which calls. What holds a
//! scan up is said with the next step; what cannot be done at all ends the job before anybody is asked.

use std::sync::Arc;

use sas_api::account::DataCentre;
use sas_api::kinds::SasScanJob;
use sas_api::kinds::scan_job::{FingerprintItem, OnPartial, ScanKind, Scans, SkippedScan, VulnerabilityType};
use sas_api::plan::{Call, NamedValue, PLAN_CALLS, Plan, Risk, Target};
use sas_api::{Reason, annotations};
use sas_engine::{Blocked, Children, Planned};

use super::prerequisite::{self, Binding};
use super::readiness::{self, Sorted};
use super::results::Found;
use super::strategy::{self, Strategies};
use super::{account_wide, targeted, targets};
use crate::assets::{Server, names};
use crate::kinds::servers;

/// Servers that a plan of the lowest risk class may scan.
const FEW: usize = 20;

/// What a look brings before anything was ordered.
#[derive(Clone, Debug)]
pub(super) struct Prospect {
    pub(super) centre: DataCentre,
    /// The servers that the spec means, by uuid.
    pub(super) servers: Vec<Arc<Server>>,
    /// Ids of the spec that the cloud does not list.
    pub(super) missing: Vec<String>,
    /// Baseline checks are part of what the account has bought.
    pub(super) baseline_included: bool,
    /// The strategies, where one is needed.
    pub(super) strategies: Strategies,
    /// What is known before the scan, where it was looked for.
    pub(super) before: Option<Found>,
    /// An approved plan may be executed by this very pass.
    pub(super) about_to_act: bool,
    /// Who sets up a scan for viruses at the moment.
    pub(super) virus_in_the_way: Option<String>,
    /// The binding that was made for the job.
    pub(super) binding: Option<Binding>,
}

impl Prospect {
    /// The resources that have to be made before the job can plan.
    pub(super) fn children(&self, job: &SasScanJob) -> Children {
        let awaits = |blocked: &Blocked| blocked.reason == Reason::AwaitingBinding;
        match &job.spec.prerequisites {
            // Nothing is paid for a scan that something else holds up.
            Some(_) if matches!(plan(job, self, None), Planned::Blocked(blocked) if awaits(&blocked)) => {
                prerequisite::children(job, self, &readiness::sort(&self.servers))
            }
            _ => Children::default(),
        }
    }

    /// The servers that can be scanned, if a plan can be made of them as they are.
    pub(super) fn plannable(&self, job: &SasScanJob) -> Vec<Arc<Server>> {
        let sorted = readiness::sort(&self.servers);
        match prerequisite::obstacle(job, self, &sorted) {
            None => sorted.ready,
            Some(_) => Vec::new(),
        }
    }

    /// Whether an approved plan could go on if it were its turn.
    pub(super) fn can_go(&self, job: &SasScanJob) -> bool {
        let paused = annotations::get(job.metadata.annotations.as_ref(), annotations::PAUSED).is_some();
        let ready = self.plannable(job).len();
        let enough = match job.spec.on_partial {
            OnPartial::Proceed => ready > 0,
            OnPartial::Abort => ready > 0 && ready == self.servers.len(),
        };
        enough && !paused && self.missing.is_empty()
    }
}

/// Why there is no plan.
enum Stop {
    Blocked(Blocked),
    Impossible(Blocked),
}

fn blocked(reason: Reason, message: impl Into<String>) -> Stop {
    Stop::Blocked(Blocked {
        reason,
        message: message.into(),
    })
}

/// What has to be done.
pub(super) fn plan(job: &SasScanJob, prospect: &Prospect, held: Option<&Plan>) -> Planned {
    let planned = match &job.spec.targets {
        Some(_) => of_servers(job, prospect, held),
        None => of_account(job, prospect, held),
    };
    match planned {
        Ok(plan) => Planned::Change(Box::new(plan)),
        Err(Stop::Blocked(blocked)) => Planned::Blocked(blocked),
        Err(Stop::Impossible(blocked)) => Planned::Impossible(blocked),
    }
}

/// Scans of the spec that the plan leaves out.
pub(super) fn skipped(job: &SasScanJob, prospect: &Prospect) -> Vec<SkippedScan> {
    if job.spec.scans.baseline.is_none() || prospect.baseline_included {
        return Vec::new();
    }
    vec![SkippedScan {
        scan: ScanKind::Baseline,
        reason: Reason::BaselineSkipped.as_str().to_owned(),
        message: "the account has neither a subscription nor the pay-as-you-go module CSPM, which baseline checks need"
            .to_owned(),
    }]
}

/// What is left of the scans of a spec.
struct Wanted<'a> {
    scans: &'a Scans,
    baseline: bool,
    skipped: Vec<SkippedScan>,
}

fn wanted<'a>(job: &'a SasScanJob, prospect: &Prospect) -> Result<Wanted<'a>, Stop> {
    let scans = &job.spec.scans;
    let skipped = skipped(job, prospect);
    let baseline = scans.baseline.is_some() && skipped.is_empty();
    let others = scans.vulnerabilities.is_some() || scans.virus.is_some() || scans.fingerprint.is_some();
    match skipped.first() {
        Some(only) if !others => Err(blocked(
            Reason::BaselineSkipped,
            format!(
                "{}; buy one of them and the operator goes on by itself",
                only.message
            ),
        )),
        _ => {
            let wanted = Wanted {
                scans,
                baseline,
                skipped,
            };
            if scans.virus.is_some() && prospect.about_to_act {
                free_for_viruses(prospect)?;
            }
            Ok(wanted)
        }
    }
}

fn free_for_viruses(prospect: &Prospect) -> Result<(), Stop> {
    match &prospect.virus_in_the_way {
        None => Ok(()),
        Some(who) => Err(blocked(
            Reason::ScanSlotBusy,
            format!(
                "{who} sets up a scan for viruses, and an account can set up one at a time; this job goes on by itself"
            ),
        )),
    }
}

/// A plan for single servers.
fn of_servers(job: &SasScanJob, prospect: &Prospect, held: Option<&Plan>) -> Result<Plan, Stop> {
    let centre = prospect.centre.as_str();
    if !prospect.missing.is_empty() {
        let missing = crate::assets::named(prospect.missing.iter().map(String::as_str));
        return Err(blocked(
            Reason::TargetNotFound,
            format!("Security Center lists no server {missing} in {centre}; create a job that names others"),
        ));
    }
    if prospect.servers.is_empty() {
        return Err(blocked(
            Reason::NoTargets,
            format!("`spec.targets.selector` matches no server in {centre}; create a job with another one"),
        ));
    }
    let wanted = wanted(job, prospect)?;
    let values = values(&wanted, None);
    let sorted = readiness::sort(&prospect.servers);
    let chosen = targets::choose(job, prospect, &sorted, &values, held);
    let targets = chosen.map_err(Stop::Blocked)?;
    let what = targeted::Wanted {
        checks: checks(&wanted),
        virus: wanted.scans.virus.as_ref(),
    };
    let calls = targeted::planned(&targeted::calls(&what, &targets), prospect.centre);
    fits(&calls, targets.len())?;
    let risk = if targets.len() > FEW { Risk::R2 } else { Risk::R1 };
    let who = crate::assets::named(targets.iter().map(target_name));
    Ok(Plan {
        summary: format!(
            "scan {} ({who}) for {}",
            servers(targets.len()),
            in_words(&wanted)
        ),
        risk,
        calls,
        values,
        cost: None,
        partial: job.spec.on_partial == OnPartial::Proceed,
        warnings: warnings(&wanted, &sorted),
        targets,
    })
}

fn target_name(target: &Target) -> &str {
    if target.name.is_empty() {
        &target.uuid
    } else {
        &target.name
    }
}

fn fits(calls: &[Call], targets: usize) -> Result<(), Stop> {
    if calls.len() <= PLAN_CALLS {
        return Ok(());
    }
    Err(blocked(
        Reason::PlanTooLarge,
        format!(
            "{targets} servers are {} calls and a plan has at most {PLAN_CALLS}; divide them among several jobs",
            calls.len()
        ),
    ))
}

/// A plan for a whole account.
fn of_account(job: &SasScanJob, prospect: &Prospect, held: Option<&Plan>) -> Result<Plan, Stop> {
    let sorted = readiness::sort(&prospect.servers);
    let counts = readiness::in_words(sorted.counts());
    if let Some(obstacle) = prerequisite::obstacle(job, prospect, &sorted) {
        return Err(Stop::Blocked(obstacle));
    }
    if sorted.ready.is_empty() && held.is_some() {
        // Somebody was asked already, and may have said yes.
        return Err(Stop::Blocked(targets::not_ready(&sorted, job.spec.on_partial)));
    }
    if sorted.ready.is_empty() {
        return Err(Stop::Impossible(Blocked {
            reason: Reason::NothingReady,
            message: format!("no server of the account can be scanned: {counts}"),
        }));
    }
    if job.spec.on_partial == OnPartial::Abort && !sorted.others.is_empty() {
        return Err(Stop::Blocked(targets::not_ready(&sorted, job.spec.on_partial)));
    }
    let wanted = wanted(job, prospect)?;
    let strategy = match &wanted.scans.baseline {
        Some(baseline) if wanted.baseline => {
            let chosen = strategy::choose(&prospect.strategies, baseline.strategy_id, prospect.about_to_act);
            Some(chosen.map_err(Stop::Blocked)?)
        }
        _ => None,
    };
    let what = account_wide::Wanted {
        vulnerabilities: vulnerabilities(wanted.scans, &VulnerabilityType::ALL),
        strategy_id: strategy.map(|strategy| strategy.id),
        fingerprint: fingerprint(wanted.scans),
        virus: wanted.scans.virus.as_ref(),
    };
    let mut warnings = warnings(&wanted, &sorted);
    warnings.insert(0, format!("servers of the account: {counts}"));
    Ok(Plan {
        summary: format!(
            "scan every server of the account in {} ({} ready) for {}",
            prospect.centre.as_str(),
            sorted.ready.len(),
            in_words(&wanted)
        ),
        risk: Risk::R2,
        calls: account_wide::planned(&account_wide::calls(&what), prospect.centre),
        values: values(&wanted, strategy),
        cost: None,
        partial: false,
        warnings,
        targets: Vec::new(),
    })
}

/// Kinds of vulnerabilities of a spec; `all` where it names none.
pub(super) fn vulnerabilities(scans: &Scans, all: &[VulnerabilityType]) -> Vec<VulnerabilityType> {
    let Some(scan) = &scans.vulnerabilities else {
        return Vec::new();
    };
    let mut types = if scan.types.is_empty() {
        all.to_vec()
    } else {
        scan.types.clone()
    };
    types.sort_unstable();
    types
}

fn fingerprint(scans: &Scans) -> Vec<FingerprintItem> {
    let Some(scan) = &scans.fingerprint else {
        return Vec::new();
    };
    let all = || FingerprintItem::ALL.to_vec();
    let mut items = if scan.items.is_empty() {
        all()
    } else {
        scan.items.clone()
    };
    items.sort_unstable();
    items
}

/// Kinds of vulnerabilities that agents can be told to look for, and how the cloud spells the check.
pub(super) const PUSHABLE: [(VulnerabilityType, &str); 4] = [
    (VulnerabilityType::Cve, "OVAL_ENTITY"),
    (VulnerabilityType::Sys, "SYSVUL"),
    (VulnerabilityType::Cms, "CMS"),
    (VulnerabilityType::Sca, "SCA"),
];

/// The checks that agents are told to make.
fn checks(wanted: &Wanted<'_>) -> Vec<&'static str> {
    let kinds = vulnerabilities(wanted.scans, &PUSHABLE.map(|(kind, _)| kind));
    let pushed = PUSHABLE.iter().filter(|(kind, _)| kinds.contains(kind));
    let mut checks: Vec<_> = pushed.map(|(_, check)| *check).collect();
    checks.extend(wanted.baseline.then_some("HEALTH_CHECK"));
    checks.extend(fingerprint(wanted.scans).iter().map(|item| item.as_str()));
    checks
}

fn in_words(wanted: &Wanted<'_>) -> String {
    let scans = wanted.scans;
    let parts = [
        scans.vulnerabilities.is_some().then_some("vulnerabilities"),
        wanted.baseline.then_some("baseline"),
        scans.virus.is_some().then_some("viruses"),
        scans.fingerprint.is_some().then_some("fingerprints"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn values(wanted: &Wanted<'_>, strategy: Option<&strategy::Choice>) -> Vec<NamedValue> {
    let mut values = vec![NamedValue::new("scans", in_words(wanted))];
    values.extend(strategy.map(|strategy| NamedValue::new("strategy", strategy.in_words())));
    values
}

fn warnings(wanted: &Wanted<'_>, sorted: &Sorted) -> Vec<String> {
    let mut warnings: Vec<String> = wanted
        .skipped
        .iter()
        .map(|skipped| format!("{}: {}", skipped.reason, skipped.message))
        .collect();
    if !sorted.others.is_empty() {
        let left_out = names(sorted.others.iter().map(|(server, _)| server));
        warnings.push(format!(
            "{} cannot be scanned and are not counted on: {left_out}",
            servers(sorted.others.len())
        ));
    }
    warnings
}
