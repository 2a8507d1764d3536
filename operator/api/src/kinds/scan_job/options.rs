//! What a SasScanJob scans for. At least one scan is named; an option that is left out means the widest.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to scan for; at least one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("has(self.vulnerabilities) || has(self.baseline) || has(self.virus) || has(self.fingerprint)")
    .message("`scans` must name a scan: set `vulnerabilities`, `baseline`, `virus` or `fingerprint`, such as `baseline: {}`"))]
pub struct Scans {
    /// Vulnerabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerabilities: Option<VulnerabilityScan>,
    /// Baseline checks. The account needs a subscription or the pay-as-you-go module CSPM for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineScan>,
    /// Viruses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virus: Option<VirusScan>,
    /// An inventory of what is on the servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<FingerprintScan>,
}

/// A scan for vulnerabilities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VulnerabilityScan {
    /// Kinds of vulnerabilities. Left out, all that can be scanned for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 7))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub types: Vec<VulnerabilityType>,
}

/// A kind of vulnerabilities, as the cloud spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VulnerabilityType {
    /// Of Linux software.
    Cve,
    /// Of Windows.
    Sys,
    /// Of web content management systems.
    Cms,
    /// Of applications.
    App,
    /// Emergencies.
    Emg,
    /// In container images.
    Image,
    /// Of software components.
    Sca,
}

impl VulnerabilityType {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Cve,
        Self::Sys,
        Self::Cms,
        Self::App,
        Self::Emg,
        Self::Image,
        Self::Sca,
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cve => "cve",
            Self::Sys => "sys",
            Self::Cms => "cms",
            Self::App => "app",
            Self::Emg => "emg",
            Self::Image => "image",
            Self::Sca => "sca",
        }
    }
}

/// A scan of the baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BaselineScan {
    /// The strategy to run, with `scope: Account`. Left out, the account's default strategy.
    #[serde(default, rename = "strategyID", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub strategy_id: Option<i64>,
}

/// A scan for viruses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("has(self.paths) && self.paths.size() > 0 ? (has(self.type) && self.type == 'user') : \
                                 (!has(self.type) || self.type == 'system')")
    .message("`paths` goes with `type: user` and only with it"))]
pub struct VirusScan {
    /// Which files.
    #[serde(default, rename = "type")]
    pub kind: VirusScanType,
    /// Folders, with `type: user`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 20),
        inner(length(min = 1, max = 256), regex(pattern = r"^(/|[A-Za-z]:\\)"))
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub paths: Vec<String>,
}

/// Which files a scan for viruses looks at, as the cloud spells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VirusScanType {
    /// Those of the system that viruses like.
    #[default]
    System,
    /// Those of folders.
    User,
}

impl VirusScanType {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
        }
    }
}

/// An inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FingerprintScan {
    /// What to list. Left out, everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub items: Vec<FingerprintItem>,
}

/// Something that an inventory lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum FingerprintItem {
    /// Processes.
    Processes,
    /// Ports that are listened on.
    Ports,
    /// Accounts of the operating system.
    Accounts,
    /// Installed software.
    Software,
    /// Software components, such as databases, web services and AI agents.
    Components,
    /// Tasks that run at set times.
    ScheduledTasks,
    /// Programs that start with the system.
    Autoruns,
    /// Modules of the kernel.
    KernelModules,
}

impl FingerprintItem {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Processes,
        Self::Ports,
        Self::Accounts,
        Self::Software,
        Self::Components,
        Self::ScheduledTasks,
        Self::Autoruns,
        Self::KernelModules,
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processes => "PROC_SNAPSHOT",
            Self::Ports => "PORT_SNAPSHOT",
            Self::Accounts => "ACCOUNT_SNAPSHOT",
            Self::Software => "SOFTWARE_SNAPSHOT",
            Self::Components => "SCA_SNAPSHOT",
            Self::ScheduledTasks => "CROND_SNAPSHOT",
            Self::Autoruns => "AUTORUN_SNAPSHOT",
            Self::KernelModules => "LKM_SNAPSHOT",
        }
    }
}
