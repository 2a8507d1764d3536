//! `SasAlertAction`: a job that handles security alerts once: which alerts, what is done about them, and
//! what came of each.

mod calls;
pub mod operation;
mod status;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EPOCH_MESSAGE, EPOCH_NEVER_FALLS, EXECUTED_EPOCH_MESSAGE, EXECUTED_EPOCH_NEVER_FALLS};
use crate::account::{AccountRef, DataCentre};
use crate::alerts::AlertSelector;

pub use calls::{PlannedCall, alerts_of, calls_of};
pub use operation::{
    AlertOperation, BlockIp, KillAndQuarantine, MarkRule, MatchType, SubOperation, Undone, Whitelist,
    WhitelistScope,
};
pub use status::{AlertCounts, AlertOutcome, AlertResult, SasAlertActionStatus};

/// Handles alerts once: a plan says what is done about which alert and waits for approval. What the cloud
/// does not allow for an alert is never done; the status says of each alert what came of it.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "sas-operator.io",
    version = "v1alpha1",
    kind = "SasAlertAction",
    plural = "sasalertactions",
    shortname = "sasaa",
    category = "sas",
    namespaced,
    status = "SasAlertActionStatus",
    derive = "PartialEq",
    cel,
    doc = "Security alerts that are handled once, after approval.",
    validation = Rule::new(EPOCH_NEVER_FALLS).message(EPOCH_MESSAGE),
    validation = Rule::new(EXECUTED_EPOCH_NEVER_FALLS).message(EXECUTED_EPOCH_MESSAGE),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Risk", type_ = "string", json_path = ".status.plan.risk"),
    printcolumn(name = "Targets", type_ = "integer", json_path = ".status.plan.targetCount"),
    printcolumn(name = "Cost", type_ = "string", json_path = ".status.plan.cost.display"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Operation", type_ = "string", json_path = ".spec.operation", priority = "1"),
    printcolumn(name = "Handled", type_ = "integer", json_path = ".status.counts.handled", priority = "1"),
    printcolumn(name = "Failed", type_ = "integer", json_path = ".status.counts.failed", priority = "1"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("self == oldSelf")
    .message("`spec` never changes: this is done once; create another SasAlertAction under another name"))]
#[x_kube(validation = Rule::new("self.operation == 'Undo' || has(self.selector) != (has(self.alertIDs) && self.alertIDs.size() > 0)")
    .message("exactly one of `alertIDs` and `selector` must be set: it says which alerts are meant")
    .field_path(".alertIDs"))]
#[x_kube(validation = Rule::new("self.operation != 'Undo' || !(has(self.selector) || (has(self.alertIDs) && self.alertIDs.size() > 0))")
    .message("`alertIDs` and `selector` must not be set when `operation` is 'Undo': `undo` names the alerts")
    .field_path(".alertIDs"))]
#[x_kube(validation = Rule::new("(has(self.undo) && self.undo.size() > 0) == (self.operation == 'Undo')")
    .message("`undo` must be set when `operation` is 'Undo' and must not be set otherwise")
    .field_path(".undo"))]
#[x_kube(validation = Rule::new("has(self.blockIP) ? self.operation in ['block_ip', 'Recommended'] : self.operation != 'block_ip'")
    .message("`blockIP` must be set when `operation` is 'block_ip', may be set when it is 'Recommended', and must \
              not be set otherwise")
    .field_path(".blockIP"))]
#[x_kube(validation = Rule::new("has(self.killAndQuarantine) ? self.operation in ['kill_and_quara', 'Recommended'] : self.operation != 'kill_and_quara'")
    .message("`killAndQuarantine` must be set when `operation` is 'kill_and_quara', may be set when it is \
              'Recommended', and must not be set otherwise")
    .field_path(".killAndQuarantine"))]
#[x_kube(validation = Rule::new("has(self.whitelist) == (self.operation == 'advance_mark_mis_info')")
    .message("`whitelist` must be set when `operation` is 'advance_mark_mis_info' and must not be set otherwise")
    .field_path(".whitelist"))]
pub struct SasAlertActionSpec {
    /// The account.
    pub account_ref: AccountRef,
    /// Data centre of the alerts. Left out, it is that of the account's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_centre: Option<DataCentre>,
    /// Ids of the alerts.
    #[serde(default, rename = "alertIDs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 1000),
        inner(length(max = 19), regex(pattern = "^[1-9][0-9]{0,18}$"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub alert_ids: Vec<String>,
    /// All alerts that match and that nobody has dealt with. It is resolved when a plan is made; alerts
    /// that appear later are not part of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<AlertSelector>,
    /// What is done: an operation by the cloud's code; `CancelIgnore` or `RestoreFile`; `Recommended` for what
    /// the recommendation table proposes for each alert; or `Undo` for what takes back what `undo` says was
    /// done.
    pub operation: AlertOperation,
    /// How `block_ip` blocks.
    #[serde(default, rename = "blockIP", skip_serializing_if = "Option::is_none")]
    pub block_ip: Option<BlockIp>,
    /// What `kill_and_quara` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill_and_quarantine: Option<KillAndQuarantine>,
    /// Rules that `advance_mark_mis_info` adds to those that exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whitelist: Option<Whitelist>,
    /// What `Undo` takes back, as far as the cloud can. `kubectl sas undo` writes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["operation".into()]))]
    pub undo: Vec<Undone>,
    /// UUID of the server that all alerts must belong to. If one belongs to another, nothing is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub expect_server: Option<String>,
    /// Whether the calls that are left are made when an alert could not be handled.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// Seconds for which this resource is kept after it came to its end. Left out, it is kept for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 31_536_000))]
    pub ttl_seconds_after_finished: Option<i64>,
}

/// What an alert that could not be handled means for those that come after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum OnFailure {
    /// Nothing: every call is made, and none waits for the one before.
    #[default]
    Continue,
    /// They are left alone: a call is made when all alerts of those before are handled.
    Stop,
}
