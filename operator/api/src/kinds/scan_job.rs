//! `SasScanJob`: one scan of some servers or of a whole account, from the plan to what was found. A job is
//! done once: its spec never changes, and another scan is another job.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::auth_binding::TargetSelection;
use super::{EPOCH_MESSAGE, EPOCH_NEVER_FALLS, EXECUTED_EPOCH_MESSAGE, EXECUTED_EPOCH_NEVER_FALLS};
use crate::account::{AccountRef, DataCentre};
use crate::status::{CommonStatus, GateStatus};

pub use self::options::{
    BaselineScan, FingerprintItem, FingerprintScan, Scans, VirusScan, VirusScanType, VulnerabilityScan,
    VulnerabilityType,
};
pub use self::outcome::{
    Findings, NotReady, Readiness, ScanFinding, ScanKind, ScanResults, ScanTask, SeverityCounts, SkippedScan,
    TaskState, Unready,
};
pub use self::prerequisites::{MissingBinding, Prerequisites};

mod options;
mod outcome;
mod prerequisites;

/// One scan, done once. With `targets` only those servers are scanned; `scope: Account` scans all.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "sas-operator.io",
    version = "v1alpha1",
    kind = "SasScanJob",
    plural = "sasscanjobs",
    shortname = "sasscan",
    category = "sas",
    namespaced,
    status = "SasScanJobStatus",
    derive = "PartialEq",
    cel,
    doc = "One scan of servers or of a whole account for vulnerabilities, baseline, viruses and fingerprints.",
    validation = Rule::new(EPOCH_NEVER_FALLS).message(EPOCH_MESSAGE),
    validation = Rule::new(EXECUTED_EPOCH_NEVER_FALLS).message(EXECUTED_EPOCH_MESSAGE),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Risk", type_ = "string", json_path = ".status.plan.risk"),
    printcolumn(name = "Targets", type_ = "string", json_path = ".status.targets"),
    printcolumn(name = "Cost", type_ = "string", json_path = ".status.plan.cost.display"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Scope", type_ = "string", json_path = ".spec.scope", priority = "1"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("self == oldSelf")
        .message("the spec of a SasScanJob never changes: create another one, under another name"),
    validation = Rule::new("has(self.targets) != has(self.scope)")
        .message("set either `targets`, or `scope: Account` to scan every server"),
    validation = Rule::new("!has(self.scope) || has(self.dataCentre)")
        .message("`scope: Account` must name its `dataCentre`")
        .field_path(".dataCentre"),
    validation = Rule::new("!has(self.targets) || !has(self.scans.vulnerabilities) || !has(self.scans.vulnerabilities.types) || \
         self.scans.vulnerabilities.types.all(type, type in ['cve', 'sys', 'cms', 'sca'])")
        .message("single servers can be scanned for 'cve', 'sys', 'cms' and 'sca' only: name those in \
                  `scans.vulnerabilities.types`, or set `scope: Account`"),
    validation = Rule::new("!has(self.targets) || !has(self.scans.baseline) || !has(self.scans.baseline.strategyID)")
        .message("`scans.baseline.strategyID` goes with `scope: Account`: on single servers the strategies that cover \
                  them decide")
)]
pub struct SasScanJobSpec {
    /// The account.
    pub account_ref: AccountRef,
    /// Data centre of the servers. With `targets` it may be left out and is that of the account's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_centre: Option<DataCentre>,
    /// Which servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<TargetSelection>,
    /// Every server of the account, written out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScanScope>,
    /// What to scan for.
    pub scans: Scans,
    /// What to do where some servers cannot be scanned: leave them out, or wait until all can.
    #[serde(default)]
    pub on_partial: OnPartial,
    /// What to do about servers without a paid edition. Left out, they cannot be scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prerequisites: Option<Prerequisites>,
    /// Seconds until a scan that shows no end is given up. The scan itself is not stopped by that.
    #[serde(default = "default_timeout")]
    #[schemars(range(min = 30, max = 172_800))]
    pub timeout_seconds: i64,
    /// Seconds until a job that came to its end is removed; absent, it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 31_536_000))]
    pub ttl_seconds_after_finished: Option<i64>,
}

fn default_timeout() -> i64 {
    7_200
}

/// A scope that names no servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ScanScope {
    /// Every server of the account in one data centre.
    Account,
}

/// What to do where some servers cannot be scanned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnPartial {
    /// Scan none until all can be scanned.
    #[default]
    Abort,
    /// Scan those that can be scanned.
    Proceed,
}

/// What the operator knows about the scan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SasScanJobStatus {
    /// What every kind reports.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// What kinds report that write to the cloud.
    #[serde(flatten)]
    pub gate: GateStatus,
    /// Servers of the plan: how many, or `all` and how many of them could be scanned when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub targets: Option<String>,
    /// How many of the servers can be scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readiness: Option<Readiness>,
    /// Servers that cannot be scanned, the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub not_ready: Vec<NotReady>,
    /// Scans of the spec that are not part of the plan, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub skipped: Vec<SkippedScan>,
    /// What was started, and how far it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub tasks: Vec<ScanTask>,
    /// What was known before the scan and what is known after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<ScanResults>,
    /// When the scan had not ended within its first ten minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_since_time: Option<Time>,
}

crate::status::status_parts!(SasScanJobStatus, gate);
