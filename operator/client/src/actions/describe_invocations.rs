//! `DescribeInvocations` of ECS: runs of commands, with the state on each instance.

use secrecy::SecretString;

action! {
    /// Which runs, and which page of them.
    pub struct DescribeInvocations: Read<Ecs> -> Invocations {
        /// Region; needed.
        region_id: Option<String>,
        /// The run.
        invoke_id: Option<String>,
        /// The command.
        command_id: Option<String>,
        /// Name of the command.
        command_name: Option<String>,
        /// Type of the command.
        command_type: Option<String>,
        /// Instance that it ran on.
        instance_id: Option<String>,
        /// `Running`, `Finished`, `Success`, `Failed`, `PartialFailed`, `Stopped`, `Stopping` and others.
        invoke_status: Option<String>,
        /// Whether the output is wanted too.
        include_output: Option<bool>,
        /// `Base64`, the cloud's default, or `PlainText`.
        content_encoding: Option<String>,
        /// `Once`, `Period`, `NextRebootOnly` or `EveryReboot`.
        repeat_mode: Option<String>,
        /// Whether it runs at set times.
        timed: Option<bool>,
        /// Rows per page, at most 50; the cloud's default is 10.
        max_results: Option<i64>,
        /// Token of the page to read.
        next_token: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct Invocations {
        /// The runs of this page.
        invocations: Option<InvocationSet>,
        /// Token of the next page; empty at the end.
        next_token: Option<String>,
        /// Rows in all.
        total_count: Option<i64>,
    }

    /// Runs.
    pub struct InvocationSet {
        /// The runs.
        invocation: Vec<Invocation>,
    }

    /// A run of a command.
    pub struct Invocation {
        /// Id.
        invoke_id: Option<String>,
        /// The command.
        command_id: Option<String>,
        /// Its name.
        command_name: Option<String>,
        /// Its description.
        command_description: Option<String>,
        /// Its type.
        command_type: Option<String>,
        /// Its script. It may hold an install code, so it is never shown.
        command_content: Option<SecretString>,
        /// Values of its parameters, as JSON text.
        parameters: Option<SecretString>,
        /// State over all instances.
        invocation_status: Option<String>,
        /// The same in an older scale: `Running`, `Finished`, `Failed`, `PartialFailed`, `Stopped`.
        invoke_status: Option<String>,
        /// When it began, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        creation_time: Option<String>,
        /// Longest run, in seconds.
        timeout: Option<i64>,
        /// `Once`, `Period`, `NextRebootOnly` or `EveryReboot`.
        repeat_mode: Option<String>,
        /// User that it runs as.
        username: Option<String>,
        /// The instances.
        invoke_instances: Option<InvokedInstanceSet>,
    }

    /// Instances of a run.
    pub struct InvokedInstanceSet {
        /// The instances.
        invoke_instance: Vec<InvokedInstance>,
    }

    /// A run on one instance.
    pub struct InvokedInstance {
        /// Id of the instance.
        instance_id: Option<String>,
        /// `Pending`, `Running`, `Success`, `Failed`, `Timeout` and others.
        invocation_status: Option<String>,
        /// The same in an older scale.
        instance_invoke_status: Option<String>,
        /// Exit code of the script.
        exit_code: Option<i64>,
        /// Why it could not run.
        error_code: Option<String>,
        /// The same in words.
        error_info: Option<String>,
        /// What it printed; scripts repeat what they were given, so it is never shown unread.
        output: Option<SecretString>,
        /// Output that was cut off, in bytes.
        dropped: Option<i64>,
        /// Runs so far.
        repeats: Option<i64>,
        /// When it was made, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        creation_time: Option<String>,
        /// Start, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        start_time: Option<String>,
        /// End, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        finish_time: Option<String>,
        /// When it was stopped, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        stop_time: Option<String>,
    }
}
