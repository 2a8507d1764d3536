//! `GetAuthSummary`: how much authorisation the account holds and how much of it is bound.
//! Spellings differ inside one object (`UnUsedCount`, `UnusedCoreAuthCount`); they are the vendor's.

use serde::{Deserialize, Serialize};

use crate::action::{Action, Product, Read};
use crate::lenient;

/// The authorisation of the account.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GetAuthSummary {}

impl Action for GetAuthSummary {
    const PRODUCT: Product = Product::Sas;
    const NAME: &'static str = "GetAuthSummary";
    const RAM: &'static str = "yundun-sas:GetAuthSummary";
    type Effect = Read;
    type Response = AuthSummary;
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AuthSummary {
    /// 1 when an edition may be unbound now, whatever its lock date.
    #[serde(deserialize_with = "lenient::integer")]
    pub allow_user_unbind: Option<i64>,
    /// 1 when new servers are bound automatically (subscription).
    #[serde(deserialize_with = "lenient::integer")]
    pub auto_bind: Option<i64>,
    /// Highest edition bought.
    #[serde(deserialize_with = "lenient::integer")]
    pub highest_version: Option<i64>,
    /// 1 when the account holds several editions.
    #[serde(deserialize_with = "lenient::integer")]
    pub is_multi_version: Option<i64>,
    /// Servers and cores, bound and not.
    pub machine: Option<MachineSummary>,
    /// Highest pay-as-you-go edition.
    #[serde(deserialize_with = "lenient::integer")]
    pub post_paid_highest_version: Option<i64>,
    /// 1 when new servers are bound automatically (pay-as-you-go).
    #[serde(deserialize_with = "lenient::integer")]
    pub post_paid_host_auto_bind: Option<i64>,
    /// Edition that they are bound to.
    #[serde(deserialize_with = "lenient::integer")]
    pub post_paid_host_auto_bind_version: Option<i64>,
    /// Quota per subscription edition.
    #[serde(deserialize_with = "lenient::list")]
    pub version_summary: Vec<VersionSummary>,
    /// Use per pay-as-you-go edition.
    #[serde(deserialize_with = "lenient::list")]
    pub post_paid_version_summary: Vec<PostPaidVersionSummary>,
}

/// Servers and cores, bound and not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct MachineSummary {
    /// Servers in all.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_ecs_count: Option<i64>,
    /// Cores in all.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_core_count: Option<i64>,
    /// Servers bound by subscription.
    #[serde(deserialize_with = "lenient::integer")]
    pub bind_ecs_count: Option<i64>,
    /// Cores bound by subscription.
    #[serde(deserialize_with = "lenient::integer")]
    pub bind_core_count: Option<i64>,
    /// Servers not bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub un_bind_ecs_count: Option<i64>,
    /// Cores not bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub un_bind_core_count: Option<i64>,
    /// Servers bound pay-as-you-go.
    #[serde(deserialize_with = "lenient::integer")]
    pub post_paid_bind_ecs_count: Option<i64>,
    /// Cores bound pay-as-you-go.
    #[serde(deserialize_with = "lenient::integer")]
    pub post_paid_bind_core_count: Option<i64>,
}

/// Quota of one subscription edition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct VersionSummary {
    /// Edition.
    #[serde(deserialize_with = "lenient::integer")]
    pub version: Option<i64>,
    /// Which quota counts: `ASSET`, `CORE` or `ASSET_AND_CORE`.
    pub auth_bind_type: Option<String>,
    /// Order of strength: smaller is higher.
    #[serde(deserialize_with = "lenient::integer")]
    pub index: Option<i64>,
    /// Authorisations in all.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_count: Option<i64>,
    /// Authorisations left.
    #[serde(deserialize_with = "lenient::integer")]
    pub un_used_count: Option<i64>,
    /// Server quota.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_ecs_auth_count: Option<i64>,
    /// Core quota.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_core_auth_count: Option<i64>,
    /// Server quota left.
    #[serde(deserialize_with = "lenient::integer")]
    pub unused_ecs_auth_count: Option<i64>,
    /// Core quota left.
    #[serde(deserialize_with = "lenient::integer")]
    pub unused_core_auth_count: Option<i64>,
    /// Servers bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub used_ecs_count: Option<i64>,
    /// Cores bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub used_core_count: Option<i64>,
}

/// Use of one pay-as-you-go edition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct PostPaidVersionSummary {
    /// Edition.
    #[serde(deserialize_with = "lenient::integer")]
    pub version: Option<i64>,
    /// What is charged: `ASSET`, `CORE` or `ASSET_AND_CORE`.
    pub auth_bind_type: Option<String>,
    /// Order of strength: larger is higher.
    #[serde(deserialize_with = "lenient::integer")]
    pub index: Option<i64>,
    /// Servers bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub used_ecs_count: Option<i64>,
    /// Cores bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub used_core_count: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_quotas_in_both_spellings() {
        let summary: AuthSummary = serde_json::from_str(
            r#"{"RequestId":"BE120DAB-F4E7-4C53-ADC3-A97578AB****","AllowUserUnbind":1,
            "PostPaidHostAutoBind":"0","PostPaidHostAutoBindVersion":"7",
            "Machine":{"UnBindEcsCount":92,"PostPaidBindCoreCount":8},
            "VersionSummary":[{"Version":3,"AuthBindType":"ASSET","UnUsedCount":5,"UnusedEcsAuthCount":4}]}"#,
        )
        .unwrap();
        assert_eq!(summary.post_paid_host_auto_bind_version, Some(7));
        let machine = summary.machine.unwrap_or_default();
        assert_eq!(
            (machine.un_bind_ecs_count, machine.post_paid_bind_core_count),
            (Some(92), Some(8))
        );
        let quota = &summary.version_summary[0];
        assert_eq!(
            (quota.un_used_count, quota.unused_ecs_auth_count),
            (Some(5), Some(4))
        );
    }
}
