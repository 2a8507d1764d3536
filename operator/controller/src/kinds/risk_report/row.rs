//! What a row of the cloud's lists means. Much of its text was written by attackers, so all of it is escaped
//! and cut here.

use sas_api::kinds::risk_report::{RiskFinding, VulnerabilityType};
use sas_api::text::shown;
use sas_client::actions::{
    CheckItemWarning, GroupedVulnerability, SuspEvent, VirusScanEventDetail, VirusScanMachine,
    VirusScanMachineEvent,
};

use super::question::ScannedServer;
use crate::alerts::Alert;
use crate::kinds::report::whole_second;
use crate::kinds::{figure, time};

/// Longest texts, in bytes.
const ID: usize = 128;
const TITLE: usize = 256;
const WORD: usize = 32;
const DETAIL: usize = 256;

/// An open vulnerability; `None` for a row without a name.
pub(super) fn vulnerability(
    row: &GroupedVulnerability,
    type_: VulnerabilityType,
    urgency: &str,
) -> Option<RiskFinding> {
    let servers = match urgency {
        "asap" => row.asap_count,
        "later" => row.later_count,
        _ => row.nntf_count,
    };
    Some(RiskFinding {
        id: id(row.name.as_deref())?,
        title: title(&[&row.alias_name, &row.name]),
        type_: Some(type_.as_str().to_owned()),
        severity: urgency.to_owned(),
        servers: servers.map(figure),
        detail: detail(row.related.as_deref()),
        last_time: row.gmt_last.and_then(time),
        ..RiskFinding::default()
    })
}

/// A check that servers fail; `None` for a row without an id.
pub(super) fn check(row: &CheckItemWarning, level: &str) -> Option<RiskFinding> {
    Some(RiskFinding {
        id: row.check_id?.to_string(),
        title: title(&[&row.check_item, &row.alias]),
        type_: word(row.check_type.as_deref(), ID),
        severity: level.to_owned(),
        servers: row.warning_machine_count.map(figure),
        detail: detail(row.advice.as_deref()),
        ..RiskFinding::default()
    })
}

/// An alert; `None` for a row without an id.
pub(super) fn alert(row: &SuspEvent) -> Option<RiskFinding> {
    let alert = Alert::from_row(row)?;
    Some(RiskFinding {
        id: alert.id.to_string(),
        title: alert.name.clone(),
        type_: word(Some(&alert.type_name), ID),
        severity: shown(&alert.level, WORD),
        server: word(Some(alert.server_label()), ID),
        last_time: alert.last.map(whole_second),
        ..RiskFinding::default()
    })
}

/// A server that was scanned for viruses; `None` for a row without a UUID.
pub(super) fn scanned_server(row: &VirusScanMachine) -> Option<ScannedServer> {
    let findings = row.event_count.and_then(|count| usize::try_from(count).ok());
    Some(ScannedServer {
        uuid: row.uuid.clone().filter(|uuid| !uuid.is_empty())?,
        findings: findings.unwrap_or(0),
    })
}

/// What a virus scan found; `None` for a row without an id.
pub(super) fn virus(row: &VirusScanMachineEvent) -> Option<RiskFinding> {
    let addresses = [&row.instance_name, &row.internet_ip, &row.intranet_ip];
    let mut names = addresses.into_iter().filter_map(|text| word(text.as_deref(), ID));
    let details: Vec<_> = row.details.iter().filter_map(particular).collect();
    Some(RiskFinding {
        id: row.event_id?.to_string(),
        title: title(&[&row.event_name]),
        severity: shown(row.level.as_deref().unwrap_or("unknown"), WORD),
        server: names.next(),
        detail: detail(Some(&details.join("; "))),
        last_time: row.last_time_stamp.and_then(time),
        ..RiskFinding::default()
    })
}

fn particular(detail: &VirusScanEventDetail) -> Option<String> {
    let value = detail
        .value_display
        .as_deref()
        .filter(|value| !value.is_empty())?;
    let name = detail.name_display.as_deref().unwrap_or_default();
    Some(format!("{name}: {value}"))
}

fn id(text: Option<&str>) -> Option<String> {
    word(text, ID)
}

fn title(texts: &[&Option<String>]) -> String {
    let mut texts = texts.iter().filter_map(|text| word(text.as_deref(), TITLE));
    texts.next().unwrap_or_default()
}

fn detail(text: Option<&str>) -> Option<String> {
    word(text, DETAIL)
}

fn word(text: Option<&str>, bytes: usize) -> Option<String> {
    text.filter(|text| !text.is_empty())
        .map(|text| shown(text, bytes))
}
