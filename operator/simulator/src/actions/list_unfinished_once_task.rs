//! ListUnfinishedOnceTask: the fingerprint collections of one server that have not ended. For
//! images the cloud asks for a digest; no image is known here.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::scanning::{once_task_type, status_number, status_text};
use crate::world::scans::{Task, TaskType};

pub const ACTION: Action = Action::read(Product::Sas, "ListUnfinishedOnceTask", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    once_tasks: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    task_id: &'a str,
    task_type: String,
    task_name: &'a str,
    target: &'a str,
    status: i32,
    status_text: &'static str,
    progress: i32,
    finish: i32,
    finish_count: usize,
    total_count: usize,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    real_run_time: Option<i64>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let Some(task_type @ (TaskType::AssetsCollection | TaskType::ImageScan)) =
        once_task_type(parameters.needed("TaskType")?)
    else {
        return Err(Refusal::invalid("TaskType"));
    };
    let Some(target) = parameters.text("Target") else {
        return Err(Refusal::new(
            400,
            "-101",
            "The specified parameter Target is not valid.",
        ));
    };
    let now = call.now;
    let unfinished =
        |(_, task): &(&String, &Task)| task.servers.contains_key(target) && !task.claim(now).phase.is_over();
    let tasks = call
        .centre
        .scans
        .listed(task_type, now)
        .into_iter()
        .filter(unfinished);
    let once_tasks = tasks.map(|(id, task)| row(id, task, target, now)).collect();
    Ok(Outcome::unchanged(&Response { once_tasks }))
}

fn row<'a>(task_id: &'a str, task: &'a Task, target: &'a str, now: Timestamp) -> Row<'a> {
    let claim = task.claim(now);
    let counts = task.counts(now);
    Row {
        task_id,
        task_type: task.task_type.wire_name(),
        task_name: &task.name,
        target,
        status: status_number(claim.phase),
        status_text: status_text(claim.phase),
        progress: claim.percent,
        finish: 0,
        finish_count: counts.finished,
        total_count: counts.total,
        start_time: task.created_at.as_millisecond(),
        real_run_time: claim.started_at.map(Timestamp::as_millisecond),
    }
}
