//! The alerts of simulated clouds: one of each sort, worlds that hold many, and questions to the request log
//! about which alert was handled by which call.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sas_sim::Record;
use sas_sim::world::{
    Alert, DataCentre, EventStatus, Level, QuarantinedFile, Step, SuspiciousFile, SuspiciousProcess,
};

use crate::cloud::{self, ACCOUNT, CENTRE, Cloud};

/// The action that handles alerts.
pub const HANDLE: &str = "HandleSecurityEvents";
/// The action that lists alerts.
pub const LIST: &str = "DescribeSuspEvents";
/// The action that makes ignored alerts wait again.
pub const CANCEL_IGNORE: &str = "OperationCancelIgnoreSuspEvent";
/// The action that gives a quarantined file back.
pub const ROLLBACK: &str = "RollbackSuspEventQuaraFile";
/// The action that lists quarantined files.
pub const LIST_FILES: &str = "DescribeSuspEventQuaraFiles";
/// The two alerts that every cloud has.
pub const LOGONS: [i64; 2] = [702_100_001, 702_100_002];

fn raised() -> Timestamp {
    let now = Timestamp::now();
    now.checked_sub(SignedDuration::from_mins(30)).unwrap_or(now)
}

/// Somebody logged on from elsewhere; the address can be blocked.
pub fn logon(server: u32) -> Alert {
    Alert {
        uuid: cloud::web(server),
        kind: "Unusual logon".to_owned(),
        event_name: "login_common_location".to_owned(),
        title: "Login with unusual location".to_owned(),
        raised_at: raised(),
        source_ip: Some("203.0.113.9".to_owned()),
        ..Alert::default()
    }
}

/// A process that computes for somebody else, and its file.
pub fn miner(server: u32) -> Alert {
    Alert {
        kind: "Malicious process (cloud scan)".to_owned(),
        event_name: "mining_program".to_owned(),
        title: "Mining program".to_owned(),
        level: Level::Serious,
        process: Some(SuspiciousProcess {
            command_line: "/tmp/.x/kworkerds -o pool.example:3333".to_owned(),
            ..SuspiciousProcess::default()
        }),
        source_ip: None,
        ..web_shell(server)
    }
}

/// A file that runs what a visitor sends.
pub fn web_shell(server: u32) -> Alert {
    Alert {
        kind: "Web shell".to_owned(),
        event_name: "webshell".to_owned(),
        title: "Web shell found".to_owned(),
        level: Level::Serious,
        file: Some(SuspiciousFile {
            path: "/var/www/html/upload/a.php".to_owned(),
            md5: "7d793037a0760186574b0282f2f435e7".to_owned(),
        }),
        source_ip: None,
        ..logon(server)
    }
}

/// A process that gives a stranger a command line.
pub fn reverse_shell(server: u32) -> Alert {
    Alert {
        kind: "Abnormal process behavior".to_owned(),
        event_name: "reverse_shell".to_owned(),
        title: "Reverse shell".to_owned(),
        level: Level::Serious,
        file: None,
        ..miner(server)
    }
}

/// What nothing is recommended for.
pub fn tampering(server: u32) -> Alert {
    Alert {
        kind: "Sensitive file tampering".to_owned(),
        event_name: "file_tampering".to_owned(),
        title: "Somebody wrote to /etc/passwd".to_owned(),
        source_ip: None,
        ..logon(server)
    }
}

/// The alerts that every cloud has.
pub fn usual() -> BTreeMap<i64, Alert> {
    LOGONS.into_iter().zip([logon(1), logon(2)]).collect()
}

/// Adds an alert that was handled, whose file is in quarantine under the id of the alert and 100 more.
pub fn quarantine(centre: &mut DataCentre, id: i64, mut alert: Alert) {
    alert.status = EventStatus::HANDLED;
    let file = alert.file.clone().unwrap_or_default();
    let quarantined = QuarantinedFile {
        alert_id: id,
        path: file.path,
        md5: file.md5,
        quarantine: Step {
            started_at: raised(),
            finished_at: raised(),
            failed: false,
        },
        rollback: None,
    };
    centre.alerts.insert(id, alert);
    centre.quarantined_files.insert(id + 100, quarantined);
}

/// A cloud with these alerts.
pub fn world(alerts: impl IntoIterator<Item = (i64, Alert)>) -> sas_sim::World {
    let mut world = cloud::world();
    world.centre(ACCOUNT, CENTRE).alerts = alerts.into_iter().collect();
    world
}

impl Cloud {
    /// Changes an alert behind the operator's back.
    pub fn change_alert(&self, id: i64, change: impl FnOnce(&mut Alert)) {
        self.change(|centre| {
            if let Some(alert) = centre.alerts.get_mut(&id) {
                change(alert);
            }
        });
    }

    /// Somebody deals with an alert in the console.
    pub fn ignore_alert(&self, id: i64) {
        self.change_alert(id, |alert| alert.status = EventStatus::IGNORED);
    }

    /// The calls that were carried out, each with its operation and alerts.
    pub fn handled(&self) -> Vec<(String, Vec<i64>)> {
        let committed = self.committed().into_iter();
        committed
            .filter(|call| call.action == HANDLE)
            .map(|call| (operation(&call), alerts_of(&call)))
            .collect()
    }

    /// Proves that no alert was handled by two calls, and that these were handled by none.
    pub fn assert_handled_once(&self, never: &[i64]) {
        let mut seen = BTreeMap::<i64, usize>::new();
        for id in self.handled().into_iter().flat_map(|(_, alerts)| alerts) {
            *seen.entry(id).or_default() += 1;
        }
        assert!(seen.values().all(|times| *times == 1), "{seen:?}");
        for call in self.requests().iter().filter(|request| request.action == HANDLE) {
            let named = alerts_of(call);
            assert!(!named.iter().any(|id| never.contains(id)), "{named:?}");
        }
    }
}

/// The operation of a call.
pub fn operation(call: &Record) -> String {
    call.parameters.get("OperationCode").cloned().unwrap_or_default()
}

/// The alerts that a call names.
pub fn alerts_of(call: &Record) -> Vec<i64> {
    let named = call.parameters.iter();
    let named = named.filter(|(name, _)| name.starts_with("SecurityEventIds."));
    let mut ids: Vec<i64> = named.filter_map(|(_, id)| id.parse().ok()).collect();
    ids.sort_unstable();
    ids
}
