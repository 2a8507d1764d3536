//! GetVirusScanLatestTaskStatistic: the newest virus scan of the account, whoever started it.
//! `Status` is 0 pending, 10 running and 100 complete, or what the settings say for complete.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::DataCentre;
use crate::world::scans::{Phase, ScanSettings, Task, TaskType, Virus};

pub const ACTION: Action = Action::read(Product::Sas, "GetVirusScanLatestTaskStatistic", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data<'a> {
    task_id: &'a str,
    status: i32,
    progress: String,
    scan_type: &'a str,
    scan_path: &'a [String],
    scan_time: i64,
    scan_machine: usize,
    complete_machine: usize,
    un_complete_machine: usize,
    safe_machine: usize,
    suspicious_machine: usize,
    suspicious_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk_level: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    machine_name: Option<&'a str>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let centre = &*call.centre;
    let scans = centre.scans.listed(TaskType::VirusVulScheduleScan, call.now);
    let latest = scans.first().map(|(id, task)| data(centre, id, task, call.now));
    Ok(Outcome::unchanged(&Response { data: latest }))
}

fn data<'a>(centre: &'a DataCentre, task_id: &'a str, task: &'a Task, now: Timestamp) -> Data<'a> {
    let claim = task.claim(now);
    let counts = task.counts(now);
    let found = found(centre, task, now);
    let mut machines: Vec<&str> = found.iter().map(|virus| virus.uuid.as_str()).collect();
    machines.sort_unstable();
    machines.dedup();
    let only = task.servers.keys().next().filter(|_| task.servers.len() == 1);
    let machine = only.and_then(|uuid| centre.assets.get(uuid));
    Data {
        task_id,
        status: status(claim.phase, &centre.scans.settings),
        progress: claim.percent.to_string(),
        scan_type: &task.scan_type,
        scan_path: &task.scan_path,
        scan_time: task.created_at.as_millisecond(),
        scan_machine: counts.total,
        complete_machine: counts.finished,
        un_complete_machine: counts.total - counts.finished,
        safe_machine: counts.finished - machines.len(),
        suspicious_machine: machines.len(),
        suspicious_count: found.len(),
        risk_level: found
            .iter()
            .map(|virus| risk_level(&virus.level))
            .max()
            .map(|(_, name)| name),
        machine_name: machine.map(|asset| asset.instance_name.as_str()),
    }
}

/// The viruses that the servers this scan has finished with had at that moment.
fn found<'a>(centre: &'a DataCentre, task: &Task, now: Timestamp) -> Vec<&'a Virus> {
    let finished: BTreeMap<&str, Timestamp> = task.finished(now).collect();
    let found = |virus: &&Virus| {
        let at = finished.get(virus.uuid.as_str());
        at.is_some_and(|at| virus.finding.is_there(*at) && !virus.finding.handled)
    };
    centre.scans.viruses.values().filter(found).collect()
}

fn status(phase: Phase, settings: &ScanSettings) -> i32 {
    match phase {
        Phase::Pending => 0,
        Phase::Running => 10,
        Phase::Succeeded | Phase::Failed | Phase::TimedOut => settings.virus_complete_status,
    }
}

/// The rank and the name of the risk that an event of this level means.
fn risk_level(level: &str) -> (i32, &'static str) {
    match level {
        "serious" => (2, "high"),
        "suspicious" => (1, "medium"),
        _ => (0, "low"),
    }
}
