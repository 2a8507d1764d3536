//! CreateVirusScanOnceTask: scans servers for viruses. Which servers is decided now, by the
//! selection in the slot of the business type and not by the key sent, unless the settings say
//! otherwise. There is no task id in the answer.

#[cfg(test)]
mod tests;

use serde_json::json;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::scanning::start;
use crate::selecting::VIRUS_SCAN_ONCE_TASK;
use crate::world::scans::{ScanKind, Selection, Task, TaskType};

pub const ACTION: Action = Action::write(Product::Sas, "CreateVirusScanOnceTask", run).with_client_token();

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let scan_path: Vec<String> = parameters
        .list("ScanPath")?
        .into_iter()
        .map(str::to_owned)
        .collect();
    let scan_type = match parameters.text("ScanType") {
        None | Some("system") => "system",
        Some("user") if scan_path.is_empty() => return Err(Refusal::missing("ScanPath")),
        Some("user") => "user",
        Some(_) => return Err(Refusal::invalid("ScanType")),
    };
    let (selection_key, selection) = selection(call)?;
    let servers = selection.servers(call.centre, call.now);
    if servers.is_empty() {
        return Err(Refusal::invalid("SelectionKey"));
    }
    if call.dry_run {
        return Ok(Outcome::unchanged(&json!({})));
    }
    let task = Task {
        task_type: TaskType::VirusVulScheduleScan,
        name: TaskType::VirusVulScheduleScan.wire_name(),
        source: "console".to_owned(),
        created_at: call.now,
        kinds: [ScanKind::Virus].into(),
        servers: call.centre.dispatch(&servers, call.now),
        scan_type: scan_type.to_owned(),
        scan_path,
        selection_key: Some(selection_key.to_owned()),
        course: call.centre.scans.settings.virus.clone(),
        ..Task::default()
    };
    start(call, task);
    Ok(Outcome::committed(&json!({})))
}

/// The selection to be scanned: that of the slot. The key sent has to be a known one all the same.
fn selection<'a>(call: &'a Call<'_>) -> Result<(&'a str, &'a Selection), Refusal> {
    let scans = &call.centre.scans;
    let sent = match call.parameters.text("SelectionKey") {
        None => None,
        Some(key) => {
            let known = scans.selections.get_key_value(key);
            Some(known.ok_or_else(|| Refusal::invalid("SelectionKey"))?)
        }
    };
    let slot = scans.selected(VIRUS_SCAN_ONCE_TASK);
    let selected = if scans.settings.virus_scan_follows_slot {
        slot
    } else {
        sent.or(slot)
    };
    let (key, selection) = selected.ok_or_else(|| Refusal::invalid("SelectionKey"))?;
    Ok((key, selection))
}
