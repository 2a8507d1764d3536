//! What the operator knows about the alerts of a `SasAlertAction`.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AlertOperation;
use crate::status::{CommonStatus, GateStatus};

/// What the operator knows about the alerts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SasAlertActionStatus {
    /// What every kind reports.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// What kinds report that write to the cloud.
    #[serde(flatten)]
    pub gate: GateStatus,
    /// How many alerts there are of each sort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<AlertCounts>,
    /// The alerts, those that need attention first. `counts` also counts those that have no room here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["id".into()]))]
    pub alerts: Vec<AlertResult>,
}

/// How many alerts there are of each sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertCounts {
    /// All that the spec means.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub total: i64,
    /// Those that a plan holds and no call was made for yet.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub planned: i64,
    /// Those that the cloud is at.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub running: i64,
    /// Those that this resource handled.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub handled: i64,
    /// Those that somebody else had dealt with.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub already_handled: i64,
    /// Those that could not be handled.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub failed: i64,
    /// Those that are left alone, because the cloud does not allow the operation for them.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub excluded: i64,
}

/// One alert and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertResult {
    /// Id.
    #[schemars(length(max = 19))]
    pub id: String,
    /// Name as the cloud shows it. Attackers may have a hand in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 256))]
    pub name: String,
    /// Type, such as `Unusual logon`.
    #[serde(default, rename = "type", skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 256))]
    pub type_name: String,
    /// `serious`, `suspicious` or `remind`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 128))]
    pub level: String,
    /// UUID of the server in Security Center.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 128))]
    pub uuid: String,
    /// Name of the server.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 256))]
    pub server: String,
    /// What is or was done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<AlertOperation>,
    /// Operations that the cloud allows for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 64)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub allowed: Vec<String>,
    /// What became of it.
    pub outcome: AlertOutcome,
    /// The cloud's code of the result, such as `kill_and_quara.AgentOffline`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 128))]
    pub code: String,
    /// Why: of a recommendation, of an exclusion, or of a failure with what to do next.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 512))]
    pub message: String,
}

/// What became of an alert. The order is that of the list in a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AlertOutcome {
    /// It could not be handled.
    Failed,
    /// It is left alone.
    Excluded,
    /// The cloud is at it.
    Running,
    /// It is part of a plan, and no call was made for it yet.
    Planned,
    /// This resource handled it.
    Handled,
    /// Somebody else had dealt with it.
    AlreadyHandled,
}

crate::status::status_parts!(SasAlertActionStatus, gate);
