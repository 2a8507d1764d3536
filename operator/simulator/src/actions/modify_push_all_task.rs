//! ModifyPushAllTask: pushes checks to the agents of single servers. There is no task id and no
//! listing of what runs; the answer says which servers took the order, all of them or only those
//! that did not, as the settings say.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::scanning::{free_version, includes_baseline, start};
use crate::world::OsType;
use crate::world::scans::{Dispatch, FreeServers, ScanKind, Task, TaskType};

pub const ACTION: Action = Action::write(Product::Sas, "ModifyPushAllTask", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    push_task_rsp: PushTaskRsp,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PushTaskRsp {
    push_task_result_list: Vec<Row>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    uuid: String,
    success: bool,
    online: bool,
    message: &'static str,
    #[serde(flatten)]
    server: Option<Server>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Server {
    instance_id: String,
    instance_name: String,
    ip: String,
    region: String,
    os_version: OsType,
    group_id: i64,
}

/// What becomes of the push to one server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Taken,
    Unknown,
    Free,
    Offline,
}

impl Verdict {
    fn of(call: &Call<'_>, uuid: &str) -> Self {
        match call.centre.listed_asset(uuid, call.now) {
            None => Self::Unknown,
            Some(server) if !call.centre.authorisation(server, call.now).edition.is_paid() => Self::Free,
            Some(server) if !server.client(call.now).is_online() => Self::Offline,
            Some(_) => Self::Taken,
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Taken => "successful",
            Self::Unknown => "MachineNotExist",
            Self::Free => "FreeVersionNotPermit",
            Self::Offline => "ClientOffline",
        }
    }
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    parameters.needed("Uuids")?;
    parameters.needed("Tasks")?;
    let uuids: BTreeSet<&str> = parameters.several("Uuids").collect();
    let kind = |name| kind(name).ok_or_else(|| Refusal::invalid("Tasks"));
    let kinds = parameters
        .several("Tasks")
        .map(kind)
        .collect::<Result<BTreeSet<_>, _>>()?;
    if kinds.contains(&ScanKind::Baseline) && !includes_baseline(call.centre, call.now) {
        return Err(free_version());
    }
    let verdicts: Vec<_> = uuids
        .iter()
        .map(|uuid| (*uuid, Verdict::of(call, uuid)))
        .collect();
    let settings = &call.centre.scans.settings;
    let mut free = verdicts.iter().map(|(_, verdict)| *verdict == Verdict::Free);
    if match settings.free_servers {
        FreeServers::FailUnlessAlone => free.all(|free| free),
        FreeServers::Fail => false,
        FreeServers::RefuseCall => free.any(|free| free),
    } {
        return Err(free_version());
    }
    let rows = verdicts.iter().map(|(uuid, verdict)| row(call, uuid, *verdict));
    let shown = |row: &Row| settings.push_lists_every_server || !row.success;
    let response = Response {
        push_task_rsp: PushTaskRsp {
            push_task_result_list: rows.filter(shown).collect(),
        },
    };
    let taken = verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Taken);
    let taken: Vec<&str> = taken.map(|(uuid, _)| *uuid).collect();
    if taken.is_empty() {
        return Ok(Outcome::unchanged(&response));
    }
    push(call, kinds, &taken);
    Ok(Outcome::committed(&response))
}

fn push(call: &mut Call<'_>, kinds: BTreeSet<ScanKind>, uuids: &[&str]) {
    let accepted = |uuid: &&str| ((*uuid).to_owned(), Dispatch::Accepted);
    let task = Task {
        task_type: TaskType::PushAllTask,
        name: "PUSH_ALL_TASK".to_owned(),
        source: "console".to_owned(),
        created_at: call.now,
        kinds,
        servers: uuids.iter().map(accepted).collect(),
        course: call.centre.scans.settings.push.clone(),
        ..Task::default()
    };
    start(call, task);
}

fn row(call: &Call<'_>, uuid: &str, verdict: Verdict) -> Row {
    let server = call.centre.listed_asset(uuid, call.now);
    Row {
        uuid: uuid.to_owned(),
        success: verdict == Verdict::Taken,
        online: server.is_some_and(|server| call.centre.visible_client(server, call.now).is_online()),
        message: verdict.message(),
        server: server.map(|server| Server {
            instance_id: server.instance_id.clone(),
            instance_name: server.instance_name.clone(),
            ip: server.address().to_owned(),
            region: server.region_id.clone(),
            os_version: server.os_type,
            group_id: server.group_id,
        }),
    }
}

/// What a check of this name looks for.
fn kind(check: &str) -> Option<ScanKind> {
    Some(match check {
        "OVAL_ENTITY" => ScanKind::Cve,
        "SYSVUL" => ScanKind::Sys,
        "CMS" => ScanKind::Cms,
        "SCA" => ScanKind::Sca,
        "HEALTH_CHECK" => ScanKind::Baseline,
        "WEBSHELL" => ScanKind::Webshell,
        "PROC_SNAPSHOT" | "PORT_SNAPSHOT" | "ACCOUNT_SNAPSHOT" | "SOFTWARE_SNAPSHOT" | "SCA_SNAPSHOT"
        | "CROND_SNAPSHOT" | "AUTORUN_SNAPSHOT" | "LKM_SNAPSHOT" | "SCA_PROXY_SNAPSHOT" => {
            ScanKind::Fingerprint
        }
        _ => return None,
    })
}
