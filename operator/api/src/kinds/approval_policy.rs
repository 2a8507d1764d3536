//! `SasApprovalPolicy`: an approval that is given in advance, for harmless plans of certain people, within
//! bounds and for a time. Whoever writes one approves, so writing one needs the right to approve.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::status::CommonStatus;

/// Most plans that one policy approves in a day.
pub const MOST_PER_DAY: usize = 200;

/// Approves plans of risk R1 in advance. Only plans that were made after it count, only while it stands, and
/// every one of them is counted. Deleting it takes back whatever has not been executed.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "sas-operator.io",
    version = "v1alpha1",
    kind = "SasApprovalPolicy",
    plural = "sasapprovalpolicies",
    shortname = "sasap",
    category = "sas",
    namespaced,
    status = "SasApprovalPolicyStatus",
    derive = "PartialEq",
    cel,
    doc = "Approves harmless plans of certain people in advance, within bounds and for a time.",
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode"),
    printcolumn(name = "Kinds", type_ = "string", json_path = ".status.kinds"),
    printcolumn(name = "Today", type_ = "integer", json_path = ".status.usedToday"),
    printcolumn(name = "Expires", type_ = "string", json_path = ".spec.expires"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SasApprovalPolicySpec {
    /// Kinds whose plans are approved.
    #[schemars(length(min = 1, max = 20))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub kinds: Vec<WriteKind>,
    /// User names. A plan is approved only if everybody who wrote its spec is among them.
    #[schemars(length(min = 1, max = 50), inner(length(min = 1, max = 512)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub requesters: Vec<String>,
    /// Most servers of one plan.
    #[schemars(range(min = 1, max = 100))]
    pub max_targets: i64,
    /// Most plans within 24 hours.
    #[schemars(range(min = 1, max = 200))]
    pub max_per_day: i64,
    /// When the approval ends.
    pub expires: Time,
    /// `Shadow` only notes what would have been approved; `Enforce` approves.
    #[serde(default)]
    pub mode: PolicyMode,
}

/// A kind that writes to the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WriteKind(pub String);

impl JsonSchema for WriteKind {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WriteKind".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let kinds: Vec<_> = super::KINDS
            .iter()
            .filter(|kind| kind.writes)
            .map(|kind| kind.kind)
            .collect();
        json_schema!({"type": "string", "enum": kinds})
    }
}

/// Whether a policy approves or only says what it would have approved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum PolicyMode {
    /// It says what it would have approved.
    #[default]
    Shadow,
    /// It approves.
    Enforce,
}

/// What the operator knows about the policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SasApprovalPolicyStatus {
    /// What every kind reports.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// The kinds whose plans are approved, in one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 512))]
    pub kinds: String,
    /// Since when the policy is in force as it stands. Without it, or for another generation, it approves
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force: Option<InForce>,
    /// Plans that were approved within the last 24 hours, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub uses: Vec<PolicyUse>,
    /// How many plans were approved within the last 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 200))]
    pub used_today: Option<i64>,
    /// Plans that would have been approved in `Enforce` mode, latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub would_have_approved: Vec<PolicyUse>,
}

/// Since when a policy is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct InForce {
    /// Generation of the spec.
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub generation: i64,
    /// The admission policies under which it was written; without these nobody knows who did.
    #[schemars(length(max = 128))]
    pub guard: String,
    /// Plans that were made before this moment are not approved.
    pub since_time: Time,
    /// SHA-256 over uid and spec. Together with the name it stands in the status of what it approved.
    #[schemars(length(max = 71))]
    pub digest: String,
}

/// One plan that a policy approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PolicyUse {
    /// When.
    pub time: Time,
    /// Kind of the resource.
    #[schemars(length(max = 63))]
    pub kind: String,
    /// Name of the resource.
    #[schemars(length(max = 253))]
    pub name: String,
    /// Hash of the plan.
    #[schemars(length(max = 71))]
    pub hash: String,
}

crate::status::status_parts!(SasApprovalPolicyStatus);
