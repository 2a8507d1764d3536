//! DescribeInvocationResults: the runs of commands, one row per instance, newest first. A command
//! that was lost on the way has no row, whatever its caller waits for.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::ecs::{self, Labels, Part, PartInfo};
use crate::gateway::Refusal;
use crate::runs::{self, Shown};
use crate::transcript::Encoding;
use crate::world::RepeatMode;

pub const ACTION: Action = Action::read(Product::Ecs, "DescribeInvocationResults", run);

const LARGEST_PAGE: usize = 50;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    invocation: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    invocation_results: Results<'a>,
    #[serde(flatten)]
    part: PartInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Results<'a> {
    invocation_result: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    invoke_id: &'a str,
    command_id: &'a str,
    instance_id: &'a str,
    invoke_record_status: &'static str,
    finished_time: String,
    username: &'a str,
    container_id: &'a str,
    container_name: &'a str,
    #[serde(flatten)]
    run: Shown<'a>,
}

/// `IncludeHistory` is for one command that repeats; its repetitions are not simulated, so there is none.
fn check_history(call: &Call<'_>) -> Result<(), Refusal> {
    if call.parameters.boolean("IncludeHistory")? != Some(true) {
        return Ok(());
    }
    let id = call.parameters.text("InvokeId").ok_or_else(|| {
        let message = "The parameter InvokeId is missing or empty.";
        Refusal::new(400, "MissingParam.InvokeId", message)
    })?;
    let invocation = call.centre.invocations.get(id);
    let repeats = |mode| matches!(mode, RepeatMode::Period | RepeatMode::EveryReboot);
    if invocation.is_some_and(|invocation| repeats(invocation.repeat_mode)) {
        return Ok(());
    }
    Err(ecs::invalid("InvokeId"))
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let part = Part::read(parameters, LARGEST_PAGE)?;
    let encoding = Encoding::asked_for(parameters);
    let is = |name, value: &str| parameters.text(name).is_none_or(|wanted| wanted == value);
    let labels = Labels::read(parameters)?;
    check_history(call)?;
    let mut found = Vec::new();
    for (invoke_id, invocation) in runs::remembered(call) {
        let labelled = labels.fits(&invocation.tags, &invocation.resource_group_id);
        if !labelled || !is("InvokeId", invoke_id) || !is("CommandId", &invocation.command_id) {
            continue;
        }
        for (instance_id, run) in &invocation.runs {
            let status = runs::record_status(run.status(call.now));
            if is("InstanceId", instance_id) && is("InvokeRecordStatus", status) {
                found.push(Row {
                    invoke_id,
                    command_id: &invocation.command_id,
                    instance_id,
                    invoke_record_status: status,
                    finished_time: runs::finished(run, call.now),
                    username: &invocation.username,
                    container_id: &invocation.container.id,
                    container_name: &invocation.container.name,
                    run: Shown::new(run, call.now, encoding),
                });
            }
        }
    }
    let key = |row: &Row<'_>| format!("{}/{}", row.invoke_id, row.instance_id);
    let (invocation_result, part) = part.cut(found, key)?;
    Ok(Outcome::unchanged(&Response {
        invocation: Body {
            invocation_results: Results { invocation_result },
            part,
        },
    }))
}
