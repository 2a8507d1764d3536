//! GenerateOnceTask: starts a one-time task, on the servers that `Param` names or on all. At most
//! ten run at the same time. `CanCreate` says whether there is room for another one after this call, so
//! it is false for the tenth, which starts, and for the next, which does not and has no `TaskId`.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::scanning::{once_task_type, start};
use crate::world::scans::{ScanKind, Task, TaskType};

pub const ACTION: Action = Action::write(Product::Sas, "GenerateOnceTask", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    can_create: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_task: Option<String>,
    collect_time: i64,
    finish_count: usize,
    total_count: usize,
}

/// What of `Param` matters here.
#[derive(Deserialize)]
struct Param {
    /// Uuids with commas between.
    #[serde(default)]
    uuids: String,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let task_type =
        once_task_type(parameters.needed("TaskType")?).ok_or_else(|| Refusal::invalid("TaskType"))?;
    let name = parameters.needed("TaskName")?.to_owned();
    let param = parameters.needed("Param")?;
    let param: Param = serde_json::from_str(param).map_err(|_| Refusal::invalid("Param"))?;
    let last_task = call
        .centre
        .scans
        .listed(task_type, call.now)
        .first()
        .map(|(id, _)| (*id).clone());
    let limit = call.centre.scans.settings.maximum_running_tasks;
    let running = running(call);
    if running >= limit {
        return Ok(Outcome::unchanged(&Response {
            can_create: false,
            task_id: None,
            last_task,
            collect_time: call.now.as_millisecond(),
            finish_count: 0,
            total_count: 0,
        }));
    }
    let named: BTreeSet<&str> = param
        .uuids
        .split(',')
        .map(str::trim)
        .filter(|uuid| !uuid.is_empty())
        .collect();
    let listed = call.centre.listed(call.now).map(|(uuid, _)| uuid);
    let task = Task {
        task_type,
        name,
        source: parameters.text("Source").unwrap_or("console").to_owned(),
        created_at: call.now,
        kinds: kinds(task_type),
        servers: call.centre.dispatch(
            listed.filter(|uuid| named.is_empty() || named.contains(uuid.as_str())),
            call.now,
        ),
        course: call.centre.scans.settings.fingerprint.clone(),
        ..Task::default()
    };
    let total_count = task.servers.len();
    let task_id = start(call, task);
    Ok(Outcome::committed(&Response {
        can_create: running + 1 < limit,
        task_id: Some(task_id),
        last_task,
        collect_time: call.now.as_millisecond(),
        finish_count: 0,
        total_count,
    }))
}

/// One-time tasks that have not ended, whether they are listed yet or not.
fn running(call: &Call<'_>) -> usize {
    let runs = |task: &&Task| {
        let caused = task.created_at <= call.now;
        caused && task.task_type.is_once_task() && !task.claim(call.now).phase.is_over()
    };
    call.centre.scans.tasks.values().filter(runs).count()
}

fn kinds(task_type: TaskType) -> BTreeSet<ScanKind> {
    match task_type {
        TaskType::VulCheckTask => ScanKind::VULNERABILITIES.into(),
        TaskType::ImageScan => [ScanKind::Image].into(),
        TaskType::AssetsCollection | TaskType::AssetSecurityCheck => [ScanKind::Fingerprint].into(),
        _ => BTreeSet::new(),
    }
}
