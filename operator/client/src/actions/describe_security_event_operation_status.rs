//! `DescribeSecurityEventOperationStatus`: how a task that handles alerts stands. Whether an alert is
//! handled in the end, `DescribeSuspEvents` tells.

action! {
    /// The task and its alerts. Sources disagree which of both is needed, so both are sent.
    pub struct DescribeSecurityEventOperationStatus: Read<Sas> -> SecurityEventOperationStatuses {
        /// The task.
        task_id: Option<i64>,
        /// Ids of the alerts.
        security_event_ids: Vec<String>,
    }
}

reply! {
    /// The answer.
    pub struct SecurityEventOperationStatuses {
        /// The task.
        security_event_operation_status_response: Option<HandlingTaskStatus>,
    }

    /// How a task that handles alerts stands.
    pub struct HandlingTaskStatus {
        /// `Pending`, `Processing`, `Success` or `Failure`.
        task_status: Option<String>,
        /// Its alerts.
        security_event_operation_statuses: Vec<SecurityEventOperationStatus>,
    }

    /// How the operation on one alert stands.
    pub struct SecurityEventOperationStatus {
        /// Id of the alert.
        security_event_id: Option<String>,
        /// `Processing`, `Success` or `Failed`; the last is `Failure` for a task.
        status: Option<String>,
        /// Result, such as `kill_and_quara.AgentOffline`.
        error_code: Option<String>,
    }
}
