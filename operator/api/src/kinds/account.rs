//! `SasAccount`: how to reach one Alibaba Cloud account, who may use it, and what it has. It reads only.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::{DataCentre, Site};
use crate::status::CommonStatus;

mod credentials;

pub use credentials::{AssumedRole, CredentialsSource, SecretRef, ServerRole, ServiceAccountRole};

/// An Alibaba Cloud account whose Security Center is managed: where its credentials are, which
/// namespaces may use it, and what the cloud says about its edition, quota and modules.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "sas-operator.io",
    version = "v1alpha1",
    kind = "SasAccount",
    plural = "sasaccounts",
    shortname = "sasacc",
    category = "sas",
    namespaced,
    status = "SasAccountStatus",
    derive = "PartialEq",
    cel,
    doc = "An Alibaba Cloud account whose Security Center is managed from this cluster.",
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Account", type_ = "string", json_path = ".status.accountID"),
    printcolumn(name = "Edition", type_ = "string", json_path = ".status.edition"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SasAccountSpec {
    /// Site at which the account was opened: `cn` (aliyun.com) or `intl` (alibabacloud.com). It decides
    /// the data centre of resources that name none.
    #[serde(default)]
    pub site: Site,
    /// Way to the cloud: `public` endpoints, or those inside a `vpc`.
    #[serde(default)]
    pub network: Network,
    /// Signature version of requests. `V1` is HMAC-SHA1, `V3` is ACS3-HMAC-SHA256.
    #[serde(default)]
    pub signature: SignatureVersion,
    /// Where the credentials are: exactly one of `secretRef`, `rrsa` and `ecsRole`, and `assumeRole` on top
    /// of any.
    pub credentials: CredentialsSource,
    /// Namespaces, besides this one, whose resources may use the account. `*` allows all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 63)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub allowed_namespaces: Vec<String>,
    /// Seconds between two looks at the cloud.
    #[serde(default = "default_refresh")]
    #[schemars(range(min = 30, max = 86_400))]
    pub refresh_interval_seconds: i64,
}

fn default_refresh() -> i64 {
    300
}

/// Way to the cloud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// Endpoints on the internet.
    #[default]
    Public,
    /// Endpoints that are reachable inside a VPC.
    Vpc,
}

/// Signature version of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SignatureVersion {
    /// HMAC-SHA1 over the query.
    #[default]
    V1,
    /// ACS3-HMAC-SHA256 over the request.
    V3,
}

/// What the cloud says about the account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SasAccountStatus {
    /// What every kind reports.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// Id of the account, from the cloud.
    #[serde(default, rename = "accountID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub account_id: Option<String>,
    /// Edition of the home data centre, for print columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub edition: Option<String>,
    /// Licences of both data centres together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// What each data centre says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub data_centres: Vec<DataCentreStatus>,
}

/// What one data centre says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataCentreStatus {
    /// The data centre.
    pub name: DataCentre,
    /// Name of the edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub edition: Option<String>,
    /// Id of the subscription, absent without one.
    #[serde(default, rename = "instanceID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub instance_id: Option<String>,
    /// When the subscription ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<Time>,
    /// Servers and cores with and without a licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// Licences per edition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["edition".into()]))]
    pub editions: Vec<EditionQuota>,
    /// Pay-as-you-go, absent where it was never opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_as_you_go: Option<PayAsYouGo>,
    /// Serverless assets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serverless: Option<Serverless>,
    /// Why a part of this could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), inner(length(max = 1024)))]
    pub errors: Vec<String>,
}

/// Servers and cores.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// All servers.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub servers_total: i64,
    /// Servers with a licence.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub servers_bound: i64,
    /// All cores.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub cores_total: i64,
    /// Cores with a licence.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub cores_bound: i64,
}

/// Licences of one edition of the subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct EditionQuota {
    /// Name of the edition.
    #[schemars(length(max = 64))]
    pub edition: String,
    /// What is counted: `ASSET`, `CORE` or `ASSET_AND_CORE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub counted_by: Option<String>,
    /// Licensed servers that are in use.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub servers_used: i64,
    /// Licensed servers that are free.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub servers_free: i64,
    /// Licensed cores that are in use.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub cores_used: i64,
    /// Licensed cores that are free.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub cores_free: i64,
}

/// Pay-as-you-go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayAsYouGo {
    /// Id of the pay-as-you-go instance.
    #[serde(default, rename = "instanceID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub instance_id: Option<String>,
    /// `Normal`, or `Arrears` when the cloud has stopped it for unpaid bills.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub state: Option<String>,
    /// Modules that are switched on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(max = 64)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub modules_on: Vec<String>,
    /// Servers that are billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub servers: Option<i64>,
    /// Cores that are billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub cores: Option<i64>,
}

/// Serverless assets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Serverless {
    /// Whether pay-as-you-go of serverless assets is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_as_you_go: Option<bool>,
    /// Instances that are protected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub instances_bound: Option<i64>,
    /// Cores that are protected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub cores_bound: Option<i64>,
}

crate::status::status_parts!(SasAccountStatus);
