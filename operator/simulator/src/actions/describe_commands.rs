//! DescribeCommands: the commands that are kept, newest first; public ones only by `Provider`. Each has one
//! version, so that `Latest` changes nothing.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::dispatch::parameter_names;
use crate::ecs::{self, Labels, Part, PartInfo};
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::pattern;
use crate::transcript::Encoding;
use crate::world::{Command, CommandType, DataCentre};

pub const ACTION: Action = Action::read(Product::Ecs, "DescribeCommands", run);

const LARGEST_PAGE: usize = 50;
/// Who provides the commands of the account itself.
const OWN: &str = "User";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    commands: Commands<'a>,
    #[serde(flatten)]
    part: PartInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Commands<'a> {
    command: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    command_id: &'a str,
    name: &'a str,
    description: &'a str,
    #[serde(rename = "Type")]
    kind: CommandType,
    command_content: String,
    timeout: i64,
    working_dir: &'a str,
    enable_parameter: bool,
    parameter_names: Names,
    provider: &'a str,
    latest: bool,
    version: i32,
    invoke_times: usize,
    creation_time: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Names {
    parameter_name: Vec<String>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let (parameters, centre) = (call.parameters, &*call.centre);
    let part = Part::read(parameters, LARGEST_PAGE)?;
    let encoding = Encoding::asked_for(parameters);
    let labels = Labels::read(parameters)?;
    let region = ecs::region(call);
    let mut found: Vec<(&str, &Command)> = centre
        .commands
        .iter()
        .map(|(id, command)| (id.as_str(), command))
        .filter(|(id, command)| command.kept && command.region_id == region && fits(parameters, id, command))
        .filter(|(_, command)| labels.fits(&command.tags, &command.resource_group_id))
        .collect();
    found.sort_by(|one, other| (other.1.creation_time, one.0).cmp(&(one.1.creation_time, other.0)));
    let (found, part) = part.cut(found, |(id, _)| (*id).to_owned())?;
    let row = |(id, command)| row(centre, id, command, encoding);
    let commands = Commands {
        command: found.into_iter().map(row).collect(),
    };
    Ok(Outcome::unchanged(&Response { commands, part }))
}

fn fits(parameters: &Parameters, id: &str, command: &Command) -> bool {
    let like = |name, text: &str| {
        parameters
            .text(name)
            .is_none_or(|wanted| pattern::matches(wanted, text))
    };
    let provider = match parameters.text("Provider") {
        None => command.provider == OWN,
        // The vendor's own name stands for all of its parts.
        Some(wanted) => {
            let rest = command.provider.strip_prefix(wanted);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        }
    };
    provider
        && parameters.text("CommandId").is_none_or(|wanted| wanted == id)
        && parameters
            .text("Type")
            .is_none_or(|wanted| wanted == command.kind.name())
        && like("Name", &command.name)
        && like("Description", &command.description)
}

fn row<'a>(centre: &DataCentre, id: &'a str, command: &'a Command, encoding: Encoding) -> Row<'a> {
    let invocations = centre.invocations.values();
    Row {
        command_id: id,
        name: &command.name,
        description: &command.description,
        kind: command.kind,
        command_content: encoding.write(&command.content),
        timeout: command.timeout_seconds,
        working_dir: &command.working_dir,
        enable_parameter: command.enable_parameter,
        parameter_names: Names {
            parameter_name: if command.enable_parameter {
                parameter_names(&command.content)
            } else {
                Vec::new()
            },
        },
        provider: &command.provider,
        latest: true,
        version: 1,
        invoke_times: invocations
            .filter(|invocation| invocation.command_id == id)
            .count(),
        creation_time: ecs::time(command.creation_time),
    }
}
