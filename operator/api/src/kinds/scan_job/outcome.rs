//! What the status of a SasScanJob says: which servers can be scanned, how far the scan is, what was found.
//! Texts that come from servers are printable and short; lists that are cut say how much is missing.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A scan of the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ScanKind {
    /// Vulnerabilities.
    Vulnerabilities,
    /// Baseline checks.
    Baseline,
    /// Viruses.
    Virus,
    /// Inventory.
    Fingerprint,
    /// Checks that the agents of single servers were told to make. The cloud shows no progress of them.
    Push,
}

impl ScanKind {
    /// The name, for sentences.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vulnerabilities => "vulnerabilities",
            Self::Baseline => "baseline",
            Self::Virus => "virus",
            Self::Fingerprint => "fingerprint",
            Self::Push => "pushed checks",
        }
    }
}

/// How many servers can be scanned, and how many cannot for which reason. A server counts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// Servers that can be scanned.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub ready: i64,
    /// Servers without a paid edition.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub unauthorized: i64,
    /// Servers whose agent is installed and not online.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub offline: i64,
    /// Servers without an agent.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub not_installed: i64,
}

/// A server that cannot be scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotReady {
    /// UUID of the server.
    #[schemars(length(max = 128))]
    pub uuid: String,
    /// Name of the server.
    #[schemars(length(max = 256))]
    pub name: String,
    /// What it lacks.
    pub reason: Unready,
}

/// What a server lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Unready {
    /// An agent.
    NotInstalled,
    /// An agent that is online.
    Offline,
    /// A paid edition.
    Unauthorized,
}

/// A scan of the spec that is not part of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkippedScan {
    /// The scan.
    pub scan: ScanKind,
    /// Why, in one word, such as `BaselineSkipped`.
    #[schemars(length(max = 64))]
    pub reason: String,
    /// Why, in a sentence.
    #[schemars(length(max = 512))]
    pub message: String,
}

/// Something that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScanTask {
    /// What it scans for.
    pub kind: ScanKind,
    /// Id of the task, where the cloud names one that is certainly this job's.
    #[serde(default, rename = "taskID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub task_id: Option<String>,
    /// How it stands.
    pub state: TaskState,
    /// Progress in per cent, as the cloud says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub percent: Option<i64>,
    /// Servers done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub done: Option<i64>,
    /// Servers in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub total: Option<i64>,
    /// What else is to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub message: Option<String>,
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum TaskState {
    /// The cloud shows nothing of it yet.
    Pending,
    /// It runs.
    Running,
    /// The cloud took the order and does not show when it ends.
    Accepted,
    /// It ended well.
    Succeeded,
    /// It failed, or was stopped.
    Failed,
    /// It ran longer than the cloud lets it.
    TimedOut,
    /// The cloud shows several tasks that may be this one, and they did not end alike.
    Unclear,
}

/// What was known before the scan and what is known after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScanResults {
    /// Before the scan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Findings>,
    /// After it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Findings>,
    /// The gravest findings after the scan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub top: Vec<ScanFinding>,
}

/// What the cloud knew at a moment. A finding counts once per server that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// When the cloud was asked.
    pub observed_time: Time,
    /// Vulnerabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerabilities: Option<SeverityCounts>,
    /// Failed baseline checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<SeverityCounts>,
    /// Viruses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virus: Option<SeverityCounts>,
    /// What is missing in these counts, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512))]
    pub incomplete: Option<String>,
}

/// Counts by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeverityCounts {
    /// Grave: to be fixed as soon as possible.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub high: i64,
    /// To be fixed later.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub medium: i64,
    /// Slight.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub low: i64,
}

impl SeverityCounts {
    /// All of them.
    pub fn total(self) -> i64 {
        self.high + self.medium + self.low
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScanFinding {
    /// By which scan.
    pub kind: ScanKind,
    /// What it is, printable and cut.
    #[schemars(length(max = 256))]
    pub name: String,
    /// `high`, `medium` or `low`.
    #[schemars(length(max = 16))]
    pub severity: String,
    /// Servers that have it.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub servers: i64,
}
