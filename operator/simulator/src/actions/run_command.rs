//! RunCommand: makes a command and runs it at once on instances, all or none. Asynchronous: how it
//! went is read from DescribeInvocationResults.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::dispatch::Order;
use crate::ecs;
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::transcript;
use crate::world::{Command, CommandType};

pub const ACTION: Action = Action::write(Product::Ecs, "RunCommand", run).with_client_token();

const DEFAULT_TIMEOUT: i64 = 60;
const LONGEST_NAME: usize = 128;
const LONGEST_DESCRIPTION: usize = 512;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    command_id: String,
    invoke_id: String,
}

#[derive(Serialize)]
struct Checked {}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let command = command(call)?;
    let order = Order::read(call, &command)?;
    if call.dry_run {
        return Ok(Outcome::unchanged(&Checked {}));
    }
    let command_id = format!("c-{}", call.ids.text(18).to_lowercase());
    let invoke_id = order.send(call, &command_id, &command);
    call.centre.commands.insert(command_id.clone(), command);
    Ok(Outcome::committed(&Response {
        command_id,
        invoke_id,
    }))
}

fn command(call: &Call<'_>) -> Result<Command, Refusal> {
    let parameters = call.parameters;
    let kept = parameters.boolean("KeepCommand")?.unwrap_or(false);
    let content = transcript::content(parameters)?;
    transcript::check_length(&content, kept)?;
    let owned = |name| parameters.text(name).unwrap_or_default().to_owned();
    Ok(Command {
        region_id: ecs::region(call).to_owned(),
        name: within(parameters, "Name", LONGEST_NAME, "CmdName.ExceedLimit")?,
        description: within(
            parameters,
            "Description",
            LONGEST_DESCRIPTION,
            "CmdDesc.ExceedLimit",
        )?,
        kind: kind(parameters)?,
        content,
        timeout_seconds: parameters.number("Timeout")?.unwrap_or(DEFAULT_TIMEOUT),
        working_dir: owned("WorkingDir"),
        enable_parameter: parameters.boolean("EnableParameter")?.unwrap_or(false),
        kept,
        tags: ecs::tags(parameters, "Tag")?,
        resource_group_id: owned("ResourceGroupId"),
        creation_time: call.now,
        ..Command::default()
    })
}

fn kind(parameters: &Parameters) -> Result<CommandType, Refusal> {
    match parameters.text("Type") {
        None => Err(Refusal::missing("Type")),
        Some("RunShellScript") => Ok(CommandType::RunShellScript),
        Some("RunBatScript") => Ok(CommandType::RunBatScript),
        Some("RunPowerShellScript") => Ok(CommandType::RunPowerShellScript),
        Some(_) => {
            let message = "The specified command type does not exist.";
            Err(Refusal::new(403, "InvalidCmdType.NotFound", message))
        }
    }
}

fn within(parameters: &Parameters, name: &str, longest: usize, code: &str) -> Result<String, Refusal> {
    let text = parameters.text(name).unwrap_or_default();
    if text.chars().count() > longest {
        let message = format!(
            "The length of the command {} exceeds the upper limit.",
            name.to_lowercase()
        );
        return Err(Refusal::new(403, code, message));
    }
    Ok(text.to_owned())
}
