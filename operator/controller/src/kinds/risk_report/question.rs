//! One read of a report: what is asked, and how many rows its answer has and announces.

use std::sync::Arc;

use sas_api::Reason;
use sas_api::account::DataCentre;
use sas_api::alerts::{AlertLevel, Language};
use sas_api::kinds::risk_report::{RiskFinding, VulnerabilityType};
use sas_client::actions::{
    DescribeGroupedVul, DescribeSuspEvents, ListCheckItemWarningSummary, ListVirusScanMachine,
    ListVirusScanMachineEvent,
};
use sas_client::wire::CommaList;
use sas_engine::Unavailable;

use super::row;
use crate::sas::Sas;

/// Rows per page.
pub(super) const PAGE: usize = 100;
/// `CheckWarningStatus` of a failed check; other actions count differently.
const FAILED: i64 = 1;

/// Where and in which language is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub(super) centre: DataCentre,
    pub(super) language: Language,
}

/// Which servers one read is about: those with these UUIDs, or all where there are none.
pub(super) type Servers = Arc<[String]>;

/// A list of findings at the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// Open vulnerabilities of one type and urgency.
    Vulnerabilities {
        type_: VulnerabilityType,
        urgency: &'static str,
        servers: Servers,
    },
    /// Failed checks of one level.
    Checks { level: &'static str, servers: Servers },
    /// Open alerts of one level.
    Alerts { level: AlertLevel, servers: Servers },
    /// Servers on which a virus scan found something, or nothing.
    ScannedServers,
    /// What virus scans found, everywhere.
    Viruses,
    /// What virus scans found on one server.
    VirusesOf(String),
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    pub(super) place: Place,
    pub(super) list: List,
    /// From 1.
    pub(super) page: usize,
}

/// A server that was scanned for viruses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScannedServer {
    pub(super) uuid: String,
    /// Open findings on it.
    pub(super) findings: usize,
}

/// What one read brought. An error is an answer too: it concerns one section and must not hold up others.
pub type Answer = Result<Batch, Unavailable>;

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Rows of the whole list.
    pub(super) total: usize,
    /// Rows of this page.
    pub(super) rows: usize,
    /// Findings of this page.
    pub(super) findings: Vec<RiskFinding>,
    /// Servers of this page, of a list of servers.
    pub(super) servers: Vec<ScannedServer>,
}

impl Question {
    /// Asks the cloud.
    pub(super) async fn ask(self, sas: &Sas) -> Answer {
        match &self.list {
            List::Vulnerabilities {
                type_,
                urgency,
                servers,
            } => self.vulnerabilities(sas, *type_, urgency, servers).await,
            List::Checks { level, servers } => self.checks(sas, level, servers).await,
            List::Alerts { level, servers } => self.alerts(sas, *level, servers).await,
            List::ScannedServers => self.scanned_servers(sas).await,
            List::Viruses => self.viruses(sas, None).await,
            List::VirusesOf(uuid) => self.viruses(sas, Some(uuid)).await,
        }
    }

    async fn vulnerabilities(
        &self,
        sas: &Sas,
        type_: VulnerabilityType,
        urgency: &'static str,
        servers: &Servers,
    ) -> Answer {
        let request = DescribeGroupedVul {
            r#type: Some(type_.as_str().to_owned()),
            dealed: Some("n".to_owned()),
            necessity: list(&[urgency.to_owned()]),
            uuids: list(servers),
            lang: Some(self.place.language.as_str().to_owned()),
            current_page: number(self.page),
            page_size: number(PAGE),
            ..Default::default()
        };
        let answer = sas.read(&request, self.place.centre).await?;
        let rows = answer.grouped_vul_items.iter();
        let findings = rows.filter_map(|row| row::vulnerability(row, type_, urgency));
        Ok(Batch::new(
            answer.total_count,
            answer.grouped_vul_items.len(),
            findings.collect(),
        ))
    }

    async fn checks(&self, sas: &Sas, level: &'static str, servers: &Servers) -> Answer {
        let request = ListCheckItemWarningSummary {
            check_warning_status: Some(FAILED),
            check_level: Some(level.to_owned()),
            uuid_list: servers.to_vec(),
            lang: Some(self.place.language.as_str().to_owned()),
            current_page: number(self.page),
            page_size: number(PAGE),
            ..Default::default()
        };
        let answer = sas.read(&request, self.place.centre).await?;
        let total = answer.page_info.and_then(|info| info.total_count);
        let findings = answer.list.iter().filter_map(|row| row::check(row, level));
        Ok(Batch::new(total, answer.list.len(), findings.collect()))
    }

    async fn alerts(&self, sas: &Sas, level: AlertLevel, servers: &Servers) -> Answer {
        let request = DescribeSuspEvents {
            from: Some("sas".to_owned()),
            dealed: Some("N".to_owned()),
            levels: list(&[level.as_str().to_owned()]),
            uuids: list(servers),
            lang: Some(self.place.language.as_str().to_owned()),
            current_page: number(self.page),
            page_size: number(PAGE),
            ..Default::default()
        };
        let answer = sas.read(&request, self.place.centre).await?;
        let mut owners = answer.susp_events.iter().filter_map(|row| row.uuid.as_ref());
        if !servers.is_empty() && owners.any(|uuid| !servers.contains(uuid)) {
            let message = "the cloud lists alerts of other servers than those it was asked about";
            return Err(Unavailable::new(Reason::CloudUnavailable, message));
        }
        let findings = answer.susp_events.iter().filter_map(row::alert);
        Ok(Batch::new(
            answer.total_count,
            answer.susp_events.len(),
            findings.collect(),
        ))
    }

    async fn scanned_servers(&self, sas: &Sas) -> Answer {
        let request = ListVirusScanMachine {
            current_page: number(self.page),
            page_size: number(PAGE),
            ..Default::default()
        };
        let answer = sas.read(&request, self.place.centre).await?;
        let total = answer.page_info.and_then(|info| info.total_count);
        Ok(Batch {
            servers: answer.data.iter().filter_map(row::scanned_server).collect(),
            ..Batch::new(total, answer.data.len(), Vec::new())
        })
    }

    async fn viruses(&self, sas: &Sas, uuid: Option<&String>) -> Answer {
        let request = ListVirusScanMachineEvent {
            uuid: uuid.cloned(),
            lang: Some(self.place.language.as_str().to_owned()),
            current_page: number(self.page),
            page_size: number(PAGE),
            ..Default::default()
        };
        let answer = sas.read(&request, self.place.centre).await?;
        let total = answer.page_info.and_then(|info| info.total_count);
        let findings = answer.data.iter().filter_map(row::virus);
        Ok(Batch::new(total, answer.data.len(), findings.collect()))
    }
}

impl Batch {
    fn new(total: Option<i64>, rows: usize, findings: Vec<RiskFinding>) -> Self {
        let said = total.and_then(|total| usize::try_from(total).ok());
        Self {
            total: said.unwrap_or(0).max(rows),
            rows,
            findings,
            servers: Vec::new(),
        }
    }
}

fn number(number: usize) -> Option<i64> {
    i64::try_from(number).ok()
}

/// A filter of the cloud. Texts with commas do not get here: targets are cleaned of such ids.
fn list(items: &[String]) -> CommaList {
    CommaList::new(items).unwrap_or_default()
}
