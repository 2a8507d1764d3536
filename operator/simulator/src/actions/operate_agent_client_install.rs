//! OperateAgentClientInstall: Security Center installs its agent by itself through cloud assistant.
//! Each server gets a record whatever becomes of it; DescribeAgentInstallStatus tells.

#[cfg(test)]
mod tests;

use jiff::SignedDuration;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::search::words::os_type;
use crate::world::{AgentSettings, Asset, CloudAssistant, InstallCode, Installation, installation};

pub const ACTION: Action = Action::write(Product::Sas, "OperateAgentClientInstall", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    /// Spelled as the vendor spells it.
    aegis_celint_install_respose_list: Vec<Row>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    uuid: String,
    instance_id: String,
    record_id: i64,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let uuids = named(call)?;
    if !call.centre.settings.agents.one_click_granted {
        let message = "The installation permission is not granted.";
        return Err(Refusal::new(400, "InstallNotGranted", message));
    }
    let rows: Vec<Row> = uuids.iter().filter_map(|uuid| start(call, uuid)).collect();
    Ok(Outcome {
        committed: !rows.is_empty(),
        ..Outcome::unchanged(&Response {
            aegis_celint_install_respose_list: rows,
        })
    })
}

/// The listed servers that the request names by uuid, or by instance id, region and system.
fn named(call: &Call<'_>) -> Result<Vec<String>, Refusal> {
    let parameters = call.parameters;
    let mut uuids: Vec<String> = parameters.several("Uuids").map(str::to_owned).collect();
    if parameters.text("InstanceIds").is_some() {
        let (region, os) = (parameters.needed("Region")?, parameters.needed("Os")?);
        if !matches!(os, "linux" | "windows") {
            return Err(Refusal::invalid("Os"));
        }
        for id in parameters.several("InstanceIds") {
            let fits = |uuid: &&String| {
                let asset = call.centre.assets.get(*uuid);
                asset.is_some_and(|asset| asset.region_id == region && os_type(asset.os_type) == os)
            };
            uuids.extend(call.centre.assets.with_instance_id(id).iter().find(fits).cloned());
        }
    } else {
        parameters.needed("Uuids")?;
    }
    uuids.retain(|uuid| call.centre.listed_asset(uuid, call.now).is_some());
    uuids.sort();
    uuids.dedup();
    Ok(uuids)
}

/// Starts the installation on one server, and decides how it ends.
fn start(call: &mut Call<'_>, uuid: &str) -> Option<Row> {
    let settings = &call.centre.settings;
    let asset = call.centre.assets.get(uuid)?;
    let problem = problem(asset, &settings.agents, asset.client(call.now).is_online());
    let seconds = match problem {
        None => settings.agents.one_click_seconds,
        Some(installation::TIMED_OUT) => settings.assistant.delivery_timeout_seconds,
        Some(_) => 0,
    };
    let finish_time = call
        .now
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(call.now);
    let row = Row {
        uuid: uuid.to_owned(),
        instance_id: asset.instance_id.clone(),
        record_id: call
            .centre
            .installations
            .keys()
            .next_back()
            .map_or(1, |last| last + 1),
    };
    if problem.is_none() {
        // Security Center enrols its own installations like a host with a code of the account.
        let code = InstallCode {
            vendor_name: "ALIYUN".to_owned(),
            ..InstallCode::default()
        };
        call.centre.install(uuid, &code, finish_time);
    }
    let record = Installation {
        uuid: uuid.to_owned(),
        finish_time,
        result_code: problem.unwrap_or(installation::INSTALLED),
    };
    call.centre.installations.insert(row.record_id, record);
    Some(row)
}

/// Why an installation fails, as the code that the vendor gives it.
fn problem(asset: &Asset, settings: &AgentSettings, is_online: bool) -> Option<i32> {
    if is_online {
        Some(installation::ONLINE_ALREADY)
    } else if !asset.is_instance() {
        Some(installation::OUTSIDE)
    } else if !settings.one_click_regions.contains(&asset.region_id) {
        Some(installation::REGION_NOT_SUPPORTED)
    } else if !asset.running {
        Some(installation::NOT_STARTED)
    } else {
        match asset.cloud_assistant {
            CloudAssistant::Online => None,
            CloudAssistant::Missing => Some(installation::NO_CLOUD_ASSISTANT),
            _ => Some(installation::TIMED_OUT),
        }
    }
}
