//! What is known of servers: vulnerabilities, failed baseline checks and viruses, counted by severity, and
//! the gravest of them. Texts may come from attackers and are made printable and short. What was not read
//! is said: a count is never cut silently.

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sas_api::account::DataCentre;
use sas_api::kinds::scan_job::{Findings, ScanFinding, ScanKind, SeverityCounts, VulnerabilityType};
use sas_api::text::shown;
use sas_client::actions::{
    CheckItemWarnings, DescribeGroupedVul, GroupedVulnerabilities, ListCheckItemWarningSummary,
    ListVirusScanMachine, ListVirusScanMachineEvent, VirusScanMachineEvents, VirusScanMachines,
};
use sas_engine::Unavailable;

use crate::errand::Answers;
use crate::kinds::{comma_list, figure};
use crate::sas::Sas;

/// Rows per page.
const PAGE: i64 = 100;
/// Pages of one list that are read.
const PAGES: i64 = 5;
/// Servers whose viruses are read.
const INFECTED: usize = 10;
/// Servers by which the cloud is asked; for more it is asked for all.
pub(super) const NAMED_SERVERS: usize = 100;
/// Findings that a status lists.
const TOP: usize = 20;
/// Bytes of a name.
const NAME_BYTES: usize = 200;
/// State of a baseline check that failed.
const FAILED: i64 = 1;

/// What is looked for, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) vulnerabilities: Vec<VulnerabilityType>,
    pub(super) baseline: bool,
    pub(super) virus: bool,
    /// Only on these servers; on all when `None`.
    pub(super) uuids: Option<BTreeSet<String>>,
}

/// One read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    Vulnerabilities(VulnerabilityType, i64),
    Baseline(i64),
    Infected(i64),
    Viruses(String),
}

/// Its answer.
pub enum Answer {
    Vulnerabilities(GroupedVulnerabilities),
    Baseline(CheckItemWarnings),
    Infected(VirusScanMachines),
    Viruses(VirusScanMachineEvents),
}

impl Answer {
    fn total(&self) -> Option<i64> {
        match self {
            Self::Vulnerabilities(page) => page.total_count,
            Self::Baseline(page) => page.page_info.as_ref()?.total_count,
            Self::Infected(page) => page.page_info.as_ref()?.total_count,
            Self::Viruses(page) => page.page_info.as_ref()?.total_count,
        }
    }
}

type Known = Answers<Question, Answer>;

/// All reads that are needed, as far as the answers so far tell.
pub(super) fn questions(scope: &Scope, known: &Known) -> Vec<Question> {
    let mut questions = Vec::new();
    let mut pages = |question: &dyn Fn(i64) -> Question| {
        let total = known
            .get(&question(1))
            .and_then(|first| first.total())
            .unwrap_or(0);
        let last = (total.max(1) - 1).div_euclid(PAGE).saturating_add(1).min(PAGES);
        questions.extend((1..=last).map(question));
    };
    for kind in &scope.vulnerabilities {
        pages(&|page| Question::Vulnerabilities(*kind, page));
    }
    if scope.baseline {
        pages(&Question::Baseline);
    }
    if scope.virus {
        pages(&Question::Infected);
    }
    questions.extend(
        infected(scope, known)
            .into_iter()
            .take(INFECTED)
            .map(Question::Viruses),
    );
    questions
}

/// UUIDs of the servers with viruses.
fn infected(scope: &Scope, known: &Known) -> BTreeSet<String> {
    let rows = known.values().filter_map(|answer| match answer.as_ref() {
        Answer::Infected(page) => Some(&page.data),
        _ => None,
    });
    let with_viruses = rows.flatten().filter(|row| row.event_count.unwrap_or(0) > 0);
    let uuids = with_viruses.filter_map(|row| row.uuid.clone());
    uuids
        .filter(|uuid| scope.uuids.as_ref().is_none_or(|wanted| wanted.contains(uuid)))
        .collect()
}

/// Makes one read.
pub(super) async fn read(
    sas: &Sas,
    centre: DataCentre,
    scope: &Scope,
    question: Question,
) -> Result<Answer, Unavailable> {
    let uuids = || -> Vec<String> { scope.uuids.iter().flatten().cloned().collect() };
    let (page_size, lang) = (Some(PAGE), Some("en".to_owned()));
    Ok(match question {
        Question::Vulnerabilities(kind, page) => {
            let request = DescribeGroupedVul {
                r#type: Some(kind.as_str().to_owned()),
                dealed: Some("n".to_owned()),
                uuids: comma_list(uuids()),
                lang,
                current_page: Some(page),
                page_size,
                ..Default::default()
            };
            Answer::Vulnerabilities(sas.read(&request, centre).await?)
        }
        Question::Baseline(page) => {
            let request = ListCheckItemWarningSummary {
                check_warning_status: Some(FAILED),
                uuid_list: uuids(),
                lang,
                current_page: Some(page),
                page_size,
                ..Default::default()
            };
            Answer::Baseline(sas.read(&request, centre).await?)
        }
        Question::Infected(page) => {
            let request = ListVirusScanMachine {
                current_page: Some(page),
                page_size,
                ..Default::default()
            };
            Answer::Infected(sas.read(&request, centre).await?)
        }
        Question::Viruses(uuid) => {
            let request = ListVirusScanMachineEvent {
                uuid: Some(uuid),
                lang,
                current_page: Some(1),
                page_size,
                ..Default::default()
            };
            Answer::Viruses(sas.read(&request, centre).await?)
        }
    })
}

/// How grave a finding is, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    High,
    Medium,
    Low,
}

impl Severity {
    fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// Counts and the gravest findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) findings: Findings,
    pub(super) top: Vec<ScanFinding>,
}

/// Puts all answers together.
pub(super) fn found(scope: &Scope, known: &Known, all_servers: bool, now: Timestamp) -> Found {
    let mut rows: Vec<(Severity, ScanFinding)> = known.values().flat_map(|answer| rows(answer)).collect();
    rows.sort_by(|(one, a), (other, b)| {
        (one, -a.servers, &a.name, a.kind).cmp(&(other, -b.servers, &b.name, b.kind))
    });
    let counted = |kind: ScanKind, wanted: bool| wanted.then(|| counts(&rows, kind));
    let seconds = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let findings = Findings {
        observed_time: Time(seconds),
        vulnerabilities: counted(ScanKind::Vulnerabilities, !scope.vulnerabilities.is_empty()),
        baseline: counted(ScanKind::Baseline, scope.baseline),
        virus: counted(ScanKind::Virus, scope.virus),
        incomplete: incomplete(scope, known, all_servers),
    };
    let top = rows.into_iter().take(TOP).map(|(_, finding)| finding).collect();
    Found { findings, top }
}

fn counts(rows: &[(Severity, ScanFinding)], kind: ScanKind) -> SeverityCounts {
    let mut counts = SeverityCounts::default();
    for (severity, finding) in rows.iter().filter(|(_, finding)| finding.kind == kind) {
        let count = match severity {
            Severity::High => &mut counts.high,
            Severity::Medium => &mut counts.medium,
            Severity::Low => &mut counts.low,
        };
        *count = figure(count.saturating_add(finding.servers));
    }
    counts
}

fn incomplete(scope: &Scope, known: &Known, all_servers: bool) -> Option<String> {
    let mut missing = Vec::new();
    if scope.uuids.is_none() && !all_servers {
        missing.push(format!(
            "the job has more than {NAMED_SERVERS} servers: these are the counts of the whole account"
        ));
    }
    if known
        .values()
        .any(|answer| answer.total().is_some_and(|total| total > PAGE * PAGES))
    {
        missing.push(format!(
            "only the first {} rows of each list are counted",
            PAGE * PAGES
        ));
    }
    let more = infected(scope, known).len().saturating_sub(INFECTED);
    if more > 0 {
        missing.push(format!("the viruses of {more} further servers are not counted"));
    }
    (!missing.is_empty()).then(|| missing.join("; "))
}

fn rows(answer: &Answer) -> Vec<(Severity, ScanFinding)> {
    let finding = |kind, severity: Severity, name: &str, servers: Option<i64>| {
        let finding = ScanFinding {
            kind,
            name: shown(name, NAME_BYTES),
            severity: severity.as_str().to_owned(),
            servers: figure(servers.unwrap_or(0)),
        };
        (severity, finding)
    };
    let rows: Vec<_> = match answer {
        Answer::Vulnerabilities(page) => {
            let row = |row: &sas_client::actions::GroupedVulnerability| {
                let name = row
                    .alias_name
                    .as_deref()
                    .or(row.name.as_deref())
                    .unwrap_or("unnamed")
                    .to_owned();
                [
                    (Severity::High, row.asap_count),
                    (Severity::Medium, row.later_count),
                    (Severity::Low, row.nntf_count),
                ]
                .map(|(severity, servers)| finding(ScanKind::Vulnerabilities, severity, &name, servers))
            };
            page.grouped_vul_items.iter().flat_map(row).collect()
        }
        Answer::Baseline(page) => {
            let row = |row: &sas_client::actions::CheckItemWarning| {
                let severity = match row.check_level.as_deref() {
                    Some("high") => Severity::High,
                    Some("medium") => Severity::Medium,
                    _ => Severity::Low,
                };
                let name = row.check_item.as_deref().unwrap_or("unnamed");
                finding(ScanKind::Baseline, severity, name, row.warning_machine_count)
            };
            let failed = page
                .list
                .iter()
                .filter(|row| row.status.is_none_or(|status| status == FAILED));
            failed.map(row).collect()
        }
        Answer::Viruses(page) => {
            let row = |row: &sas_client::actions::VirusScanMachineEvent| {
                let severity = match row.level.as_deref() {
                    Some("serious") => Severity::High,
                    Some("suspicious") => Severity::Medium,
                    _ => Severity::Low,
                };
                let name = row.event_name.as_deref().unwrap_or("unnamed");
                finding(ScanKind::Virus, severity, name, Some(1))
            };
            page.data.iter().map(row).collect()
        }
        Answer::Infected(_) => Vec::new(),
    };
    rows.into_iter()
        .filter(|(_, finding)| finding.servers > 0)
        .collect()
}

/// Findings in words: `3 high, 1 medium, 0 low`; nothing where none were looked for.
pub(super) fn in_words(findings: &Findings) -> Option<String> {
    let kinds = [findings.vulnerabilities, findings.baseline, findings.virus];
    kinds.iter().find(|kind| kind.is_some())?;
    let sum = kinds
        .into_iter()
        .flatten()
        .fold(SeverityCounts::default(), |sum, one| SeverityCounts {
            high: sum.high + one.high,
            medium: sum.medium + one.medium,
            low: sum.low + one.low,
        });
    Some(format!(
        "{} high, {} medium, {} low",
        sum.high, sum.medium, sum.low
    ))
}
