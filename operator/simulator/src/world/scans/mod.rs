//! Everything about scans in one data centre: the scans that were started, the strategies and
//! selections they are started from, and what there is to find. Nothing runs in the background:
//! starting a scan records it, and readers work out from the time what has come of it.

mod baseline;
mod course;
mod finding;
mod selection;
mod settings;
mod strategy;
mod task;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use baseline::{CheckState, CheckSummary, CheckVerdict};
pub use course::{Behaviour, Claim, Course, Phase};
pub use finding::{BaselineCheck, Finding, Inspections, Necessity, Seen, Virus, Vulnerability};
pub use selection::{Platform, Selection, TargetType};
pub use settings::{FreeServers, OtherActor, RepeatedExecution, ScanSettings, TaskStatusText};
pub use strategy::Strategy;
pub use task::{Counts, Dispatch, Progress, ScanKind, Task, TaskType};

use super::{Asset, DataCentre};

/// The scans of one data centre and all that belongs to them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scans {
    /// Scans that were started, by task id.
    pub tasks: BTreeMap<String, Task>,
    /// Baseline strategies by id.
    pub strategies: BTreeMap<i32, Strategy>,
    /// Selections of servers by key.
    pub selections: BTreeMap<String, Selection>,
    /// The one selection key that counts, by business type.
    pub slots: BTreeMap<String, String>,
    /// Vulnerabilities by name, found and unfound.
    pub vulnerabilities: BTreeMap<String, Vulnerability>,
    /// Baseline checks by id, with the servers that fail them.
    pub baseline_checks: BTreeMap<i64, BaselineCheck>,
    /// Viruses by event id, found and unfound.
    pub viruses: BTreeMap<i64, Virus>,
    /// How scans behave.
    pub settings: ScanSettings,
}

impl Scans {
    /// Scans of one type that readers see, the newest first.
    pub fn listed(&self, task_type: TaskType, now: Timestamp) -> Vec<(&String, &Task)> {
        let listed = |(_, task): &(&String, &Task)| task.task_type == task_type && task.is_listed(now);
        let mut tasks: Vec<_> = self.tasks.iter().filter(listed).collect();
        tasks.sort_by_key(|(id, task)| (std::cmp::Reverse(task.created_at), *id));
        tasks
    }

    /// The latest execution of a strategy that has begun.
    pub fn latest_execution(&self, strategy: i32, now: Timestamp) -> Option<&Task> {
        let executions = self.listed(TaskType::BaselineStrategy, now).into_iter();
        let mut executions = executions.map(|(_, task)| task);
        executions.find(|task| task.strategy_id == Some(strategy) && task.claim(now).started_at.is_some())
    }

    /// The selection that counts for a business type, with its key.
    pub fn selected(&self, business_type: &str) -> Option<(&String, &Selection)> {
        let key = self.slots.get(business_type)?;
        self.selections.get_key_value(key)
    }

    /// Viruses that are known, not handled and not gone, with their event id.
    pub fn open_viruses(&self, now: Timestamp) -> Vec<(i64, &Virus, Seen)> {
        let inspections = self.inspections(ScanKind::Virus, now);
        let open = |(id, virus): (&i64, &'_ Virus)| -> Option<(i64, Seen)> {
            let seen = virus.finding.seen(inspections.of(&virus.uuid), now)?;
            (!seen.fixed && !virus.finding.handled).then_some((*id, seen))
        };
        let viruses = self.viruses.iter();
        viruses
            .filter_map(|(id, virus)| open((id, virus)).map(|(id, seen)| (id, virus, seen)))
            .collect()
    }

    /// When servers were truly looked at for this kind.
    pub fn inspections(&self, kind: ScanKind, now: Timestamp) -> Inspections<'_> {
        Inspections::among(self.tasks.values(), kind, |_| true, now)
    }

    /// When servers were truly looked at for one baseline check.
    pub fn checked(&self, check: i64, now: Timestamp) -> Inspections<'_> {
        let makes = |task: &Task| task.checks.is_empty() || task.checks.contains(&check);
        Inspections::among(self.tasks.values(), ScanKind::Baseline, makes, now)
    }
}

impl DataCentre {
    /// How a scan that names these servers is taken up: an agent that is offline refuses it. Only a push
    /// (ModifyPushAllTask) asks for the edition as well.
    pub fn dispatch<'a>(
        &self,
        uuids: impl IntoIterator<Item = &'a String>,
        now: Timestamp,
    ) -> BTreeMap<String, Dispatch> {
        let taken = |uuid: &String| match self.listed_asset(uuid, now) {
            Some(asset) if asset.client(now).is_online() => Dispatch::Accepted,
            _ => Dispatch::Refused,
        };
        uuids
            .into_iter()
            .map(|uuid| (uuid.clone(), taken(uuid)))
            .collect()
    }
}

impl Asset {
    /// The address that scans name it by: the public one where it has one.
    pub fn address(&self) -> &str {
        if self.internet_ip.is_empty() {
            &self.intranet_ip
        } else {
            &self.internet_ip
        }
    }
}
