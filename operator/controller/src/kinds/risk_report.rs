//! SasRiskReport: the open risks of an account or of some servers, by section. It only reads, and neither
//! asks whether an agent is online nor which edition a server has. A section that cannot be read keeps what
//! it had and says why; the others go on.

pub mod gauges;
mod question;
mod row;
mod survey;

use std::time::Duration;

use jiff::Timestamp;
use k8s_controller::conditions::{self, ConditionStatus, DesiredCondition};
use kube::ResourceExt;
use sas_api::kinds::SasRiskReport;
use sas_api::kinds::risk_report::{RiskSection, SasRiskReportStatus, SectionName};
use sas_api::{Reason, condition};
use sas_client::action::ActionInfo;
use sas_client::actions::{
    DescribeCloudCenterInstances, DescribeGroupedVul, DescribeSuspEvents, GetCallerIdentity,
    ListCheckItemWarningSummary, ListVirusScanMachine, ListVirusScanMachineEvent,
};
use sas_engine::{Cloud, Report, Unavailable};

pub use self::question::{Answer, Question};

use self::question::Place;
use self::survey::{Found, Survey};
use super::figure;
use super::report::{Age, fit, look, whole_second};
use crate::errand::Pass;
use crate::sas::Sas;

/// The cloud actions of this kind.
pub const ACTIONS: &[ActionInfo] = &[
    ActionInfo::of::<GetCallerIdentity>(),
    ActionInfo::of::<DescribeCloudCenterInstances>(),
    ActionInfo::of::<DescribeGroupedVul>(),
    ActionInfo::of::<ListCheckItemWarningSummary>(),
    ActionInfo::of::<DescribeSuspEvents>(),
    ActionInfo::of::<ListVirusScanMachine>(),
    ActionInfo::of::<ListVirusScanMachineEvent>(),
];

/// Room for the findings of one section, in bytes of JSON: four sections and a spec of 300 servers stay
/// below 200 KB.
const SECTION_BYTES: usize = 35_000;
/// Servers that one report is about at most.
const MAX_SERVERS: usize = 1_000;
/// Ids that a status and a message name.
const NAMED: usize = 20;

/// What a look at the cloud brings.
pub enum Observed {
    /// The last look still serves.
    Kept,
    /// What was found.
    Looked(Looked),
}

/// What was found.
pub struct Looked {
    targets: Option<Targets>,
    sections: Vec<(SectionName, Result<Found, Unavailable>)>,
    now: Timestamp,
}

/// The servers that a spec means.
#[derive(Debug, Default)]
struct Targets {
    uuids: Vec<String>,
    left_out: usize,
    missing: Vec<String>,
}

impl Report<Sas> for SasRiskReport {
    type Observed = Observed;

    fn refresh(&self) -> Duration {
        age(self).refresh()
    }

    async fn observe(&self, sas: &Sas) -> Result<Observed, Unavailable> {
        let now = sas.now();
        if !age(self).is_due(self, now) {
            return Ok(Observed::Kept);
        }
        let place = Place {
            centre: self.spec.data_centre.unwrap_or(sas.home()),
            language: self.spec.language,
        };
        let pass = Pass::new(self.uid().unwrap_or_default(), sas.asked(false));
        let targets = targets(self, sas, place, &pass).await?;
        let uuids = targets.as_ref().map(|targets| targets.uuids.as_slice());
        let survey = Survey::of(&self.spec, place, uuids);
        let questions = |known: &_| survey.questions(known);
        let ask = |question: Question| async move { Ok(question.ask(sas).await) };
        let known = sas.risk_answers().collect(&pass, questions, ask).await?;
        let found = |section: &SectionName| (*section, survey.found(*section, &known));
        let sections: Vec<_> = survey.sections().iter().map(found).collect();
        if let Some(nothing) = nothing(&sections) {
            return Err(nothing);
        }
        Ok(Observed::Looked(Looked {
            targets,
            sections,
            now,
        }))
    }

    fn unavailable(&self, why: &Unavailable, status: &mut SasRiskReportStatus) {
        for section in &mut status.sections {
            section.error = Some(error(why));
        }
        // Ready says why nothing could be read.
        let conditions = &mut status.common.conditions;
        conditions.retain(|known| known.type_ != condition::COMPLETE);
    }

    fn report(&self, observed: &Observed, status: &mut SasRiskReportStatus) -> String {
        if let Observed::Looked(looked) = observed {
            let generation = status.last_look.as_ref().map(|look| look.generation);
            if generation != self.metadata.generation {
                // Figures of another spec say nothing about this one.
                status.sections.clear();
            }
            let targets = looked.targets.as_ref();
            status.servers = targets.map(|targets| count(targets.uuids.len()));
            status.servers_left_out = targets.and_then(|targets| at_least_one(targets.left_out));
            status.missing = targets.map(|targets| targets.missing.clone()).unwrap_or_default();
            let sections = looked.sections.iter();
            status.sections = sections
                .map(|(name, found)| section(self, looked, *name, found, &status.sections))
                .collect();
            status.last_look = Some(look(self, looked.now));
            let condition = completeness(looked).observed_generation(self.metadata.generation);
            let _ = conditions::set(&mut status.common.conditions, condition);
        }
        summary(status)
    }
}

fn age(report: &SasRiskReport) -> Age<'_> {
    let status = report.status.as_ref();
    Age {
        look: status.and_then(|status| status.last_look.as_ref()),
        common: status.map(|status| &status.common),
        is_partial: status
            .is_some_and(|status| status.sections.iter().any(|section| section.error.is_some())),
        interval: super::seconds(report.spec.refresh_interval_seconds),
    }
}

/// The servers that the spec means, unless it means all.
async fn targets(
    report: &SasRiskReport,
    sas: &Sas,
    place: Place,
    pass: &Pass,
) -> Result<Option<Targets>, Unavailable> {
    let Some(targets) = &report.spec.targets else {
        return Ok(None);
    };
    let servers = sas
        .servers(place.centre)
        .by_targets(targets, pass.asked())
        .await?;
    // An id with a comma cannot be told to the cloud among others.
    let (usable, odd): (Vec<_>, Vec<_>) = servers.iter().partition(|server| !server.uuid.contains(','));
    let mut missing = crate::assets::missing(targets, &servers);
    missing.truncate(NAMED);
    Ok(Some(Targets {
        left_out: odd.len() + usable.len().saturating_sub(MAX_SERVERS),
        uuids: usable
            .iter()
            .take(MAX_SERVERS)
            .map(|server| server.uuid.clone())
            .collect(),
        missing,
    }))
}

/// Why nothing at all could be read, if so.
fn nothing(sections: &[(SectionName, Result<Found, Unavailable>)]) -> Option<Unavailable> {
    let mut errors = sections.iter().map(|(_, found)| found.as_ref().err());
    let first = errors.next()??;
    errors.all(|error| error.is_some()).then(|| first.clone())
}

/// Whether every section was read, as a condition of its own: the report is in order with what it has, and whoever
/// has to grant a permission looks for its name among the conditions.
fn completeness(looked: &Looked) -> DesiredCondition {
    let failed = |(name, found): &(SectionName, Result<Found, Unavailable>)| {
        let why = found.as_ref().err()?;
        Some((why.reason, format!("{}: {}", name.as_str(), error(why))))
    };
    let failed: Vec<(Reason, String)> = looked.sections.iter().filter_map(failed).collect();
    let Some((reason, _)) = failed.first() else {
        let message = "every section was read";
        return DesiredCondition::new(
            condition::COMPLETE,
            ConditionStatus::True,
            Reason::InSync.as_str(),
            message,
        );
    };
    let each: Vec<&str> = failed.iter().map(|(_, text)| text.as_str()).collect();
    let message = format!("not all could be read: {}", each.join("; "));
    DesiredCondition::new(
        condition::COMPLETE,
        ConditionStatus::False,
        reason.as_str(),
        message,
    )
}

/// What stands in the status of a section.
fn section(
    report: &SasRiskReport,
    looked: &Looked,
    name: SectionName,
    found: &Result<Found, Unavailable>,
    before: &[RiskSection],
) -> RiskSection {
    let found = match found {
        Ok(found) => found,
        Err(why) => {
            let before = before.iter().find(|section| section.name == name).cloned();
            let mut kept = before.unwrap_or(RiskSection::empty(name));
            kept.error = Some(error(why));
            return kept;
        }
    };
    let counted: i64 = found.counts.iter().map(|count| count.open).sum();
    let open = figure(counted + count(found.unread));
    let mut top = found.findings.clone();
    top.truncate(usize::try_from(report.spec.top_n).unwrap_or(0));
    fit(&mut top, SECTION_BYTES);
    RiskSection {
        read_time: Some(whole_second(looked.now)),
        open: Some(open),
        counts: found.counts.clone(),
        unread: at_least_one(found.unread),
        not_listed: Some(open - count(top.len())).filter(|number| *number > 0),
        top,
        ..RiskSection::empty(name)
    }
}

fn error(why: &Unavailable) -> String {
    sas_api::text::shown(&why.message, 1_000)
}

fn count(number: usize) -> i64 {
    figure(i64::try_from(number).unwrap_or(i64::MAX))
}

fn at_least_one(number: usize) -> Option<i64> {
    Some(count(number)).filter(|number| *number > 0)
}

fn summary(status: &SasRiskReportStatus) -> String {
    let part = |section: &RiskSection| {
        let open = section.open?;
        let (one, many) = match section.name {
            SectionName::Vulnerabilities => ("vulnerability", "vulnerabilities"),
            SectionName::Baseline => ("failed baseline check", "failed baseline checks"),
            SectionName::Alerts => ("alert", "alerts"),
            SectionName::Virus => ("virus finding", "virus findings"),
        };
        Some(format!("{open} {}", if open == 1 { one } else { many }))
    };
    let parts: Vec<_> = status.sections.iter().filter_map(part).collect();
    let whose = match status.servers {
        Some(1) => " on 1 server".to_owned(),
        Some(servers) => format!(" on {servers} servers"),
        None => String::new(),
    };
    let missing = match status.missing.as_slice() {
        [] => String::new(),
        ids => format!("; the cloud does not list {}", ids.join(", ")),
    };
    let errors = status
        .sections
        .iter()
        .filter_map(|section| Some(format!("{}: {}", section.name.as_str(), section.error.as_ref()?)));
    let errors: Vec<_> = errors.collect();
    let errors = match errors.as_slice() {
        [] => String::new(),
        errors => format!("; not all could be read: {}", errors.join("; ")),
    };
    format!("{} open{whose}{missing}{errors}", parts.join(", "))
}

#[cfg(test)]
mod tests;
