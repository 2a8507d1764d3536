//! How long servers, agents and cloud assistant take, and what they do where the published sources
//! leave it open or contradict each other. Times are simulated seconds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Servers and their agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AgentSettings {
    /// From RefreshAssets until servers that were hidden are listed.
    pub refresh_seconds: i64,
    /// From the end of an installation until the agent is online.
    pub online_seconds: i64,
    /// From AddUninstallClientsByUuids until the agent is gone.
    pub uninstall_seconds: i64,
    /// Whether AddUninstallClientsByUuids leaves servers of Alibaba Cloud alone; the sources disagree.
    pub uninstall_only_outside: bool,
    /// Whether a server outside Alibaba Cloud is no longer listed once its agent is gone.
    pub uninstalled_outside_vanish: bool,
    /// How long an installation by OperateAgentClientInstall takes.
    pub one_click_seconds: i64,
    /// Whether Security Center may install agents by itself; otherwise `InstallNotGranted`.
    pub one_click_granted: bool,
    /// The regions in which it can.
    pub one_click_regions: Vec<String>,
}

impl Default for AgentSettings {
    fn default() -> Self {
        let regions = [
            "cn-hangzhou",
            "cn-beijing",
            "cn-shanghai",
            "cn-zhangjiakou",
            "cn-shenzhen",
        ];
        Self {
            refresh_seconds: 10,
            online_seconds: 30,
            uninstall_seconds: 30,
            uninstall_only_outside: false,
            uninstalled_outside_vanish: false,
            one_click_seconds: 30,
            one_click_granted: true,
            one_click_regions: regions.map(str::to_owned).to_vec(),
        }
    }
}

/// Server groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GroupSettings {
    /// Whether a second group may have the name of a first; otherwise `GroupNameRepeated`.
    pub allow_repeated_names: bool,
    /// What an update with servers does to those of the group that it does not name.
    pub update: GroupUpdate,
}

/// The two ways to read the documentation of CreateOrUpdateAssetGroup.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GroupUpdate {
    /// They leave for the default group.
    #[default]
    Replace,
    /// They stay.
    Add,
}

/// Cloud assistant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AssistantSettings {
    /// From a call until the command starts on the instance.
    pub pending_seconds: i64,
    /// How long a script runs of which the world says nothing.
    pub script_seconds: i64,
    /// How long the script runs that installs an agent.
    pub install_script_seconds: i64,
    /// After so long a command is given up that cloud assistant does not take.
    pub delivery_timeout_seconds: i64,
    /// Whether a call with an instance whose cloud assistant is offline is refused as a whole;
    /// otherwise it is accepted and the run on that instance ends as `Aborted`.
    pub refuse_offline: bool,
    /// How long results are kept; the sources say two weeks, four weeks and 30 days.
    pub history_days: i64,
}

impl Default for AssistantSettings {
    fn default() -> Self {
        Self {
            pending_seconds: 1,
            script_seconds: 2,
            install_script_seconds: 20,
            delivery_timeout_seconds: 60,
            refuse_offline: true,
            history_days: 14,
        }
    }
}
