//! `DescribeOnceTask`: one-time tasks by type or root task. Nothing in a task names the request that
//! started it: only its time and source do, and another actor's task may look alike.

use super::shared::PageInfo;

action! {
    /// Which tasks, and which page of them; a type or a root task is needed.
    pub struct DescribeOnceTask: Read<Sas> -> OnceTasks {
        /// Such as `VUL_CHECK_TASK`, `CLIENT_PROBLEM_CHECK`, `CLIENT_DEV_OPS`, `ASSET_SECURITY_CHECK`,
        /// `ASSET_REFRESH_HOST`, `ASSETS_COLLECTION`.
        task_type: Option<String>,
        /// Root task.
        root_task_id: Option<String>,
        /// One task.
        task_id: Option<String>,
        /// `schedule` or `console`.
        source: Option<String>,
        /// Earliest start, in milliseconds since 1970.
        start_time_query: Option<i64>,
        /// Latest start, in milliseconds since 1970.
        end_time_query: Option<i64>,
        /// Page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
    }
}

reply! {
    /// The answer.
    pub struct OnceTasks {
        /// The tasks of this page.
        task_manage_response_list: Vec<OnceTask>,
        /// Where this page stands.
        page_info: Option<PageInfo>,
    }

    /// A task.
    pub struct OnceTask {
        /// Id.
        task_id: Option<String>,
        /// Type, as in the request.
        task_type: Option<String>,
        /// Name.
        task_name: Option<String>,
        /// 1 started, 2 completed, 3 failed, 4 timed out.
        task_status: Option<i64>,
        /// The same in words, which sources spell differently: `SUCCESS`, `FAIL` and `TIMEOUT` are ends.
        task_status_text: Option<String>,
        /// Progress, such as `40%` or `40`.
        progress: Option<String>,
        /// Start, in milliseconds since 1970.
        task_start_time: Option<i64>,
        /// End, in milliseconds since 1970.
        task_end_time: Option<i64>,
        /// Parts done.
        success_count: Option<i64>,
        /// Parts failed.
        fail_count: Option<i64>,
        /// Parts in all. No SDK knows it.
        total_count: Option<i64>,
        /// `schedule` or `console`. No SDK knows it.
        source: Option<String>,
        /// What the task was given, as JSON text. No SDK knows it.
        context: Option<String>,
        /// Particulars, as JSON text.
        detail_data: Option<String>,
        /// Result, as JSON text.
        result_info: Option<String>,
    }
}
