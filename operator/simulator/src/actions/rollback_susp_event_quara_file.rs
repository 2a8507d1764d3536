//! RollbackSuspEventQuaraFile: gives a quarantined file back. It answers only its request id; how it
//! went is the file's status later, `rollbackFailed` when the server's agent was offline.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::alerts::{agent_is_online, illegal_parameter, later};
use crate::gateway::Refusal;
use crate::world::{QuarantinedFile, Step};

pub const ACTION: Action = Action::write(Product::Sas, "RollbackSuspEventQuaraFile", run);

#[derive(Serialize)]
struct Response {}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let (now, centre) = (call.now, &mut *call.centre);
    let settings = centre.settings.alerts.clone();
    let Some(id) = call.parameters.number::<i64>("QuaraFileId")? else {
        return if settings.rollback_needs_file {
            Err(Refusal::missing("QuaraFileId"))
        } else {
            Ok(Outcome::unchanged(&Response {}))
        };
    };
    let file = centre.quarantined_files.get(&id).ok_or_else(illegal_parameter)?;
    match file.status(now) {
        "quaraDone" | "rollbackFailed" => {}
        "rollbacking" | "rollbackDone" => return Ok(Outcome::unchanged(&Response {})),
        _ => return Err(illegal_parameter()),
    }
    let alert = centre.alerts.get(&file.alert_id);
    let rollback = Step {
        started_at: now,
        finished_at: later(now, settings.processing_seconds),
        failed: !alert.is_some_and(|alert| agent_is_online(centre, &alert.uuid, now)),
    };
    let file = QuarantinedFile {
        rollback: Some(rollback),
        ..file.clone()
    };
    centre.quarantined_files.insert(id, file);
    Ok(Outcome::committed(&Response {}))
}
