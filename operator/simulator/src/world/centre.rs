//! One data centre of one account: its servers, groups, install codes, contracts, and how it
//! behaves (lags, lock, canary). The two data centres of an account share nothing.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Asset, OsType, PayAsYouGo, Serverless, Subscription};

/// Everything Security Center keeps for one account in one data centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DataCentre {
    /// Servers by uuid.
    pub assets: BTreeMap<String, Asset>,
    /// Server groups by id.
    pub groups: BTreeMap<i64, Group>,
    /// Install codes by `CaptchaCode`.
    pub install_codes: BTreeMap<String, InstallCode>,
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
            assets: BTreeMap::new(),
            groups: BTreeMap::new(),
            install_codes: BTreeMap::new(),
            vendors: vendors.map(str::to_owned).to_vec(),
            subscription: None,
            pay_as_you_go: None,
            serverless: Serverless::default(),
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
    pub fn listed(&self) -> impl Iterator<Item = (&String, &Asset)> {
        self.assets.iter().filter(|(_, asset)| asset.listed)
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

/// Behaviour a test may want otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Seconds until readers see a changed AuthVersion.
    pub lag_seconds: i64,
    /// Seconds until a listing shows a new install code.
    pub install_code_lag_seconds: i64,
    /// `ExpiredDate` is cut to a multiple of this; whether the real cloud keeps milliseconds is unknown.
    pub install_code_expiry_resolution_milliseconds: i64,
    /// Days after binding during which a server cannot be unbound from the subscription.
    pub unbind_lock_days: i32,
    /// Refuse an unknown search criterion instead of ignoring it, as the cloud is said to.
    pub refuse_unknown_criteria: bool,
    /// `MergedVersion`: a number that appears nowhere else, so that a leak is found.
    pub merged_version: i32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lag_seconds: 0,
            install_code_lag_seconds: 0,
            install_code_expiry_resolution_milliseconds: 1,
            unbind_lock_days: 30,
            refuse_unknown_criteria: false,
            merged_version: 77_007_700,
        }
    }
}

impl Settings {
    /// How long a bound server stays locked.
    pub fn unbind_lock(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.unbind_lock_days))
    }
}
