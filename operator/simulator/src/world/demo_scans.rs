//! What there is to find in the demo world: vulnerabilities, failed baseline checks and viruses
//! that appear after a scan of their server, a strategy, and yesterday's scans by the cloud itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::scans::{
    BaselineCheck, Dispatch, Finding, Necessity, ScanKind, Scans, Strategy, Task, TaskType, Virus,
    Vulnerability,
};

/// The id of the demo world's strategy.
const STRATEGY: i32 = 8_164_248;

/// The scans of the demo world's mainland data centre.
pub fn mainland(now: Timestamp) -> Scans {
    Scans {
        tasks: yesterday(now),
        strategies: [(STRATEGY, strategy())].into(),
        vulnerabilities: vulnerabilities(now),
        baseline_checks: baseline_checks(),
        viruses: viruses(),
        ..Scans::default()
    }
}

fn uuid(number: u8) -> String {
    format!("{number:08}-5a5a-4000-8000-{number:012}")
}

fn on(servers: impl IntoIterator<Item = u8>, finding: &Finding) -> BTreeMap<String, Finding> {
    servers
        .into_iter()
        .map(|number| (uuid(number), finding.clone()))
        .collect()
}

fn texts(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn ago(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now)
}

/// Two scans of the web servers, started by the cloud's own schedule.
fn yesterday(now: Timestamp) -> BTreeMap<String, Task> {
    let servers = || (1..=4).map(|number| (uuid(number), Dispatch::Accepted));
    let vulnerability = Task {
        task_type: TaskType::VulCheckTask,
        name: "VUL_CHECK_TASK".to_owned(),
        source: "schedule".to_owned(),
        created_at: ago(now, 24),
        kinds: [ScanKind::Cve].into(),
        servers: servers().collect(),
        ..Task::default()
    };
    let baseline = Task {
        task_type: TaskType::BaselineStrategy,
        name: "default".to_owned(),
        kinds: [ScanKind::Baseline].into(),
        strategy_id: Some(STRATEGY),
        ..vulnerability.clone()
    };
    [
        ("0d0d0d0d0d0d0d0d0d0d0d0d00000001".to_owned(), vulnerability),
        ("0d0d0d0d0d0d0d0d0d0d0d0d00000002".to_owned(), baseline),
    ]
    .into()
}

fn strategy() -> Strategy {
    Strategy {
        built_in: true,
        groups: [1001, 1002].into(),
        ..Strategy::default()
    }
}

fn vulnerabilities(now: Timestamp) -> BTreeMap<String, Vulnerability> {
    let since_today = Finding {
        since: Some(ago(now, 12)),
        ..Finding::default()
    };
    let openssl = Vulnerability {
        alias_name: "ALINUX3-SA-2024:0112: openssl security update".to_owned(),
        related: texts(&["CVE-2023-5678", "CVE-2024-0727"]),
        tags: texts(&["Remote utilization"]),
        servers: on([1, 2, 5], &Finding::default()),
        ..Vulnerability::default()
    };
    let kernel = Vulnerability {
        alias_name: "ALINUX3-SA-2025:0031: kernel security update".to_owned(),
        related: texts(&["CVE-2024-26581"]),
        tags: texts(&["Restart required"]),
        necessity: Necessity::Later,
        servers: on(1..=6, &since_today),
        ..Vulnerability::default()
    };
    let log4j = Vulnerability {
        kind: ScanKind::Sca,
        alias_name: "Apache Log4j2 remote code execution".to_owned(),
        related: texts(&["CVE-2021-44228"]),
        tags: texts(&["EXP exists", "Code execution"]),
        servers: on([3], &Finding::default()),
        ..Vulnerability::default()
    };
    [
        ("oval:com.alibaba.alinux:def:20240112", openssl),
        ("oval:com.alibaba.alinux:def:20250031", kernel),
        ("SCA:AVD-2021-44228", log4j),
    ]
    .map(|(name, vulnerability)| (name.to_owned(), vulnerability))
    .into()
}

fn baseline_checks() -> BTreeMap<i64, BaselineCheck> {
    let check = |item: &str, level: &str, servers: BTreeMap<String, Finding>| BaselineCheck {
        check_item: item.to_owned(),
        check_level: level.to_owned(),
        check_type: "Identity authentication".to_owned(),
        alias: "Alibaba Cloud Linux baseline".to_owned(),
        description: format!("{item}."),
        advice: "Change the setting and check again.".to_owned(),
        servers,
        ..BaselineCheck::default()
    };
    [
        (
            58,
            check(
                "SSH allows empty passwords",
                "high",
                on([1, 5], &Finding::default()),
            ),
        ),
        (
            59,
            check(
                "Passwords never expire",
                "medium",
                on([1, 2, 6], &Finding::default()),
            ),
        ),
        (60, check("SSH log level is too low", "low", BTreeMap::new())),
    ]
    .into()
}

fn viruses() -> BTreeMap<i64, Virus> {
    let miner = Virus {
        event_name: "Mining program".to_owned(),
        uuid: uuid(2),
        details: [("File path".to_owned(), "/tmp/.x/kdevtmpfsi".to_owned())].into(),
        ..Virus::default()
    };
    [(900_001, miner)].into()
}
