//! `GetServerlessAuthSummary`: serverless assets and whether they are protected.

use serde::{Deserialize, Serialize};

use crate::action::{Action, Product, Read};
use crate::lenient;

/// The serverless authorisation of the account.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetServerlessAuthSummary {
    /// Kind of asset, such as `RunD` or `ECI`.
    pub machine_type: Option<String>,
    /// Vendor of the asset.
    pub vendor_type: Option<String>,
    /// Region of the application.
    pub app_region_id: Option<String>,
}

impl Action for GetServerlessAuthSummary {
    const PRODUCT: Product = Product::Sas;
    const NAME: &'static str = "GetServerlessAuthSummary";
    const RAM: &'static str = "yundun-sas:GetServerlessAuthSummary";
    type Effect = Read;
    type Response = ServerlessAuth;
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ServerlessAuth {
    /// The figures.
    pub data: Option<ServerlessAuthSummary>,
}

/// Serverless assets, bound and not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ServerlessAuthSummary {
    /// 1 when new assets are bound automatically.
    #[serde(deserialize_with = "lenient::integer")]
    pub auto_bind: Option<i64>,
    /// Whether pay-as-you-go is in use.
    #[serde(deserialize_with = "lenient::boolean")]
    pub is_post_paid: Option<bool>,
    /// Whether the serverless module is on.
    #[serde(deserialize_with = "lenient::boolean")]
    pub is_serverless_post_paid_valid: Option<bool>,
    /// 1 normal, 2 stopped for arrears.
    #[serde(deserialize_with = "lenient::integer")]
    pub post_paid_status: Option<i64>,
    /// Instances bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_bind_instance_count: Option<i64>,
    /// Cores bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_bind_core_count: Option<i64>,
    /// Applications bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_bind_app_count: Option<i64>,
    /// Instances not bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_un_bind_instance_count: Option<i64>,
    /// Cores not bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_un_bind_core_count: Option<i64>,
    /// Applications not bound.
    #[serde(deserialize_with = "lenient::integer")]
    pub total_un_bind_app_count: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_wrapped_figures() {
        let answer: ServerlessAuth = serde_json::from_str(
            r#"{"RequestId":"0F9A0B6C-7C5B-5C9E-9C0B-4C9A1B2C****","Success":true,
            "Data":{"IsServerlessPostPaidValid":"true","TotalBindCoreCount":"12","AutoBind":0}}"#,
        )
        .unwrap();
        let figures = answer.data.unwrap_or_default();
        assert_eq!(figures.is_serverless_post_paid_valid, Some(true));
        assert_eq!(
            (figures.total_bind_core_count, figures.auto_bind),
            (Some(12), Some(0))
        );
    }
}
