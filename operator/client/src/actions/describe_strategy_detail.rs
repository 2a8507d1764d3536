//! `DescribeStrategyDetail`: one baseline strategy with the checks that it runs.

action! {
    /// Which strategy.
    pub struct DescribeStrategyDetail: Read<Sas> -> StrategyDetail {
        /// Id; needed.
        id: Option<String>,
        /// `zh` or `en`.
        lang: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct StrategyDetail {
        /// The strategy.
        strategy: Option<DetailedStrategy>,
    }

    /// A baseline strategy.
    pub struct DetailedStrategy {
        /// Id.
        id: Option<i64>,
        /// Name.
        name: Option<String>,
        /// 1 the standard one, 2 made by the user.
        r#type: Option<i64>,
        /// `common` or `custom`.
        custom_type: Option<String>,
        /// `groupId` or `uuid`.
        target_type: Option<String>,
        /// 1, 3, 7 and 30 mean every 2, 4, 8 and 31 days.
        cycle_days: Option<i64>,
        /// Part of the day in which it starts.
        cycle_start_time: Option<i64>,
        /// Time of day at which it may start, in UTC+8.
        start_time: Option<String>,
        /// Time of day at which it must end, in UTC+8.
        end_time: Option<String>,
        /// Kinds of risk that it looks for.
        risk_type_white_list_query_result_list: Vec<StrategyRiskType>,
    }

    /// A kind of risk.
    pub struct StrategyRiskType {
        /// Name as the vendor codes it.
        type_name: Option<String>,
        /// Name as it is shown.
        alias: Option<String>,
        /// Whether the strategy looks for it.
        on: Option<bool>,
        /// Kinds within it.
        sub_types: Vec<StrategyRiskSubType>,
    }

    /// A kind of risk within another.
    pub struct StrategyRiskSubType {
        /// Name as the vendor codes it.
        type_name: Option<String>,
        /// Name as it is shown.
        alias: Option<String>,
        /// Whether the strategy looks for it.
        on: Option<bool>,
        /// Operating systems that it applies to.
        supported_os: Option<String>,
        /// Its checks.
        check_details: Vec<StrategyCheck>,
    }

    /// A check.
    pub struct StrategyCheck {
        /// Id.
        check_id: Option<i64>,
        /// What is checked.
        check_item: Option<String>,
        /// What it is about.
        check_desc: Option<String>,
    }
}
