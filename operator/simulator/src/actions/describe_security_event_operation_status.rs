//! DescribeSecurityEventOperationStatus: how far a task has come, and per alert what came of it.
//! The whole says `Failure` where a single alert says `Failed`.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::alerts::{self, illegal_parameter};
use crate::gateway::Refusal;
use crate::world::{DataCentre, Handling, Progress};

pub const ACTION: Action = Action::read(Product::Sas, "DescribeSecurityEventOperationStatus", run);

const MAXIMUM_ALERTS: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    security_event_operation_status_response: Task,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Task {
    task_status: &'static str,
    security_event_operation_statuses: Vec<Status>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    security_event_id: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let centre = &*call.centre;
    let task = call.parameters.number("TaskId")?;
    let ids = alerts::ids(call.parameters, MAXIMUM_ALERTS)?;
    if centre.settings.alerts.status_needs_both_ids {
        if task.is_none() {
            return Err(Refusal::missing("TaskId"));
        }
        if ids.is_empty() {
            return Err(Refusal::missing("SecurityEventIds"));
        }
    }
    let all = match task {
        Some(task) => of_task(centre, task),
        None if ids.is_empty() => return Err(illegal_parameter()),
        None => latest(centre, &ids),
    };
    if all.is_empty() {
        let message = "The specified operation task does not exist";
        return Err(Refusal::new(400, "OperationTaskNotExists", message));
    }
    let asked_for = |id: &i64| ids.is_empty() || ids.contains(id);
    let statuses = all.iter().filter(|(id, _)| asked_for(id));
    let response = Task {
        task_status: task_status(&all, call),
        security_event_operation_statuses: statuses.map(|(id, h)| status(*id, h, call)).collect(),
    };
    Ok(Outcome::unchanged(&Response {
        security_event_operation_status_response: response,
    }))
}

type Handlings<'a> = Vec<(i64, &'a Handling)>;

fn of_task(centre: &DataCentre, task: i64) -> Handlings<'_> {
    let alerts = centre.alerts.iter();
    alerts
        .filter_map(|(id, alert)| Some((*id, alert.handlings.get(&task)?)))
        .collect()
}

fn latest<'a>(centre: &'a DataCentre, ids: &[i64]) -> Handlings<'a> {
    let last = |id: &i64| Some((*id, centre.alerts.get(id)?.handlings.values().next_back()?));
    ids.iter().filter_map(last).collect()
}

fn task_status(all: &Handlings<'_>, call: &Call<'_>) -> &'static str {
    let slowest = all.iter().map(|(_, handling)| handling.progress(call.now)).min();
    match slowest {
        Some(Progress::Pending) => "Pending",
        Some(Progress::Processing) => "Processing",
        _ if all.iter().all(|(_, handling)| handling.succeeded()) => "Success",
        _ => "Failure",
    }
}

fn status(id: i64, handling: &Handling, call: &Call<'_>) -> Status {
    let finished = handling.progress(call.now) == Progress::Finished;
    Status {
        security_event_id: id.to_string(),
        status: match (finished, handling.succeeded()) {
            (false, _) => "Processing",
            (true, true) => "Success",
            (true, false) => "Failed",
        },
        error_code: finished.then(|| handling.error_code()),
    }
}
