//! Cloud assistant of ECS: commands, and what became of them on each instance. How a run goes is
//! decided when it is started; what a reader sees of it follows from the time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The cloud assistant of an instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CloudAssistant {
    /// Takes commands.
    #[default]
    Online,
    /// Installed, but without a heartbeat.
    Offline,
    /// Not installed.
    Missing,
    /// Has a heartbeat, but never answers a command.
    Unresponsive,
    /// Loses commands on the way: accepted, and no record is ever created.
    LosesCommands,
}

impl CloudAssistant {
    /// Whether it is said to be there.
    pub fn has_heartbeat(self) -> bool {
        !matches!(self, Self::Offline | Self::Missing)
    }
}

/// `Type` of a command.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum CommandType {
    #[default]
    RunShellScript,
    RunBatScript,
    RunPowerShellScript,
}

impl CommandType {
    /// The wire name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RunShellScript => "RunShellScript",
            Self::RunBatScript => "RunBatScript",
            Self::RunPowerShellScript => "RunPowerShellScript",
        }
    }
}

/// `RepeatMode` of a run; what repeats stays `Scheduled`, its repetitions are not simulated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum RepeatMode {
    #[default]
    Once,
    Period,
    NextRebootOnly,
    EveryReboot,
}

impl RepeatMode {
    /// The wire name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Once => "Once",
            Self::Period => "Period",
            Self::NextRebootOnly => "NextRebootOnly",
            Self::EveryReboot => "EveryReboot",
        }
    }
}

/// A command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct Command {
    #[serde(rename = "regionID")]
    pub region_id: String,
    pub name: String,
    pub description: String,
    #[serde(rename = "type")]
    pub kind: CommandType,
    /// The script in plain text.
    pub content: String,
    pub timeout_seconds: i64,
    pub working_dir: String,
    /// Whether `{{name}}` in the script stands for a parameter.
    pub enable_parameter: bool,
    /// `User`, or who offers a public command, such as `AlibabaCloud.ECS.GuestOS`.
    pub provider: String,
    /// Whether it is still there after it ran.
    pub kept: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    #[serde(rename = "resourceGroupID", skip_serializing_if = "String::is_empty")]
    pub resource_group_id: String,
    pub creation_time: Timestamp,
}

impl Default for Command {
    fn default() -> Self {
        Self {
            region_id: "cn-hangzhou".to_owned(),
            name: String::new(),
            description: String::new(),
            kind: CommandType::default(),
            content: String::new(),
            timeout_seconds: 60,
            working_dir: String::new(),
            enable_parameter: false,
            provider: "User".to_owned(),
            kept: true,
            tags: BTreeMap::new(),
            resource_group_id: String::new(),
            creation_time: Timestamp::UNIX_EPOCH,
        }
    }
}

/// One call of RunCommand or InvokeCommand.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct Invocation {
    #[serde(rename = "regionID")]
    pub region_id: String,
    #[serde(rename = "commandID")]
    pub command_id: String,
    pub repeat_mode: RepeatMode,
    pub frequency: String,
    pub timeout_seconds: i64,
    pub username: String,
    pub parameters: BTreeMap<String, String>,
    pub creation_time: Timestamp,
    /// The container that it runs in; without a name and an id on the instance itself.
    #[serde(skip_serializing_if = "Container::is_nowhere")]
    pub container: Container,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    #[serde(rename = "resourceGroupID", skip_serializing_if = "String::is_empty")]
    pub resource_group_id: String,
    /// The run on each instance by instance id; an instance whose record was lost has none.
    pub runs: BTreeMap<String, Run>,
}

/// A container on an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Container {
    pub id: String,
    pub name: String,
}

impl Container {
    /// Whether a command names it.
    pub fn is_named(&self) -> bool {
        !self.id.is_empty() || !self.name.is_empty()
    }

    fn is_nowhere(&self) -> bool {
        !self.is_named()
    }
}

/// The run of a command on one instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is the wire field of the same name")]
pub struct Run {
    /// When it starts; absent: it is scheduled, or was never delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// When it ends; absent: it is scheduled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_time: Option<Timestamp>,
    /// How it ends.
    pub ending: RunStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    pub error_code: String,
    pub error_info: String,
    /// What the script prints.
    pub output: String,
}

/// `InvocationStatus` of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the wire names say it")]
pub enum RunStatus {
    Pending,
    Scheduled,
    Running,
    #[default]
    Success,
    Failed,
    Timeout,
    Aborted,
    Error,
}

impl RunStatus {
    /// Whether nothing more happens.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Scheduled | Self::Running)
    }
}

impl Run {
    /// A run of a command that repeats.
    pub fn scheduled() -> Self {
        Self::default()
    }

    /// The status at this time.
    pub fn status(&self, now: Timestamp) -> RunStatus {
        match (self.start_time, self.finish_time) {
            (_, None) => RunStatus::Scheduled,
            (_, Some(finish)) if now >= finish => self.ending,
            (Some(start), _) if now >= start => RunStatus::Running,
            _ => RunStatus::Pending,
        }
    }
}

/// What a script does that the simulator does not know, since it runs none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Script {
    /// Which scripts are meant: those with this text in them.
    pub contains: String,
    pub seconds: i64,
    pub exit_code: i64,
    pub output: String,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            contains: String::new(),
            seconds: 1,
            exit_code: 0,
            output: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_run_waits_runs_and_ends() {
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let run = Run {
            start_time: Some(at(2)),
            finish_time: Some(at(5)),
            ending: RunStatus::Failed,
            ..Run::default()
        };
        let seen = [1, 2, 4, 5].map(|seconds| run.status(at(seconds)));
        let expected = [
            RunStatus::Pending,
            RunStatus::Running,
            RunStatus::Running,
            RunStatus::Failed,
        ];
        assert_eq!(seen, expected);
        assert_eq!(Run::scheduled().status(at(1)), RunStatus::Scheduled);
        let undelivered = Run {
            start_time: None,
            ..run
        };
        assert_eq!(undelivered.status(at(4)), RunStatus::Pending);
        assert_eq!(undelivered.status(at(5)), RunStatus::Failed);
    }
}
