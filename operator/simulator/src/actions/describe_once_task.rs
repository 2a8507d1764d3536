//! DescribeOnceTask: one-time tasks of a type, the newest first, or the sub-tasks of one of them,
//! one per server. Nothing in it says which request started a task.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::paging::{Page, PageInfo};
use crate::parameters::Parameters;
use crate::scanning::{once_task_type, status_number, status_text, sub_task_id};
use crate::world::DataCentre;
use crate::world::scans::{Claim, Phase, Progress, ScanSettings, Task, TaskStatusText};

pub const ACTION: Action = Action::read(Product::Sas, "DescribeOnceTask", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    task_manage_response_list: Vec<Row>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    task_id: String,
    task_type: String,
    task_name: String,
    task_status: i32,
    task_status_text: &'static str,
    progress: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_start_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_end_time: Option<i64>,
    success_count: usize,
    fail_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_info: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail_data: Option<String>,
    #[serde(flatten)]
    undocumented: Option<Undocumented>,
}

/// Fields that the vendor's own tools read and no SDK models.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Undocumented {
    total_count: usize,
    source: String,
    context: String,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let page = Page::of(parameters, 20)?;
    let mut rows = match (parameters.text("RootTaskId"), parameters.text("TaskType")) {
        (Some(root), _) => sub_tasks(call.centre, root, call.now),
        (None, Some(task_type)) => root_tasks(call, task_type, parameters)?,
        (None, None) => return Err(Refusal::missing("TaskType")),
    };
    if let Some(id) = parameters.text("TaskId") {
        rows.retain(|row| row.task_id == id);
    }
    let (task_manage_response_list, page_info) = page.cut(rows);
    Ok(Outcome::unchanged(&Response {
        task_manage_response_list,
        page_info,
    }))
}

fn root_tasks(call: &Call<'_>, task_type: &str, parameters: &Parameters) -> Result<Vec<Row>, Refusal> {
    let task_type = once_task_type(task_type).ok_or_else(|| Refusal::invalid("TaskType"))?;
    let source = parameters.text("Source");
    let not_before: Option<i64> = parameters.number("StartTimeQuery")?;
    let not_after: Option<i64> = parameters.number("EndTimeQuery")?;
    let scans = &call.centre.scans;
    let fits = |(_, task): &(&String, &Task)| {
        let start = task.course.starts_at(task.created_at).as_millisecond();
        source.is_none_or(|source| source == task.source)
            && not_before.is_none_or(|time| time <= start)
            && not_after.is_none_or(|time| start <= time)
    };
    let tasks = scans.listed(task_type, call.now).into_iter().filter(fits);
    Ok(tasks
        .map(|(id, task)| root(id, task, &scans.settings, call.now))
        .collect())
}

fn root(id: &str, task: &Task, settings: &ScanSettings, now: Timestamp) -> Row {
    let claim = task.claim(now);
    let counts = task.counts(now);
    let undocumented = settings.undocumented_task_fields.then(|| Undocumented {
        total_count: counts.total,
        source: task.source.clone(),
        context: json!({ "types": task.kinds }).to_string(),
    });
    Row {
        success_count: counts.finished,
        fail_count: counts.failed,
        result_info: result_info(task, claim),
        undocumented,
        ..row(id.to_owned(), task, claim, settings)
    }
}

fn sub_tasks(centre: &DataCentre, root: &str, now: Timestamp) -> Vec<Row> {
    let scans = &centre.scans;
    let listed = |task: &&Task| task.is_listed(now) && task.task_type.is_once_task();
    let Some(task) = scans.tasks.get(root).filter(listed) else {
        return Vec::new();
    };
    let whole = task.claim(now);
    let one = |(index, server): (usize, Progress<'_>)| {
        let claim = Claim {
            phase: server.phase,
            percent: if server.phase == Phase::Succeeded { 100 } else { 0 },
            started_at: whole.started_at,
            ended_at: if server.phase.is_over() {
                server.finished_at.or(whole.ended_at)
            } else {
                None
            },
        };
        Row {
            success_count: usize::from(server.phase == Phase::Succeeded),
            fail_count: usize::from(matches!(server.phase, Phase::Failed | Phase::TimedOut)),
            detail_data: Some(detail_data(centre, server.uuid)),
            ..row(sub_task_id(root, index), task, claim, &scans.settings)
        }
    };
    task.progress(now).into_iter().enumerate().map(one).collect()
}

fn row(task_id: String, task: &Task, claim: Claim, settings: &ScanSettings) -> Row {
    let sign = if settings.percent_sign { "%" } else { "" };
    Row {
        task_id,
        task_type: task.task_type.wire_name(),
        task_name: task.name.clone(),
        task_status: status_number(claim.phase),
        task_status_text: stage(claim, settings.task_status_text),
        progress: format!("{}{sign}", claim.percent),
        task_start_time: claim.started_at.map(Timestamp::as_millisecond),
        task_end_time: claim.ended_at.map(Timestamp::as_millisecond),
        success_count: 0,
        fail_count: 0,
        result_info: None,
        detail_data: None,
        undocumented: None,
    }
}

/// `TaskStatusText` in the spelling of the settings.
fn stage(claim: Claim, spelling: TaskStatusText) -> &'static str {
    match (spelling, claim.phase) {
        (TaskStatusText::Processing, Phase::Pending | Phase::Running) => "PROCESSING",
        (TaskStatusText::Stages, Phase::Running) if claim.percent >= 10 => "DISPATCH",
        (_, phase) => status_text(phase),
    }
}

fn result_info(task: &Task, claim: Claim) -> Option<&'static str> {
    match claim.phase {
        Phase::Pending | Phase::Running => None,
        Phase::Succeeded => Some("successful"),
        Phase::Failed if task.cancelled_at.is_some() => Some("cancelled"),
        Phase::Failed => Some("failed"),
        Phase::TimedOut => Some("timeout"),
    }
}

/// The server of a sub-task, as a JSON text.
fn detail_data(centre: &DataCentre, uuid: &str) -> String {
    let mut detail = json!({ "uuid": uuid });
    if let Some(server) = centre.assets.get(uuid) {
        detail["instanceId"] = server.instance_id.clone().into();
        detail["instanceName"] = server.instance_name.clone().into();
        detail["internetIp"] = server.internet_ip.clone().into();
        detail["intranetIp"] = server.intranet_ip.clone().into();
    }
    json!([detail]).to_string()
}
