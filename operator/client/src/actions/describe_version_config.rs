//! `DescribeVersionConfig`: what the account has bought, until when, and which pay-as-you-go modules run.
//! The answer's `MergedVersion` has no field here on purpose: it must never reach any output.

use std::collections::BTreeMap;

action! {
    /// The account's edition.
    pub struct DescribeVersionConfig: Read<Sas> -> VersionConfig {}
}

reply! {
    /// The answer.
    pub struct VersionConfig {
        /// Edition: 1 free, 3 enterprise, 5 advanced, 6 anti-virus, 7 ultimate, 8 several, 10 value-added only.
        version: Option<i64>,
        /// Highest edition bought.
        highest_version: Option<i64>,
        /// Id of the subscription.
        instance_id: Option<String>,
        /// End of the subscription, in milliseconds since 1970; it becomes free seven days later.
        release_time: Option<i64>,
        /// Start of the subscription, in milliseconds since 1970.
        open_time: Option<i64>,
        /// 1 while the edition is on trial.
        is_trial_version: Option<i64>,
        /// End of the last trial, in milliseconds since 1970.
        last_trail_end_time: Option<i64>,
        /// Whether more is used than was bought.
        is_over_balance: Option<bool>,
        /// Whether the subscription holds several editions.
        is_new_multi_version: Option<bool>,
        /// Server quota.
        asset_level: Option<i64>,
        /// Core quota.
        vm_cores: Option<i64>,
        /// Whether pay-as-you-go is in use.
        is_postpay: Option<bool>,
        /// Id of the pay-as-you-go instance.
        post_pay_instance_id: Option<String>,
        /// 1 normal, 2 stopped for arrears.
        post_pay_status: Option<i64>,
        /// Since when, in milliseconds since 1970.
        post_pay_open_time: Option<i64>,
        /// Pay-as-you-go edition of servers.
        post_pay_host_version: Option<i64>,
        /// JSON text of the module switches; see [`VersionConfig::modules`].
        post_pay_module_switch: Option<String>,
    }
}

impl VersionConfig {
    /// The pay-as-you-go modules and whether each is on; `None` when the answer names none.
    pub fn modules(&self) -> Option<BTreeMap<String, bool>> {
        let text = self.post_pay_module_switch.as_deref()?;
        let switches: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).ok()?;
        let is_on = |value: &serde_json::Value| value.as_i64() == Some(1) || value.as_str() == Some("1");
        Some(
            switches
                .iter()
                .map(|(name, value)| (name.clone(), is_on(value)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_edition_and_drops_the_merged_version() {
        let config: VersionConfig = serde_json::from_str(
            r#"{"RequestId":"DE17E7F3-0B5A-4A3E-A0A7-4A3F2D5C****","Version":"3","IsPostpay":true,
            "ReleaseTime":1736179199000,"PostPayStatus":1,"MergedVersion":424242,
            "PostPayModuleSwitch":"{\"VUL\":1,\"POST_HOST\":\"1\",\"CSPM\":0}"}"#,
        )
        .unwrap();
        assert_eq!(
            (config.version, config.release_time),
            (Some(3), Some(1_736_179_199_000))
        );
        let expected = [("CSPM", false), ("POST_HOST", true), ("VUL", true)];
        let expected = expected.map(|(name, on)| (name.to_owned(), on)).into();
        assert_eq!(config.modules(), Some(expected));
        assert!(!format!("{config:?}").contains("424242"));
    }
}
