//! DescribeStrategy: the strategies of the baseline check and whether they are being executed.
//! `ExecStatus` is 2 only between the start and the end of an execution: right after ExecStrategy
//! it is still 1.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::scans::{Phase, Strategy, Task};

pub const ACTION: Action = Action::read(Product::Sas, "DescribeStrategy", run);

const IDLE: i32 = 1;
const RUNNING: i32 = 2;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    strategies: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    id: i32,
    name: &'a str,
    custom_type: &'a str,
    #[serde(rename = "Type")]
    origin: i32,
    cycle_days: i32,
    cycle_start_time: i32,
    start_time: &'a str,
    end_time: &'a str,
    config_targets: Vec<ConfigTarget>,
    ecs_count: usize,
    exec_status: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_type: Option<&'static str>,
    process_rate: usize,
    pass_rate: usize,
    risk_count: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConfigTarget {
    flag: &'static str,
    target: String,
    target_type: &'static str,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let custom_type = match parameters.text("CustomType") {
        None => None,
        Some(known @ ("common" | "custom")) => Some(known),
        Some(_) => return Err(Refusal::invalid("CustomType")),
    };
    let id = |id: &str| id.parse().map_err(|_| Refusal::invalid("StrategyIds"));
    let ids: Vec<i32> = parameters
        .several("StrategyIds")
        .map(id)
        .collect::<Result<_, _>>()?;
    let fits = |(id, strategy): &(&i32, &Strategy)| {
        let named = ids.is_empty() || ids.contains(id);
        named && custom_type.is_none_or(|custom_type| custom_type == strategy.custom_type)
    };
    let strategies = call.centre.scans.strategies.iter().filter(fits);
    let strategies = strategies
        .map(|(id, strategy)| row(call, *id, strategy))
        .collect();
    Ok(Outcome::unchanged(&Response { strategies }))
}

fn row<'a>(call: &Call<'_>, id: i32, strategy: &'a Strategy) -> Row<'a> {
    let centre = &*call.centre;
    let execution = centre.scans.latest_execution(id, call.now);
    let claim = execution.map(|task| task.claim(call.now));
    let runs = claim.filter(|claim| claim.phase == Phase::Running);
    let covered = strategy.covered(centre, call.now);
    let summary = centre.scans.checks_of(strategy, &covered, call.now);
    Row {
        id,
        name: &strategy.name,
        custom_type: &strategy.custom_type,
        origin: if strategy.built_in { 1 } else { 2 },
        cycle_days: strategy.cycle_days,
        cycle_start_time: strategy.cycle_start_time,
        start_time: &strategy.start_time,
        end_time: &strategy.end_time,
        config_targets: config_targets(strategy),
        ecs_count: covered.len(),
        exec_status: if runs.is_some() { RUNNING } else { IDLE },
        percent: runs.map(|claim| format!("{}%", claim.percent)),
        execution_type: execution.map(Task::execution_type),
        process_rate: execution.map_or(0, |task| task.counts(call.now).finished),
        pass_rate: summary.risky_percent(),
        risk_count: summary.total,
    }
}

fn config_targets(strategy: &Strategy) -> Vec<ConfigTarget> {
    let target = |target: String, target_type| ConfigTarget {
        flag: "add",
        target,
        target_type,
    };
    let groups = strategy.groups.iter().map(|id| target(id.to_string(), "groupId"));
    let servers = strategy.servers.iter().map(|uuid| target(uuid.clone(), "uuid"));
    groups.chain(servers).collect()
}
