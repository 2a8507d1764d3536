//! DescribeInvocations: the calls of RunCommand and InvokeCommand with the state on each instance,
//! newest first; outputs only where they are asked for.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::ecs::{self, Labels, Part, PartInfo};
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::runs::{self, Shown};
use crate::transcript::Encoding;
use crate::world::{Command, CommandType, Invocation, RepeatMode, Run};

pub const ACTION: Action = Action::read(Product::Ecs, "DescribeInvocations", run);

const LARGEST_PAGE: usize = 50;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    invocations: Invocations<'a>,
    #[serde(flatten)]
    part: PartInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Invocations<'a> {
    invocation: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    invoke_id: &'a str,
    command_id: &'a str,
    command_name: &'a str,
    command_description: &'a str,
    command_type: CommandType,
    command_content: String,
    creation_time: String,
    frequency: &'a str,
    invocation_status: &'static str,
    invoke_status: &'static str,
    invoke_instances: InvokeInstances<'a>,
    parameters: String,
    repeat_mode: RepeatMode,
    timed: bool,
    timeout: i64,
    username: &'a str,
    working_dir: &'a str,
    container_id: &'a str,
    container_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InvokeInstances<'a> {
    invoke_instance: Vec<InvokeInstance<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InvokeInstance<'a> {
    instance_id: &'a str,
    creation_time: String,
    update_time: String,
    finish_time: String,
    instance_invoke_status: &'static str,
    timed: bool,
    #[serde(flatten)]
    run: Shown<'a>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let part = Part::read(parameters, LARGEST_PAGE)?;
    let with_output = parameters.boolean("IncludeOutput")?.unwrap_or(false);
    if with_output
        && parameters
            .text("InvokeId")
            .or(parameters.text("InstanceId"))
            .is_none()
    {
        return Err(Refusal::missing("InvokeId"));
    }
    let timed = parameters.boolean("Timed")?;
    let labels = Labels::read(parameters)?;
    let gone = Command::default();
    let of = |invocation: &Invocation| call.centre.commands.get(&invocation.command_id).unwrap_or(&gone);
    let found: Vec<_> = runs::remembered(call)
        .into_iter()
        .filter(|(id, invocation)| {
            let repeats = invocation.repeat_mode != RepeatMode::Once;
            let status = runs::overall(invocation, call.now).legacy;
            timed.is_none_or(|timed| timed == repeats)
                && parameters
                    .text("InvokeStatus")
                    .is_none_or(|wanted| wanted == status)
                && labels.fits(&invocation.tags, &invocation.resource_group_id)
                && fits(parameters, id, invocation, of(invocation))
        })
        .collect();
    let (found, part) = part.cut(found, |(id, _)| (*id).to_owned())?;
    let encoding = Encoding::asked_for(parameters);
    let rows = found.into_iter().map(|(id, invocation)| Row {
        invoke_instances: instances(invocation, call.now, encoding, with_output),
        ..row(id, invocation, of(invocation), encoding, call)
    });
    let invocations = Invocations {
        invocation: rows.collect(),
    };
    Ok(Outcome::unchanged(&Response { invocations, part }))
}

fn fits(parameters: &Parameters, id: &str, invocation: &Invocation, command: &Command) -> bool {
    let is = |name, value: &str| parameters.text(name).is_none_or(|wanted| wanted == value);
    let by_instance = parameters.text("InstanceId");
    // With an instance named, the vendor ignores the name and the mode.
    let by_command = || {
        by_instance.is_some()
            || is("CommandName", &command.name) && is("RepeatMode", invocation.repeat_mode.name())
    };
    is("InvokeId", id)
        && is("CommandId", &invocation.command_id)
        && is("CommandType", command.kind.name())
        && by_instance.is_none_or(|instance| invocation.runs.contains_key(instance))
        && by_command()
}

fn row<'a>(
    id: &'a str,
    invocation: &'a Invocation,
    command: &'a Command,
    encoding: Encoding,
    call: &Call<'_>,
) -> Row<'a> {
    let overall = runs::overall(invocation, call.now);
    Row {
        invoke_id: id,
        command_id: &invocation.command_id,
        command_name: &command.name,
        command_description: &command.description,
        command_type: command.kind,
        command_content: encoding.write(&command.content),
        creation_time: ecs::time(invocation.creation_time),
        frequency: &invocation.frequency,
        invocation_status: overall.status,
        invoke_status: overall.legacy,
        invoke_instances: InvokeInstances {
            invoke_instance: Vec::new(),
        },
        parameters: serde_json::to_string(&invocation.parameters).unwrap_or_default(),
        repeat_mode: invocation.repeat_mode,
        timed: invocation.repeat_mode != RepeatMode::Once,
        timeout: invocation.timeout_seconds,
        username: &invocation.username,
        working_dir: &command.working_dir,
        container_id: &invocation.container.id,
        container_name: &invocation.container.name,
    }
}

fn instances<'a>(
    invocation: &'a Invocation,
    now: Timestamp,
    encoding: Encoding,
    with_output: bool,
) -> InvokeInstances<'a> {
    let instance = |(instance_id, run): (&'a String, &'a Run)| {
        let shown = Shown::new(run, now, encoding);
        let finish_time = runs::finished(run, now);
        InvokeInstance {
            instance_id,
            creation_time: ecs::time(invocation.creation_time),
            update_time: if finish_time.is_empty() {
                ecs::time(invocation.creation_time)
            } else {
                finish_time.clone()
            },
            finish_time,
            instance_invoke_status: runs::record_status(run.status(now)),
            timed: invocation.repeat_mode != RepeatMode::Once,
            run: if with_output {
                shown
            } else {
                shown.without_output()
            },
        }
    };
    InvokeInstances {
        invoke_instance: invocation.runs.iter().map(instance).collect(),
    }
}
