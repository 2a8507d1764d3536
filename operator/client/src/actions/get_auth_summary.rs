//! `GetAuthSummary`: how much authorisation the account holds and how much of it is bound.
//! Spellings differ inside one object (`UnUsedCount`, `UnusedCoreAuthCount`); they are the vendor's.

action! {
    /// The authorisation of the account.
    pub struct GetAuthSummary: Read<Sas> -> AuthSummary {}
}

reply! {
    /// The answer.
    pub struct AuthSummary {
        /// 1 when an edition may be unbound now, whatever its lock date.
        allow_user_unbind: Option<i64>,
        /// 1 when new servers are bound automatically (subscription).
        auto_bind: Option<i64>,
        /// Highest edition bought.
        highest_version: Option<i64>,
        /// 1 when the account holds several editions.
        is_multi_version: Option<i64>,
        /// Servers and cores, bound and not.
        machine: Option<MachineSummary>,
        /// Highest pay-as-you-go edition.
        post_paid_highest_version: Option<i64>,
        /// 1 when new servers are bound automatically (pay-as-you-go).
        post_paid_host_auto_bind: Option<i64>,
        /// Edition that they are bound to.
        post_paid_host_auto_bind_version: Option<i64>,
        /// Quota per subscription edition.
        version_summary: Vec<VersionSummary>,
        /// Use per pay-as-you-go edition.
        post_paid_version_summary: Vec<PostPaidVersionSummary>,
    }

    /// Servers and cores, bound and not.
    pub struct MachineSummary {
        /// Servers in all.
        total_ecs_count: Option<i64>,
        /// Cores in all.
        total_core_count: Option<i64>,
        /// Servers bound by subscription.
        bind_ecs_count: Option<i64>,
        /// Cores bound by subscription.
        bind_core_count: Option<i64>,
        /// Servers not bound.
        un_bind_ecs_count: Option<i64>,
        /// Cores not bound.
        un_bind_core_count: Option<i64>,
        /// Servers bound pay-as-you-go.
        post_paid_bind_ecs_count: Option<i64>,
        /// Cores bound pay-as-you-go.
        post_paid_bind_core_count: Option<i64>,
    }

    /// Quota of one subscription edition.
    pub struct VersionSummary {
        /// Edition.
        version: Option<i64>,
        /// Which quota counts: `ASSET`, `CORE` or `ASSET_AND_CORE`.
        auth_bind_type: Option<String>,
        /// Order of strength: smaller is higher.
        index: Option<i64>,
        /// Authorisations in all.
        total_count: Option<i64>,
        /// Authorisations left.
        un_used_count: Option<i64>,
        /// Server quota.
        total_ecs_auth_count: Option<i64>,
        /// Core quota.
        total_core_auth_count: Option<i64>,
        /// Server quota left.
        unused_ecs_auth_count: Option<i64>,
        /// Core quota left.
        unused_core_auth_count: Option<i64>,
        /// Servers bound.
        used_ecs_count: Option<i64>,
        /// Cores bound.
        used_core_count: Option<i64>,
    }

    /// Use of one pay-as-you-go edition.
    pub struct PostPaidVersionSummary {
        /// Edition.
        version: Option<i64>,
        /// What is charged: `ASSET`, `CORE` or `ASSET_AND_CORE`.
        auth_bind_type: Option<String>,
        /// Order of strength: larger is higher.
        index: Option<i64>,
        /// Servers bound.
        used_ecs_count: Option<i64>,
        /// Cores bound.
        used_core_count: Option<i64>,
    }
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
