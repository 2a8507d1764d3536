//! Which lists a report has to read, and what their pages say together. Pure: the questions follow from the
//! spec and the answers so far, and the figures from the answers.

use std::collections::BTreeMap;

use sas_api::Reason;
use sas_api::alerts::AlertLevel;
use sas_api::kinds::risk_report::{
    RiskCount, RiskFinding, SasRiskReportSpec, SectionName, VulnerabilityType,
};
use sas_engine::Unavailable;

use super::question::{Answer, Batch, List, PAGE, Place, Question, ScannedServer, Servers};
use crate::errand::Answers;
use crate::kinds::figure;

/// Severities in the vendor's words, the worst first.
const URGENCIES: [&str; 3] = ["asap", "later", "nntf"];
const CHECK_LEVELS: [&str; 3] = ["high", "medium", "low"];
/// What is counted for a severity that is none of the known ones.
const OTHER: &str = "other";

/// Servers that one read is about at most: so many UUIDs fit into a request.
const CHUNK: usize = 100;
/// Pages of one list of findings that are read where its length alone does not tell enough.
const MAX_PAGES: usize = 20;
/// Pages of the list of servers that were scanned for viruses.
const MAX_SERVER_PAGES: usize = 100;
/// Servers whose viruses are read one by one.
const MAX_SERVERS: usize = 50;

/// What a report is about.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    place: Place,
    sections: Vec<SectionName>,
    types: Vec<VulnerabilityType>,
    /// The servers in parts, or all of the account.
    chunks: Option<Vec<Servers>>,
}

/// What one section found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    pub(super) counts: Vec<RiskCount>,
    /// Findings whose severity is not known.
    pub(super) unread: usize,
    /// Findings, the worst first.
    pub(super) findings: Vec<RiskFinding>,
}

type Known = Answers<Question, Answer>;

impl Survey {
    /// The survey of a spec; `uuids` are the servers that it means, unless it means all.
    pub(super) fn of(spec: &SasRiskReportSpec, place: Place, uuids: Option<&[String]>) -> Self {
        let options = spec.sections.as_ref();
        let types = options.and_then(|sections| Some(sections.vulnerabilities.as_ref()?.types.clone()));
        let types = types.filter(|types| !types.is_empty());
        Self {
            place,
            sections: wanted(spec),
            types: types.unwrap_or_else(|| VulnerabilityType::ALL.to_vec()),
            chunks: uuids.map(|uuids| uuids.chunks(CHUNK).map(Servers::from).collect()),
        }
    }

    /// The sections that are asked for.
    pub(super) fn sections(&self) -> &[SectionName] {
        &self.sections
    }

    /// All pages to read, as far as the answers so far tell.
    pub(super) fn questions(&self, known: &Known) -> Vec<Question> {
        let lists = self
            .sections
            .iter()
            .flat_map(|section| self.lists(*section, known));
        lists.flat_map(|list| self.pages(&list, known)).collect()
    }

    /// What a section found, once all its questions are answered; or the first reason why not.
    pub(super) fn found(&self, section: SectionName, known: &Known) -> Result<Found, Unavailable> {
        let mut tally = Tally::default();
        for list in self.lists(section, known) {
            let pages = self.pages(&list, known);
            let batches = pages.iter().filter_map(|page| known.get(page));
            let batches: Result<Vec<&Batch>, _> = batches.map(|answer| answer.as_ref().as_ref()).collect();
            self.add(&mut tally, &list, &batches.map_err(Clone::clone)?)?;
        }
        if section == SectionName::Virus {
            tally.unread += self.too_many_infected(known);
        }
        Ok(tally.found(section, &self.types))
    }

    /// Takes the pages of one list into account.
    fn add(&self, tally: &mut Tally, list: &List, pages: &[&Batch]) -> Result<(), Unavailable> {
        let total = pages.first().map_or(0, |first| first.total);
        let unread = total.saturating_sub(pages.iter().map(|page| page.rows).sum());
        if *list == List::ScannedServers {
            return if unread == 0 {
                Ok(())
            } else {
                Err(too_many_servers(total))
            };
        }
        let findings = pages.iter().flat_map(|page| &page.findings);
        match list {
            // One list has each finding once, and its length counts them.
            List::Vulnerabilities { .. } | List::Checks { .. } | List::Alerts { .. }
                if !self.overlaps(list) =>
            {
                *tally.lengths.entry(key(list)).or_default() += total;
            }
            _ => tally.unread += unread,
        }
        for finding in findings {
            tally.take(key_of(list, finding), finding);
        }
        Ok(())
    }

    /// The lists of a section.
    fn lists(&self, section: SectionName, known: &Known) -> Vec<List> {
        let everywhere = [Servers::default()];
        let chunks = self.chunks.as_deref().unwrap_or(&everywhere).iter().cloned();
        match section {
            SectionName::Vulnerabilities => chunks
                .flat_map(|servers| self.types.iter().map(move |type_| (servers.clone(), *type_)))
                .flat_map(|(servers, type_)| {
                    URGENCIES.map(|urgency| List::Vulnerabilities {
                        type_,
                        urgency,
                        servers: servers.clone(),
                    })
                })
                .collect(),
            SectionName::Baseline => chunks
                .flat_map(|servers| {
                    CHECK_LEVELS.map(|level| List::Checks {
                        level,
                        servers: servers.clone(),
                    })
                })
                .collect(),
            SectionName::Alerts => chunks
                .flat_map(|servers| {
                    AlertLevel::ALL.map(|level| List::Alerts {
                        level,
                        servers: servers.clone(),
                    })
                })
                .collect(),
            SectionName::Virus => self.virus_lists(known),
        }
    }

    /// The cloud lists viruses of all servers or of one. Of many servers, those with findings are looked up
    /// first.
    fn virus_lists(&self, known: &Known) -> Vec<List> {
        let Some(chunks) = &self.chunks else {
            return vec![List::Viruses];
        };
        let uuids = chunks.iter().flat_map(|chunk| chunk.iter());
        if uuids.clone().count() <= MAX_SERVERS {
            return uuids.cloned().map(List::VirusesOf).collect();
        }
        let infected = self.infected(known).into_iter().take(MAX_SERVERS);
        let lists = infected.map(|server| List::VirusesOf(server.uuid));
        std::iter::once(List::ScannedServers).chain(lists).collect()
    }

    /// Servers of the report that have viruses, those with most first.
    fn infected(&self, known: &Known) -> Vec<ScannedServer> {
        let pages = self.pages(&List::ScannedServers, known);
        let batches = pages
            .iter()
            .filter_map(|page| known.get(page)?.as_ref().as_ref().ok());
        let chunks = self.chunks.as_deref().unwrap_or_default();
        let is_meant = |server: &&ScannedServer| {
            server.findings > 0 && chunks.iter().any(|chunk| chunk.contains(&server.uuid))
        };
        let mut servers: Vec<_> = batches
            .flat_map(|batch| &batch.servers)
            .filter(is_meant)
            .cloned()
            .collect();
        servers.sort_by(|a, b| b.findings.cmp(&a.findings).then_with(|| a.uuid.cmp(&b.uuid)));
        servers.dedup_by(|a, b| a.uuid == b.uuid);
        servers
    }

    /// Findings on servers whose viruses are not read, because they are too many.
    fn too_many_infected(&self, known: &Known) -> usize {
        if self.virus_lists(known).first() != Some(&List::ScannedServers) {
            return 0;
        }
        let beyond = self.infected(known).into_iter().skip(MAX_SERVERS);
        beyond.map(|server| server.findings).sum()
    }

    /// Whether one finding can stand in several of these lists, because each is about other servers.
    fn overlaps(&self, list: &List) -> bool {
        let parts = self.chunks.as_ref().map_or(1, Vec::len);
        parts > 1 && matches!(list, List::Vulnerabilities { .. } | List::Checks { .. })
    }

    /// The pages of a list to read: the first one, and where its length does not tell enough, as many more as
    /// the first one says.
    fn pages(&self, list: &List, known: &Known) -> Vec<Question> {
        let question = |page| Question {
            place: self.place,
            list: list.clone(),
            page,
        };
        let most = match list {
            List::ScannedServers => MAX_SERVER_PAGES,
            List::Viruses | List::VirusesOf(_) => MAX_PAGES,
            _ if self.overlaps(list) => MAX_PAGES,
            _ => 1,
        };
        let first = known
            .get(&question(1))
            .and_then(|answer| answer.as_ref().as_ref().ok());
        let end = first.map_or(1, |first| first.total.div_ceil(PAGE)).clamp(1, most);
        (1..=end).map(question).collect()
    }
}

fn too_many_servers(total: usize) -> Unavailable {
    let message = format!(
        "the cloud lists {total} servers that were scanned for viruses, too many to find those of `targets` \
         among them; name at most {MAX_SERVERS} servers, or leave `targets` out"
    );
    Unavailable::new(Reason::CloudUnavailable, message)
}

/// The sections that a spec asks for.
fn wanted(spec: &SasRiskReportSpec) -> Vec<SectionName> {
    let Some(sections) = &spec.sections else {
        return vec![
            SectionName::Vulnerabilities,
            SectionName::Baseline,
            SectionName::Alerts,
            SectionName::Virus,
        ];
    };
    let named = [
        (sections.vulnerabilities.is_some(), SectionName::Vulnerabilities),
        (sections.baseline.is_some(), SectionName::Baseline),
        (sections.alerts.is_some(), SectionName::Alerts),
        (sections.virus.is_some(), SectionName::Virus),
    ];
    named
        .into_iter()
        .filter(|(named, _)| *named)
        .map(|(_, section)| section)
        .collect()
}

/// What findings are counted by.
type Key = (Option<VulnerabilityType>, &'static str);

/// The key of a list whose findings have all the same severity.
fn key(list: &List) -> Key {
    match list {
        List::Vulnerabilities { type_, urgency, .. } => (Some(*type_), urgency),
        List::Checks { level, .. } => (None, level),
        List::Alerts { level, .. } => (None, level.as_str()),
        List::ScannedServers | List::Viruses | List::VirusesOf(_) => (None, OTHER),
    }
}

fn key_of(list: &List, finding: &RiskFinding) -> Key {
    let known = |level: &&AlertLevel| level.as_str() == finding.severity;
    match key(list) {
        (None, OTHER) => (
            None,
            AlertLevel::ALL
                .iter()
                .find(known)
                .map_or(OTHER, |level| level.as_str()),
        ),
        key => key,
    }
}

/// Findings as they are gathered.
#[derive(Default)]
struct Tally {
    findings: BTreeMap<(Key, String), RiskFinding>,
    /// How many findings of lists that have each finding once.
    lengths: BTreeMap<Key, usize>,
    unread: usize,
}

impl Tally {
    /// A finding that was found on further servers is the same one.
    fn take(&mut self, key: Key, finding: &RiskFinding) {
        let known = self.findings.entry((key, finding.id.clone()));
        known
            .and_modify(|known| {
                let servers = known.servers.unwrap_or(0) + finding.servers.unwrap_or(0);
                known.servers = known.servers.map(|_| figure(servers));
                let latest = [known.last_time.take(), finding.last_time.clone()];
                known.last_time = latest.into_iter().flatten().max_by_key(|time| time.0);
            })
            .or_insert_with(|| finding.clone());
    }

    fn found(self, section: SectionName, types: &[VulnerabilityType]) -> Found {
        let mut open: BTreeMap<Key, usize> = keys(section, types).into_iter().map(|key| (key, 0)).collect();
        for (key, _) in self.findings.keys() {
            *open.entry(*key).or_default() += 1;
        }
        open.extend(self.lengths);
        let rank = |key: &Key| keys(section, types).iter().position(|known| known.1 == key.1);
        let mut findings: Vec<_> = self.findings.into_iter().collect();
        findings.sort_by_cached_key(|((key, id), finding)| {
            let latest = finding.last_time.as_ref().map(|time| time.0);
            (
                rank(key).unwrap_or(usize::MAX),
                std::cmp::Reverse((finding.servers, latest)),
                id.clone(),
            )
        });
        let mut counts: Vec<_> = open.into_iter().collect();
        counts.sort_by_key(|(key, _)| (key.0, rank(key).unwrap_or(usize::MAX)));
        Found {
            counts: counts.into_iter().map(count).collect(),
            unread: self.unread,
            findings: findings.into_iter().map(|(_, finding)| finding).collect(),
        }
    }
}

fn count(((type_, severity), open): (Key, usize)) -> RiskCount {
    RiskCount {
        type_,
        severity: severity.to_owned(),
        open: figure(i64::try_from(open).unwrap_or(i64::MAX)),
    }
}

/// What a section counts by even where there is nothing, the worst severity first.
fn keys(section: SectionName, types: &[VulnerabilityType]) -> Vec<Key> {
    match section {
        SectionName::Vulnerabilities => types
            .iter()
            .flat_map(|type_| URGENCIES.map(|urgency| (Some(*type_), urgency)))
            .collect(),
        SectionName::Baseline => CHECK_LEVELS.map(|level| (None, level)).to_vec(),
        SectionName::Alerts | SectionName::Virus => {
            AlertLevel::ALL.map(|level| (None, level.as_str())).to_vec()
        }
    }
}

#[cfg(test)]
mod tests;
