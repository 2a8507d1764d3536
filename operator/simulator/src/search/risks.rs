//! What Security Center knows to be wrong with each server: alerts that nobody has dealt with,
//! vulnerabilities and failed baseline checks that are open. They are the ones that
//! DescribeSuspEvents, DescribeGroupedVul and ListCheckItemWarningSummary list.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::alerts;
use crate::world::scans::{Finding, Inspections, Necessity, ScanKind};
use crate::world::{DataCentre, Level};

/// The servers with anything wrong, by uuid.
#[derive(Debug, Default)]
pub struct Risks {
    by_uuid: BTreeMap<String, Risk>,
    none: Risk,
}

/// What is wrong with one server: how many of what, as `RiskCount` names them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Risk(BTreeMap<&'static str, usize>);

const ALERTS: &str = "suspicious";
const VULNERABILITIES: &str = "vul";
const URGENT_VULNERABILITIES: &str = "asapVulCount";
const FAILED_CHECKS: &str = "health";

impl Risk {
    /// Alerts that nobody has dealt with (`SafeEventCount`).
    pub fn alerts(&self) -> usize {
        self.count(ALERTS)
    }

    /// Open vulnerabilities of all kinds (`VulCount`).
    pub fn vulnerabilities(&self) -> usize {
        self.count(VULNERABILITIES)
    }

    /// Those of them that are to be fixed as soon as possible.
    pub fn urgent_vulnerabilities(&self) -> usize {
        self.count(URGENT_VULNERABILITIES)
    }

    /// Baseline checks that the server fails (`HealthCheckCount`).
    pub fn failed_checks(&self) -> usize {
        self.count(FAILED_CHECKS)
    }

    /// Whether anything is wrong.
    pub fn is_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// `RiskCount`: the counts that are not zero.
    pub fn as_json(&self) -> Cow<'static, str> {
        if self.0.is_empty() {
            return "{}".into();
        }
        serde_json::json!(self.0).to_string().into()
    }

    fn count(&self, name: &str) -> usize {
        self.0.get(name).copied().unwrap_or(0)
    }
}

impl Risks {
    /// The risks that are known at a time.
    pub fn known(centre: &DataCentre, now: Timestamp) -> Self {
        let mut risks = Self::default();
        for seen in alerts::seen(centre, now).filter(|seen| !seen.status.is_dealt_with()) {
            let level = match seen.alert.level {
                Level::Serious => "seriousNum",
                Level::Suspicious => "suspNum",
                Level::Remind => "remindNum",
            };
            risks.add(&seen.alert.uuid, [ALERTS, "newSuspicious", level]);
        }
        risks.add_vulnerabilities(centre, now);
        risks.add_checks(centre, now);
        risks
    }

    /// The risk of one server.
    pub fn of(&self, uuid: &str) -> &Risk {
        self.by_uuid.get(uuid).unwrap_or(&self.none)
    }

    fn add_vulnerabilities(&mut self, centre: &DataCentre, now: Timestamp) {
        let mut inspections = BTreeMap::new();
        for vulnerability in centre.scans.vulnerabilities.values() {
            let kind = vulnerability.kind;
            let inspections = inspections
                .entry(kind)
                .or_insert_with(|| centre.scans.inspections(kind, now));
            let (urgency, of_image) = match vulnerability.necessity {
                Necessity::Asap => (URGENT_VULNERABILITIES, "imageVulAsap"),
                Necessity::Later => ("laterVulCount", "imageVulLater"),
                Necessity::Nntf => ("nntfVulCount", "imageVulNntf"),
            };
            let of_kind = of_kind(kind).unwrap_or(of_image);
            for uuid in open(&vulnerability.servers, inspections, now) {
                self.add(uuid, [VULNERABILITIES, urgency, of_kind]);
            }
        }
    }

    fn add_checks(&mut self, centre: &DataCentre, now: Timestamp) {
        let checks = centre.scans.baseline_checks.iter();
        for (id, check) in checks.filter(|(_, check)| !check.servers.is_empty()) {
            let level = match check.check_level.as_str() {
                "high" => "baselineHigh",
                "low" => "baselineLow",
                _ => "baselineMedium",
            };
            let checked = centre.scans.checked(*id, now);
            for uuid in open(&check.servers, &checked, now) {
                self.add(uuid, [FAILED_CHECKS, level]);
            }
        }
    }

    fn add<const N: usize>(&mut self, uuid: &str, names: [&'static str; N]) {
        let risk = self.by_uuid.entry(uuid.to_owned()).or_default();
        for name in names {
            *risk.0.entry(name).or_default() += 1;
        }
    }
}

/// The servers on which a finding is known, not handled and not gone.
fn open<'a>(
    servers: &'a BTreeMap<String, Finding>,
    inspections: &Inspections<'_>,
    now: Timestamp,
) -> impl Iterator<Item = &'a String> {
    let is_open = move |(uuid, finding): &(&String, &Finding)| {
        let seen = finding.seen(inspections.of(uuid), now);
        seen.is_some_and(|seen| !seen.fixed) && !finding.handled
    };
    servers.iter().filter(is_open).map(|(uuid, _)| uuid)
}

/// How `RiskCount` names the vulnerabilities of a kind; those of images by their urgency.
fn of_kind(kind: ScanKind) -> Option<&'static str> {
    match kind {
        ScanKind::Cve => Some("cveNum"),
        ScanKind::Sys => Some("sysNum"),
        ScanKind::Cms => Some("cmsNum"),
        ScanKind::App => Some("appNum"),
        ScanKind::Emg => Some("emgNum"),
        ScanKind::Sca => Some("scaNum"),
        _ => None,
    }
}
