//! `DescribeStrategy`: baseline strategies, and whether each runs now. State 1 right after a start may
//! mean "not started yet".

use crate::wire::CommaList;

action! {
    /// Which strategies; all by default.
    pub struct DescribeStrategy: Read<Sas> -> Strategies {
        /// Ids.
        strategy_ids: CommaList,
        /// `common` or `custom`.
        custom_type: Option<String>,
        /// `zh` or `en`.
        lang: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct Strategies {
        /// The strategies.
        strategies: Vec<Strategy>,
    }

    /// A baseline strategy.
    pub struct Strategy {
        /// Id.
        id: Option<i64>,
        /// Name.
        name: Option<String>,
        /// 1 the standard one, 2 made by the user.
        r#type: Option<i64>,
        /// `common` or `custom`.
        custom_type: Option<String>,
        /// 1 idle or finished, 2 running.
        exec_status: Option<i64>,
        /// Progress while it runs, such as `40%` or `40`.
        percent: Option<String>,
        /// Progress in per cent.
        process_rate: Option<i64>,
        /// Checks passed, in per cent.
        pass_rate: Option<i64>,
        /// Servers that it covers.
        ecs_count: Option<i64>,
        /// Risks found.
        risk_count: Option<i64>,
        /// 1, 3, 7 and 30 mean every 2, 4, 8 and 31 days.
        cycle_days: Option<i64>,
        /// Part of the day in which it starts.
        cycle_start_time: Option<i64>,
        /// Time of day at which it may start, in UTC+8.
        start_time: Option<String>,
        /// Time of day at which it must end, in UTC+8.
        end_time: Option<String>,
        /// How it is started.
        execution_type: Option<String>,
        /// When a user changed it last; a text or milliseconds since 1970, sources disagree.
        user_modify_time: Option<String>,
        /// What it covers.
        config_targets: Vec<StrategyTarget>,
    }

    /// Something that a strategy covers.
    pub struct StrategyTarget {
        /// `add` or `del`.
        flag: Option<String>,
        /// Id of a group or a server.
        target: Option<String>,
        /// `groupId` or `uuid`.
        target_type: Option<String>,
    }
}
