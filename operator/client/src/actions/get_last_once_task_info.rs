//! `GetLastOnceTaskInfo`: the last one-time task of a type and name.

action! {
    /// Which task.
    pub struct GetLastOnceTaskInfo: Read<Sas> -> LastOnceTaskInfo {
        /// Type; needed.
        task_type: Option<String>,
        /// Name; needed. It is the type where nothing else is known.
        task_name: Option<String>,
        /// `schedule` or `console`.
        source: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct LastOnceTaskInfo {
        /// Id; modelled as a number, but seen as a text.
        task_id: Option<String>,
        /// When it began, in milliseconds since 1970.
        collect_time: Option<i64>,
        /// Parts done.
        finish_count: Option<i64>,
        /// Parts in all.
        total_count: Option<i64>,
        /// How it stands.
        task_info: Option<LastOnceTaskState>,
    }

    /// How a task stands.
    pub struct LastOnceTaskState {
        /// Progress in per cent.
        progress: Option<i64>,
        /// Result.
        result: Option<String>,
        /// Such as `INIT`, `START`, `SUCCESS`, `TIMEOUT`.
        status: Option<String>,
    }
}
