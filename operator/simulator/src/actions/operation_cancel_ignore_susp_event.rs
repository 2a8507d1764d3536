//! OperationCancelIgnoreSuspEvent: makes ignored alerts pending again, at once, all or none.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::alerts::{self, illegal_parameter};
use crate::gateway::Refusal;
use crate::world::EventStatus;

pub const ACTION: Action = Action::write(Product::Sas, "OperationCancelIgnoreSuspEvent", run);

const MAXIMUM_ALERTS: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    success: bool,
    code: &'static str,
    message: &'static str,
    http_status_code: i32,
    time_cost: i64,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let ids = alerts::ids(call.parameters, MAXIMUM_ALERTS).map_err(|_| illegal_parameter())?;
    if ids.is_empty() {
        return Err(Refusal::missing("SecurityEventIds"));
    }
    let is_ignored = |id: &i64| {
        let seen = alerts::find(call.centre, *id, call.now);
        seen.is_some_and(|seen| seen.status == EventStatus::IGNORED)
    };
    if !ids.iter().all(is_ignored) {
        let message = "The specified operation task does not exist";
        return Err(Refusal::new(400, "OperationTaskNotExists", message));
    }
    let remark = call.parameters.text("Remark").unwrap_or_default();
    alerts::cancel_ignore(call.centre, &ids, remark, call.now);
    Ok(Outcome::committed(&Response {
        success: true,
        code: "200",
        message: "successful",
        http_status_code: 200,
        time_cost: 0,
    }))
}
