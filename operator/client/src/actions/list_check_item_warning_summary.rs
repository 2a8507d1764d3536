//! `ListCheckItemWarningSummary`: baseline checks, each with the number of servers that fail it.

use super::shared::PageInfo;

action! {
    /// Which checks, and which page of them.
    pub struct ListCheckItemWarningSummary: Read<Sas> -> CheckItemWarnings {
        /// 1 failed, 3 passed, 6 whitelisted, 8 fixed. Other actions count differently.
        check_warning_status: Option<i64>,
        /// Several of them.
        check_warning_status_list: Vec<i64>,
        /// `high`, `medium` or `low`.
        check_level: Option<String>,
        /// Kind of check.
        check_type: Option<String>,
        /// Kind of risk.
        risk_type: Option<String>,
        /// Part of the name of a check.
        check_item_fuzzy: Option<String>,
        /// Servers.
        uuid_list: Vec<String>,
        /// Group of servers.
        group_id: Option<i64>,
        /// Field of containers to search.
        container_field_name: Option<String>,
        /// What to find in it.
        container_field_value: Option<String>,
        /// `default` host, `agentless` agentless.
        source: Option<String>,
        /// Earliest finding, in milliseconds since 1970.
        start_time: Option<i64>,
        /// `zh` or `en`.
        lang: Option<String>,
        /// Page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
    }
}

reply! {
    /// The answer.
    pub struct CheckItemWarnings {
        /// The checks of this page.
        list: Vec<CheckItemWarning>,
        /// Where this page stands.
        page_info: Option<PageInfo>,
    }

    /// A check.
    pub struct CheckItemWarning {
        /// Id.
        check_id: Option<i64>,
        /// What is checked.
        check_item: Option<String>,
        /// The same, in short.
        alias: Option<String>,
        /// `high`, `medium` or `low`.
        check_level: Option<String>,
        /// Kind of check.
        check_type: Option<String>,
        /// Kind of risk.
        risk_type: Option<String>,
        /// 1 failed, 3 passed, 6 whitelisted, 8 fixed.
        status: Option<i64>,
        /// Servers that fail it.
        warning_machine_count: Option<i64>,
        /// What it is about.
        description: Option<String>,
        /// What to do.
        advice: Option<String>,
        /// Whether it concerns containers.
        container_check_item: Option<bool>,
        /// Baselines that it belongs to.
        affiliated_risks: Vec<String>,
        /// Kinds of those baselines.
        affiliated_risk_types: Vec<String>,
    }
}
