//! DescribeAgentInstallStatus: how the last installation by OperateAgentClientInstall goes on each
//! server, or whether there is an agent at all. `ResuleCode` is the vendor's spelling.

#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::{Asset, DataCentre, Installation, installation};

pub const ACTION: Action = Action::read(Product::Sas, "DescribeAgentInstallStatus", run);

const NOT_INSTALLED: i32 = -1;
const INSTALLING: i32 = 0;
const INSTALLED: i32 = 1;
const FAILED: i32 = 2;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    aegis_client_invoke_status_response_list: Vec<Row<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    uuid: &'a str,
    result: i32,
    resule_code: String,
    message: &'static str,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    call.parameters.needed("Uuids")?;
    let row = |uuid| {
        let asset = call.centre.listed_asset(uuid, call.now)?;
        let (result, code) = state(call.centre, uuid, asset, call.now);
        Some(Row {
            uuid,
            result,
            resule_code: code.to_string(),
            message: match result {
                INSTALLING => "Installing",
                INSTALLED => "Installed",
                FAILED => "Installation failed",
                _ => "Not installed",
            },
        })
    };
    Ok(Outcome::unchanged(&Response {
        aegis_client_invoke_status_response_list: call.parameters.several("Uuids").filter_map(row).collect(),
    }))
}

/// `Result` and `ResuleCode`.
fn state(centre: &DataCentre, uuid: &str, asset: &Asset, now: Timestamp) -> (i32, i32) {
    let mut records = centre.installations.values().rev();
    let last = records.find(|record| record.uuid == uuid);
    let client = asset.client(now);
    let connects_in = SignedDuration::from_secs(centre.settings.agents.online_seconds);
    // An agent that came by another way, or went, makes a failure history.
    let failed = |record: &Installation| match record.result_code {
        installation::INSTALLED => false,
        installation::ONLINE_ALREADY => client.is_installed(),
        _ => !client.is_online(),
    };
    match last {
        Some(record) if now < record.finish_time => (INSTALLING, NOT_INSTALLED),
        Some(record) if failed(record) => (FAILED, record.result_code),
        // A new agent takes a while to connect.
        Some(record) if now.duration_since(record.finish_time) < connects_in => {
            (INSTALLED, installation::INSTALLED)
        }
        _ if client.is_installed() => (INSTALLED, installation::INSTALLED),
        _ => (NOT_INSTALLED, NOT_INSTALLED),
    }
}
