//! ExecStrategy: executes a strategy of the baseline check now, or stops its execution. The answer
//! says nothing; DescribeStrategy shows it run a moment later.

#[cfg(test)]
mod tests;

use serde_json::json;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::scanning::start;
use crate::world::scans::{RepeatedExecution, ScanKind, Task, TaskType};

pub const ACTION: Action = Action::write(Product::Sas, "ExecStrategy", run);

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    call.parameters.needed("StrategyId")?;
    let id: i32 = call.parameters.number("StrategyId")?.unwrap_or_default();
    if !call.centre.scans.strategies.contains_key(&id) {
        return Err(Refusal::invalid("StrategyId"));
    }
    match call.parameters.text("ExecAction") {
        None | Some("exec") => execute(call, id),
        Some("terminate") => Ok(outcome(stop(call, id))),
        Some(_) => Err(Refusal::invalid("ExecAction")),
    }
}

fn outcome(committed: bool) -> Outcome {
    let nothing = json!({});
    if committed {
        Outcome::committed(&nothing)
    } else {
        Outcome::unchanged(&nothing)
    }
}

fn execute(call: &mut Call<'_>, id: i32) -> Result<Outcome, Refusal> {
    if running(call, id).next().is_some() {
        match call.centre.scans.settings.repeated_execution {
            RepeatedExecution::Ignore => return Ok(outcome(false)),
            RepeatedExecution::Refuse => {
                let message = "The strategy is being executed.";
                return Err(Refusal::new(400, "OperationConflict", message));
            }
            RepeatedExecution::Restart => {
                stop(call, id);
            }
        }
    }
    let Some(strategy) = call.centre.scans.strategies.get(&id) else {
        return Err(Refusal::invalid("StrategyId"));
    };
    let task = Task {
        task_type: TaskType::BaselineStrategy,
        name: strategy.name.clone(),
        source: "console".to_owned(),
        created_at: call.now,
        kinds: [ScanKind::Baseline].into(),
        servers: call
            .centre
            .dispatch(&strategy.covered(call.centre, call.now), call.now),
        strategy_id: Some(id),
        checks: strategy.checks.clone(),
        course: call.centre.scans.settings.baseline.clone(),
        ..Task::default()
    };
    start(call, task);
    Ok(outcome(true))
}

/// Ends what runs of a strategy; false when nothing did.
fn stop(call: &mut Call<'_>, id: i32) -> bool {
    let running: Vec<String> = running(call, id).cloned().collect();
    for task in &running {
        if let Some(task) = call.centre.scans.tasks.get_mut(task) {
            task.cancelled_at = Some(call.now);
        }
    }
    !running.is_empty()
}

/// The executions of a strategy that have begun and not ended.
fn running<'a>(call: &'a Call<'_>, id: i32) -> impl Iterator<Item = &'a String> {
    let runs = move |(_, task): &(&String, &Task)| {
        let caused = task.strategy_id == Some(id) && task.created_at <= call.now;
        caused && !task.claim(call.now).phase.is_over()
    };
    call.centre.scans.tasks.iter().filter(runs).map(|(task, _)| task)
}
