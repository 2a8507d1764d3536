//! DescribeStrategyExecDetail: the latest execution of a strategy that has begun, with what it
//! found. Times are local time of China as text.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::local_time;
use crate::paging::Page;
use crate::world::DataCentre;
use crate::world::scans::{Dispatch, Phase, Progress, Task};

pub const ACTION: Action = Action::read(Product::Sas, "DescribeStrategyExecDetail", run);

#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Response {
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<String>,
    success_count: usize,
    fail_count: usize,
    in_process_count: usize,
    failed_ecs_list: Vec<FailedServer>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FailedServer {
    #[serde(rename = "IP")]
    ip: String,
    instance_name: String,
    internet_ip: String,
    intranet_ip: String,
    reason: &'static str,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    parameters.needed("StrategyId")?;
    let id: i32 = parameters.number("StrategyId")?.unwrap_or_default();
    let page = Page::of(parameters, 10)?;
    let centre = &*call.centre;
    let Some(strategy) = centre.scans.strategies.get(&id) else {
        return Err(Refusal::invalid("StrategyId"));
    };
    let Some(execution) = centre.scans.latest_execution(id, call.now) else {
        return Ok(Outcome::unchanged(&Response::default()));
    };
    let claim = execution.claim(call.now);
    let servers = execution.servers.keys().cloned().collect();
    let summary = centre.scans.checks_of(strategy, &servers, call.now);
    let progress = execution.progress(call.now);
    let failed = progress
        .iter()
        .filter_map(|server| failed(centre, execution, server))
        .collect();
    let (failed_ecs_list, _) = page.cut(failed);
    let unfinished = |server: &&Progress<'_>| !server.phase.is_over();
    Ok(Outcome::unchanged(&Response {
        start_time: claim.started_at.map(local_time::text),
        end_time: claim.ended_at.map(local_time::text),
        source: Some(execution.execution_type()),
        percent: Some(format!("{}%", claim.percent)),
        success_count: summary.passed,
        fail_count: summary.failed,
        in_process_count: progress.iter().filter(unfinished).count(),
        failed_ecs_list,
    }))
}

fn failed(centre: &DataCentre, execution: &Task, server: &Progress<'_>) -> Option<FailedServer> {
    let was_looked_at = execution.servers.get(server.uuid) == Some(&Dispatch::Accepted);
    let reason = match server.phase {
        Phase::Failed if was_looked_at && execution.cancelled_at.is_some() => "Task terminated",
        Phase::Failed if was_looked_at => "Detect failed",
        Phase::Failed => "Client offline",
        Phase::TimedOut => "Detect timeout",
        _ => return None,
    };
    let asset = centre.assets.get(server.uuid)?;
    Some(FailedServer {
        ip: asset.address().to_owned(),
        instance_name: asset.instance_name.clone(),
        internet_ip: asset.internet_ip.clone(),
        intranet_ip: asset.intranet_ip.clone(),
        reason,
    })
}
