//! Whether the calls of a job did what they should: orders are taken, tasks come to an end, and what they
//! found is read. A scan that shows no end is waited for, and said to be slow after ten minutes.

use jiff::SignedDuration;
use sas_api::kinds::scan_job::{OnPartial, ScanKind, ScanTask, TaskState};
use sas_api::plan::Plan;
use sas_client::action::Action;
use sas_client::actions::{
    CreateAssetSelectionConfig, CreateVirusScanOnceTask, ExecStrategy, GenerateOnceTask,
    UpdateSelectionKeyByType,
};
use sas_engine::{Made, Settled};

use super::look::Course;
use super::progress::{self, REFUSED_SERVERS};
use super::selection::{KEY, REPLACED};

/// A scan that has not ended after so long is slow.
pub(super) const SLOW_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What reading back says of the calls made so far.
pub(super) fn settle(plan: &Plan, made: &[Made<'_>], course: &Course, partial: OnPartial) -> Settled {
    let Some(last) = made.last() else {
        return Settled::NotStarted;
    };
    if last.receipt.is_none() {
        return open(last, course);
    }
    if let Some(refused) = made.iter().find_map(refused) {
        return Settled::Failed(refused);
    }
    if made.len() < plan.calls.len() {
        return Settled::Wait(format!("{} of {} calls made", made.len(), plan.calls.len()));
    }
    match refused_servers(made) {
        Some(message) if partial == OnPartial::Abort => Settled::Failed(message),
        _ => ended(course),
    }
}

/// Servers that the cloud did not order checks of.
fn refused_servers(made: &[Made<'_>]) -> Option<String> {
    let names = made
        .iter()
        .filter_map(|call| call.receipt?.field(REFUSED_SERVERS));
    let names = names.collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| {
        let names: String = names.chars().take(500).collect();
        format!("the cloud refused checks of some servers: {names}")
    })
}

/// A call whose reply is not known.
fn open(call: &Made<'_>, course: &Course) -> Settled {
    let in_use = course
        .in_use
        .as_ref()
        .and_then(|selected| selected.key.as_deref());
    let wanted = call.parameters.get(KEY).map(String::as_str);
    let shows = |kind| {
        let task = course.tasks.iter().find(|task| task.kind == kind);
        task.is_some_and(|task| {
            task.task_id.is_some() || (kind == ScanKind::Baseline && task.state != TaskState::Pending)
        })
    };
    match call.call.action.as_str() {
        UpdateSelectionKeyByType::NAME if wanted.is_some() && in_use == wanted => Settled::Done,
        ExecStrategy::NAME if shows(ScanKind::Baseline) => Settled::Done,
        CreateVirusScanOnceTask::NAME if course.is_own_virus_scan && shows(ScanKind::Virus) => Settled::Done,
        CreateVirusScanOnceTask::NAME if course.in_use.is_some() && in_use != wanted => {
            Settled::Failed(REPLACED.to_owned())
        }
        _ => Settled::Unproven,
    }
}

/// Why a call that the cloud took has no effect, as its answer says.
fn refused(made: &Made<'_>) -> Option<String> {
    let receipt = made.receipt?;
    let lacks = |field: &str| receipt.request_id.is_some() && receipt.field(field).is_none();
    match made.call.action.as_str() {
        GenerateOnceTask::NAME if lacks("TaskId") => Some(
            "the cloud started no collection of fingerprints: ten one-time tasks run already; retry when one has ended"
                .to_owned(),
        ),
        CreateAssetSelectionConfig::NAME if lacks(KEY) => {
            Some("the cloud answered no key for the selection of servers".to_owned())
        }
        _ => None,
    }
}

/// All calls were made.
fn ended(course: &Course) -> Settled {
    let words = progress::in_words(&course.tasks);
    if course.tasks.is_empty() || !course.tasks.iter().all(progress::is_over) {
        return if course.is_slow {
            Settled::Slow(words)
        } else {
            Settled::Wait(words)
        };
    }
    if course.tasks.iter().any(|task| task.state == TaskState::Unclear) {
        return Settled::Unproven;
    }
    let failed: Vec<_> = course.tasks.iter().filter(|task| has_failed(task)).collect();
    if !failed.is_empty() {
        let one = |task: &&ScanTask| match &task.message {
            Some(message) => format!("{} {:?} ({message})", task.kind.as_str(), task.state),
            None => format!("{} {:?}", task.kind.as_str(), task.state),
        };
        return Settled::Failed(failed.iter().map(one).collect::<Vec<_>>().join(", "));
    }
    match course.after {
        Some(_) => Settled::Done,
        None => Settled::Wait(format!("{words}; what was found is being read")),
    }
}

fn has_failed(task: &ScanTask) -> bool {
    matches!(task.state, TaskState::Failed | TaskState::TimedOut)
}
