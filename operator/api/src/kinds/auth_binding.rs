//! `SasAuthBinding`: which edition servers have, by subscription or pay-as-you-go, kept that way.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    EPOCH_MESSAGE, EPOCH_NEVER_FALLS, EXECUTED_EPOCH_MESSAGE, EXECUTED_EPOCH_NEVER_FALLS, SERVER_ID,
};
use crate::account::{AccountRef, DataCentre};
use crate::status::{CommonStatus, GateStatus};

/// The edition that servers have. A difference between spec and cloud, now or later, becomes a plan
/// that waits for approval.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "sas-operator.io",
    version = "v1alpha1",
    kind = "SasAuthBinding",
    plural = "sasauthbindings",
    shortname = "sasauth",
    category = "sas",
    namespaced,
    status = "SasAuthBindingStatus",
    derive = "PartialEq",
    cel,
    doc = "The Security Center edition that servers have, by subscription or pay-as-you-go.",
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
    printcolumn(name = "Edition", type_ = "string", json_path = ".spec.edition", priority = "1"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("!(has(self.mode) && self.mode == 'Subscription' && self.edition == 'Advanced')")
    .message("`edition` 'Advanced' must not be combined with `mode` 'Subscription' here: name 'Enterprise' or \
              'Ultimate', or keep a legacy Advanced server with `mode` 'PayAsYouGo'")
    .field_path(".edition"))]
pub struct SasAuthBindingSpec {
    /// The account.
    pub account_ref: AccountRef,
    /// Data centre of the servers. Left out, it is that of the account's site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_centre: Option<DataCentre>,
    /// How the edition is paid for. It may be left out where the account has only one way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<BillingMode>,
    /// The edition; `Free` takes the paid one away.
    pub edition: Edition,
    /// Which servers.
    pub targets: TargetSelection,
    /// How many servers one call takes.
    #[serde(default = "default_batch")]
    #[schemars(range(min = 1, max = 100))]
    pub batch_size: i64,
    /// Seconds between two looks at the cloud.
    #[serde(default = "default_refresh")]
    #[schemars(range(min = 10, max = 86_400))]
    pub refresh_interval_seconds: i64,
}

impl SasAuthBindingSpec {
    /// A spec that leaves everything else at its default.
    pub fn new(
        account_ref: AccountRef,
        data_centre: Option<DataCentre>,
        edition: Edition,
        targets: TargetSelection,
    ) -> Self {
        Self {
            account_ref,
            data_centre,
            mode: None,
            edition,
            targets,
            batch_size: default_batch(),
            refresh_interval_seconds: default_refresh(),
        }
    }
}

fn default_batch() -> i64 {
    50
}

fn default_refresh() -> i64 {
    300
}

/// How an edition is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum BillingMode {
    /// From the licences of a subscription. A licence cannot be taken off within 30 days.
    Subscription,
    /// By use.
    PayAsYouGo,
}

/// An edition of Security Center.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Edition {
    /// No paid protection.
    Free,
    /// Anti-virus: virus protection.
    AntiVirus,
    /// Advanced: only for servers that have it already.
    Advanced,
    /// Enterprise: comprehensive host protection.
    Enterprise,
    /// Ultimate: host and container protection.
    Ultimate,
}

impl Edition {
    /// All of them, weakest first.
    pub const ALL: [Edition; 5] = [
        Edition::Free,
        Edition::AntiVirus,
        Edition::Advanced,
        Edition::Enterprise,
        Edition::Ultimate,
    ];

    /// The number on the wire. Numbers are not in the order of strength.
    pub fn version(self) -> i64 {
        match self {
            Edition::Free => 1,
            Edition::AntiVirus => 6,
            Edition::Advanced => 5,
            Edition::Enterprise => 3,
            Edition::Ultimate => 7,
        }
    }

    /// The edition of a number on the wire.
    pub fn from_version(version: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|edition| edition.version() == version)
    }

    /// Rank by strength, 0 for the weakest.
    pub fn strength(self) -> usize {
        Self::ALL.iter().position(|edition| *edition == self).unwrap_or(0)
    }

    /// The name as it stands in specs.
    pub fn as_str(self) -> &'static str {
        match self {
            Edition::Free => "Free",
            Edition::AntiVirus => "AntiVirus",
            Edition::Advanced => "Advanced",
            Edition::Enterprise => "Enterprise",
            Edition::Ultimate => "Ultimate",
        }
    }
}

/// Which servers. Lists and selector add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new(
        "(has(self.uuids) && self.uuids.size() > 0) || (has(self.instanceIDs) && self.instanceIDs.size() > 0) || has(self.selector)")
    .message("`targets` must name servers: set `uuids`, `instanceIDs` or `selector`"))]
pub struct TargetSelection {
    /// UUIDs of servers in Security Center.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), inner(length(min = 1, max = 128), regex(pattern = SERVER_ID)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub uuids: Vec<String>,
    /// Instance ids of servers.
    #[serde(default, rename = "instanceIDs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000), inner(length(min = 1, max = 128), regex(pattern = SERVER_ID)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub instance_ids: Vec<String>,
    /// All servers that match. It is resolved when a plan is made; servers that appear later belong to
    /// the next plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<ServerSelector>,
}

/// A server matches if it fits every field that is set, and within a field any of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new(
        "(has(self.groupNames) && self.groupNames.size() > 0) || (has(self.regionIDs) && self.regionIDs.size() > 0) || \
         (has(self.tags) && self.tags.size() > 0) || (has(self.names) && self.names.size() > 0) || \
         (has(self.clusterIDs) && self.clusterIDs.size() > 0)")
    .message("`selector` must not be empty: set `groupNames`, `regionIDs`, `tags`, `names` or `clusterIDs`"))]
pub struct ServerSelector {
    /// Names of asset groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(min = 1, max = 128)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub group_names: Vec<String>,
    /// Regions.
    #[serde(default, rename = "regionIDs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(min = 1, max = 64)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub region_ids: Vec<String>,
    /// Asset tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(min = 1, max = 256)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub tags: Vec<String>,
    /// Names of servers; `*` stands for any text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(min = 1, max = 256)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub names: Vec<String>,
    /// Ids of the clusters that the servers are nodes of.
    #[serde(default, rename = "clusterIDs", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(min = 1, max = 128)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub cluster_ids: Vec<String>,
}

/// What the operator knows about the servers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SasAuthBindingStatus {
    /// What every kind reports.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// What kinds report that write to the cloud.
    #[serde(flatten)]
    pub gate: GateStatus,
    /// Servers that the spec means now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub matched: Option<i64>,
    /// Servers among them that have the wanted edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub in_sync: Option<i64>,
    /// Latest date before which a licence of these servers cannot be taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_until_time: Option<Time>,
    /// Names of servers that the selector matches and the waiting plan does not hold; they belong to
    /// the next plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(max = 256)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub not_in_plan: Vec<String>,
}

crate::status::status_parts!(SasAuthBindingStatus, gate);
