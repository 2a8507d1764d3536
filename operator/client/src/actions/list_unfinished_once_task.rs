//! `ListUnfinishedOnceTask`: one-time tasks of a type that have not ended.

action! {
    /// Which tasks.
    pub struct ListUnfinishedOnceTask: Read<Sas> -> UnfinishedOnceTasks {
        /// Type; needed.
        task_type: Option<String>,
        /// What it runs on.
        target: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct UnfinishedOnceTasks {
        /// The tasks.
        once_tasks: Vec<UnfinishedOnceTask>,
    }

    /// A task.
    pub struct UnfinishedOnceTask {
        /// Id.
        task_id: Option<String>,
        /// Type, as in the request.
        task_type: Option<String>,
        /// Name.
        task_name: Option<String>,
        /// State by number.
        status: Option<i64>,
        /// State in words.
        status_text: Option<String>,
        /// 1 when it has ended.
        finish: Option<i64>,
        /// Progress in per cent.
        progress: Option<i64>,
        /// Parts done.
        finish_count: Option<i64>,
        /// Parts in all.
        total_count: Option<i64>,
        /// When it was made, in milliseconds since 1970.
        start_time: Option<i64>,
        /// When it began to run, in milliseconds since 1970.
        real_run_time: Option<i64>,
        /// End, in milliseconds since 1970.
        end_time: Option<i64>,
        /// What it runs on.
        target: Option<String>,
        /// Kind of that.
        target_type: Option<String>,
        /// Result, as JSON text.
        result_info: Option<String>,
    }
}
