//! A scan that was started: by a request, by the cloud's own schedule or by somebody else. It keeps
//! which servers it looks at and for what; who has been looked at follows from the time alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::course::{Claim, Course, Phase};

/// `TaskType` of one-time tasks, and three that no listing of those shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum TaskType {
    #[default]
    VulCheckTask,
    ClientProblemCheck,
    ClientDevOps,
    AssetSecurityCheck,
    AssetRefreshHost,
    AssetsCollection,
    ImageScan,
    AiSecurityCheck,
    IdcProbeScan,
    AttackSurfaceScan,
    AssetExposureScan,
    /// A push of ModifyPushAllTask; the cloud gives it no id that a reader could see.
    PushAllTask,
    /// One execution of a baseline strategy.
    BaselineStrategy,
    /// A virus scan, by the name that the cloud gives all of them.
    VirusVulScheduleScan,
}

impl TaskType {
    /// The type of this wire name.
    pub fn named(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }

    /// Its wire name.
    pub fn wire_name(self) -> String {
        let name = serde_json::to_value(self).ok();
        name.and_then(|name| name.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Whether the actions about one-time tasks know it.
    pub fn is_once_task(self) -> bool {
        !matches!(
            self,
            Self::PushAllTask | Self::BaselineStrategy | Self::VirusVulScheduleScan
        )
    }
}

/// What a scan looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ScanKind {
    Cve,
    Sys,
    Cms,
    App,
    Emg,
    Image,
    Sca,
    Baseline,
    Webshell,
    Fingerprint,
    Virus,
}

impl ScanKind {
    /// The kinds that a vulnerability scan without `Types` looks for.
    pub const VULNERABILITIES: [Self; 7] = [
        Self::Cve,
        Self::Sys,
        Self::Cms,
        Self::App,
        Self::Emg,
        Self::Image,
        Self::Sca,
    ];

    /// The vulnerability type of this wire name.
    pub fn vulnerability(name: &str) -> Option<Self> {
        let kind = serde_json::from_value(name.into()).ok()?;
        Self::VULNERABILITIES.contains(&kind).then_some(kind)
    }
}

/// What happened to a server when the scan was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Dispatch {
    /// The agent took the order and will carry it out.
    #[default]
    Accepted,
    /// The agent was offline: never looked at.
    Refused,
}

/// One scan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Task {
    /// What it is.
    #[serde(rename = "type")]
    pub task_type: TaskType,
    /// `TaskName`.
    pub name: String,
    /// Who started it: `console`, `schedule`, or what the caller said.
    pub source: String,
    /// When it was caused; a time to come means that nobody sees it before.
    pub created_at: Timestamp,
    /// Stopped or cancelled at this time: no server is finished later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Timestamp>,
    /// What it looks for.
    pub kinds: BTreeSet<ScanKind>,
    /// The servers it was started on, by uuid, finished in this order.
    pub servers: BTreeMap<String, Dispatch>,
    /// The strategy it executes.
    #[serde(rename = "strategyID", skip_serializing_if = "Option::is_none")]
    pub strategy_id: Option<i32>,
    /// The baseline checks it makes; none means all.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub checks: BTreeSet<i64>,
    /// `ScanType` of a virus scan.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scan_type: String,
    /// `ScanPath` of a virus scan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scan_path: Vec<String>,
    /// The selection whose content a virus scan took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_key: Option<String>,
    /// How it runs.
    pub course: Course,
}

/// One server of a scan, as it is now.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Progress<'a> {
    pub uuid: &'a str,
    pub phase: Phase,
    pub finished_at: Option<Timestamp>,
}

/// How many servers of a scan are where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub total: usize,
    pub finished: usize,
    pub failed: usize,
}

impl Task {
    /// Whether readers see it.
    pub fn is_listed(&self, now: Timestamp) -> bool {
        self.course.listed_at(self.created_at) <= now
    }

    /// What it claims about itself.
    pub fn claim(&self, now: Timestamp) -> Claim {
        let claim = self.course.claim(self.created_at, now);
        let Some(stopped) = self.cancelled_at.filter(|stopped| *stopped <= now) else {
            return claim;
        };
        let before = self.course.claim(self.created_at, stopped);
        if before.phase.is_over() {
            return before;
        }
        Claim {
            phase: Phase::Failed,
            ended_at: Some(stopped),
            ..before
        }
    }

    /// `Schedule` for the cloud's own executions of a strategy, `Manual` for all others.
    pub fn execution_type(&self) -> &'static str {
        if self.source == "schedule" {
            "Schedule"
        } else {
            "Manual"
        }
    }

    /// Every server with where it is now, by uuid.
    pub fn progress(&self, now: Timestamp) -> Vec<Progress<'_>> {
        let accepted = |dispatch: &Dispatch| *dispatch == Dispatch::Accepted;
        let count = self
            .servers
            .values()
            .filter(|dispatch| accepted(dispatch))
            .count();
        let until = self.cancelled_at.map_or(now, |stopped| stopped.min(now));
        let claimed = self.claim(now).phase;
        let mut before = 0;
        let mut one = |(uuid, dispatch)| {
            let mut finished_at = None;
            if accepted(dispatch) {
                let planned = self.course.finishes_at(self.created_at, before, count);
                finished_at = planned.filter(|at| *at <= until);
                before += 1;
            }
            let phase = match (finished_at, claimed) {
                (Some(_), _) => Phase::Succeeded,
                (None, _) if !accepted(dispatch) => Phase::Failed,
                // A scan that claims success too early has servers that are still being looked at.
                (None, Phase::Succeeded) => Phase::Running,
                (None, phase) => phase,
            };
            Progress {
                uuid,
                phase,
                finished_at,
            }
        };
        self.servers
            .iter()
            .map(|(uuid, dispatch)| one((uuid.as_str(), dispatch)))
            .collect()
    }

    /// The servers it has truly finished with, and when.
    pub fn finished(&self, now: Timestamp) -> impl Iterator<Item = (&str, Timestamp)> {
        let progress = self.progress(now).into_iter();
        progress.filter_map(|one| Some((one.uuid, one.finished_at?)))
    }

    /// How many servers are where.
    pub fn counts(&self, now: Timestamp) -> Counts {
        let progress = self.progress(now);
        let failed = |phase| matches!(phase, Phase::Failed | Phase::TimedOut);
        Counts {
            total: progress.len(),
            finished: progress
                .iter()
                .filter(|one| one.phase == Phase::Succeeded)
                .count(),
            failed: progress.iter().filter(|one| failed(one.phase)).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::course::{Behaviour, after};
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    /// A scan of two servers that run and one that refused; it starts at 10 s and ends at 30 s.
    fn task(behaviour: Behaviour) -> Task {
        let server = |uuid: &str, dispatch| (uuid.to_owned(), dispatch);
        Task {
            created_at: START,
            servers: [
                server("a", Dispatch::Accepted),
                server("b", Dispatch::Refused),
                server("c", Dispatch::Accepted),
            ]
            .into(),
            course: Course {
                start_delay_seconds: 10,
                duration_seconds: 20,
                behaviour,
                ..Course::default()
            },
            ..Task::default()
        }
    }

    fn counts(task: &Task, second: i64) -> (usize, usize, usize) {
        let counts = task.counts(after(START, second));
        (counts.total, counts.finished, counts.failed)
    }

    #[test]
    fn servers_finish_one_after_the_other_and_a_refused_one_never() {
        let task = task(Behaviour::Honest);
        assert_eq!(counts(&task, 5), (3, 0, 1));
        assert_eq!(counts(&task, 20), (3, 1, 1));
        assert_eq!(counts(&task, 30), (3, 2, 1));
        let finished: Vec<_> = task.finished(after(START, 29)).collect();
        assert_eq!(finished, [("a", after(START, 20))]);
    }

    #[test]
    fn an_early_claim_of_success_does_not_finish_a_server() {
        let task = task(Behaviour::ClaimsDoneEarly);
        let now = after(START, 20);
        assert_eq!(task.claim(now).phase, Phase::Succeeded);
        let phases: Vec<Phase> = task.progress(now).iter().map(|one| one.phase).collect();
        assert_eq!(phases, [Phase::Succeeded, Phase::Failed, Phase::Running]);
    }

    #[test]
    fn what_a_scan_did_not_finish_ends_as_the_scan_ended() {
        assert_eq!(counts(&task(Behaviour::TimesOut), 30), (3, 1, 2));
        assert_eq!(counts(&task(Behaviour::Fails), 30), (3, 0, 3));
        assert_eq!(counts(&task(Behaviour::NeverEnds), 1000), (3, 1, 1));
    }

    #[test]
    fn cancelling_keeps_what_was_finished_and_stops_the_rest() {
        let mut task = task(Behaviour::Honest);
        task.cancelled_at = Some(after(START, 25));
        assert_eq!(task.claim(after(START, 24)).phase, Phase::Running);
        let claim = task.claim(after(START, 1000));
        assert_eq!(
            (claim.phase, claim.percent, claim.ended_at),
            (Phase::Failed, 75, task.cancelled_at)
        );
        assert_eq!(counts(&task, 1000), (3, 1, 2));
        task.cancelled_at = Some(after(START, 31));
        assert_eq!(task.claim(after(START, 1000)).phase, Phase::Succeeded, "too late");
    }

    #[test]
    fn a_scan_is_listed_after_its_lag() {
        let mut task = task(Behaviour::Honest);
        task.course.list_lag_seconds = 3;
        assert!(!task.is_listed(after(START, 2)) && task.is_listed(after(START, 3)));
        assert_eq!(TaskType::named("VUL_CHECK_TASK"), Some(TaskType::VulCheckTask));
        assert_eq!(TaskType::named("vul_check_task"), None);
        assert!(!TaskType::PushAllTask.is_once_task());
    }
}
