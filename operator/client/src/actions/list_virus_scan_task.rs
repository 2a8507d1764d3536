//! `ListVirusScanTask`: virus scans, or the parts of one. States are numbered differently from
//! `GetVirusScanLatestTaskStatistic`.

use super::shared::PageInfo;

action! {
    /// Which scans, and which page of them.
    pub struct ListVirusScanTask: Read<Sas> -> VirusScanTasks {
        /// Whether to list root tasks.
        root_task: Option<bool>,
        /// Root task whose parts to list.
        root_task_id: Option<String>,
        /// One task.
        task_id: Option<String>,
        /// `system` or `user`.
        scan_type: Option<String>,
        /// 1 running, 2 complete, 3 failed, 4 timed out.
        status: Option<i64>,
        /// Several of them.
        status_list: Vec<i64>,
        /// Earliest start, in milliseconds since 1970.
        start_time: Option<i64>,
        /// Latest end, in milliseconds since 1970.
        end_time: Option<i64>,
        /// Name of a server.
        machine_name: Option<String>,
        /// Public address of a server.
        internet_ip: Option<String>,
        /// Private address of a server.
        intranet_ip: Option<String>,
        /// Page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
    }
}

reply! {
    /// The answer.
    pub struct VirusScanTasks {
        /// The scans of this page.
        list: Vec<VirusScanTask>,
        /// Where this page stands.
        page_info: Option<PageInfo>,
    }

    /// A scan, or the part of one on a server.
    pub struct VirusScanTask {
        /// Id.
        task_id: Option<String>,
        /// Name.
        task_name: Option<String>,
        /// 1 running, 2 complete, 3 failed, 4 timed out.
        status: Option<i64>,
        /// Progress in per cent.
        progress: Option<i64>,
        /// `system` or `user`.
        scan_type: Option<String>,
        /// Folders, for `user`.
        scan_path: Vec<String>,
        /// Start, in milliseconds since 1970.
        start_time: Option<i64>,
        /// End, in milliseconds since 1970.
        end_time: Option<i64>,
        /// Security Center's id of the server.
        uuid: Option<String>,
        /// Name of the server.
        instance_name: Option<String>,
        /// Public address.
        internet_ip: Option<String>,
        /// Private address.
        intranet_ip: Option<String>,
    }
}
