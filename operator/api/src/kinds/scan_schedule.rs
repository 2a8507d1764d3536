//! `SasScanSchedule`: scans that come back. At each time of the schedule the operator creates a SasScanJob,
//! which has a plan and an approval of its own: a schedule approves nothing.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::scan_job::SasScanJobSpec;
use crate::status::CommonStatus;

/// When to scan, and what.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "sas-operator.io",
    version = "v1alpha1",
    kind = "SasScanSchedule",
    plural = "sasscanschedules",
    shortname = "sassched",
    category = "sas",
    namespaced,
    status = "SasScanScheduleStatus",
    derive = "PartialEq",
    cel,
    doc = "Creates a SasScanJob at each time of a schedule. Every job has a plan and an approval of its own.",
    validation = Rule::new("self.metadata.name.size() <= 52")
        .message("the name must have at most 52 characters: those of its jobs are made from it"),
    printcolumn(name = "Schedule", type_ = "string", json_path = ".spec.schedule"),
    printcolumn(name = "Time zone", type_ = "string", json_path = ".spec.timeZone", priority = "1"),
    printcolumn(name = "Suspend", type_ = "boolean", json_path = ".spec.suspend"),
    printcolumn(name = "Active", type_ = "integer", json_path = ".status.activeCount"),
    printcolumn(name = "Missed", type_ = "integer", json_path = ".status.missedRuns", priority = "1"),
    printcolumn(name = "Last schedule", type_ = "date", json_path = ".status.lastScheduleTime"),
    printcolumn(name = "Next schedule", type_ = "string", json_path = ".status.nextScheduleTime"),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("self.schedule.matches('^\\\\s*((?i)@(hourly|daily|weekly|monthly|yearly|annually)\
                                 |[0-9A-Za-z*?,/#-]+(\\\\s+[0-9A-Za-z*?,/#-]+){4})\\\\s*$')")
    .message("`schedule` must have five fields (minute, hour, day of the month, month and day of the week), such as \
              `30 2 * * 1-5`, or be one of @hourly, @daily, @weekly, @monthly and @yearly")
    .field_path(".schedule"))]
pub struct SasScanScheduleSpec {
    /// When to scan: minute, hour, day of the month, month and day of the week, as for cron, or one of
    /// `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly`. A time that the clocks skip when they go forward
    /// comes at the first moment after the gap; one that they show twice comes the first time.
    #[schemars(length(min = 1, max = 128))]
    pub schedule: String,
    /// Time zone of the schedule, as the IANA names it.
    #[serde(default = "utc")]
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[A-Za-z0-9_+/-]+$"))]
    pub time_zone: String,
    /// What to do when a job is due while an earlier one has not ended; one that waits for its approval has not.
    #[serde(default)]
    pub concurrency_policy: ConcurrencyPolicy,
    /// Seconds after its time within which a job may still be created; absent, the last one that was missed is
    /// made up however late. What was missed before that one never is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 60, max = 31_536_000))]
    pub starting_deadline_seconds: Option<i64>,
    /// Whether to create no jobs. Times that pass meanwhile are not made up.
    #[serde(default)]
    pub suspend: bool,
    /// How many jobs that succeeded are kept.
    #[serde(default = "default_successful")]
    #[schemars(range(min = 0, max = 100))]
    pub successful_jobs_history_limit: i32,
    /// How many jobs that failed or were refused are kept. One whose outcome is unknown stays until somebody has
    /// looked at it.
    #[serde(default = "default_failed")]
    #[schemars(range(min = 0, max = 100))]
    pub failed_jobs_history_limit: i32,
    /// The jobs.
    pub job_template: JobTemplate,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn default_successful() -> i32 {
    3
}

fn default_failed() -> i32 {
    3
}

/// What to do when a job is due while an earlier one has not ended. There is no `Replace`: to stop a scan is a
/// change in the cloud, which somebody has to approve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConcurrencyPolicy {
    /// Wait until it has ended.
    #[default]
    Forbid,
    /// Create the job all the same, as long as fewer than 20 have not ended.
    Allow,
}

/// What the jobs look like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobTemplate {
    /// Labels and annotations of the jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<TemplateMetadata>,
    /// The spec of the jobs.
    #[schemars(schema_with = "changeable_job_spec")]
    pub spec: SasScanJobSpec,
}

/// Labels and annotations of the jobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("!has(self.labels) || self.labels.all(key, !key.contains('sas-operator.io/'))")
        .message("labels of sas-operator.io are the operator's own; leave them out"),
    validation = Rule::new("!has(self.annotations) || self.annotations.all(key, !key.contains('sas-operator.io/'))")
        .message("annotations of sas-operator.io steer and approve one job, not all; leave them out")
)]
pub struct TemplateMetadata {
    /// Labels of the jobs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "short_texts::<63>")]
    pub labels: BTreeMap<String, String>,
    /// Annotations of the jobs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "short_texts::<4096>")]
    pub annotations: BTreeMap<String, String>,
}

/// At most 32 texts of at most that many characters, by name.
fn short_texts<const LONGEST: usize>(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "object",
        "maxProperties": 32,
        "additionalProperties": {"type": "string", "maxLength": LONGEST},
    })
}

/// The spec of a job without the rule that it never changes: that of a template may.
fn changeable_job_spec(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = SasScanJobSpec::json_schema(generator);
    let rules = schema
        .get_mut("x-kubernetes-validations")
        .and_then(serde_json::Value::as_array_mut);
    if let Some(rules) = rules {
        rules.retain(|rule| rule["rule"] != "self == oldSelf");
    }
    schema
}

/// What became of the schedule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SasScanScheduleStatus {
    /// What every kind reports.
    #[serde(flatten)]
    pub common: CommonStatus,
    /// Time of the schedule for which a job was created last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_schedule_time: Option<Time>,
    /// When a job succeeded last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_successful_time: Option<Time>,
    /// The next time of the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_schedule_time: Option<Time>,
    /// How many jobs have not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub active_count: Option<i64>,
    /// The jobs that have not ended, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(max = 253)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub active: Vec<String>,
    /// How many times of the schedule passed without a job, since the schedule exists. Of those of one
    /// interruption 1000 are counted at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_991_i64))]
    pub missed_runs: Option<i64>,
    /// Times of the schedule up to this one have been dealt with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub considered_until_time: Option<Time>,
    /// The schedule with its time zone that all this speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub timetable: Option<String>,
}

crate::status::status_parts!(SasScanScheduleStatus);
