//! ListVirusScanTask: virus scans, the newest first, or the servers of one of them. `Status` is
//! 1 running, 2 complete, 3 failed, 4 timed out: not the coding of the statistic.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::paging::{Page, PageInfo};
use crate::parameters::Parameters;
use crate::scanning::{status_number, sub_task_id};
use crate::world::DataCentre;
use crate::world::scans::{Phase, Task, TaskType};

pub const ACTION: Action = Action::read(Product::Sas, "ListVirusScanTask", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    list: Vec<Row<'a>>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    task_id: String,
    task_name: &'a str,
    scan_type: &'a str,
    scan_path: &'a [String],
    status: i32,
    progress: i32,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    #[serde(flatten)]
    server: Option<Server<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Server<'a> {
    uuid: &'a str,
    instance_name: &'a str,
    internet_ip: &'a str,
    intranet_ip: &'a str,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let page = Page::of(parameters, 20)?;
    let centre = &*call.centre;
    let scans = centre
        .scans
        .listed(TaskType::VirusVulScheduleScan, call.now)
        .into_iter();
    let root = parameters.text("RootTaskId");
    let per_server = root.is_some() || parameters.boolean("RootTask")? == Some(false);
    let mut rows: Vec<Row<'_>> = if per_server {
        let scans = scans.filter(|(id, _)| root.is_none_or(|root| root == id.as_str()));
        scans
            .flat_map(|(id, task)| servers(centre, id, task, call.now))
            .collect()
    } else {
        scans.map(|(id, task)| whole(id, task, call.now)).collect()
    };
    filter(&mut rows, parameters)?;
    let (list, page_info) = page.cut(rows);
    Ok(Outcome::unchanged(&Response {
        list,
        page_info: page_info.without_count(),
    }))
}

fn filter(rows: &mut Vec<Row<'_>>, parameters: &Parameters) -> Result<(), Refusal> {
    let not_before: Option<i64> = parameters.number("StartTime")?;
    let not_after: Option<i64> = parameters.number("EndTime")?;
    let mut statuses: Vec<i32> = parameters.number("Status")?.into_iter().collect();
    for status in parameters.list("StatusList")? {
        statuses.push(status.parse().map_err(|_| Refusal::invalid("StatusList"))?);
    }
    let text = |name| parameters.text(name);
    let of_server = |name, field: for<'a> fn(&Server<'a>) -> &'a str, row: &Row<'_>| {
        text(name).is_none_or(|wanted| {
            row.server
                .as_ref()
                .is_some_and(|server| field(server).contains(wanted))
        })
    };
    rows.retain(|row| {
        not_before.is_none_or(|time| time <= row.start_time)
            && not_after.is_none_or(|time| row.start_time <= time)
            && (statuses.is_empty() || statuses.contains(&row.status))
            && text("ScanType").is_none_or(|scan_type| scan_type == row.scan_type)
            && text("TaskId").is_none_or(|id| id == row.task_id)
            && of_server("MachineName", |server| server.instance_name, row)
            && of_server("InternetIp", |server| server.internet_ip, row)
            && of_server("IntranetIp", |server| server.intranet_ip, row)
    });
    Ok(())
}

fn whole<'a>(id: &str, task: &'a Task, now: Timestamp) -> Row<'a> {
    let claim = task.claim(now);
    Row {
        task_id: id.to_owned(),
        task_name: &task.name,
        scan_type: &task.scan_type,
        scan_path: &task.scan_path,
        status: status_number(claim.phase),
        progress: claim.percent,
        start_time: task.created_at.as_millisecond(),
        end_time: claim.ended_at.map(Timestamp::as_millisecond),
        server: None,
    }
}

fn servers<'a>(centre: &'a DataCentre, id: &str, task: &'a Task, now: Timestamp) -> Vec<Row<'a>> {
    let ended_at = task.claim(now).ended_at;
    let progress = task.progress(now).into_iter().enumerate();
    let rows = progress.map(|(index, server)| Row {
        task_id: sub_task_id(id, index),
        status: status_number(server.phase),
        progress: if server.phase == Phase::Succeeded { 100 } else { 0 },
        end_time: if server.phase.is_over() {
            server.finished_at.or(ended_at)
        } else {
            None
        }
        .map(Timestamp::as_millisecond),
        server: centre.assets.get(server.uuid).map(|asset| Server {
            uuid: server.uuid,
            instance_name: &asset.instance_name,
            internet_ip: &asset.internet_ip,
            intranet_ip: &asset.intranet_ip,
        }),
        ..whole(id, task, now)
    });
    rows.collect()
}
