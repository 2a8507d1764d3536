//! `GenerateOnceTask`: starts a one-time task, such as collecting what runs on servers. At most ten run
//! at once. Every run may start one more.

use std::collections::BTreeMap;

use crate::wire::Json;

action! {
    /// The task.
    pub struct GenerateOnceTask: Write<Sas> -> OnceTaskGenerated {
        /// Such as `ASSETS_COLLECTION`; needed.
        task_type: Option<String>,
        /// The type again, where nothing else is known; needed.
        task_name: Option<String>,
        /// Settings by name, such as `items` with a comma-joined list of inventories; needed.
        param: Option<Json<BTreeMap<String, String>>>,
        /// `schedule` or `console`.
        source: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct OnceTaskGenerated {
        /// Whether another task could be started.
        can_create: Option<bool>,
        /// The task.
        task_id: Option<String>,
        /// When it began, in milliseconds since 1970.
        collect_time: Option<i64>,
        /// Parts done.
        finish_count: Option<i64>,
        /// Parts in all.
        total_count: Option<i64>,
        /// The task before it.
        last_task: Option<String>,
    }
}
