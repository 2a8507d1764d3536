//! `SasAlertPolicy`: alerts that somebody should not have to look for. The operator writes SasAlertActions with
//! the recommended operation, each of which has a plan and an approval of its own: a policy handles and approves
//! nothing.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alert_action::AlertOperation;
use crate::account::{AccountRef, DataCentre};
use crate::alerts::AlertSelector;
use crate::report::Look;
use crate::status::{CommonStatus, Phase};

/// Which alerts to propose something for, and how much at once.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "sas-operator.io",
    version = "v1alpha1",
    kind = "SasAlertPolicy",
    plural = "sasalertpolicies",
    shortname = "sasapol",
    category = "sas",
    namespaced,
    status = "SasAlertPolicyStatus",
    derive = "PartialEq",
    cel,
    doc = "Writes a SasAlertAction with the recommended operation for alerts that nobody has dealt with. Every one has a \
           plan and an approval of its own.",
    validation = Rule::new("self.metadata.name.size() <= 200")
        .message("the name must have at most 200 characters: those of its proposals are made from it"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Suspend", type_ = "boolean", json_path = ".spec.suspend", priority = "1"),
    printcolumn(name = "Matching", type_ = "integer", json_path = ".status.counts.matching"),
    printcolumn(name = "Proposed", type_ = "integer", json_path = ".status.counts.proposed"),
    printcolumn(name = "Left over", type_ = "integer", json_path = ".status.counts.leftOver"),
    printcolumn(name = "Active", type_ = "integer", json_path = ".status.activeCount"),
    printcolumn(name = "Last proposal", type_ = "date", json_path = ".status.lastProposalTime"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SasAlertPolicySpec {
    /// The account.
    pub account_ref: AccountRef,
    /// Data centre of the alerts. Left out, it is that of the account's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_centre: Option<DataCentre>,
    /// Which alerts. Left out, it is all that nobody has dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<AlertSelector>,
    /// SasAlertActions that are created within an hour, at most. Each has up to 100 alerts and one operation.
    #[serde(default = "default_per_hour")]
    #[schemars(range(min = 1, max = 60))]
    pub max_actions_per_hour: i32,
    /// Seconds after which something is proposed again for an alert that nobody has dealt with, counted from the end
    /// of the SasAlertAction that named it last: it was refused, or deleted, or came to nothing.
    #[serde(default = "default_again")]
    #[schemars(range(min = 3_600, max = 31_536_000))]
    pub propose_again_after_seconds: i64,
    /// Whether to propose nothing. Alerts are still looked at and counted.
    #[serde(default)]
    pub suspend: bool,
    /// How many of its SasAlertActions that ended or were refused are kept. One whose outcome is unknown stays until
    /// somebody has looked at it.
    #[serde(default = "default_history")]
    #[schemars(range(min = 0, max = 100))]
    pub history_limit: i32,
    /// Seconds between two looks at the cloud.
    #[serde(default = "default_refresh")]
    #[schemars(range(min = 10, max = 86_400))]
    pub refresh_interval_seconds: i64,
}

fn default_per_hour() -> i32 {
    10
}

fn default_again() -> i64 {
    86_400
}

fn default_history() -> i32 {
    10
}

fn default_refresh() -> i64 {
    300
}

/// What was found and proposed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SasAlertPolicyStatus {
    /// What every kind reports.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// When the cloud was looked at last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_look: Option<Look>,
    /// What becomes of the alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<PolicyCounts>,
    /// Types of alerts that are there, where the selector names some in words and matches none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(max = 256)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub other_types: Vec<String>,
    /// Why nothing is proposed for some alerts, the most frequent reasons first. `counts` also counts those of the
    /// reasons that have no room here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub excluded: Vec<Exclusion>,
    /// When a SasAlertAction was created last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_proposal_time: Option<Time>,
    /// How many of its SasAlertActions have not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub active_count: Option<i64>,
    /// Its SasAlertActions, those that have not ended first, then the latest. Those that are gone stay here as long
    /// as nothing is proposed again for their alerts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub proposals: Vec<Proposal>,
}

/// What becomes of the alerts that match. All but `unread` add up to `matching`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyCounts {
    /// All that match and that nobody has dealt with.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub matching: i64,
    /// Those that a SasAlertAction of this namespace names which has not ended, whoever wrote it.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub proposed: i64,
    /// Those for which a SasAlertAction is being created.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub pending: i64,
    /// Those that a SasAlertAction named which ended not long ago: nothing is proposed for them again yet.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub decided: i64,
    /// Those for which nothing is recommended, or nothing that the cloud allows.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub excluded: i64,
    /// Those that have to wait, because enough is proposed already or nothing may be.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub left_over: i64,
    /// Alerts that were not read, because they are too many; whether they match is not known.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub unread: i64,
}

/// Alerts for which nothing is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exclusion {
    /// Why.
    #[schemars(length(max = 512))]
    pub reason: String,
    /// How many.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub alerts: i64,
    /// Id of one of them.
    #[schemars(length(max = 19))]
    pub example: String,
}

/// A SasAlertAction that was created for a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Proposal {
    /// Name.
    #[schemars(length(max = 253))]
    pub name: String,
    /// What it proposes.
    pub operation: AlertOperation,
    /// Ids of its alerts.
    #[serde(rename = "alertIDs")]
    #[schemars(length(max = 100), inner(length(max = 19)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub alert_ids: Vec<String>,
    /// When it was created.
    pub created_time: Time,
    /// Its phase, as it was seen last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ProposalOutcome>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_time: Option<Time>,
}

/// What came of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ProposalOutcome {
    /// It was approved and done.
    Done,
    /// It was refused, or it failed.
    NotDone,
    /// Somebody deleted it before it ended.
    Deleted,
}

crate::status::status_parts!(SasAlertPolicyStatus);
