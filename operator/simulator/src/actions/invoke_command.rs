//! InvokeCommand: runs a command that is there already on instances, all or none.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::dispatch::Order;
use crate::ecs;
use crate::gateway::Refusal;

pub const ACTION: Action = Action::write(Product::Ecs, "InvokeCommand", run).with_client_token();

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    invoke_id: String,
}

#[derive(Serialize)]
struct Checked {}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let id = call
        .parameters
        .text("CommandId")
        .ok_or_else(|| Refusal::missing("CommandId"))?;
    let region = ecs::region(call);
    let kept = call.centre.commands.get(id);
    let command = kept.filter(|command| command.kept && command.region_id == region);
    let command = command.cloned().ok_or_else(|| {
        let message = "The specified command ID does not exist.";
        Refusal::new(404, "InvalidCmdId.NotFound", message)
    })?;
    let order = Order::read(call, &command)?;
    if call.dry_run {
        return Ok(Outcome::unchanged(&Checked {}));
    }
    let invoke_id = order.send(call, id, &command);
    Ok(Outcome::committed(&Response { invoke_id }))
}
