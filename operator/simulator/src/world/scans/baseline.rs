//! What Security Center knows about the baseline: which server passed or failed which check, as of
//! the latest finished check of that server.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{BaselineCheck, Scans, Strategy};

/// What is known of one check on one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CheckState {
    /// The verdict.
    pub verdict: CheckVerdict,
    /// The last time the check failed, or was made when it never did.
    pub at: Timestamp,
}

/// The verdict of one check on one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum CheckVerdict {
    Failed,
    Passed,
    Whitelisted,
    Fixed,
}

/// How many checks of a strategy came out how on some servers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CheckSummary {
    /// Checks that the strategy makes.
    pub total: usize,
    /// Made, and no server failed them.
    pub passed: usize,
    /// Made, and at least one server failed them.
    pub failed: usize,
}

impl CheckSummary {
    /// The share of failed checks in percent.
    pub fn risky_percent(self) -> usize {
        self.failed * 100 / self.total.max(1)
    }
}

impl Scans {
    /// What is known of a check, by uuid of the servers that were ever checked.
    pub fn check_states(
        &self,
        id: i64,
        check: &BaselineCheck,
        now: Timestamp,
    ) -> BTreeMap<String, CheckState> {
        let checked = self.checked(id, now);
        let servers: BTreeSet<&str> = checked
            .servers()
            .chain(check.servers.keys().map(String::as_str))
            .collect();
        let state = |uuid: &str| {
            let times = checked.of(uuid);
            let finding = check.servers.get(uuid);
            let seen = finding.and_then(|finding| finding.seen(times, now));
            let (verdict, at) = match (finding, seen) {
                (_, Some(seen)) if seen.fixed => (CheckVerdict::Fixed, seen.last),
                (Some(finding), Some(seen)) if finding.handled => (CheckVerdict::Whitelisted, seen.last),
                (_, Some(seen)) => (CheckVerdict::Failed, seen.last),
                (_, None) => (CheckVerdict::Passed, *times.last()?),
            };
            Some(CheckState { verdict, at })
        };
        let known = |uuid: &str| Some((uuid.to_owned(), state(uuid)?));
        servers.into_iter().filter_map(known).collect()
    }

    /// How the checks of a strategy came out on these servers.
    pub fn checks_of(&self, strategy: &Strategy, servers: &BTreeSet<String>, now: Timestamp) -> CheckSummary {
        let mut summary = CheckSummary::default();
        for (id, check) in self.baseline_checks.iter().filter(|(id, _)| strategy.makes(**id)) {
            summary.total += 1;
            let states = self.check_states(*id, check, now);
            let mut verdicts = states
                .iter()
                .filter(|(uuid, _)| servers.contains(*uuid))
                .peekable();
            if verdicts.peek().is_none() {
                continue;
            }
            if verdicts.any(|(_, state)| state.verdict == CheckVerdict::Failed) {
                summary.failed += 1;
            } else {
                summary.passed += 1;
            }
        }
        summary
    }
}
