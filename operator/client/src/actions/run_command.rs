//! `RunCommand` of ECS: runs a script on instances through the cloud assistant. If any instance cannot
//! take it, none runs it. The script may hold an install code, so it is never shown.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::wire::Json;

action! {
    /// The script and the instances.
    pub struct RunCommand: Write<Ecs> -> CommandRun {
        /// Region; needed.
        region_id: Option<String>,
        /// Ids, at most 100.
        instance_id: Vec<String>,
        /// `RunShellScript`, `RunPowerShellScript` or `RunBatScript`; needed.
        r#type: Option<String>,
        /// The script; needed. At most 24 KB in Base64, 18 KB if it is kept.
        command_content: Option<SecretString>,
        /// `Base64`, or `PlainText`, the cloud's default.
        content_encoding: Option<String>,
        /// Longest run, in seconds; the cloud's default is 60.
        timeout: Option<i64>,
        /// Folder to run in.
        working_dir: Option<String>,
        /// User to run as; root or System by default.
        username: Option<String>,
        /// Name of the command.
        name: Option<String>,
        /// Description of the command.
        description: Option<String>,
        /// Whether the script has parameters.
        enable_parameter: Option<bool>,
        /// Their values by name.
        parameters: Option<Json<BTreeMap<String, SecretString>>>,
        /// Whether the command is kept afterwards.
        keep_command: Option<bool>,
        /// `Once`, `Period`, `NextRebootOnly`, `EveryReboot`, or `DryRun`, which only checks.
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
    pub struct CommandRun {
        /// The command.
        command_id: Option<String>,
        /// Its run, by which results are found.
        invoke_id: Option<String>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::parameters;

    #[test]
    fn the_script_is_sent_but_never_shown() {
        let request = RunCommand {
            command_content: Some("install -k=Wk9SQ0".into()),
            parameters: Some(Json([("code".to_owned(), "Wk9SQ0".into())].into())),
            ..Default::default()
        };
        assert!(!format!("{request:?}").contains("Wk9SQ0"));
        let flat = parameters(&request);
        assert_eq!(flat["CommandContent"], "install -k=Wk9SQ0");
        assert_eq!(flat["Parameters"], r#"{"code":"Wk9SQ0"}"#);
    }
}
