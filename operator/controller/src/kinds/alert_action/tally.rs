//! How many of the alerts of a plan came to which end, and what that means in words: with the cause of each failure
//! and the next step.

use std::collections::BTreeMap;

use super::choose::PROCESS_NOT_EXIST;
use super::settle::State;

/// What the cloud says of a server whose agent it could not reach.
const AGENT_OFFLINE: &str = ".AgentOffline";
/// State of a file that could not be given back.
pub(super) const ROLLBACK_FAILED: &str = "rollbackFailed";

/// How many alerts are in which state.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) open: usize,
    handled: usize,
    elsewhere: usize,
    /// By code.
    failures: BTreeMap<String, usize>,
}

impl Tally {
    pub(super) fn of<'a>(states: impl Iterator<Item = &'a State>) -> Self {
        let mut tally = Self::default();
        for state in states {
            match state {
                State::Unknown | State::Untouched | State::Running => tally.open += 1,
                State::Handled(_) => tally.handled += 1,
                State::Elsewhere(_) => tally.elsewhere += 1,
                State::Failed(code) => *tally.failures.entry(code.clone()).or_default() += 1,
            }
        }
        tally
    }

    pub(super) fn failed(&self) -> usize {
        self.failures.values().sum()
    }

    pub(super) fn progress(&self) -> String {
        let done = self.handled + self.elsewhere;
        let total = done + self.failed() + self.open;
        let failed = match self.failed() {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        format!("{done} of {total} alerts are handled{failed}")
    }

    pub(super) fn summary(&self) -> String {
        let total = self.handled + self.elsewhere + self.failed();
        let mut parts = vec![format!("{} handled", self.handled)];
        if self.elsewhere > 0 {
            parts.push(format!("{} handled by somebody else", self.elsewhere));
        }
        let causes: Vec<String> = self
            .failures
            .iter()
            .take(5)
            .map(|(code, number)| format!("{number} {}", cause(code)))
            .collect();
        let mut next: Vec<&str> = self.failures.keys().map(|code| what_next(code)).collect();
        next.dedup();
        parts.push(format!("{} failed: {}", self.failed(), causes.join(", ")));
        format!(
            "{}: {}; {}",
            super::alerts(total),
            parts.join(", "),
            next.join("; ")
        )
    }
}

/// What a code of the cloud means.
pub(super) fn cause(code: &str) -> String {
    if code.ends_with(AGENT_OFFLINE) {
        format!("agent offline ({code})")
    } else if code.ends_with(PROCESS_NOT_EXIST) {
        format!("process ended already ({code})")
    } else if code == ROLLBACK_FAILED {
        format!("file not given back ({code})")
    } else if code.is_empty() {
        "without a code".to_owned()
    } else {
        code.to_owned()
    }
}

/// What to do about a code of the cloud.
pub(super) fn what_next(code: &str) -> &'static str {
    if code.ends_with(AGENT_OFFLINE) || code == ROLLBACK_FAILED {
        "bring the agent online and retry"
    } else if code.ends_with(PROCESS_NOT_EXIST) {
        "a retry plans to put the file into quarantine (virus_quara_bin)"
    } else {
        "look at the alert in the console of Security Center"
    }
}
