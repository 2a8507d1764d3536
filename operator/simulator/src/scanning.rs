//! What the actions about scans have in common: starting one, and the words and numbers in which
//! the cloud says where one is.

use jiff::SignedDuration;

use crate::action::Call;
use crate::gateway::Refusal;
use crate::world::DataCentre;
use crate::world::scans::{Phase, Task, TaskType};

/// Records a scan and returns its task id. Where the world has another actor, that one scans the
/// whole account, or runs the same strategy, a moment earlier or later.
pub fn start(call: &mut Call<'_>, task: Task) -> String {
    let id = call.ids.uuid().simple().to_string();
    if let Some(other) = &call.centre.scans.settings.other_actor {
        let servers = if task.strategy_id.is_some() {
            task.servers.clone()
        } else {
            let listed = call.centre.listed(call.now).map(|(uuid, _)| uuid);
            call.centre.dispatch(listed, call.now)
        };
        let apart = SignedDuration::from_secs(other.after_seconds);
        let foreign = Task {
            source: other.source.clone(),
            created_at: task.created_at.checked_add(apart).unwrap_or(task.created_at),
            servers,
            selection_key: None,
            ..task.clone()
        };
        let foreign_id = call.ids.uuid().simple().to_string();
        call.centre.scans.tasks.insert(foreign_id, foreign);
    }
    call.centre.scans.tasks.insert(id.clone(), task);
    id
}

/// The id of the sub-task of one server: that of the scan with the server's number at its end.
pub fn sub_task_id(root: &str, index: usize) -> String {
    let stem: String = root.chars().take(24).collect();
    format!("{stem}{index:08x}")
}

/// `TaskStatus` of one-time tasks and `Status` of ListVirusScanTask.
pub fn status_number(phase: Phase) -> i32 {
    match phase {
        Phase::Pending | Phase::Running => 1,
        Phase::Succeeded => 2,
        Phase::Failed => 3,
        Phase::TimedOut => 4,
    }
}

/// The same in words, without stages in between.
pub fn status_text(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "INIT",
        Phase::Running => "START",
        Phase::Succeeded => "SUCCESS",
        Phase::Failed => "FAIL",
        Phase::TimedOut => "TIMEOUT",
    }
}

/// A one-time task type by its wire name.
pub fn once_task_type(name: &str) -> Option<TaskType> {
    TaskType::named(name).filter(|task_type| task_type.is_once_task())
}

/// The refusal of what the free edition does not include.
pub fn free_version() -> Refusal {
    Refusal::new(
        400,
        "FreeVersionNotPermit",
        "The free edition does not permit this operation.",
    )
}

/// Whether baseline checks are included: by a subscription or by the CSPM module.
pub fn includes_baseline(centre: &DataCentre, now: jiff::Timestamp) -> bool {
    let bought = centre.active_subscription(now);
    let subscribed = bought.is_some_and(|held| held.quotas.keys().any(|edition| edition.is_paid()));
    let module = centre
        .pay_as_you_go
        .as_ref()
        .is_some_and(|contract| contract.is_on("CSPM"));
    subscribed || module
}
