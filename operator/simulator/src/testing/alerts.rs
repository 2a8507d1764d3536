//! Test support for alerts: the demo world's alerts by name, and short ways to handle and read them.

use serde_json::Value;

use crate::alerts::later;
use crate::testing::{Cloud, Reply};
use crate::world::Alert;

/// A logon from somewhere else.
pub const LOGON: i64 = 702_173_401;
/// A running miner.
pub const MINER: i64 = 702_173_402;
/// A web shell: a file without a process.
pub const WEB_SHELL: i64 = 702_173_403;
/// A reverse shell in a container, with an attacker's text in its name.
pub const SHELL: i64 = 702_173_404;
/// A miner on a server whose agent is offline.
pub const OFFLINE_MINER: i64 = 702_173_405;
/// Handled by hand long ago.
pub const HANDLED: i64 = 702_173_406;

pub fn handle(cloud: &Cloud, operation: &str, alerts: &[i64], extra: &[(&str, &str)]) -> Reply {
    let ids: Vec<String> = alerts.iter().map(i64::to_string).collect();
    let names: Vec<String> = (1..=ids.len()).map(|n| format!("SecurityEventIds.{n}")).collect();
    let ids = names
        .iter()
        .zip(&ids)
        .map(|(name, id)| (name.as_str(), id.as_str()));
    let operation = [("OperationCode", operation)];
    let parameters: Vec<(&str, &str)> = ids.chain(operation).chain(extra.iter().copied()).collect();
    cloud.call("HandleSecurityEvents", &parameters)
}

/// What tests ask of a cloud about its alerts.
pub trait Alerts {
    /// Handles alerts and returns the task.
    fn handled(&self, operation: &str, alerts: &[i64], extra: &[(&str, &str)]) -> i64;
    /// `TaskStatus`, and of one alert `Status` and `ErrorCode`.
    fn task_status(&self, task: i64, alert: i64) -> (String, String, String);
    /// An alert as DescribeSuspEvents shows it; null when it does not.
    fn alert(&self, id: i64) -> Value;
    /// `EventStatus`.
    fn event_status(&self, id: i64) -> i64;
    fn change_alert(&self, id: i64, change: impl FnOnce(&mut Alert));
    /// The same event once more, in so many seconds, as an alert of its own.
    fn raise_again(&self, id: i64, new: i64, seconds: i64);
}

impl Alerts for Cloud {
    fn handled(&self, operation: &str, alerts: &[i64], extra: &[(&str, &str)]) -> i64 {
        let reply = handle(self, operation, alerts, extra);
        let task = &reply.body["HandleSecurityEventsResponse"]["TaskId"];
        task.as_i64().unwrap_or_else(|| panic!("{reply:?}"))
    }

    fn task_status(&self, task: i64, alert: i64) -> (String, String, String) {
        let ids = [
            ("TaskId", &*task.to_string()),
            ("SecurityEventIds.1", &*alert.to_string()),
        ];
        let reply = self.call("DescribeSecurityEventOperationStatus", &ids);
        let task = &reply.body["SecurityEventOperationStatusResponse"];
        let alert = &task["SecurityEventOperationStatuses"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (
            text(&task["TaskStatus"]),
            text(&alert["Status"]),
            text(&alert["ErrorCode"]),
        )
    }

    fn alert(&self, id: i64) -> Value {
        let reply = self.call("DescribeSuspEvents", &[("Id", &*id.to_string())]);
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body["SuspEvents"][0].clone()
    }

    fn event_status(&self, id: i64) -> i64 {
        let alert = self.alert(id);
        let status = alert["EventStatus"].as_i64();
        status.unwrap_or_else(|| panic!("there is no alert {id}: {alert}"))
    }

    fn change_alert(&self, id: i64, change: impl FnOnce(&mut Alert)) {
        self.mainland(|centre| change(centre.alerts.get_mut(&id).unwrap()));
    }

    fn raise_again(&self, id: i64, new: i64, seconds: i64) {
        let now = self.shared.lock().clock.now();
        self.mainland(|centre| {
            let mut alert = centre.alerts[&id].clone();
            alert.handlings.clear();
            alert.raised_at = later(now, seconds);
            centre.alerts.insert(new, alert);
        });
    }
}
