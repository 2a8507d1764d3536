//! `DescribeStrategyExecDetail`: the last run of a baseline strategy.

action! {
    /// Which strategy, and which page of its failures.
    pub struct DescribeStrategyExecDetail: Read<Sas> -> StrategyExecDetail {
        /// The strategy; needed.
        strategy_id: Option<i64>,
        /// Page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
    }
}

reply! {
    /// The answer.
    pub struct StrategyExecDetail {
        /// Start: `yyyy-MM-dd HH:mm:ss` in UTC+8.
        start_time: Option<String>,
        /// End: `yyyy-MM-dd HH:mm:ss` in UTC+8.
        end_time: Option<String>,
        /// `Schedule` or `Manual`.
        source: Option<String>,
        /// Progress, such as `40%` or `40`.
        percent: Option<String>,
        /// Servers done.
        success_count: Option<i64>,
        /// Servers failed.
        fail_count: Option<i64>,
        /// Servers still at it.
        in_process_count: Option<i64>,
        /// The failures of this page.
        failed_ecs_list: Vec<StrategyFailure>,
    }

    /// A server on which the run failed.
    pub struct StrategyFailure {
        /// The address that is shown.
        #[serde(rename = "IP")]
        ip: Option<String>,
        /// Name of the server.
        instance_name: Option<String>,
        /// Public address.
        internet_ip: Option<String>,
        /// Private address.
        intranet_ip: Option<String>,
        /// Why.
        reason: Option<String>,
    }
}
