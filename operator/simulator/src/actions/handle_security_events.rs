//! HandleSecurityEvents: one operation on up to 20 alerts, all or none, as a task that ends later
//! with a result per alert. `MarkMissParam` takes the place of all rules for such alerts.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::alerts::{self, Wanted};
use crate::gateway::Refusal;

pub const ACTION: Action = Action::write(Product::Sas, "HandleSecurityEvents", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    handle_security_events_response: Task,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Task {
    task_id: i64,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let wanted = Wanted::parse(call.parameters, &call.centre.settings.alerts, call.now)?;
    let task_id = alerts::handle(call.centre, &wanted, call.now)?;
    Ok(Outcome::committed(&Response {
        handle_security_events_response: Task { task_id },
    }))
}
