//! How alerts behave in one data centre: how long handling takes, and what to do where the
//! vendor's sources contradict each other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of a call that handles an alert that is handled already, or being handled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum HandledAgain {
    /// `SecurityEventNotExists`.
    #[default]
    Refuse,
    /// A task like any other.
    NewTask,
}

/// Which rules of a whitelist an event has to fit. The cloud lists and takes away rules one by one, and
/// whoever adds one is to send those in force along with it: a rule more may not undo another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WhitelistFit {
    /// Any that is for its kind, name and server.
    #[default]
    Any,
    /// All of them.
    All,
}

/// What becomes of an event that a whitelist keeps away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WhitelistedEvent {
    /// There is no alert.
    #[default]
    Hidden,
    /// An alert that is marked as a false positive from the start.
    Handled,
}

/// Behaviour of alerts a test may want otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct AlertSettings {
    /// Seconds a task is `Pending`.
    pub pending_seconds: i64,
    /// Seconds it is `Processing` after that, and a file takes into and out of quarantine.
    pub processing_seconds: i64,
    /// Handling what is handled.
    pub handled_again: HandledAgain,
    /// Offer the operations that undo, such as `cancle_manual`, for handled alerts, instead of
    /// answering that there is no such alert.
    pub operations_of_handled: bool,
    /// How the rules of a whitelist go together.
    pub whitelist_fit: WhitelistFit,
    /// Events that a whitelist keeps away.
    pub whitelisted_event: WhitelistedEvent,
    /// Whether `virus_quara` and `virus_quara_bin` need their `subOperation`.
    pub virus_quarantine_needs_sub_operation: bool,
    /// Whether DescribeSecurityEventOperationStatus needs both `TaskId` and `SecurityEventIds`.
    #[serde(rename = "statusNeedsBothIDs")]
    pub status_needs_both_ids: bool,
    /// Whether RollbackSuspEventQuaraFile needs `QuaraFileId`; otherwise it does nothing without.
    pub rollback_needs_file: bool,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            pending_seconds: 1,
            processing_seconds: 2,
            handled_again: HandledAgain::default(),
            operations_of_handled: false,
            whitelist_fit: WhitelistFit::default(),
            whitelisted_event: WhitelistedEvent::default(),
            virus_quarantine_needs_sub_operation: false,
            status_needs_both_ids: true,
            rollback_needs_file: true,
        }
    }
}
