//! What is wrong with servers, and what of it Security Center knows. A finding is a fact about a
//! server; a reader sees it once a scan of that server for that kind has finished while it was
//! there, and no longer once such a scan has finished after it was fixed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ScanKind;
use super::task::Task;

/// Since when something has been wrong with one server, and until when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Finding {
    /// Came up at this time; absent: was always there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Fixed at this time; absent: still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed_at: Option<Timestamp>,
    /// Found at this time by a scan that this world does not record; absent: only by its own scans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_at: Option<Timestamp>,
    /// Handled or whitelisted by a person.
    pub handled: bool,
}

/// What Security Center knows of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The first scan that found it.
    pub first: Timestamp,
    /// The last scan that found it.
    pub last: Timestamp,
    /// The latest scan did not find it any more.
    pub fixed: bool,
}

impl Finding {
    /// Whether the server truly has it at this time.
    pub fn is_there(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= at) && self.fixed_at.is_none_or(|fixed| at < fixed)
    }

    /// What is known of it after scans of its server at these times, oldest first.
    pub fn seen(&self, inspections: &[Timestamp], now: Timestamp) -> Option<Seen> {
        let known = self.known_at.filter(|at| *at <= now);
        let found = || inspections.iter().copied().filter(|at| self.is_there(*at));
        let first = known.into_iter().chain(found()).min()?;
        let last = known.into_iter().chain(found()).max()?;
        let fixed = inspections.iter().any(|at| *at > last);
        Some(Seen { first, last, fixed })
    }
}

/// When servers were truly looked at for one kind, by uuid, oldest first.
#[derive(Debug, Default)]
pub struct Inspections<'a>(BTreeMap<&'a str, Vec<Timestamp>>);

impl<'a> Inspections<'a> {
    /// The finished inspections among these scans, each of which looked for `kind` and `fits`.
    pub fn among(
        tasks: impl Iterator<Item = &'a Task>,
        kind: ScanKind,
        fits: impl Fn(&Task) -> bool,
        now: Timestamp,
    ) -> Self {
        let mut inspections: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
        for task in tasks.filter(|task| task.kinds.contains(&kind) && fits(task)) {
            for (uuid, at) in task.finished(now) {
                inspections.entry(uuid).or_default().push(at);
            }
        }
        for times in inspections.values_mut() {
            times.sort_unstable();
        }
        Self(inspections)
    }

    /// The times of one server.
    pub fn of(&self, uuid: &str) -> &[Timestamp] {
        self.0.get(uuid).map_or(&[], Vec::as_slice)
    }

    /// The servers that were looked at.
    pub fn servers(&self) -> impl Iterator<Item = &'a str> {
        self.0.keys().copied()
    }
}

/// How urgently a vulnerability wants to be fixed on a server (`Necessity`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Necessity {
    /// High.
    #[default]
    Asap,
    /// Medium.
    Later,
    /// Low.
    Nntf,
}

/// A vulnerability with the servers that have it; its map key is its `Name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct Vulnerability {
    /// `cve`, `sys`, `cms`, `app`, `emg`, `image` or `sca`.
    #[serde(rename = "type")]
    pub kind: ScanKind,
    pub alias_name: String,
    /// CVE ids.
    pub related: BTreeSet<String>,
    pub tags: BTreeSet<String>,
    pub necessity: Necessity,
    /// By uuid.
    pub servers: BTreeMap<String, Finding>,
}

impl Default for Vulnerability {
    fn default() -> Self {
        Self {
            kind: ScanKind::Cve,
            alias_name: String::new(),
            related: BTreeSet::new(),
            tags: BTreeSet::new(),
            necessity: Necessity::default(),
            servers: BTreeMap::new(),
        }
    }
}

/// A check item of the baseline with the servers that fail it; its map key is its `CheckId`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct BaselineCheck {
    pub check_item: String,
    /// `high`, `medium` or `low`.
    pub check_level: String,
    pub check_type: String,
    pub risk_type: String,
    pub alias: String,
    pub description: String,
    pub advice: String,
    /// By uuid; a server that was checked and is not here passed.
    pub servers: BTreeMap<String, Finding>,
}

impl Default for BaselineCheck {
    fn default() -> Self {
        Self {
            check_item: String::new(),
            check_level: "medium".to_owned(),
            check_type: String::new(),
            risk_type: "hc_best_security".to_owned(),
            alias: String::new(),
            description: String::new(),
            advice: String::new(),
            servers: BTreeMap::new(),
        }
    }
}

/// A virus on one server; its map key is the `EventId`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Virus {
    pub event_name: String,
    /// `serious`, `suspicious` or `remind`.
    pub level: String,
    pub uuid: String,
    /// What the event shows, name to value.
    pub details: BTreeMap<String, String>,
    pub finding: Finding,
}

impl Default for Virus {
    fn default() -> Self {
        Self {
            event_name: String::new(),
            level: "serious".to_owned(),
            uuid: String::new(),
            details: BTreeMap::new(),
            finding: Finding::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::course::after;
    use super::*;

    fn at(second: i64) -> Timestamp {
        after(Timestamp::UNIX_EPOCH, second)
    }

    fn seen(finding: &Finding, inspections: &[i64]) -> Option<(i64, i64, bool)> {
        let inspections: Vec<Timestamp> = inspections.iter().map(|second| at(*second)).collect();
        let seen = finding.seen(&inspections, at(1000))?;
        Some((seen.first.as_second(), seen.last.as_second(), seen.fixed))
    }

    #[test]
    fn a_finding_is_latent_until_a_scan_meets_it() {
        let finding = Finding {
            since: Some(at(10)),
            fixed_at: Some(at(30)),
            ..Finding::default()
        };
        for (inspections, expected) in [
            (&[][..], None),
            (&[9], None),
            (&[10], Some((10, 10, false))),
            (&[9, 20, 29], Some((20, 29, false))),
            (&[20, 30], Some((20, 20, true))),
            (&[31], None),
        ] {
            assert_eq!(seen(&finding, inspections), expected, "{inspections:?}");
        }
    }

    #[test]
    fn what_was_known_before_stays_until_a_scan_misses_it() {
        let finding = Finding {
            known_at: Some(at(5)),
            fixed_at: Some(at(30)),
            ..Finding::default()
        };
        assert_eq!(seen(&finding, &[]), Some((5, 5, false)));
        assert_eq!(seen(&finding, &[20]), Some((5, 20, false)));
        assert_eq!(seen(&finding, &[40]), Some((5, 5, true)));
        let later = Finding {
            known_at: Some(at(2000)),
            ..Finding::default()
        };
        assert_eq!(seen(&later, &[]), None);
    }
}
