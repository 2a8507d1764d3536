//! What became of the alerts of calls that were begun. The alerts themselves are the truth; the task only
//! tells who is done. A call that is at work never holds up the next one.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sas_api::alerts::AlertStatus;
use sas_api::kinds::alert_action::{AlertOperation, PlannedCall};
use sas_api::status::Receipt;
use sas_engine::{Made, Settled};

use super::look::Found;
use super::quarantine::FileState;
use super::tally::{ROLLBACK_FAILED, Tally};
use super::task::Progress;
use crate::alerts::Alert;

/// How far the cloud's clock may seem to go back between two of its parts.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(2);

/// What became of an alert, with the cloud's code where it is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing was read that tells.
    Unknown,
    /// It is as it was before.
    Untouched,
    /// The cloud is at it, or its effect is not visible yet.
    Running,
    /// As wanted.
    Handled(String),
    /// Somebody else dealt with it in another way.
    Elsewhere(String),
    /// It could not be handled.
    Failed(String),
}

/// A call that was begun, and the task that it started where a reply named one.
pub(super) struct Batch<'a> {
    call: &'a PlannedCall,
    task: Option<i64>,
}

impl<'a> Batch<'a> {
    pub(super) fn of(call: &'a PlannedCall, receipt: Option<&Receipt>) -> Self {
        let task = receipt.and_then(super::task_of);
        Self { call, task }
    }

    /// What became of its alerts. `begun` is when the first call was begun, by the cloud's clock.
    pub(super) fn states(&self, found: &Found, begun: Timestamp) -> BTreeMap<i64, State> {
        let task = self.task.map(|task| found.tasks.get(&task));
        let state = |id: &i64| {
            let state = match (self.call.operation, self.call.file, task) {
                (_, Some(file), _) => of_file(file, found, begun),
                (None, ..) => State::Unknown,
                // Its task was not looked at yet, and the alert alone may still tell of an earlier call.
                (Some(_), None, Some(None)) => State::Running,
                (Some(operation), None, task) => {
                    let progress = task.flatten().and_then(Option::as_ref);
                    let progress = progress.map(|task| task.of_alert(*id));
                    state(operation, progress.as_ref(), found.alerts.get(id), begun)
                }
            };
            (*id, state)
        };
        self.call.alerts.iter().map(state).collect()
    }
}

/// What became of a file that is to be given back.
fn of_file(id: i64, found: &Found, begun: Timestamp) -> State {
    let Some(file) = found.files.as_ref().and_then(|files| files.get(&id)) else {
        return State::Unknown;
    };
    match (file.state, file.changed) {
        (FileState::Held, _) => State::Untouched,
        // It failed some other time.
        (FileState::Kept, Some(changed)) if changed < since(begun) => State::Untouched,
        // The cloud tells whole seconds: so shortly before it may have been this call, or the one before it.
        (FileState::Kept, Some(changed)) if changed.as_second() < begun.as_second() => State::Unknown,
        (FileState::Kept, _) => State::Failed(ROLLBACK_FAILED.to_owned()),
        (FileState::Moving, _) => State::Running,
        (FileState::Returned, _) => State::Handled("rollbackDone".to_owned()),
        (FileState::Elsewhere, _) => State::Unknown,
    }
}

/// What became of an alert that is not to be ignored any more. No task does it, and what the alert says of the
/// last operation is not told apart: where it stands is all that counts.
fn of_ignored(alert: &Alert) -> State {
    let code = alert.operation_result.clone();
    match alert.status.is_open() {
        _ if alert.status == AlertStatus::IGNORED => State::Untouched,
        Some(true) => State::Handled(code),
        Some(false) => State::Elsewhere(code),
        None => State::Unknown,
    }
}

/// What became of one alert. `listed` is `None` where it was not read, and `Some(None)` where the cloud does
/// not list it any more.
fn state(
    operation: AlertOperation,
    progress: Option<&Progress>,
    listed: Option<&Option<Alert>>,
    begun: Timestamp,
) -> State {
    let Some(listed) = listed else {
        return match progress {
            Some(_) => State::Running,
            None => State::Unknown,
        };
    };
    let Some(alert) = listed else {
        return match progress {
            Some(Progress::Succeeded) => State::Handled(String::new()),
            Some(Progress::Failed(code)) => State::Failed(code.clone()),
            Some(Progress::Running) => State::Running,
            None => State::Failed("it is not listed any more".to_owned()),
        };
    };
    if operation == AlertOperation::CancelIgnore {
        return of_ignored(alert);
    }
    let code = || alert.operation_result.clone();
    let as_wanted = match alert.status.is_open() {
        Some(open) => open == operation.reopens() && is_at_rest(alert),
        // A code that nobody knows: the task's word has to do.
        None => progress == Some(&Progress::Succeeded),
    };
    match (Result::of(operation, alert, begun), progress) {
        (Result::Success, _) | (_, Some(Progress::Succeeded)) if as_wanted => State::Handled(code()),
        (_, Some(Progress::Failed(said))) => {
            State::Failed(if said.is_empty() { code() } else { said.clone() })
        }
        (_, Some(Progress::Running)) => State::Running,
        (Result::Failure, _) if is_at_rest(alert) => State::Failed(code()),
        (_, None) if as_wanted => State::Elsewhere(code()),
        (Result::NotOurs, None) if is_at_rest(alert) => State::Untouched,
        (Result::Unclear, None) if is_at_rest(alert) => State::Unknown,
        _ => State::Running,
    }
}

/// Whether the cloud is not at it at the moment.
fn is_at_rest(alert: &Alert) -> bool {
    alert.status == AlertStatus::PENDING || alert.status.is_open() != Some(true)
}

/// What the alert says of the last operation on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Result {
    /// This operation was done since the calls were begun.
    Success,
    /// It was tried since, in vain.
    Failure,
    /// It was another one, or long ago.
    NotOurs,
    /// It was in vain so shortly before that it may have been this call, or the one before it.
    Unclear,
}

impl Result {
    fn of(operation: AlertOperation, alert: &Alert, begun: Timestamp) -> Self {
        let ours = alert.operation_result.strip_prefix(operation.as_str());
        let Some(result) = ours.filter(|rest| rest.starts_with('.')) else {
            return Self::NotOurs;
        };
        match alert.operated {
            None => Self::NotOurs,
            Some(operated) if operated < since(begun) => Self::NotOurs,
            Some(_) if result.ends_with(".Success") => Self::Success,
            Some(operated) if operated < begun => Self::Unclear,
            Some(_) => Self::Failure,
        }
    }
}

/// The earliest moment that may be later than `begun`.
fn since(begun: Timestamp) -> Timestamp {
    begun.checked_sub(CLOCK_SLACK).unwrap_or(begun)
}

/// What reading back says of the calls made so far. With `stop`, one failure ends it at once; otherwise all
/// calls are made first.
pub(super) fn settle(
    planned: &[PlannedCall],
    made: &[Made<'_>],
    found: &Found,
    begun: Timestamp,
    stop: bool,
) -> Settled {
    let Some(last) = made.last() else {
        return Settled::NotStarted;
    };
    let calls = planned.len();
    let each: Vec<_> = planned
        .iter()
        .zip(made)
        .map(|(call, made)| Batch::of(call, made.receipt).states(found, begun))
        .collect();
    if last.receipt.is_none()
        && let Some(settled) = each.last().and_then(without_receipt)
    {
        return settled;
    }
    let tally = Tally::of(each.iter().flat_map(BTreeMap::values));
    if tally.open > 0 {
        return Settled::Wait(tally.progress());
    }
    if tally.failed() > 0 && (stop || made.len() == calls) {
        let left = if made.len() < calls {
            format!("; {} of {calls} calls were not made", calls - made.len())
        } else {
            String::new()
        };
        return Settled::Failed(format!("{}{left}", tally.summary()));
    }
    Settled::Done
}

/// What the alerts of a call without a receipt tell of whether it ran; `None` if it did.
fn without_receipt(states: &BTreeMap<i64, State>) -> Option<Settled> {
    let all = |fits: &dyn Fn(&State) -> bool| states.values().all(fits);
    if all(&|state| *state == State::Untouched) {
        return Some(Settled::NotStarted);
    }
    let tells_nothing =
        |state: &State| matches!(state, State::Unknown | State::Untouched | State::Elsewhere(_));
    all(&tells_nothing).then_some(Settled::Unproven)
}
