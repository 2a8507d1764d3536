//! A task that handles alerts, as the cloud reports it. It tells who is done; whether an alert is handled in
//! the end, the alert itself tells.

use std::collections::BTreeMap;

use sas_api::text::shown;
use sas_client::actions::SecurityEventOperationStatuses;

/// Longest code of a result, in bytes.
const CODE_BYTES: usize = 128;

/// A task that handles alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Task {
    alerts: BTreeMap<i64, Progress>,
    /// What the task as a whole says, which counts for alerts that it does not list.
    whole: Option<bool>,
}

/// How a task stands with one alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Running,
    Succeeded,
    /// With the code of the result.
    Failed(String),
}

impl Task {
    /// What an answer says.
    pub(super) fn of(answer: &SecurityEventOperationStatuses) -> Self {
        let Some(task) = &answer.security_event_operation_status_response else {
            return Self::default();
        };
        let rows = task.security_event_operation_statuses.iter();
        let alert = |row: &sas_client::actions::SecurityEventOperationStatus| {
            let id = row.security_event_id.as_deref()?.trim().parse().ok()?;
            let code = shown(row.error_code.as_deref().unwrap_or_default(), CODE_BYTES);
            Some((id, Progress::of(row.status.as_deref(), code)))
        };
        Self {
            alerts: rows.filter_map(alert).collect(),
            whole: ended(task.task_status.as_deref()),
        }
    }

    /// How it stands with an alert.
    pub(super) fn of_alert(&self, id: i64) -> Progress {
        match (self.alerts.get(&id), self.whole) {
            (Some(progress), _) => progress.clone(),
            (None, Some(true)) => Progress::Succeeded,
            (None, Some(false)) => Progress::Failed(String::new()),
            (None, None) => Progress::Running,
        }
    }

    /// Whether it is done with all of these.
    pub(super) fn has_ended(&self, alerts: &[i64]) -> bool {
        alerts.iter().all(|id| self.of_alert(*id) != Progress::Running)
    }
}

impl Progress {
    fn of(status: Option<&str>, code: String) -> Self {
        match ended(status) {
            Some(true) => Progress::Succeeded,
            Some(false) => Progress::Failed(code),
            None => Progress::Running,
        }
    }
}

/// Whether a status means success; `None` for one that is not final. The cloud has one word for the failure
/// of a task and another for that of an alert.
fn ended(status: Option<&str>) -> Option<bool> {
    match status? {
        "Success" => Some(true),
        "Failure" | "Failed" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use sas_client::actions::{HandlingTaskStatus, SecurityEventOperationStatus};

    use super::*;

    #[test]
    fn both_words_for_failure_count_and_the_whole_speaks_for_whom_it_does_not_list() {
        let row = |id: &str, status: &str, code: &str| SecurityEventOperationStatus {
            security_event_id: Some(id.to_owned()),
            status: Some(status.to_owned()),
            error_code: Some(code.to_owned()),
        };
        let task = |whole: &str| {
            Task::of(&SecurityEventOperationStatuses {
                security_event_operation_status_response: Some(HandlingTaskStatus {
                    task_status: Some(whole.to_owned()),
                    security_event_operation_statuses: vec![
                        row("1", "Success", "ignore.Success"),
                        row("2", "Failed", "kill_and_quara.AgentOffline"),
                        row("3", "Processing", ""),
                        row("x", "Success", ""),
                    ],
                }),
            })
        };
        let running = task("Processing");
        assert_eq!(running.of_alert(1), Progress::Succeeded);
        assert_eq!(
            running.of_alert(2),
            Progress::Failed("kill_and_quara.AgentOffline".to_owned())
        );
        assert!(running.has_ended(&[1, 2]) && !running.has_ended(&[1, 3]) && !running.has_ended(&[4]));
        assert_eq!(task("Failure").of_alert(4), Progress::Failed(String::new()));
        assert_eq!(task("Success").of_alert(4), Progress::Succeeded);
        assert_eq!(Task::default().of_alert(1), Progress::Running);
    }
}
