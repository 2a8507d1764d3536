//! How the scans of one data centre behave, and which of two documented behaviours it shows where
//! the vendor's sources disagree. Defaults are what the vendor's SDK says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::course::Course;

/// Behaviour a test may want otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct ScanSettings {
    /// Checks pushed by ModifyPushAllTask.
    pub push: Course,
    /// ModifyStartVulScan.
    pub vulnerability: Course,
    /// ExecStrategy.
    pub baseline: Course,
    /// GenerateOnceTask.
    pub fingerprint: Course,
    /// CreateVirusScanOnceTask.
    pub virus: Course,
    /// Another actor who scans the whole account each time a request starts a scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_actor: Option<OtherActor>,
    /// ModifyPushAllTask lists every server it was sent; false: only those that failed.
    pub push_lists_every_server: bool,
    /// What ModifyPushAllTask makes of servers of the free edition.
    pub free_servers: FreeServers,
    /// ModifyStartVulScan scans the servers of `Uuids` only; false: the whole account whatever is sent.
    pub vulnerability_scan_honours_uuids: bool,
    /// `Progress` of one-time tasks is `40%`; false: `40`.
    pub percent_sign: bool,
    /// How one-time tasks spell that they run.
    pub task_status_text: TaskStatusText,
    /// One-time tasks also show `TotalCount`, `Source` and `Context`, which no SDK models.
    pub undocumented_task_fields: bool,
    /// What ExecStrategy does while the strategy is being executed.
    pub repeated_execution: RepeatedExecution,
    /// One-time tasks that may run at the same time.
    pub maximum_running_tasks: usize,
    /// `Status` of a complete virus scan: 100, or 20 as the vendor's own tools read it.
    pub virus_complete_status: i32,
    /// CreateVirusScanOnceTask scans what the slot of the business type holds; false: the key it was sent.
    pub virus_scan_follows_slot: bool,
}

impl Default for ScanSettings {
    fn default() -> Self {
        Self {
            push: Course::default(),
            vulnerability: Course::default(),
            baseline: Course::default(),
            fingerprint: Course::default(),
            virus: Course::default(),
            other_actor: None,
            push_lists_every_server: true,
            free_servers: FreeServers::default(),
            vulnerability_scan_honours_uuids: false,
            percent_sign: true,
            task_status_text: TaskStatusText::default(),
            undocumented_task_fields: false,
            repeated_execution: RepeatedExecution::default(),
            maximum_running_tasks: 10,
            virus_complete_status: 100,
            virus_scan_follows_slot: true,
        }
    }
}

/// Somebody else in the same account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct OtherActor {
    /// How long after the scan of a request; negative: before it.
    pub after_seconds: i64,
    /// `schedule` for the cloud itself, `console` for a person.
    pub source: String,
}

impl Default for OtherActor {
    fn default() -> Self {
        Self {
            after_seconds: 1,
            source: "schedule".to_owned(),
        }
    }
}

/// What a push makes of servers of the free edition (`FreeVersionNotPermit`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FreeServers {
    /// They fail alone; the call is refused when it names no other server.
    #[default]
    FailUnlessAlone,
    /// They always fail alone.
    Fail,
    /// One of them refuses the whole call.
    RefuseCall,
}

/// How one-time tasks spell that they run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TaskStatusText {
    /// `INIT`, `START`, `DISPATCH`, as the SDK says.
    #[default]
    Stages,
    /// `PROCESSING`, as the vendor's own tools read it.
    Processing,
}

/// What ExecStrategy does while the strategy is being executed; no source says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RepeatedExecution {
    /// Success, and the first execution goes on.
    #[default]
    Ignore,
    /// An error.
    Refuse,
    /// The first execution ends and another begins.
    Restart,
}
