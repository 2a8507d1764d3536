//! `DescribeCloudAssistantStatus` of ECS: whether the cloud assistant of instances can take commands.

action! {
    /// The instances.
    pub struct DescribeCloudAssistantStatus: Read<Ecs> -> CloudAssistantStatuses {
        /// Region; needed.
        region_id: Option<String>,
        /// Ids. The limit was 50 and 100 over the years.
        instance_id: Vec<String>,
        /// `Linux`, `Windows` or `FreeBSD`.
        #[serde(rename = "OSType")]
        os_type: Option<String>,
        /// Rows per page, at most 50.
        max_results: Option<i64>,
        /// Token of the page to read.
        next_token: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct CloudAssistantStatuses {
        /// The instances of this page.
        instance_cloud_assistant_status_set: Option<CloudAssistantStatusSet>,
        /// Token of the next page; empty at the end.
        next_token: Option<String>,
        /// Rows in all.
        total_count: Option<i64>,
    }

    /// Instances.
    pub struct CloudAssistantStatusSet {
        /// The instances.
        instance_cloud_assistant_status: Vec<CloudAssistantStatus>,
    }

    /// The cloud assistant of one instance.
    pub struct CloudAssistantStatus {
        /// Id of the instance.
        instance_id: Option<String>,
        /// Whether it gave a sign of life within about two minutes.
        cloud_assistant_status: Option<bool>,
        /// Its version; absent when it is not installed.
        cloud_assistant_version: Option<String>,
        /// Last sign of life, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        last_heartbeat_time: Option<String>,
        /// Last command, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        last_invoked_time: Option<String>,
        /// Commands that run.
        active_task_count: Option<i64>,
        /// Commands so far.
        invocation_count: Option<i64>,
        /// `Linux`, `Windows` or `FreeBSD`.
        #[serde(rename = "OSType")]
        os_type: Option<String>,
    }
}
