//! CheckSecurityEventId: whether all these alerts are of this server.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::alerts;
use crate::gateway::Refusal;

pub const ACTION: Action = Action::read(Product::Sas, "CheckSecurityEventId", run);

const MAXIMUM_ALERTS: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    data: bool,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let uuid = call.parameters.needed("Uuid")?;
    let ids = alerts::ids(call.parameters, MAXIMUM_ALERTS)?;
    let is_its = |id: &i64| {
        let seen = alerts::find(call.centre, *id, call.now);
        seen.is_some_and(|seen| seen.alert.uuid == uuid)
    };
    Ok(Outcome::unchanged(&Response {
        data: !ids.is_empty() && ids.iter().all(is_its),
    }))
}
