//! Faults on demand. A rule says which requests it hits, how often, and what goes wrong; its
//! stage says whether the request is lost before the gateway saw it, stopped after the gateway
//! checked it, or carried out with only the reply spoilt.

use serde::{Deserialize, Serialize};

use crate::action::Effect;
use crate::ids::Ids;

/// Rules kept at once, so that a runaway script cannot fill the memory.
const MAXIMUM_RULES: usize = 1000;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultKind {
    /// 400 `Throttling.User`, with `x-acs-retry-after` when `retryAfterMilliseconds` is given.
    Throttle,
    /// An error reply with `code`, `status` (default 400) and `message`.
    Error,
    /// An error reply with only a `status` (default 503).
    Status,
    /// No reply for `seconds` (default 3600), then the connection is reset.
    Hang,
    /// Nothing happens for `seconds` (default 5), then everything goes on as usual.
    Slow,
    /// The connection is reset before the gateway sees the request.
    ResetBefore,
    /// The action runs, then the connection is reset.
    CommitThenReset,
    /// The action runs, then as `hang`.
    CommitThenHang,
    /// The action runs, then as `status`.
    CommitThenStatus,
    /// The reply's body ends in the middle.
    TruncatedJson,
    /// The reply has the right names with values of other types.
    WrongTypes,
    /// A proxy's HTML page with `status` (default 502).
    Html,
    /// An XML error with `status` (default 503) and `code`.
    Xml,
    /// A reply of `bytes` (default 64 MiB).
    Oversize,
}

/// How far a request gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Not to the gateway: nothing is checked, the nonce stays unused.
    Front,
    /// Through all checks, the nonce is spent, the action does not run.
    Gateway,
    /// The action runs, the reply is spoilt.
    AfterCommit,
}

impl FaultKind {
    fn default_stage(self) -> Stage {
        match self {
            Self::ResetBefore => Stage::Front,
            Self::Throttle
            | Self::Error
            | Self::Status
            | Self::Hang
            | Self::Slow
            | Self::Html
            | Self::Xml => Stage::Gateway,
            Self::CommitThenReset
            | Self::CommitThenHang
            | Self::CommitThenStatus
            | Self::TruncatedJson
            | Self::WrongTypes
            | Self::Oversize => Stage::AfterCommit,
        }
    }

    /// The kind's name as it stands in a rule and in the request log.
    pub fn name(self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.as_str().unwrap_or_default().to_owned()
    }
}

/// A rule; all filters that are given must match.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Only this action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Only reads or only writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Only dry runs or only real calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// Let so many matching requests pass first; counts down.
    #[serde(default)]
    pub skip: u64,
    /// Hit so many requests; counts down. Default 1, with a `probability` unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Hit each matching request with this probability, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// How far the request gets; each kind has its own default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// For `throttle`: milliseconds in `x-acs-retry-after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_milliseconds: Option<u64>,
    /// HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Error message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// For `hang` and `slow`: real seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// For `oversize`: size of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
}

impl Rule {
    /// A rule that hits the next request of any kind, to be narrowed by its fields.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            action: None,
            account: None,
            effect: None,
            dry_run: None,
            skip: 0,
            count: None,
            probability: None,
            stage: None,
            retry_after_milliseconds: None,
            status: None,
            code: None,
            message: None,
            seconds: None,
            bytes: None,
        }
    }

    /// The same rule for one action only.
    pub fn on(mut self, action: &str) -> Self {
        self.action = Some(action.to_owned());
        self
    }

    /// The same rule for so many requests.
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// How far a request gets that this rule hits.
    pub fn stage(&self) -> Stage {
        self.stage.unwrap_or_else(|| self.kind.default_stage())
    }

    fn matches(&self, target: &Target<'_>) -> bool {
        let same = |wanted: &Option<String>, actual: &str| wanted.as_deref().is_none_or(|w| w == actual);
        same(&self.action, target.action)
            && same(&self.account, target.account)
            && self.effect.is_none_or(|effect| Some(effect) == target.effect)
            && self.dry_run.is_none_or(|dry_run| dry_run == target.dry_run)
    }
}

/// What a rule is compared with.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Target<'a> {
    pub action: &'a str,
    pub account: &'a str,
    pub effect: Option<Effect>,
    pub dry_run: bool,
}

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
        if let Some(probability) = rule.probability.filter(|p| !(0.0..=1.0).contains(p)) {
            return Err(RuleError::Probability { probability });
        }
        if let Some(seconds) = rule.seconds.filter(|s| !(0.0..=86_400.0).contains(s)) {
            return Err(RuleError::Seconds { seconds });
        }
        if let Some(status) = rule.status.filter(|status| !(200..600).contains(status)) {
            return Err(RuleError::Status { status });
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
            serde_json::from_str(r#"{"kind":"status","action":"A","skip":1,"count":2}"#).unwrap();
        faults.add(rule).unwrap();
        let mut hits = |action| faults.take(&ALL, &target(action), &mut ids).is_some();
        assert!(!hits("B"));
        assert_eq!(
            [hits("A"), hits("A"), hits("A"), hits("A")],
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
            r#"{"kind":"hang","stage":"afterCommit","action":"B"}"#,
        ] {
            faults.add(serde_json::from_str(filter).unwrap()).unwrap();
        }
        assert!(faults.take(&ALL, &target("A"), &mut ids).is_none());
        assert!(faults.take(&[Stage::Gateway], &target("B"), &mut ids).is_none());
        assert!(
            faults
                .take(&[Stage::AfterCommit], &target("B"), &mut ids)
                .is_some()
        );
    }

    #[test]
    fn a_probability_hits_about_as_often_as_it_says() {
        let (mut faults, mut ids) = (Faults::default(), Ids::seeded(3));
        faults
            .add(serde_json::from_str(r#"{"kind":"status","probability":0.25}"#).unwrap())
            .unwrap();
        let hits = (0..4000).filter(|_| faults.take(&ALL, &target("A"), &mut ids).is_some());
        let hits = hits.count();
        assert!((900..1100).contains(&hits), "{hits}");
    }

    #[test]
    fn nonsense_and_misspelt_rules_are_refused() {
        let mut faults = Faults::default();
        for (field, value) in [("probability", "2"), ("seconds", "-1"), ("status", "100")] {
            let rule = format!(r#"{{"kind":"slow","{field}":{value}}}"#);
            assert!(
                faults.add(serde_json::from_str(&rule).unwrap()).is_err(),
                "{field}"
            );
        }
        assert!(serde_json::from_str::<Rule>(r#"{"kind":"slow","sekunds":1}"#).is_err());
        assert!(faults.rules().is_empty());
    }
}
