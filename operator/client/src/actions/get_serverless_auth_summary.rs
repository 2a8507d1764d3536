//! `GetServerlessAuthSummary`: serverless assets and whether they are protected.

action! {
    /// The serverless authorisation of the account.
    pub struct GetServerlessAuthSummary: Read<Sas> -> ServerlessAuth {
        /// Kind of asset, such as `RunD` or `ECI`.
        machine_type: Option<String>,
        /// Vendor of the asset.
        vendor_type: Option<String>,
        /// Region of the application.
        app_region_id: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct ServerlessAuth {
        /// The figures.
        data: Option<ServerlessAuthSummary>,
    }

    /// Serverless assets, bound and not.
    pub struct ServerlessAuthSummary {
        /// 1 when new assets are bound automatically.
        auto_bind: Option<i64>,
        /// Whether pay-as-you-go is in use.
        is_post_paid: Option<bool>,
        /// Whether the serverless module is on.
        is_serverless_post_paid_valid: Option<bool>,
        /// 1 normal, 2 stopped for arrears.
        post_paid_status: Option<i64>,
        /// Instances bound.
        total_bind_instance_count: Option<i64>,
        /// Cores bound.
        total_bind_core_count: Option<i64>,
        /// Applications bound.
        total_bind_app_count: Option<i64>,
        /// Instances not bound.
        total_un_bind_instance_count: Option<i64>,
        /// Cores not bound.
        total_un_bind_core_count: Option<i64>,
        /// Applications not bound.
        total_un_bind_app_count: Option<i64>,
    }
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
