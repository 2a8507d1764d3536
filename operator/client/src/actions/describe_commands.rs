//! `DescribeCommands` of ECS: commands that exist, with their scripts.

use secrecy::SecretString;

action! {
    /// Which commands, and which page of them.
    pub struct DescribeCommands: Read<Ecs> -> Commands {
        /// Region; needed.
        region_id: Option<String>,
        /// The command.
        command_id: Option<String>,
        /// Name; a `*` at its end stands for anything.
        name: Option<String>,
        /// Part of the description.
        description: Option<String>,
        /// `RunShellScript`, `RunPowerShellScript` or `RunBatScript`.
        r#type: Option<String>,
        /// Whose: `AlibabaCloud` for public ones, `User` for one's own.
        provider: Option<String>,
        /// Whether only the latest version of public commands is wanted.
        latest: Option<bool>,
        /// `Base64`, the cloud's default, or `PlainText`.
        content_encoding: Option<String>,
        /// Rows per page, at most 50.
        max_results: Option<i64>,
        /// Token of the page to read.
        next_token: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct Commands {
        /// The commands of this page.
        commands: Option<CommandSet>,
        /// Token of the next page; empty at the end.
        next_token: Option<String>,
        /// Rows in all.
        total_count: Option<i64>,
    }

    /// Commands.
    pub struct CommandSet {
        /// The commands.
        command: Vec<Command>,
    }

    /// A command.
    pub struct Command {
        /// Id.
        command_id: Option<String>,
        /// Name.
        name: Option<String>,
        /// Description.
        description: Option<String>,
        /// `RunShellScript`, `RunPowerShellScript` or `RunBatScript`.
        r#type: Option<String>,
        /// Its script. It may hold an install code, so it is never shown.
        command_content: Option<SecretString>,
        /// Whether it has parameters.
        enable_parameter: Option<bool>,
        /// Names of its parameters.
        parameter_names: Option<CommandParameterNames>,
        /// Longest run, in seconds.
        timeout: Option<i64>,
        /// Folder that it runs in.
        working_dir: Option<String>,
        /// Whose it is.
        provider: Option<String>,
        /// Version of a public command.
        version: Option<i64>,
        /// Whether that is the latest.
        latest: Option<bool>,
        /// Runs so far.
        invoke_times: Option<i64>,
        /// When it was made, UTC: `yyyy-MM-ddTHH:mm:ssZ`.
        creation_time: Option<String>,
    }

    /// Names of parameters.
    pub struct CommandParameterNames {
        /// The names.
        parameter_name: Vec<String>,
    }
}
