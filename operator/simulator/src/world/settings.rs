//! How a data centre behaves where the published sources leave it open or a test wants it
//! otherwise. Times are simulated seconds.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AgentSettings, AlertSettings, AssistantSettings, GroupSettings};

/// Behaviour a test may want otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    /// Seconds until readers see a changed AuthVersion.
    pub lag_seconds: i64,
    /// Seconds until readers see a changed ClientStatus.
    pub client_lag_seconds: i64,
    /// Seconds until a listing shows a new install code.
    pub install_code_lag_seconds: i64,
    /// `ExpiredDate` is cut to a multiple of this; whether the real cloud keeps milliseconds is unknown.
    pub install_code_expiry_resolution_milliseconds: i64,
    /// Days after binding during which a server cannot be unbound from the subscription.
    pub unbind_lock_days: i32,
    /// What a search criterion finds whose name is not documented.
    pub unknown_criteria: UnknownCriteria,
    /// Whether ModifyPostPayModuleSwitch needs `PostPayInstanceId`: the SDK says so, the command line's metadata not.
    pub post_pay_instance_needed: bool,
    /// Refuse a switch of `BASIC_SERVICE`, which follows from the other modules, instead of ignoring it.
    pub refuse_basic_service: bool,
    /// Servers and their agents.
    pub agents: AgentSettings,
    /// Server groups.
    pub groups: GroupSettings,
    /// Cloud assistant of ECS.
    pub assistant: AssistantSettings,
    /// `MergedVersion`: a number that appears nowhere else, so that a leak is found.
    pub merged_version: i32,
    /// Alerts and their handling.
    pub alerts: AlertSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lag_seconds: 0,
            client_lag_seconds: 0,
            install_code_lag_seconds: 0,
            install_code_expiry_resolution_milliseconds: 1,
            unbind_lock_days: 30,
            unknown_criteria: UnknownCriteria::default(),
            post_pay_instance_needed: true,
            refuse_basic_service: false,
            agents: AgentSettings::default(),
            groups: GroupSettings::default(),
            assistant: AssistantSettings::default(),
            merged_version: 77_007_700,
            alerts: AlertSettings::default(),
        }
    }
}

impl Settings {
    /// How long a bound server stays locked.
    pub fn unbind_lock(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.unbind_lock_days))
    }
}

/// What a search criterion finds whose name is not documented; no source says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum UnknownCriteria {
    /// No server.
    #[default]
    FitNothing,
    /// The criterion does not count, so that a search by it alone finds every server.
    Ignored,
    /// The request is refused with `InvalidCriteria`.
    Refused,
}
