//! One attempt to handle an alert, recorded with its times when it is asked for; how far it has come
//! is computed from them and the time of reading.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EventStatus;

/// The result of a handling that did what it should.
pub const SUCCESS: &str = "Success";

/// One attempt to handle an alert; its map key is the `TaskId`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Handling {
    /// Operation code.
    pub operation: String,
    /// When it was asked for.
    pub started_at: Timestamp,
    /// Until then the task is `Pending`.
    pub pending_until: Timestamp,
    /// From then on it has ended.
    pub finished_at: Timestamp,
    /// `Success`, or why it failed, such as `AgentOffline`.
    pub result: String,
    /// The alert's status once it has ended.
    pub becomes: EventStatus,
    /// What the caller wrote as `Remark`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
}

impl Handling {
    /// Whether it did what it should.
    pub fn succeeded(&self) -> bool {
        self.result == SUCCESS
    }

    /// `ErrorCode` of the operation status and `OperateErrorCode` of the alert: `<operation>.<result>`; a
    /// whitelisting names that a user did it.
    pub fn error_code(&self) -> String {
        let by = if self.operation == "advance_mark_mis_info" {
            "User."
        } else {
            ""
        };
        format!("{}.{by}{}", self.operation, self.result)
    }

    /// How far it has come.
    pub fn progress(&self, now: Timestamp) -> Progress {
        if now < self.pending_until {
            Progress::Pending
        } else if now < self.finished_at {
            Progress::Processing
        } else {
            Progress::Finished
        }
    }
}

/// How far a handling has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Progress {
    Pending,
    Processing,
    Finished,
}
