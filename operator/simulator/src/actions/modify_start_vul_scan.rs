//! ModifyStartVulScan: scans the whole account for vulnerabilities, also when `Uuids` names some
//! servers, unless the settings say otherwise. There is no task id in the answer; DescribeOnceTask
//! lists the scan.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::json;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::scanning::start;
use crate::world::scans::{ScanKind, Task, TaskType};

pub const ACTION: Action = Action::write(Product::Sas, "ModifyStartVulScan", run).with_client_token();

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let kind = |name| ScanKind::vulnerability(name).ok_or_else(|| Refusal::invalid("Types"));
    let mut kinds = parameters
        .several("Types")
        .map(kind)
        .collect::<Result<BTreeSet<_>, _>>()?;
    if kinds.is_empty() {
        kinds = ScanKind::VULNERABILITIES.into();
    }
    if call.dry_run {
        return Ok(Outcome::unchanged(&json!({})));
    }
    let named: BTreeSet<&str> = parameters.several("Uuids").collect();
    let settings = &call.centre.scans.settings;
    let everything = named.is_empty() || !settings.vulnerability_scan_honours_uuids;
    let listed = call.centre.listed(call.now).map(|(uuid, _)| uuid);
    let task = Task {
        task_type: TaskType::VulCheckTask,
        name: "VUL_CHECK_TASK".to_owned(),
        source: "console".to_owned(),
        created_at: call.now,
        kinds,
        servers: call.centre.dispatch(
            listed.filter(|uuid| everything || named.contains(uuid.as_str())),
            call.now,
        ),
        course: settings.vulnerability.clone(),
        ..Task::default()
    };
    start(call, task);
    Ok(Outcome::committed(&json!({})))
}
