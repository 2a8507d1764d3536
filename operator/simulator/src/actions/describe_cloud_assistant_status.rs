//! DescribeCloudAssistantStatus: whether the cloud assistant of instances has a heartbeat, as text.
//! With instances named, all of them are answered and pages mean nothing.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::ecs::{self, Part, PartInfo};
use crate::gateway::Refusal;
use crate::world::{Asset, CloudAssistant, DataCentre, OsType};

pub const ACTION: Action = Action::read(Product::Ecs, "DescribeCloudAssistantStatus", run);

const LARGEST_PAGE: usize = 50;
const MOST_INSTANCES: usize = 100;
const VERSION: &str = "2.2.3.989";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    instance_cloud_assistant_status_set: Set<'a>,
    #[serde(flatten)]
    part: PartInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Set<'a> {
    instance_cloud_assistant_status: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    instance_id: &'a str,
    cloud_assistant_status: &'static str,
    cloud_assistant_version: &'static str,
    #[serde(rename = "OSType")]
    os_type: &'static str,
    last_heartbeat_time: String,
    last_invoked_time: String,
    invocation_count: usize,
    active_task_count: usize,
    support_session_manager: bool,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let (parameters, centre) = (call.parameters, &*call.centre);
    let named = parameters.list("InstanceId")?;
    if named.len() > MOST_INSTANCES {
        return Err(ecs::too_many_instances());
    }
    let mut part = Part::read(parameters, LARGEST_PAGE)?;
    let mut instances = ecs::instances(centre, ecs::region(call));
    if !named.is_empty() {
        part = Part::first(MOST_INSTANCES);
        let known = |id: &&str| instances.iter().any(|(_, asset)| asset.instance_id == **id);
        if !named.iter().all(known) {
            return Err(ecs::no_instance());
        }
        instances.retain(|(_, asset)| named.contains(&asset.instance_id.as_str()));
    }
    if let Some(os) = parameters.text("OSType") {
        instances.retain(|(_, asset)| os_type(asset).eq_ignore_ascii_case(os));
    }
    let (instances, part) = part.cut(instances, |(_, asset)| asset.instance_id.clone())?;
    let rows = instances.iter().map(|(_, asset)| row(centre, asset, call.now));
    let instance_cloud_assistant_status_set = Set {
        instance_cloud_assistant_status: rows.collect(),
    };
    Ok(Outcome::unchanged(&Response {
        instance_cloud_assistant_status_set,
        part,
    }))
}

fn os_type(asset: &Asset) -> &'static str {
    match asset.os_type {
        OsType::Linux => "Linux",
        OsType::Windows => "Windows",
    }
}

fn row<'a>(centre: &DataCentre, asset: &'a Asset, now: Timestamp) -> Row<'a> {
    let alive = asset.running && asset.cloud_assistant.has_heartbeat();
    let invocations = centre.invocations.values();
    let runs = invocations.filter_map(|invocation| {
        let run = invocation.runs.get(&asset.instance_id)?;
        Some((invocation.creation_time, run))
    });
    let (mut last, mut count, mut active) = (None, 0, 0);
    for (started, run) in runs {
        last = last.max(Some(started));
        count += 1;
        active += usize::from(!run.status(now).is_final());
    }
    Row {
        instance_id: &asset.instance_id,
        cloud_assistant_status: if alive { "true" } else { "false" },
        cloud_assistant_version: match asset.cloud_assistant {
            CloudAssistant::Missing => "",
            _ => VERSION,
        },
        os_type: os_type(asset),
        last_heartbeat_time: if alive { ecs::time(now) } else { String::new() },
        last_invoked_time: last.map(ecs::time).unwrap_or_default(),
        invocation_count: count,
        active_task_count: active,
        support_session_manager: alive,
    }
}
