//! CancelOnceTask: ends a one-time task that has not ended. What was finished stays finished; the
//! task then counts as failed.

#[cfg(test)]
mod tests;

use serde_json::json;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;

pub const ACTION: Action = Action::write(Product::Sas, "CancelOnceTask", run);

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let id = call.parameters.needed("TaskId")?;
    let task = call.centre.scans.tasks.get_mut(id);
    let task = task.filter(|task| task.task_type.is_once_task() && task.created_at <= call.now);
    let Some(task) = task else {
        return Err(Refusal::invalid("TaskId"));
    };
    if task.claim(call.now).phase.is_over() {
        return Ok(Outcome::unchanged(&json!({})));
    }
    task.cancelled_at = Some(call.now);
    Ok(Outcome::committed(&json!({})))
}
