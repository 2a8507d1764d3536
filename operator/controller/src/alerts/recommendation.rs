//! What is proposed for an alert and why: a table of rules that users can replace by a ConfigMap. A rule
//! whose operations the cloud does not allow is never replaced by a later one: what cannot be contained is
//! not ignored instead.

use sas_api::kinds::alert_action::{AlertOperation, BlockIp, KillAndQuarantine};
use serde::Deserialize;

use super::Alert;
use crate::assets::fits;
use crate::table::{Found, Table, Tables};

/// The table that counts where nobody has written another one.
pub const BUILT_IN: &str = include_str!("../../data/recommendations.yaml");
/// Longest reason, in characters.
const REASON_CHARS: usize = 300;

/// Rules, the first that fits counts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecommendationTable {
    rules: Vec<Rule>,
}

/// Which alerts, and what is proposed for them. An alert fits if it fits every list that is not empty.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Rule {
    /// Patterns of types, in any language.
    #[serde(default)]
    types: Vec<String>,
    /// Patterns of names.
    #[serde(default)]
    names: Vec<String>,
    /// Patterns of what came of the last operation.
    #[serde(default)]
    last_results: Vec<String>,
    /// What is proposed: the first one that the cloud allows.
    operations: Vec<AlertOperation>,
    #[serde(default, rename = "blockIP")]
    block_ip: Option<BlockIp>,
    #[serde(default)]
    kill_and_quarantine: Option<KillAndQuarantine>,
    reason: String,
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RecommendationError {
    /// The text is not of the documented form.
    #[error("failed to read the recommendation table: {detail}")]
    Format {
        /// What the parser said.
        detail: String,
    },
    /// A rule cannot be used.
    #[error("failed to read the recommendation table: rule {number} {detail}")]
    Rule {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        detail: &'static str,
    },
}

/// What is proposed for an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recommendation<'a> {
    /// The operation.
    pub operation: AlertOperation,
    /// How it blocks, for `block_ip`.
    pub block_ip: Option<BlockIp>,
    /// What it does, for `kill_and_quara`.
    pub kill_and_quarantine: Option<KillAndQuarantine>,
    /// Why.
    pub reason: &'a str,
}

/// What a table says about an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice<'a> {
    /// This is proposed.
    Do(Recommendation<'a>),
    /// This would be proposed, and the cloud does not allow it.
    NotAllowed(Recommendation<'a>),
    /// No rule fits.
    None,
}

impl RecommendationTable {
    /// Reads a table from YAML or JSON.
    pub fn parse(text: &str) -> Result<Self, RecommendationError> {
        let table: Self = serde_saphyr::from_str(text).map_err(|error| RecommendationError::Format {
            detail: error.to_string(),
        })?;
        for (number, rule) in (1..).zip(&table.rules) {
            rule.check()
                .map_err(|detail| RecommendationError::Rule { number, detail })?;
        }
        Ok(table)
    }

    /// What is proposed for an alert. `allows` says what the cloud allows for it; who does not know that
    /// takes everything for allowed.
    pub fn advise(&self, alert: &Alert, allows: impl Fn(AlertOperation) -> bool) -> Advice<'_> {
        let Some(rule) = self.rules.iter().find(|rule| rule.fits(alert)) else {
            return Advice::None;
        };
        let allowed = rule.operations.iter().find(|operation| allows(**operation));
        match (allowed, rule.operations.first()) {
            (Some(operation), _) => Advice::Do(rule.propose(*operation)),
            (None, Some(first)) => Advice::NotAllowed(rule.propose(*first)),
            (None, None) => Advice::None,
        }
    }
}

impl Rule {
    fn check(&self) -> Result<(), &'static str> {
        let has = |operation| self.operations.contains(&operation);
        if self.operations.is_empty() {
            return Err("must name `operations`");
        }
        if has(AlertOperation::Recommended) || has(AlertOperation::AdvanceMarkMisInfo) {
            return Err(
                "must not propose 'Recommended' or 'advance_mark_mis_info', which needs rules of its own",
            );
        }
        if has(AlertOperation::Undo) || self.operations.iter().any(|operation| !operation.is_offered()) {
            return Err(
                "must not propose 'Undo', 'CancelIgnore' or 'RestoreFile', which take something back",
            );
        }
        if has(AlertOperation::BlockIp) && self.block_ip.is_none_or(|block| block.duration_seconds < 60) {
            return Err("must say `blockIP.durationSeconds`, 60 at least, for 'block_ip'");
        }
        if has(AlertOperation::KillAndQuara) && self.kill_and_quarantine.is_none() {
            return Err("must say `killAndQuarantine.subOperation` for 'kill_and_quara'");
        }
        if self.reason.trim().is_empty() || self.reason.chars().count() > REASON_CHARS {
            return Err("must give a `reason` of at most 300 characters");
        }
        Ok(())
    }

    fn fits(&self, alert: &Alert) -> bool {
        let any = |patterns: &[String], texts: &[&str]| {
            let one = |pattern: &String| {
                let pattern = pattern.to_lowercase();
                texts.iter().any(|text| fits(&pattern, &text.to_lowercase()))
            };
            patterns.is_empty() || patterns.iter().any(one)
        };
        any(&self.types, &[&alert.type_name, &alert.type_code])
            && any(&self.names, &[&alert.name, &alert.event_code])
            && any(&self.last_results, &[&alert.operation_result])
    }

    fn propose(&self, operation: AlertOperation) -> Recommendation<'_> {
        Recommendation {
            operation,
            block_ip: self.block_ip.filter(|_| operation == AlertOperation::BlockIp),
            kill_and_quarantine: self
                .kill_and_quarantine
                .filter(|_| operation == AlertOperation::KillAndQuara),
            reason: &self.reason,
        }
    }
}

impl Table for RecommendationTable {
    const KEY: &'static str = "recommendations.yaml";

    fn parse(text: &str) -> Result<Self, String> {
        RecommendationTable::parse(text).map_err(|error| error.to_string())
    }

    fn built_in() -> Option<Self> {
        RecommendationTable::parse(BUILT_IN).ok()
    }
}

/// The table as it is known now.
pub type RecommendationList = Found<RecommendationTable>;
/// Where the table is read.
pub type Recommendations = Tables<RecommendationTable>;

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(type_name: &str, name: &str, last_result: &str) -> Alert {
        Alert {
            type_name: type_name.into(),
            name: name.into(),
            operation_result: last_result.into(),
            ..Default::default()
        }
    }

    fn advice(alert: &Alert, allowed: &[&str]) -> String {
        let table = RecommendationTable::parse(BUILT_IN).unwrap();
        match table.advise(alert, |operation| allowed.contains(&operation.as_str())) {
            Advice::Do(advice) => advice.operation.as_str().to_owned(),
            Advice::NotAllowed(advice) => format!("not {}", advice.operation.as_str()),
            Advice::None => "nothing".to_owned(),
        }
    }

    #[test]
    fn what_the_built_in_table_proposes() {
        let all: Vec<&str> = AlertOperation::CODES.iter().map(|code| code.as_str()).collect();
        for (kind, name, last, expected) in [
            ("Unusual logon", "Login with unusual location", "", "block_ip"),
            ("异常登录", "", "", "block_ip"),
            (
                "Malicious process (cloud scan)",
                "Mining program",
                "",
                "kill_and_quara",
            ),
            (
                "Malicious process (cloud scan)",
                "Mining program",
                "kill_and_quara.AgentOffline",
                "kill_and_quara",
            ),
            (
                "Malicious process (cloud scan)",
                "Mining program",
                "kill_and_quara.ProcessNotExist",
                "virus_quara_bin",
            ),
            (
                "Abnormal process behavior",
                "Reverse Shell found",
                "",
                "kill_process",
            ),
            ("Container cluster anomalies", "Reverse shell", "", "kill_process"),
            ("Container cluster anomalies", "Odd deployment", "", "ignore"),
            ("Web shell (local scan)", "Web shell found", "", "quara"),
            (
                "Sensitive file tampering",
                "Somebody wrote to /etc/passwd",
                "",
                "nothing",
            ),
        ] {
            assert_eq!(
                advice(&alert(kind, name, last), &all),
                expected,
                "{kind} {name} {last}"
            );
        }
    }

    #[test]
    fn only_what_the_cloud_allows_is_proposed_and_nothing_is_ignored_for_want_of_better() {
        let miner = alert("Malicious process (cloud scan)", "Mining program", "");
        assert_eq!(advice(&miner, &["virus_quara", "ignore"]), "virus_quara");
        assert_eq!(
            advice(&miner, &["ignore", "manual_handled"]),
            "not kill_and_quara"
        );
        let shell = alert("Container cluster anomalies", "Reverse shell", "");
        assert_eq!(advice(&shell, &["ignore"]), "not kill_process");
    }

    #[test]
    fn parameters_go_with_their_operation_only() {
        let table = RecommendationTable::parse(BUILT_IN).unwrap();
        let miner = alert("Malicious process (cloud scan)", "Mining program", "");
        let quarantine = table.advise(&miner, |operation| operation == AlertOperation::VirusQuara);
        let Advice::Do(quarantine) = quarantine else {
            panic!("{quarantine:?}")
        };
        assert_eq!(
            (quarantine.kill_and_quarantine, quarantine.block_ip),
            (None, None)
        );
        let Advice::Do(logon) = table.advise(&alert("Unusual logon", "", ""), |_| true) else {
            panic!("no advice")
        };
        assert_eq!(logon.block_ip.map(|block| block.duration_seconds), Some(86_400));
    }

    #[test]
    fn what_is_not_a_table_is_refused_with_its_rule() {
        let wrong = |rule: &str| {
            let text = format!("rules: [{{operations: [ignore], reason: r}}, {rule}]");
            RecommendationTable::parse(&text).unwrap_err().to_string()
        };
        for (rule, part) in [
            ("{operations: [], reason: r}", "rule 2 must name `operations`"),
            ("{operations: [block_ip], reason: r}", "rule 2 must say `blockIP"),
            (
                "{operations: [kill_and_quara], reason: r}",
                "rule 2 must say `killAndQuarantine",
            ),
            (
                "{operations: [advance_mark_mis_info], reason: r}",
                "must not propose",
            ),
            ("{operations: [Recommended], reason: r}", "must not propose"),
            ("{operations: [ignore], reason: ' '}", "must give a `reason`"),
            ("{operations: [explode], reason: r}", "failed to read"),
            ("{operation: ignore, reason: r}", "failed to read"),
        ] {
            assert!(wrong(rule).contains(part), "{rule}: {}", wrong(rule));
        }
    }
}
