//! `SasInstallCode`: a code with which servers enrol their agent, adopted or created, delivered in a Secret.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EPOCH_MESSAGE, EPOCH_NEVER_FALLS, EXECUTED_EPOCH_MESSAGE, EXECUTED_EPOCH_NEVER_FALLS};
use crate::account::{AccountRef, DataCentre};
use crate::status::{CommonStatus, GateStatus};

/// A code with which servers enrol their agent. The code and ready install commands are delivered in a
/// Secret that this resource owns and stand nowhere else.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "sas-operator.io",
    version = "v1alpha1",
    kind = "SasInstallCode",
    plural = "sasinstallcodes",
    shortname = "sasic",
    category = "sas",
    namespaced,
    status = "SasInstallCodeStatus",
    derive = "PartialEq",
    cel,
    doc = "A code with which servers enrol their agent, delivered in a Secret.",
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
    printcolumn(name = "Expires", type_ = "string", json_path = ".status.expiryTime", priority = "1"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("!has(self.vendor) || self.network == 'Public' || self.vendor == 'ALIYUN'")
    .message("`vendor` must be 'ALIYUN' or left out when `network` is 'Internal' or 'LeasedLine': the agent \
              of any other vendor connects over the internet; set `network` to 'Public' instead")
    .field_path(".vendor"))]
#[x_kube(validation = Rule::new("!has(self.vendor) || self.network != 'Public' || self.vendor != 'ALIYUN'")
    .message("`vendor` must not be 'ALIYUN' when `network` is 'Public': that agent connects to addresses inside \
              Alibaba Cloud; leave `vendor` out or set `network` to 'Internal' or 'LeasedLine'")
    .field_path(".vendor"))]
#[x_kube(validation = Rule::new("self.renewBeforeSeconds < self.validForSeconds")
    .message("`renewBeforeSeconds` must be less than `validForSeconds`: the code would be renewed at once, for ever")
    .field_path(".renewBeforeSeconds"))]
pub struct SasInstallCodeSpec {
    /// The account.
    pub account_ref: AccountRef,
    /// Data centre of the code. Left out, it is that of the account's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_centre: Option<DataCentre>,
    /// `AdoptOrCreate` takes a code that fits and has enough validity left, and creates one otherwise;
    /// `Adopt` never creates; `Create` takes only codes that this resource created.
    #[serde(default)]
    pub source: CodeSource,
    /// Operating system of the servers.
    #[serde(default)]
    pub os: Os,
    /// How the servers reach Security Center: `Internal` for servers of Alibaba Cloud, `LeasedLine` for
    /// a data centre connected by leased line or VPN, `Public` for others over the internet.
    pub network: ServerNetwork,
    /// Vendor name of the code. Left out, it follows from `network`: ALIYUN for `Internal` and
    /// `LeasedLine`, OTHER for `Public`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[A-Za-z0-9_-]+$"))]
    pub vendor: Option<String>,
    /// Id of the asset group that enrolled servers join. Left out, it is the default group.
    #[serde(default, rename = "groupID", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 9_007_199_254_740_991_i64))]
    pub group_id: Option<i64>,
    /// Whether the code is for an image template: a server that runs the install command must be shut
    /// down, not restarted, before it is made an image.
    #[serde(default)]
    pub only_image: bool,
    /// How long a created code is valid.
    #[serde(default = "default_validity")]
    #[schemars(range(min = 3_600, max = 31_536_000))]
    pub valid_for_seconds: i64,
    /// Validity that a code must have left; with less a new code is planned.
    #[serde(default = "default_renewal")]
    #[schemars(range(min = 0, max = 2_592_000))]
    pub renew_before_seconds: i64,
    /// Name of the Secret that receives the code. Left out, it is the name of this resource followed by
    /// `-install-code`. Its keys are `code`, `expiry` (RFC 3339), and ready commands for the operating
    /// system of the code: `install-linux.sh`, or `install-windows.ps1` and `install-windows.cmd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 253),
        regex(pattern = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
    )]
    pub output_secret_name: Option<String>,
    /// Seconds between two looks at the cloud.
    #[serde(default = "default_refresh")]
    #[schemars(range(min = 10, max = 86_400))]
    pub refresh_interval_seconds: i64,
}

fn default_validity() -> i64 {
    7 * 86_400
}

fn default_renewal() -> i64 {
    86_400
}

fn default_refresh() -> i64 {
    300
}

/// Where a code may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CodeSource {
    /// Adopt a code that fits, else create one.
    #[default]
    AdoptOrCreate,
    /// Adopt a code that fits, never create.
    Adopt,
    /// Create a code of this resource's own.
    Create,
}

/// Operating system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Os {
    /// Linux.
    #[default]
    Linux,
    /// Windows.
    Windows,
}

impl Os {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Os::Linux => "linux",
            Os::Windows => "windows",
        }
    }
}

/// How servers reach Security Center.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ServerNetwork {
    /// Servers of Alibaba Cloud, through its internal network.
    Internal,
    /// Servers elsewhere, through a leased line or VPN into Alibaba Cloud.
    LeasedLine,
    /// Servers elsewhere, over the internet.
    Public,
}

/// What the operator knows about the code. The code itself stands only in the Secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SasInstallCodeStatus {
    /// What every kind reports.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// What kinds report that write to the cloud.
    #[serde(flatten)]
    pub gate: GateStatus,
    /// When the delivered code expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<Time>,
    /// Name of the Secret that holds the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub output_secret_name: Option<String>,
    /// The delivered code, masked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub masked_code: Option<String>,
    /// Codes that fit the spec, masked, the one with the longest validity first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub candidates: Vec<CodeCandidate>,
    /// Expiry times, in milliseconds since 1970, of the codes that this resource created. By them its
    /// own codes are recognised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(range(min = 0, max = 9_007_199_254_740_991_i64)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub created_expiry_millis: Vec<i64>,
}

/// A code that fits the spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeCandidate {
    /// The code, masked.
    #[schemars(length(max = 64))]
    pub masked_code: String,
    /// When it expires; absent where the cloud names no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<Time>,
    /// Vendor name.
    #[schemars(length(max = 64))]
    pub vendor: String,
    /// Asset group.
    #[serde(default, rename = "groupID", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub group_id: Option<i64>,
}

crate::status::status_parts!(SasInstallCodeStatus, gate);
