//! `SasRiskReport`: the open risks of an account or of some servers. It reads only, and needs neither an
//! agent that is online nor a paid edition.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::auth_binding::TargetSelection;
use crate::account::{AccountRef, DataCentre};
use crate::alerts::Language;
use crate::report::Look;
use crate::status::CommonStatus;

/// The open risks of an account or of some servers, looked at again and again.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "sas-operator.io",
    version = "v1alpha1",
    kind = "SasRiskReport",
    plural = "sasriskreports",
    shortname = "sasrisk",
    category = "sas",
    namespaced,
    status = "SasRiskReportStatus",
    derive = "PartialEq",
    cel,
    doc = "The open risks of an account or of some servers: vulnerabilities, baseline, alerts and viruses.",
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(
        name = "Vulnerabilities",
        type_ = "integer",
        json_path = ".status.sections[?(@.name==\"Vulnerabilities\")].open"
    ),
    printcolumn(
        name = "Baseline",
        type_ = "integer",
        json_path = ".status.sections[?(@.name==\"Baseline\")].open"
    ),
    printcolumn(
        name = "Alerts",
        type_ = "integer",
        json_path = ".status.sections[?(@.name==\"Alerts\")].open"
    ),
    printcolumn(
        name = "Virus",
        type_ = "integer",
        json_path = ".status.sections[?(@.name==\"Virus\")].open"
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(
        name = "Read",
        type_ = "date",
        json_path = ".status.lastLook.time",
        priority = "1"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("!has(self.targets) || \
        ((has(self.targets.uuids) ? self.targets.uuids.size() : 0) + \
         (has(self.targets.instanceIDs) ? self.targets.instanceIDs.size() : 0)) <= 300")
    .message("`targets` must not list more than 300 servers here: use `selector`, or leave `targets` out for \
              the whole account")
    .field_path(".targets"))]
pub struct SasRiskReportSpec {
    /// The account.
    pub account_ref: AccountRef,
    /// Data centre of the servers. Left out, it is that of the account's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_centre: Option<DataCentre>,
    /// What to report. Left out, it is everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sections: Option<RiskSections>,
    /// Which servers. Left out, it is the whole account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<TargetSelection>,
    /// How many findings of each section are listed, the worst first. All of them are counted.
    #[serde(default = "default_top")]
    #[schemars(range(min = 0, max = 100))]
    pub top_n: i64,
    /// Language of names and types: `zh` or `en`.
    #[serde(default)]
    pub language: Language,
    /// Seconds between two looks at the cloud.
    #[serde(default = "default_refresh")]
    #[schemars(range(min = 60, max = 86_400))]
    pub refresh_interval_seconds: i64,
}

fn default_top() -> i64 {
    10
}

fn default_refresh() -> i64 {
    900
}

/// What to report: the sections that are named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new(
        "has(self.vulnerabilities) || has(self.baseline) || has(self.alerts) || has(self.virus)")
    .message("`sections` must not be empty: name `vulnerabilities`, `baseline`, `alerts` or `virus`, or leave \
              it out for all"))]
pub struct RiskSections {
    /// Vulnerabilities that are not handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerabilities: Option<VulnerabilityOptions>,
    /// Baseline checks that servers fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<NoOptions>,
    /// Alerts that nobody has dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<NoOptions>,
    /// What virus scans found and nobody has dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virus: Option<NoOptions>,
}

/// Which vulnerabilities.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VulnerabilityOptions {
    /// Types; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 6))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub types: Vec<VulnerabilityType>,
}

/// A section without options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

/// A type of vulnerability, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VulnerabilityType {
    /// Linux software.
    Cve,
    /// Windows system.
    Sys,
    /// Web content management systems.
    Cms,
    /// Applications.
    App,
    /// Emergencies.
    Emg,
    /// Components of software.
    Sca,
}

impl VulnerabilityType {
    /// All of them.
    pub const ALL: [VulnerabilityType; 6] = [
        VulnerabilityType::Cve,
        VulnerabilityType::Sys,
        VulnerabilityType::Cms,
        VulnerabilityType::App,
        VulnerabilityType::Emg,
        VulnerabilityType::Sca,
    ];

    /// The word on the wire and in specs.
    pub fn as_str(self) -> &'static str {
        match self {
            VulnerabilityType::Cve => "cve",
            VulnerabilityType::Sys => "sys",
            VulnerabilityType::Cms => "cms",
            VulnerabilityType::App => "app",
            VulnerabilityType::Emg => "emg",
            VulnerabilityType::Sca => "sca",
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SasRiskReportStatus {
    /// What every kind reports.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// When the cloud was looked at last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_look: Option<Look>,
    /// Servers that the report is about; absent when it is about the whole account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub servers: Option<i64>,
    /// Servers that `targets` means and that the report is not about, because they are too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub servers_left_out: Option<i64>,
    /// Ids of `targets` that the cloud does not list; the first of them, when there are many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(max = 128)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub missing: Vec<String>,
    /// What each section found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub sections: Vec<RiskSection>,
}

/// Name of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum SectionName {
    /// Vulnerabilities that are not handled.
    Vulnerabilities,
    /// Baseline checks that servers fail.
    Baseline,
    /// Alerts that nobody has dealt with.
    Alerts,
    /// What virus scans found.
    Virus,
}

impl SectionName {
    /// The word as it stands in the status.
    pub fn as_str(self) -> &'static str {
        match self {
            SectionName::Vulnerabilities => "Vulnerabilities",
            SectionName::Baseline => "Baseline",
            SectionName::Alerts => "Alerts",
            SectionName::Virus => "Virus",
        }
    }
}

/// What one section found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct RiskSection {
    /// The section.
    pub name: SectionName,
    /// When its figures were read; absent while they never could be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_time: Option<Time>,
    /// Why the last look brought nothing. The figures are then those of `readTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub error: Option<String>,
    /// Open findings: the sum of `counts` and `unread`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub open: Option<i64>,
    /// Open findings by severity, and vulnerabilities by type too. A vulnerability that has to be fixed
    /// at once on one server and can wait on another counts under both.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 30))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub counts: Vec<RiskCount>,
    /// Open findings whose severity was not read, because they are too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub unread: Option<i64>,
    /// The worst findings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub top: Vec<RiskFinding>,
    /// Open findings that `top` does not list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub not_listed: Option<i64>,
}

impl RiskSection {
    /// A section of which nothing is known.
    pub fn empty(name: SectionName) -> Self {
        Self {
            name,
            read_time: None,
            error: None,
            open: None,
            counts: Vec::new(),
            unread: None,
            top: Vec::new(),
            not_listed: None,
        }
    }
}

/// How many findings of one severity there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct RiskCount {
    /// Type of the vulnerabilities.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_: Option<VulnerabilityType>,
    /// The vendor's word: `asap`, `later`, `nntf`; `high`, `medium`, `low`; `serious`, `suspicious`,
    /// `remind`.
    #[schemars(length(max = 32))]
    pub severity: String,
    /// Open findings.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub open: i64,
}

/// One finding. Hidden characters in its texts stand there as escapes, and long texts end in `…`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct RiskFinding {
    /// Id at the cloud.
    #[schemars(length(max = 128))]
    pub id: String,
    /// What it is.
    #[schemars(length(max = 256))]
    pub title: String,
    /// Its kind: of a vulnerability, a check or an alert.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub type_: Option<String>,
    /// The vendor's word.
    #[schemars(length(max = 32))]
    pub severity: String,
    /// Servers that have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub servers: Option<i64>,
    /// The server, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub server: Option<String>,
    /// Particulars: CVE numbers, what to do, the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub detail: Option<String>,
    /// When it was found last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_time: Option<Time>,
}

crate::status::status_parts!(SasRiskReportStatus);
