//! `InvokeCommand` of ECS: runs a command that exists on instances through the cloud assistant. If any
//! instance cannot take it, none runs it.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::wire::Json;

action! {
    /// The command and the instances.
    pub struct InvokeCommand: Write<Ecs> -> CommandInvoked {
        /// Region; needed.
        region_id: Option<String>,
        /// The command; needed.
        command_id: Option<String>,
        /// Ids, at most 100.
        instance_id: Vec<String>,
        /// Values of its parameters by name; they may hold an install code, so they are never shown.
        parameters: Option<Json<BTreeMap<String, SecretString>>>,
        /// Longest run, in seconds; the command's own by default.
        timeout: Option<i64>,
        /// Folder to run in.
        working_dir: Option<String>,
        /// User to run as; root or System by default.
        username: Option<String>,
        /// `Once`, `Period`, `NextRebootOnly` or `EveryReboot`.
        repeat_mode: Option<String>,
        /// When to run, for `Period`.
        frequency: Option<String>,
        /// Whether it runs at set times.
        timed: Option<bool>,
        /// What a stop ends: `Process` or `ProcessTree`.
        termination_mode: Option<String>,
        /// At most 64 ASCII characters; the same token runs once.
        client_token: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct CommandInvoked {
        /// The run, by which results are found.
        invoke_id: Option<String>,
    }
}
