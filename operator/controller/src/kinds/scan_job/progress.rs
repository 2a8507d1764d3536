//! How far the tasks of a job are. Most of them have no id that a call would answer: the cloud lists tasks,
//! and those that began when this job gave its order may be this job's or somebody else's. Where several
//! fit, the slowest of them counts, and no id is claimed; where they ended differently nobody can tell.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use sas_api::kinds::scan_job::{ScanKind, ScanTask, TaskState};
use sas_api::plan::Call;
use sas_api::status::{CallRecord, Execution, Receipt};
use sas_client::action::Action;
use sas_client::actions::{
    CreateVirusScanOnceTask, ExecStrategy, GenerateOnceTask, ModifyPushAllTask, ModifyStartVulScan,
};

use super::answers::{Listed, StrategyRun};
use crate::kinds::{figure, servers};

/// Clocks differ by so much: a task that seems to have begun a little before its order may be its effect.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_secs(2);
/// The gateway accepts a timestamp for so long.
const ACCEPTED_FOR: SignedDuration = SignedDuration::from_mins(15);
/// The cloud shows no end of pushed checks. After so long without one their findings are read.
const PUSHED_FOR: SignedDuration = SignedDuration::from_secs(120);

/// A task that the plan began, or may have begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) kind: ScanKind,
    /// When it was ordered, by the cloud's clock, less the difference of clocks.
    pub(super) since: Timestamp,
    /// The last moment at which the order can have arrived, by the same clock.
    pub(super) until: Timestamp,
    /// What of the order has to be known to find it.
    pub(super) mark: Option<String>,
    /// Answers of the calls that ordered it.
    pub(super) receipts: Vec<Receipt>,
}

/// What an execution has begun so far. The calls are those of the plan as far as the status holds them.
pub(super) fn begun(calls: &[Call], execution: &Execution) -> Vec<Begun> {
    let mut tasks: Vec<Begun> = Vec::new();
    for (index, record) in execution.calls.iter().enumerate() {
        let Some(kind) = kind_of(&record.action) else {
            continue;
        };
        let Some((since, until)) = ordered(record, execution) else {
            continue;
        };
        let receipt = record.receipt.clone();
        match tasks.iter_mut().find(|task| task.kind == kind) {
            Some(task) => {
                task.receipts.extend(receipt);
                task.since = task.since.max(since);
                task.until = task.until.max(until);
            }
            None => tasks.push(Begun {
                kind,
                since,
                until,
                mark: mark(kind, calls.get(index), receipt.as_ref()),
                receipts: receipt.into_iter().collect(),
            }),
        }
    }
    tasks
}

/// What a call orders; `None` for one that only prepares another.
fn kind_of(action: &str) -> Option<ScanKind> {
    let table = [
        (ModifyPushAllTask::NAME, ScanKind::Push),
        (ModifyStartVulScan::NAME, ScanKind::Vulnerabilities),
        (ExecStrategy::NAME, ScanKind::Baseline),
        (GenerateOnceTask::NAME, ScanKind::Fingerprint),
        (CreateVirusScanOnceTask::NAME, ScanKind::Virus),
    ];
    table
        .into_iter()
        .find(|(name, _)| *name == action)
        .map(|(_, kind)| kind)
}

/// Between which moments a call was made. One that was sent more than once may have run at the first time and
/// as late as the gateway accepts the last.
fn ordered(record: &CallRecord, execution: &Execution) -> Option<(Timestamp, Timestamp)> {
    let intent = record.intent.as_ref()?;
    let sent = intent.timestamp.0;
    let (first, last) = if intent.attempt == 1 && intent.resends.is_none() {
        (sent, sent)
    } else {
        (execution.started_time.0, sent.checked_add(ACCEPTED_FOR).ok()?)
    };
    Some((first.checked_sub(CLOCKS_DIFFER).ok()?, last))
}

fn mark(kind: ScanKind, call: Option<&Call>, receipt: Option<&Receipt>) -> Option<String> {
    match kind {
        ScanKind::Baseline => call?.value("StrategyId").map(str::to_owned),
        ScanKind::Virus => call?.value("ScanType").map(str::to_owned),
        ScanKind::Fingerprint => receipt?.field("TaskId").map(str::to_owned),
        ScanKind::Push | ScanKind::Vulnerabilities => None,
    }
}

impl Begun {
    fn task(&self, state: TaskState) -> ScanTask {
        ScanTask {
            kind: self.kind,
            task_id: None,
            state,
            percent: None,
            done: None,
            total: None,
            message: None,
        }
    }

    /// Whether the cloud answered the id of the task.
    pub(super) fn names_its_task(&self) -> bool {
        self.kind == ScanKind::Fingerprint && self.mark.is_some()
    }

    /// Those that may be the task among those that the cloud lists.
    pub(super) fn fitting<'a>(&self, listed: &'a [Listed]) -> Vec<&'a Listed> {
        let since = self.since.as_millisecond();
        let is_ours = |task: &&Listed| match &self.mark {
            Some(id) if self.names_its_task() => task.id == *id,
            _ => task.started.is_some_and(|started| started >= since),
        };
        listed.iter().filter(is_ours).collect()
    }

    /// The task among those that the cloud lists.
    pub(super) fn among(&self, listed: &[Listed]) -> ScanTask {
        let fitting = self.fitting(listed);
        match fitting.as_slice() {
            [] => self.task(TaskState::Pending),
            [only] => ScanTask {
                task_id: Some(only.id.clone()),
                percent: only.percent,
                done: only.done.map(figure),
                total: only.total.map(figure),
                ..self.task(only.state)
            },
            several => self.one_of(several),
        }
    }

    /// One of several tasks, nobody knows which.
    fn one_of(&self, several: &[&Listed]) -> ScanTask {
        let states: BTreeSet<TaskState> = several.iter().map(|task| task.state).collect();
        let running = states
            .iter()
            .any(|state| matches!(state, TaskState::Pending | TaskState::Running));
        let state = match (running, states.first()) {
            (true, _) => TaskState::Running,
            (false, Some(same)) if states.len() == 1 => *same,
            _ => TaskState::Unclear,
        };
        let message = format!(
            "{} tasks began when this one was ordered; the slowest of them counts",
            several.len()
        );
        ScanTask {
            percent: several.iter().filter_map(|task| task.percent).min(),
            message: Some(message),
            ..self.task(state)
        }
    }

    /// The last run of a strategy.
    pub(super) fn of_strategy(&self, run: &StrategyRun) -> ScanTask {
        let is_ours = run.started.is_some_and(|started| started >= self.since);
        let state = match (run.running, is_ours, run.ended) {
            (true, ..) | (false, true, false) => TaskState::Running,
            // The state of a strategy says the same before its run and after it.
            (false, false, _) => TaskState::Pending,
            (false, true, true) if run.all_failed => TaskState::Failed,
            (false, true, true) => TaskState::Succeeded,
        };
        ScanTask {
            percent: run.percent.filter(|_| state != TaskState::Pending),
            message: (run.failed > 0).then(|| format!("{} servers failed", run.failed)),
            ..self.task(state)
        }
    }

    fn sum(&self, field: &str) -> i64 {
        let values = self.receipts.iter().filter_map(|receipt| receipt.field(field));
        values.filter_map(|value| value.parse::<i64>().ok()).sum()
    }

    /// Servers that did not take the order, with the reasons.
    pub(super) fn refused(&self) -> Option<String> {
        let refused = self.sum(REFUSED);
        let names = self
            .receipts
            .iter()
            .filter_map(|receipt| receipt.field(REFUSED_SERVERS));
        let names: Vec<_> = names.collect();
        let text = format!(
            "the cloud refused {}: {}",
            servers(usize::try_from(refused).ok()?),
            names.join(", ")
        );
        (refused > 0).then(|| text.chars().take(500).collect())
    }

    /// Checks that agents were told to make: the cloud says who was told, and nothing after that.
    pub(super) fn pushed(&self, now: Timestamp, patience: SignedDuration) -> ScanTask {
        let (accepted, refused) = (self.sum(ACCEPTED), self.sum(REFUSED));
        let over = now.duration_since(self.since) >= PUSHED_FOR.min(patience) + CLOCKS_DIFFER;
        let state = match (accepted, over) {
            (0, _) if refused > 0 => TaskState::Failed,
            (0, _) => TaskState::Pending,
            (_, true) => TaskState::Accepted,
            (_, false) => TaskState::Running,
        };
        let message = self
            .refused()
            .unwrap_or_else(|| "the cloud shows no progress of checks of single servers".to_owned());
        ScanTask {
            total: Some(figure(accepted + refused)),
            message: Some(message),
            ..self.task(state)
        }
    }
}

/// Field of a receipt: servers that were told to make checks.
pub(super) const ACCEPTED: &str = "Accepted";
/// Servers that were not.
pub(super) const REFUSED: &str = "Refused";
/// The first of these, with the reasons.
pub(super) const REFUSED_SERVERS: &str = "RefusedServers";

/// Whether nothing more is to be expected of a task.
pub(super) fn is_over(task: &ScanTask) -> bool {
    match task.state {
        TaskState::Pending | TaskState::Running => false,
        TaskState::Accepted
        | TaskState::Succeeded
        | TaskState::Failed
        | TaskState::TimedOut
        | TaskState::Unclear => true,
    }
}

/// Tasks in one line: `virus 40 %, baseline Succeeded`.
pub(super) fn in_words(tasks: &[ScanTask]) -> String {
    let one = |task: &ScanTask| match task.percent {
        Some(percent) if !is_over(task) => format!("{} {percent} %", task.kind.as_str()),
        _ => format!("{} {:?}", task.kind.as_str(), task.state),
    };
    tasks.iter().map(one).collect::<Vec<_>>().join(", ")
}
