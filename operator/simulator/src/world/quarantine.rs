//! Files in quarantine. Putting a file away and giving it back take a while; both are recorded with
//! their times, and a reader sees the state of its own time.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that was asked of the agent and takes a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// When it was asked for.
    pub started_at: Timestamp,
    /// When it ends.
    pub finished_at: Timestamp,
    /// Whether it fails.
    #[serde(default)]
    pub failed: bool,
}

/// One quarantined file; its map key is the `QuaraFileId`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct QuarantinedFile {
    #[serde(rename = "alertID")]
    pub alert_id: i64,
    pub path: String,
    pub md5: String,
    /// How it got there.
    pub quarantine: Step,
    /// How it was given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Step>,
}

impl QuarantinedFile {
    /// `Status` as a reader sees it now.
    pub fn status(&self, now: Timestamp) -> &'static str {
        let (step, [under_way, failed, done]) = match &self.rollback {
            Some(rollback) => (rollback, ["rollbacking", "rollbackFailed", "rollbackDone"]),
            None => (&self.quarantine, ["quaraing", "quaraFailed", "quaraDone"]),
        };
        match (now < step.finished_at, step.failed) {
            (true, _) => under_way,
            (false, true) => failed,
            (false, false) => done,
        }
    }

    /// When its status last changed, as a reader sees it now.
    pub fn modified_at(&self, now: Timestamp) -> Timestamp {
        let step = self.rollback.as_ref().unwrap_or(&self.quarantine);
        if now < step.finished_at {
            step.started_at
        } else {
            step.finished_at
        }
    }
}
