//! GetLastOnceTaskInfo: the newest one-time task of a type and name. `TaskId` is text although the
//! SDK models a number, because the ids of the cloud are hexadecimal.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::scanning::{once_task_type, status_text};

pub const ACTION: Action = Action::read(Product::Sas, "GetLastOnceTaskInfo", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    task_info: TaskInfo,
    #[serde(flatten)]
    task: Option<Last<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TaskInfo {
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<i32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Last<'a> {
    task_id: &'a str,
    collect_time: i64,
    finish_count: usize,
    total_count: usize,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let task_type =
        once_task_type(parameters.needed("TaskType")?).ok_or_else(|| Refusal::invalid("TaskType"))?;
    let name = parameters.needed("TaskName")?;
    let source = parameters.text("Source");
    let tasks = call.centre.scans.listed(task_type, call.now);
    let last = tasks
        .into_iter()
        .find(|(_, task)| task.name == name && source.is_none_or(|source| task.source == source));
    let Some((id, task)) = last else {
        let nothing = TaskInfo {
            result: "TASK_NOT_EXISTS",
            status: None,
            progress: None,
        };
        return Ok(Outcome::unchanged(&Response {
            task_info: nothing,
            task: None,
        }));
    };
    let claim = task.claim(call.now);
    let counts = task.counts(call.now);
    Ok(Outcome::unchanged(&Response {
        task_info: TaskInfo {
            result: "SUCCESS",
            status: Some(status_text(claim.phase)),
            progress: Some(claim.percent),
        },
        task: Some(Last {
            task_id: id,
            collect_time: claim.started_at.unwrap_or(task.created_at).as_millisecond(),
            finish_count: counts.finished,
            total_count: counts.total,
        }),
    }))
}
