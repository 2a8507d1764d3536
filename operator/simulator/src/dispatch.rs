//! Sending a command to instances, as RunCommand and InvokeCommand do it: each instance must be
//! able to run it, or nothing happens. How the runs go is decided here and now.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::action::Call;
use crate::ecs;
use crate::frequency;
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::script;
use crate::world::{
    Asset, AssistantSettings, CloudAssistant, Command, CommandType, Container, DataCentre, Invocation,
    RepeatMode, Run, RunStatus,
};

const MOST_INSTANCES: usize = 100;
const LONGEST_TIMEOUT: i64 = 86_400;
const LONGEST_USERNAME: usize = 255;

/// An instance that a command is sent to.
#[derive(Debug, Clone)]
pub struct Target {
    pub uuid: String,
    pub instance_id: String,
}

/// What is asked for besides the command.
#[derive(Debug)]
pub struct Order {
    pub targets: Vec<Target>,
    pub repeat_mode: RepeatMode,
    pub frequency: String,
    pub timeout_seconds: i64,
    pub username: String,
    pub parameters: BTreeMap<String, String>,
    pub container: Container,
    pub tags: BTreeMap<String, String>,
    pub resource_group_id: String,
}

impl Order {
    /// Reads what the two actions take alike and refuses what cannot be carried out.
    pub fn read(call: &Call<'_>, command: &Command) -> Result<Self, Refusal> {
        let parameters = call.parameters;
        let timeout_seconds = match parameters.number("Timeout")? {
            None => command.timeout_seconds,
            Some(1..=LONGEST_TIMEOUT) => parameters.number("Timeout")?.unwrap_or(LONGEST_TIMEOUT),
            Some(_) => {
                let message = "The specified parameter Timeout exceeds the upper limit.";
                return Err(Refusal::new(403, "InvalidTimeout.ExceedLimit", message));
            }
        };
        let (repeat_mode, frequency) = repetition(parameters, timeout_seconds)?;
        let username = parameters.text("Username").unwrap_or_default().to_owned();
        if username.len() > LONGEST_USERNAME {
            let message = "The length of the username exceeds the upper limit.";
            return Err(Refusal::new(403, "Username.ExceedLimit", message));
        }
        let container = Container::read(parameters)?;
        let kind = command.kind;
        if container.is_named() && kind != CommandType::RunShellScript {
            return Err(no_match());
        }
        Ok(Self {
            container,
            tags: ecs::tags(parameters, "Tag")?,
            resource_group_id: parameters.text("ResourceGroupId").unwrap_or_default().to_owned(),
            targets: targets(call, kind)?,
            repeat_mode,
            frequency,
            timeout_seconds,
            username,
            parameters: values(parameters, command)?,
        })
    }

    /// Starts the command on all targets and returns the `InvokeId`.
    pub fn send(self, call: &mut Call<'_>, command_id: &str, command: &Command) -> String {
        let mut runs = BTreeMap::new();
        for target in &self.targets {
            let content = self.filled(call, command, target);
            if let Some(run) = self.run(call.centre, target, &content, call.now) {
                runs.insert(target.instance_id.clone(), run);
            }
        }
        let invoke_id = format!("t-{}", call.ids.text(18).to_lowercase());
        let invocation = Invocation {
            region_id: ecs::region(call).to_owned(),
            command_id: command_id.to_owned(),
            repeat_mode: self.repeat_mode,
            frequency: self.frequency,
            timeout_seconds: self.timeout_seconds,
            username: self.username,
            parameters: self.parameters,
            creation_time: call.now,
            container: self.container,
            tags: self.tags,
            resource_group_id: self.resource_group_id,
            runs,
        };
        call.centre.invocations.insert(invoke_id.clone(), invocation);
        invoke_id
    }

    /// The script with its parameters filled in.
    fn filled(&self, call: &Call<'_>, command: &Command, target: &Target) -> String {
        if !command.enable_parameter {
            return command.content.clone();
        }
        filled(&command.content, |name| match name {
            "ACS::RegionId" => Some(ecs::region(call).to_owned()),
            "ACS::AccountId" => Some(call.account_id.to_owned()),
            "ACS::InstanceId" => Some(target.instance_id.clone()),
            _ => Some(self.parameters.get(name).cloned().unwrap_or_default()),
        })
    }

    fn run(&self, centre: &mut DataCentre, target: &Target, content: &str, now: Timestamp) -> Option<Run> {
        let assistant = centre.assets.get(&target.uuid)?.cloud_assistant;
        let settings = &centre.settings.assistant;
        let after = |seconds| now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
        let undelivered = |seconds, code: &str, info: &str| Run {
            finish_time: Some(after(seconds)),
            ending: RunStatus::Aborted,
            error_code: code.to_owned(),
            error_info: info.to_owned(),
            ..Run::default()
        };
        match assistant {
            CloudAssistant::LosesCommands => None,
            CloudAssistant::Offline | CloudAssistant::Missing => Some(undelivered(
                settings.pending_seconds,
                "ClientNotRunning",
                "The cloud assistant agent is not running.",
            )),
            CloudAssistant::Unresponsive => Some(undelivered(
                settings.delivery_timeout_seconds,
                "ClientNotResponse",
                "The cloud assistant agent does not respond.",
            )),
            CloudAssistant::Online if self.repeat_mode != RepeatMode::Once => Some(Run::scheduled()),
            CloudAssistant::Online => {
                let start = after(settings.pending_seconds);
                let start = script::Start {
                    uuid: &target.uuid,
                    in_container: self.container.is_named(),
                    at: start,
                    timeout_seconds: self.timeout_seconds,
                };
                Some(script::run(centre, content, start))
            }
        }
    }
}

fn targets(call: &Call<'_>, kind: CommandType) -> Result<Vec<Target>, Refusal> {
    let instances = ecs::instances(call.centre, ecs::region(call));
    let named = named(call.parameters, &instances)?;
    if named.len() > MOST_INSTANCES {
        return Err(ecs::too_many_instances());
    }
    let settings = &call.centre.settings.assistant;
    let target = |id: &str| {
        let found = instances.iter().find(|(_, asset)| asset.instance_id == id);
        let (uuid, asset) = found.ok_or_else(ecs::no_instance)?;
        if !can_run(asset, kind, settings) {
            return Err(no_match());
        }
        Ok(Target {
            uuid: (*uuid).to_owned(),
            instance_id: id.to_owned(),
        })
    };
    named.into_iter().map(target).collect()
}

/// The instances by `InstanceId`, or all that have each tag of `ResourceTag`.
fn named<'a>(parameters: &'a Parameters, instances: &[(&str, &'a Asset)]) -> Result<Vec<&'a str>, Refusal> {
    let named = parameters.list("InstanceId")?;
    let tags = ecs::tags(parameters, "ResourceTag")?;
    if !named.is_empty() && !tags.is_empty() {
        return Err(ecs::invalid("ResourceTag"));
    }
    if tags.is_empty() {
        let message = "The parameter instanceId is missing or empty.";
        let missing = || Refusal::new(400, "MissingParam.InstanceId", message);
        return Some(named).filter(|named| !named.is_empty()).ok_or_else(missing);
    }
    let tagged = instances
        .iter()
        .filter(|(_, asset)| ecs::has_tags(&asset.resource_tags, &tags));
    let tagged: Vec<&str> = tagged.map(|(_, asset)| asset.instance_id.as_str()).collect();
    Some(tagged)
        .filter(|tagged| !tagged.is_empty())
        .ok_or_else(ecs::no_instance)
}

fn no_match() -> Refusal {
    let message = "The specified instance type does not match the command.";
    Refusal::new(403, "InvalidInstance.NotMatch", message)
}

fn can_run(asset: &Asset, kind: CommandType, settings: &AssistantSettings) -> bool {
    let reachable = asset.cloud_assistant.has_heartbeat() || !settings.refuse_offline;
    asset.running && reachable && script::runs_on(kind, asset.os_type)
}

/// `RepeatMode` and `Frequency`, which makes every mode `Period`.
fn repetition(parameters: &Parameters, timeout_seconds: i64) -> Result<(RepeatMode, String), Refusal> {
    let frequency = parameters.text("Frequency").unwrap_or_default().to_owned();
    if !frequency.is_empty() && !frequency::is_valid(&frequency, timeout_seconds) {
        let message = "The specified frequency is invalid.";
        return Err(Refusal::new(403, "InvalidParam.Frequency", message));
    }
    let mode = match parameters.text("RepeatMode") {
        _ if !frequency.is_empty() => RepeatMode::Period,
        // A dry run checks what would be run once.
        None | Some("Once" | "DryRun") => RepeatMode::Once,
        Some("NextRebootOnly") => RepeatMode::NextRebootOnly,
        Some("EveryReboot") => RepeatMode::EveryReboot,
        Some("Period") => {
            let message = "The frequency must be specified when you create a timed task.";
            return Err(Refusal::new(403, "MissingParam.Frequency", message));
        }
        Some(_) => {
            let message = "The specified repeat mode does not exist.";
            return Err(Refusal::new(404, "InvalidRepeatMode.NotFound", message));
        }
    };
    Ok((mode, frequency))
}

/// `Parameters`, a JSON object of values for names that stand in the script.
fn values(parameters: &Parameters, command: &Command) -> Result<BTreeMap<String, String>, Refusal> {
    let Some(sent) = parameters.text("Parameters") else {
        return Ok(BTreeMap::new());
    };
    let invalid = |_| {
        let message = "The specified parameter Parameters is not valid.";
        Refusal::new(400, "InvalidParameter.Parameters", message)
    };
    let sent: BTreeMap<String, String> = serde_json::from_str(sent).map_err(invalid)?;
    if !sent.is_empty() && !command.enable_parameter {
        let message = "Parameters cannot be passed in when the command customization function is disabled.";
        return Err(Refusal::new(400, "Parameter.Disabled", message));
    }
    let known = parameter_names(&command.content);
    if sent.keys().any(|name| !known.contains(name)) {
        let message =
            "The passed-in parameters do not match the parameters defined when you created the command.";
        return Err(Refusal::new(403, "Parameter.NotMatched", message));
    }
    Ok(sent)
}

/// The names in `{{ }}` that a caller gives values for.
pub fn parameter_names(content: &str) -> Vec<String> {
    let mut names = Vec::new();
    filled(content, |name| {
        if !name.starts_with("ACS::") {
            names.push(name.to_owned());
        }
        None
    });
    names.dedup();
    names
}

/// The text with each `{{name}}` replaced by what it stands for.
fn filled(content: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let mut parts = content.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some((name, rest)) = part.split_once("}}") {
            text += &value(name.trim()).unwrap_or_default();
            text += rest;
        } else {
            text += "{{";
            text += part;
        }
    }
    text
}

impl Container {
    /// `ContainerId`, 64 hexadecimal digits behind the name of a runtime or not, and `ContainerName`.
    fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let id = parameters.text("ContainerId").unwrap_or_default();
        let (runtime, digits) = id.split_once("://").unwrap_or(("docker", id));
        let is_known = ["docker", "containerd", "cri-o"].contains(&runtime);
        let is_id = is_known && digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !id.is_empty() && !is_id {
            let message = "The specified ContainerId is malformed.";
            return Err(Refusal::new(400, "InvalidContainerId.Malformed", message));
        }
        Ok(Self {
            id: id.to_owned(),
            name: parameters.text("ContainerName").unwrap_or_default().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_and_filled_in() {
        let content = "echo {{ name }} {{ACS::InstanceId}} {{open";
        assert_eq!(parameter_names(content), ["name"]);
        let text = filled(content, |name| Some(name.to_lowercase()));
        assert_eq!(text, "echo name acs::instanceid {{open");
    }
}
