//! The part of a status that all kinds share. [`CommonStatus`] is flattened into every kind's status,
//! [`GateStatus`] into that of kinds that write to the cloud. Every field is optional, because the
//! status default of the CRDs has to validate.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{NamedValue, PublishedPlan};

/// A word for people and print columns. It is derived from the conditions and read by nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// The cloud is being looked at for the first time.
    Looking,
    /// Something that the resource needs is missing; the condition says what.
    Blocked,
    /// A plan waits for approval.
    PendingApproval,
    /// The plan was refused.
    Rejected,
    /// Calls are being made, or wait until they can be.
    Executing,
    /// All calls are made and their effect is being read back.
    Verifying,
    /// The cloud is as wanted.
    Ready,
    /// A one-shot resource is done.
    Succeeded,
    /// The spec is invalid or the cloud refused a call.
    Failed,
    /// A call may or may not have run.
    OutcomeUnknown,
}

impl Phase {
    /// The word as it stands in the status.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Looking => "Looking",
            Phase::Blocked => "Blocked",
            Phase::PendingApproval => "PendingApproval",
            Phase::Rejected => "Rejected",
            Phase::Executing => "Executing",
            Phase::Verifying => "Verifying",
            Phase::Ready => "Ready",
            Phase::Succeeded => "Succeeded",
            Phase::Failed => "Failed",
            Phase::OutcomeUnknown => "OutcomeUnknown",
        }
    }
}

/// What every kind reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommonStatus {
    /// Generation of the spec that this status speaks of; -1 before the operator has seen the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1, max = 9_007_199_254_740_991_i64))]
    pub observed_generation: Option<i64>,
    /// Where the resource stands, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// One line: what came out and what to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub summary: Option<String>,
    /// The state of the resource, one entry per type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}

/// What kinds report that write to the cloud behind an approval.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateStatus {
    /// Highest epoch that a plan of this resource has had. It never falls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub epoch: Option<i64>,
    /// Epoch of the plan that was executed last, however that ended. It never falls: no approval counts
    /// twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub executed_epoch: Option<i64>,
    /// Generation of the spec whose plan was executed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub executed_generation: Option<i64>,
    /// What will be done, or was done last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PublishedPlan>,
    /// The plan before the present one that an approval was accepted for, so that people can compare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_approved_plan: Option<Box<PublishedPlan>>,
    /// The decision as the operator accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalRecord>,
    /// The calls of the plan that was executed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<Execution>,
    /// What was begun and has not ended, while a plan to stop it has its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Box<Running>>,
    /// The calls that were made to stop what was executed last, the oldest request first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub stopped_by: Vec<Execution>,
    /// When a job that is done once came to its end. From then on nothing is looked at or done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Time>,
    /// Value of the `retry` annotation that was acted on last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub handled_retry: Option<String>,
    /// Value of the `replan` annotation that was acted on last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub handled_replan: Option<String>,
    /// Value of the `cancel` annotation that was acted on last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub handled_cancel: Option<String>,
}

/// A plan whose calls are all made and whose effect is awaited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Running {
    /// The plan.
    pub plan: PublishedPlan,
    /// Its calls.
    pub execution: Execution,
}

/// A decision as the operator accepted it. It authorises nothing by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalRecord {
    /// Hash of the approved plan.
    #[schemars(length(max = 71))]
    pub hash: String,
    /// Who approved; absent where the approval names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub by: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub comment: Option<String>,
    /// End of the approval, as its annotation says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub not_after: Option<String>,
    /// Where the decision was found, such as `Annotation`.
    #[schemars(length(max = 64))]
    pub source: String,
    /// When the operator accepted it.
    pub accepted_time: Time,
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Outcome {
    /// The effect was read back.
    Succeeded,
    /// The cloud refused a call or the effect was another.
    Failed,
    /// The approval ended before all calls had run.
    Revoked,
    /// Nothing proves whether a call ran.
    Unknown,
}

/// The calls that were made for one approved plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// Hash of the executed plan.
    #[schemars(length(max = 71))]
    pub hash: String,
    /// Epoch of the executed plan.
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_i64))]
    pub epoch: i64,
    /// Generation of the spec that the plan was computed from.
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub observed_generation: i64,
    /// Who wrote the spec that the plan was computed from, as its annotation said then: names are separated by
    /// commas, a comma in a name is written `%2C`. Absent where nobody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub requested_by: Option<String>,
    /// The decision under which the first intent was recorded. It authorises nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalRecord>,
    /// When the first intent was recorded, by the cloud's clock. Times in parameters count from here.
    pub started_time: Time,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_time: Option<Time>,
    /// How it ended; absent while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What the cloud said, or what is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub message: Option<String>,
    /// One record per call that was begun, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub calls: Vec<CallRecord>,
}

/// What is known about one call: the intent that was recorded before it, and its receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    /// Index of the call in the plan, from 0.
    #[schemars(range(min = 0, max = 1000))]
    pub call_index: i32,
    /// Action, for readers.
    #[schemars(length(max = 128))]
    pub action: String,
    /// Targets of the plan that the call leaves out, by uuid, with the reason. It was stored with the intent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub left_out: Vec<NamedValue>,
    /// The intent that was stored before the call; absent after an attempt that provably did not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Intent>,
    /// What the cloud answered; absent while that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// How many attempts the cloud provably did not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub not_run: Option<i32>,
    /// Why the last attempt did not run, with its request id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub last_error: Option<String>,
}

/// The promise to make one call with exactly these values. Whoever finds it without a receipt may send
/// the same bytes again, which the cloud's gateway runs at most once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// Number of the attempt, from 1. A new attempt is made only if the one before provably did not run
    /// or if the plan says that a repeat does no harm.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub attempt: i32,
    /// Client token of the call, where the action takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub client_token: Option<String>,
    /// Signature nonce.
    #[schemars(length(max = 64))]
    pub nonce: String,
    /// Signature timestamp, by the cloud's clock.
    pub timestamp: Time,
    /// When the intent was recorded, by the operator's clock.
    pub started_time: Time,
    /// Tells whether the signing key is still the same, without showing it.
    #[schemars(length(max = 64))]
    pub key_fingerprint: String,
    /// How often the same bytes were sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub resends: Option<i32>,
    /// The cloud said that the bytes had arrived before: the call ran or runs, its reply is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived: Option<bool>,
    /// When the cloud was first seen without the call's effect after the bytes had become worthless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent_time: Option<Time>,
}

/// What is kept of the cloud's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Id of the request at the cloud; absent where the reply was lost and the effect was read back.
    #[serde(default, rename = "requestID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub request_id: Option<String>,
    /// Fields of the answer, by an allow-list of the kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub fields: Vec<NamedValue>,
}

impl Receipt {
    /// A field of the answer.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|f| f.name == name)
            .map(|f| f.value.as_str())
    }
}

/// A status with the part that every kind reports.
pub trait CommonPart {
    /// The shared part.
    fn common(&self) -> &CommonStatus;
    /// The shared part, to change it.
    fn common_mut(&mut self) -> &mut CommonStatus;
}

/// A status of a kind that writes to the cloud.
pub trait GatePart: CommonPart {
    /// The part about plan, approval and execution.
    fn gate(&self) -> &GateStatus;
    /// The part about plan, approval and execution, to change it.
    fn gate_mut(&mut self) -> &mut GateStatus;
}

/// Implements [`CommonPart`] and, with `gate`, [`GatePart`] for a status that flattens both.
macro_rules! status_parts {
    ($status:ty) => {
        impl $crate::status::CommonPart for $status {
            fn common(&self) -> &$crate::status::CommonStatus {
                &self.common
            }
            fn common_mut(&mut self) -> &mut $crate::status::CommonStatus {
                &mut self.common
            }
        }
    };
    ($status:ty, gate) => {
        $crate::status::status_parts!($status);
        impl $crate::status::GatePart for $status {
            fn gate(&self) -> &$crate::status::GateStatus {
                &self.gate
            }
            fn gate_mut(&mut self) -> &mut $crate::status::GateStatus {
                &mut self.gate
            }
        }
    };
}
pub(crate) use status_parts;
