//! `GetVirusScanLatestTaskStatistic`: the latest virus scan, and none before it. Whose scan it is shows
//! only in its time.

action! {
    /// The latest virus scan.
    pub struct GetVirusScanLatestTaskStatistic: Read<Sas> -> LatestVirusScan {}
}

reply! {
    /// The answer.
    pub struct LatestVirusScan {
        /// The scan.
        data: Option<VirusScanStatistic>,
    }

    /// A virus scan.
    pub struct VirusScanStatistic {
        /// Id of the root task.
        task_id: Option<String>,
        /// 0 pending, 10 running, 100 complete. 20 is said to be complete too, but is one of a part's states.
        status: Option<i64>,
        /// Progress in per cent.
        progress: Option<String>,
        /// Start, in milliseconds since 1970.
        scan_time: Option<i64>,
        /// `system` or `user`.
        scan_type: Option<String>,
        /// Folders, for `user`.
        scan_path: Vec<String>,
        /// Name of the server, if it is one.
        machine_name: Option<String>,
        /// Servers to scan.
        scan_machine: Option<i64>,
        /// Servers done.
        complete_machine: Option<i64>,
        /// Servers not done, for good.
        un_complete_machine: Option<i64>,
        /// Servers without findings.
        safe_machine: Option<i64>,
        /// Servers with findings.
        suspicious_machine: Option<i64>,
        /// Findings.
        suspicious_count: Option<i64>,
        /// Highest level of a finding.
        risk_level: Option<String>,
    }
}
