//! `DescribeInvocationResults` of ECS: what commands printed on instances, and how they ended. Some runs
//! that could not be delivered have no result at all.

use secrecy::SecretString;

action! {
    /// Which results, and which page of them.
    pub struct DescribeInvocationResults: Read<Ecs> -> InvocationResults {
        /// Region; needed.
        region_id: Option<String>,
        /// The run.
        invoke_id: Option<String>,
        /// The command.
        command_id: Option<String>,
        /// The instance.
        instance_id: Option<String>,
        /// State of the run: `Running`, `Finished`, `Success`, `Failed`, `PartialFailed`, `Stopped`.
        invoke_record_status: Option<String>,
        /// Whether results of earlier runs of a repeated command are wanted too.
        include_history: Option<bool>,
        /// `Base64`, the cloud's default, or `PlainText`.
        content_encoding: Option<String>,
        /// Rows per page, at most 50; the cloud's default is 10.
        max_results: Option<i64>,
        /// Token of the page to read.
        next_token: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct InvocationResults {
        /// The results of this page.
        invocation: Option<InvocationResultPage>,
    }

    /// A page of results.
    pub struct InvocationResultPage {
        /// The results.
        invocation_results: Option<InvocationResultSet>,
        /// Token of the next page; empty at the end.
        next_token: Option<String>,
        /// Rows in all.
        total_count: Option<i64>,
    }

    /// Results.
    pub struct InvocationResultSet {
        /// The results.
        invocation_result: Vec<InvocationResult>,
    }

    /// The result on one instance.
    pub struct InvocationResult {
        /// The run.
        invoke_id: Option<String>,
        /// The command.
        command_id: Option<String>,
        /// Id of the instance.
        instance_id: Option<String>,
        /// `Pending`, `Running`, `Stopping` and `Scheduled` are not ends; `Success`, `Failed`, `Invalid`,
        /// `Aborted`, `Error`, `Timeout`, `Cancelled` and `Terminated` are.
        invocation_status: Option<String>,
        /// State of the run over all instances.
        invoke_record_status: Option<String>,
        /// Exit code of the script.
        exit_code: Option<i64>,
        /// Why it could not run, such as `ClientNotRunning` or `DeliveryTimeout`.
        error_code: Option<String>,
        /// The same in words.
        error_info: Option<String>,
        /// What it printed, at most 24 KB; scripts repeat what they were given, so it is never shown unread.
        output: Option<SecretString>,
        /// Output that was cut off, in bytes.
        dropped: Option<i64>,
        /// Runs so far.
        repeats: Option<i64>,
        /// User that it ran as.
        username: Option<String>,
        /// Start, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        start_time: Option<String>,
        /// End, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        finished_time: Option<String>,
        /// When it was stopped, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        stop_time: Option<String>,
    }
}
