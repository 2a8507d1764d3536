//! `SasAlertReport`: the alerts that a selector means, each with what could be done about it. It reads
//! only.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::account::{AccountRef, DataCentre};
use crate::alerts::{AlertSelector, AlertState, Language};
use crate::report::Look;
use crate::status::CommonStatus;

/// Alerts with the operation that is recommended for each, looked at again and again.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "sas-operator.io",
    version = "v1alpha1",
    kind = "SasAlertReport",
    plural = "sasalertreports",
    shortname = "sasalerts",
    category = "sas",
    namespaced,
    status = "SasAlertReportStatus",
    derive = "PartialEq",
    cel,
    doc = "Alerts of Security Center, each with the operation that is recommended for it and why.",
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Alerts", type_ = "integer", json_path = ".status.matched"),
    printcolumn(
        name = "Serious",
        type_ = "integer",
        json_path = ".status.levels[?(@.level==\"serious\")].alerts"
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
pub struct SasAlertReportSpec {
    /// The account.
    pub account_ref: AccountRef,
    /// Data centre of the servers. Left out, it is that of the account's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_centre: Option<DataCentre>,
    /// Which alerts. Left out, it is all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<AlertSelector>,
    /// How far they are.
    #[serde(default)]
    pub state: AlertState,
    /// Language of names and types: `zh` or `en`. The selector's types are in it too.
    #[serde(default)]
    pub language: Language,
    /// Show only the first half of IPv4 addresses and the first three groups of IPv6 addresses, wherever
    /// they stand.
    #[serde(default)]
    pub mask_addresses: bool,
    /// How many alerts are listed, the latest first. All of them are counted.
    #[serde(default = "default_limit")]
    #[schemars(range(min = 0, max = 500))]
    pub limit: i64,
    /// Seconds between two looks at the cloud.
    #[serde(default = "default_refresh")]
    #[schemars(range(min = 60, max = 86_400))]
    pub refresh_interval_seconds: i64,
}

fn default_limit() -> i64 {
    100
}

fn default_refresh() -> i64 {
    300
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SasAlertReportStatus {
    /// What every kind reports.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// When the cloud was looked at last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_look: Option<Look>,
    /// Alerts that match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub matched: Option<i64>,
    /// Alerts that match and that `alerts` does not list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub not_listed: Option<i64>,
    /// Alerts that were not read, because they are too many or were handled meanwhile; whether they match
    /// is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub unread: Option<i64>,
    /// Alerts that match, by level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["level".into()]))]
    pub levels: Vec<LevelCount>,
    /// Types of alerts that are there, where the selector names some in words and matches none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(max = 256)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub other_types: Vec<String>,
    /// The latest alerts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub alerts: Vec<ReportedAlert>,
}

/// How many alerts of one level there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LevelCount {
    /// `serious`, `suspicious` or `remind`.
    #[schemars(length(max = 32))]
    pub level: String,
    /// Alerts.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub alerts: i64,
}

/// One alert. Hidden characters in its texts stand there as escapes, and long texts end in `…`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportedAlert {
    /// Id, as `SasAlertAction` takes it.
    #[schemars(length(max = 32))]
    pub id: String,
    /// What happened.
    #[schemars(length(max = 256))]
    pub name: String,
    /// Type, as a selector takes it.
    #[serde(rename = "type")]
    #[schemars(length(max = 256))]
    pub type_: String,
    /// `serious`, `suspicious` or `remind`.
    #[schemars(length(max = 128))]
    pub level: String,
    /// Where it stands: `Pending`, `Ignored`, `Confirmed`, `FalsePositive`, `Handling`, `Handled`,
    /// `Expired`, `AutoBlocking`, `AutoBlocked`, `FalsePositiveBySystem`, or `unknown (CODE)`.
    #[schemars(length(max = 64))]
    pub status: String,
    /// Name of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub server: Option<String>,
    /// UUID of the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub uuid: Option<String>,
    /// Addresses of the server, the public one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2), inner(length(max = 64)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub addresses: Vec<String>,
    /// When it occurred first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_time: Option<Time>,
    /// When it occurred last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_time: Option<Time>,
    /// What could be done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommended: Option<Recommended>,
}

/// An operation and why it is recommended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recommended {
    /// The vendor's code of the operation, such as `block_ip`.
    #[schemars(length(max = 64))]
    pub operation: String,
    /// Why.
    #[schemars(length(max = 512))]
    pub reason: String,
}

crate::status::status_parts!(SasAlertReportStatus);
