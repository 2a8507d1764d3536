//! One data centre of one account: its servers, groups, install codes, contracts, and how it
//! behaves (lags, lock, canary). The two data centres of an account share nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scans::Scans;
use super::{
    Alert, Asset, Assets, Client, Command, Installation, Invocation, OsType, PayAsYouGo, QuarantinedFile,
    Script, Serverless, Settings, Subscription, WhitelistRule,
};

/// The group of every server that is in no other.
pub const DEFAULT_GROUP: i64 = 0;

/// Everything Security Center keeps for one account in one data centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DataCentre {
    /// Servers by uuid.
    pub assets: Assets,
    /// Server groups by id.
    pub groups: BTreeMap<i64, Group>,
    /// Install codes by `CaptchaCode`.
    pub install_codes: BTreeMap<String, InstallCode>,
    /// When RefreshAssets was called last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refreshed_at: Option<Timestamp>,
    /// Installations by OperateAgentClientInstall, by `RecordId`.
    pub installations: BTreeMap<i64, Installation>,
    /// Commands of cloud assistant by `CommandId`.
    pub commands: BTreeMap<String, Command>,
    /// Runs of commands by `InvokeId`.
    pub invocations: BTreeMap<String, Invocation>,
    /// What scripts do, by any name.
    pub scripts: BTreeMap<String, Script>,
    /// Alerts by id.
    pub alerts: BTreeMap<i64, Alert>,
    /// Whitelist rules for alerts by id, those no longer in force included.
    pub whitelist_rules: BTreeMap<i64, WhitelistRule>,
    /// Files in quarantine by id.
    pub quarantined_files: BTreeMap<i64, QuarantinedFile>,
    /// Names of DescribeVendorList.
    pub vendors: Vec<String>,
    /// The subscription; absent means the free edition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<Subscription>,
    /// The pay-as-you-go contract; absent means never switched on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_as_you_go: Option<PayAsYouGo>,
    /// Serverless counters.
    pub serverless: Serverless,
    /// Scans and what there is to find.
    pub scans: Scans,
    /// How this data centre behaves.
    pub settings: Settings,
}

impl Default for DataCentre {
    fn default() -> Self {
        let vendors = [
            "ALIYUN",
            "OTHER",
            "IDC",
            "TENCENT",
            "HUAWEICLOUD",
            "Microsoft",
            "AWS",
            "google",
        ];
        Self {
            assets: Assets::default(),
            groups: BTreeMap::new(),
            install_codes: BTreeMap::new(),
            refreshed_at: None,
            installations: BTreeMap::new(),
            commands: BTreeMap::new(),
            invocations: BTreeMap::new(),
            scripts: BTreeMap::new(),
            alerts: BTreeMap::new(),
            whitelist_rules: BTreeMap::new(),
            quarantined_files: BTreeMap::new(),
            vendors: vendors.map(str::to_owned).to_vec(),
            subscription: None,
            pay_as_you_go: None,
            serverless: Serverless::default(),
            scans: Scans::default(),
            settings: Settings::default(),
        }
    }
}

impl DataCentre {
    /// The subscription while it protects anything.
    pub fn active_subscription(&self, now: Timestamp) -> Option<&Subscription> {
        self.subscription.as_ref().filter(|held| held.is_active(now))
    }

    /// Servers that Security Center has noticed, by uuid.
    pub fn listed(&self, now: Timestamp) -> impl Iterator<Item = (&String, &Asset)> {
        self.assets.iter().filter(move |(_, asset)| asset.is_listed(now))
    }

    /// The server with this uuid, if Security Center has noticed it.
    pub fn listed_asset(&self, uuid: &str, now: Timestamp) -> Option<&Asset> {
        self.assets.get(uuid).filter(|asset| asset.is_listed(now))
    }

    /// A server's agent as readers see it.
    pub fn visible_client(&self, asset: &Asset, now: Timestamp) -> Client {
        asset.visible_client(now, self.settings.client_lag_seconds)
    }

    /// The name of a group; 0 and unknown ids are the default group.
    pub fn group_name(&self, id: i64) -> &str {
        self.groups.get(&id).map_or("default", |group| &group.name)
    }
}

/// A server group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the name says it")]
pub struct Group {
    pub name: String,
}

/// An install code; its map key is the secret `CaptchaCode`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct InstallCode {
    pub os: OsType,
    pub vendor_name: String,
    #[serde(rename = "groupID")]
    pub group_id: i64,
    pub only_image: bool,
    pub proxy_cluster: String,
    #[serde(rename = "privateLinkID", skip_serializing_if = "Option::is_none")]
    pub private_link_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Until then a listing does not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed_from: Option<Timestamp>,
}
