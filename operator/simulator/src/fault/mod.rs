//! Faults on demand. A rule says which requests it hits, how often, and what goes wrong; its
//! stage says whether the request is lost before the gateway saw it, stopped after the gateway
//! checked it, or carried out with only the reply spoilt.

mod rule;

use serde::Serialize;

use crate::actions;
use crate::ids::Ids;
pub use rule::{FaultKind, Rule, Stage, Target};

/// Rules kept at once, so that a runaway script cannot fill the memory.
const MAXIMUM_RULES: usize = 1000;
/// Longest oversize reply; it is held in memory.
const MAXIMUM_BYTES: usize = 256 * 1024 * 1024;

/// A rule in force.
#[derive(Debug, Clone, Serialize)]
pub struct Installed {
    /// Name for removing it.
    pub id: String,
    /// Requests hit so far.
    pub hits: u64,
    /// The rule, with what is left of its counts.
    #[serde(flatten)]
    pub rule: Rule,
}

/// Why a rule was refused.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// It could never hit anything.
    #[error(
        "failed to add the rule: action {action} is not one that the simulator knows; `sas-sim actions` lists those"
    )]
    Action {
        /// The refused name.
        action: String,
    },
    /// It could never hit anything.
    #[error("failed to add the rule: count 0 hits nothing; leave it out for one hit, or say how many")]
    Count,
    /// Not a probability.
    #[error("failed to add the rule: probability {probability} is not between 0 and 1")]
    Probability {
        /// The refused value.
        probability: f64,
    },
    /// Not a duration.
    #[error("failed to add the rule: seconds {seconds} is not between 0 and 86400")]
    Seconds {
        /// The refused value.
        seconds: f64,
    },
    /// Not an HTTP status a final reply can have.
    #[error("failed to add the rule: status {status} is not between 200 and 599")]
    Status {
        /// The refused value.
        status: u16,
    },
    /// More than a reply may have.
    #[error("failed to add the rule: bytes {bytes} is not between 0 and {MAXIMUM_BYTES}")]
    Bytes {
        /// The refused value.
        bytes: usize,
    },
    /// Too many rules.
    #[error("failed to add the rule: {MAXIMUM_RULES} rules are in force, remove some")]
    Full,
}

/// All rules, in the order they were added; the first that matches hits.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Vec<Installed>,
    added: u64,
}

impl Faults {
    /// Adds a rule and returns its id.
    pub fn add(&mut self, mut rule: Rule) -> Result<String, RuleError> {
        if let Some(action) = rule.action.as_ref().filter(|name| actions::find(name).is_none()) {
            let action = action.clone();
            return Err(RuleError::Action { action });
        }
        if rule.count == Some(0) {
            return Err(RuleError::Count);
        }
        if let Some(probability) = rule.probability.filter(|p| !(0.0..=1.0).contains(p)) {
            return Err(RuleError::Probability { probability });
        }
        if let Some(seconds) = rule.seconds.filter(|s| !(0.0..=86_400.0).contains(s)) {
            return Err(RuleError::Seconds { seconds });
        }
        if let Some(status) = rule.status.filter(|status| !(200..600).contains(status)) {
            return Err(RuleError::Status { status });
        }
        if let Some(bytes) = rule.bytes.filter(|bytes| *bytes > MAXIMUM_BYTES) {
            return Err(RuleError::Bytes { bytes });
        }
        if self.rules.len() >= MAXIMUM_RULES {
            return Err(RuleError::Full);
        }
        if rule.count.is_none() && rule.probability.is_none() {
            rule.count = Some(1);
        }
        self.added += 1;
        let id = format!("fault-{}", self.added);
        self.rules.push(Installed {
            id: id.clone(),
            hits: 0,
            rule,
        });
        Ok(id)
    }

    /// All rules, used-up ones included.
    pub fn rules(&self) -> &[Installed] {
        &self.rules
    }

    /// Removes one rule; false when there is none of that id.
    pub fn remove(&mut self, id: &str) -> bool {
        let before = self.rules.len();
        self.rules.retain(|installed| installed.id != id);
        self.rules.len() < before
    }

    /// Removes all rules.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The fault for this request at one of these stages, if any; counts it.
    pub fn take(&mut self, stages: &[Stage], target: &Target<'_>, ids: &mut Ids) -> Option<Rule> {
        for installed in &mut self.rules {
            let rule = &mut installed.rule;
            if !stages.contains(&rule.stage()) || rule.count == Some(0) || !rule.matches(target) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            if rule
                .probability
                .is_some_and(|probability| ids.fraction() >= probability)
            {
                continue;
            }
            rule.count = rule.count.map(|count| count - 1);
            installed.hits += 1;
            return Some(rule.clone());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Effect;

    const BIND: &str = "BindAuthToMachine";
    const ADD: &str = "AddInstallCode";
    const ALL: [Stage; 3] = [Stage::Front, Stage::Gateway, Stage::AfterCommit];

    fn target(action: &str) -> Target<'_> {
        Target {
            action,
            account: "1",
            effect: Some(Effect::Write),
            dry_run: false,
        }
    }

    #[test]
    fn a_rule_skips_then_hits_then_is_used_up() {
        let (mut faults, mut ids) = (Faults::default(), Ids::seeded(1));
        let rule: Rule =
            serde_json::from_str(r#"{"kind":"status","action":"BindAuthToMachine","skip":1,"count":2}"#)
                .unwrap();
        faults.add(rule).unwrap();
        let mut hits = |action| faults.take(&ALL, &target(action), &mut ids).is_some();
        assert!(!hits(ADD));
        assert_eq!(
            [hits(BIND), hits(BIND), hits(BIND), hits(BIND)],
            [false, true, true, false]
        );
    }

    #[test]
    fn filters_all_have_to_match() {
        let (mut faults, mut ids) = (Faults::default(), Ids::seeded(1));
        for filter in [
            r#"{"kind":"hang","account":"2"}"#,
            r#"{"kind":"hang","effect":"read"}"#,
            r#"{"kind":"hang","dryRun":true}"#,
            r#"{"kind":"hang","stage":"afterCommit","action":"AddInstallCode"}"#,
        ] {
            faults.add(serde_json::from_str(filter).unwrap()).unwrap();
        }
        assert!(faults.take(&ALL, &target(BIND), &mut ids).is_none());
        assert!(faults.take(&[Stage::Gateway], &target(ADD), &mut ids).is_none());
        assert!(
            faults
                .take(&[Stage::AfterCommit], &target(ADD), &mut ids)
                .is_some()
        );
    }

    #[test]
    fn a_probability_hits_about_as_often_as_it_says() {
        let (mut faults, mut ids) = (Faults::default(), Ids::seeded(3));
        faults
            .add(serde_json::from_str(r#"{"kind":"status","probability":0.25}"#).unwrap())
            .unwrap();
        let hits = (0..4000).filter(|_| faults.take(&ALL, &target(BIND), &mut ids).is_some());
        let hits = hits.count();
        assert!((900..1100).contains(&hits), "{hits}");
    }

    #[test]
    fn nonsense_and_misspelt_rules_are_refused() {
        let mut faults = Faults::default();
        for (field, value) in [
            ("probability", "2"),
            ("probability", "-0.1"),
            ("seconds", "-1"),
            ("status", "100"),
            ("bytes", "1000000000000"),
            ("count", "0"),
            ("action", r#""BindAuthToMachin""#),
        ] {
            let rule = format!(r#"{{"kind":"slow","{field}":{value}}}"#);
            let error = faults.add(serde_json::from_str(&rule).unwrap()).unwrap_err();
            let (error, value) = (error.to_string(), value.trim_matches('"'));
            assert!(error.contains(&format!("{field} {value}")), "{error}");
        }
        assert!(serde_json::from_str::<Rule>(r#"{"kind":"slow","sekunds":1}"#).is_err());
        assert!(faults.rules().is_empty());
    }
}
