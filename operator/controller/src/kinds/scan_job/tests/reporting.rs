//! What a job says about itself: of how many servers it is, what it found, and what it waits for.

use sas_api::Reason;
use sas_api::kinds::scan_job::{Findings, SasScanJobStatus, TaskState};
use sas_engine::{Blocked, Operation, Planned};
use serde_json::{Value, json};

use super::super::look::Course;
use super::super::plan::plan;
use super::super::results::Found;
use super::super::{Observed, Seen};
use super::settling::{course, found};
use super::{job, offline, prospect, server};
use crate::assets::Server;

fn account(scans: Value) -> Value {
    json!({"scope": "Account", "scans": scans, "onPartial": "Proceed"})
}

/// The status and the summary of a job in an account with these servers.
fn seen(spec: Value, servers: Vec<Server>, plan: Option<i64>) -> (SasScanJobStatus, String) {
    let job = job(spec);
    let observed = Observed(Seen::Prospect(Box::new(prospect(&job, servers))));
    let hash = format!("sha256:{}", "0".repeat(64));
    let time = "2026-01-01T00:00:00Z";
    let plan = plan.map(|count| {
        json!({"plan": {"hash": hash, "epoch": 1, "observedGeneration": 1, "computedTime": time, "expiresTime": time,
            "accountID": "1", "site": "cn", "targetCount": count, "callCount": 0, "summary": "", "risk": "R1", "calls": []}})
    });
    let mut status = serde_json::from_value(plan.unwrap_or_else(|| json!({}))).unwrap();
    let summary = job.report(&observed, &mut status);
    (status, summary)
}

#[test]
fn of_how_many_servers_a_job_is() {
    let servers = || vec![server(1), server(2), offline(3)];
    let single = || json!({"targets": {"selector": {"tags": ["web"]}}, "scans": {"vulnerabilities": {}}});
    let all = || account(json!({"vulnerabilities": {}}));
    for (spec, plan, expected) in [
        (single(), None, None),
        (single(), Some(2), Some("2")),
        (all(), None, Some("all (2 of 3 ready)")),
        (all(), Some(0), Some("all (2 of 3 ready)")),
    ] {
        let case = format!("{spec} {plan:?}");
        assert_eq!(
            seen(spec, servers(), plan).0.targets.as_deref(),
            expected,
            "{case}"
        );
    }
}

#[test]
fn only_what_was_looked_for_is_counted() {
    let summary = |counts: Value| {
        let mut findings = json!({"observedTime": "2026-11-21T00:00:00Z"});
        findings
            .as_object_mut()
            .unwrap()
            .extend(counts.as_object().unwrap().clone());
        let findings: Findings = serde_json::from_value(findings).unwrap();
        let course = Course {
            after: Some(Found { findings, ..found() }),
            ..course(&[TaskState::Succeeded])
        };
        let observed = Observed(Seen::Course(Box::new(course)));
        job(account(json!({"fingerprint": {}}))).report(&observed, &mut SasScanJobStatus::default())
    };
    let nothing = summary(json!({}));
    assert!(
        !nothing.contains("high") && nothing.contains("inventory"),
        "{nothing}"
    );
    let some = summary(json!({"virus": {"high": 1, "medium": 0, "low": 0}, "incomplete": "not web-2"}));
    assert!(
        some.contains("found 1 high, 0 medium, 0 low, before not known"),
        "{some}"
    );
    assert!(some.ends_with("; not web-2"), "{some}");
}

/// Why there is no plan in an account with these servers, beside a plan that was made when all were ready.
fn held_up(spec: Value, servers: Vec<Server>, waits: bool) -> (Blocked, bool) {
    let job = job(spec);
    let ready = vec![server(1), server(2)];
    let Planned::Change(held) = plan(&job, &prospect(&job, ready), None) else {
        panic!("there is something to scan");
    };
    match plan(&job, &prospect(&job, servers), Some(&*held).filter(|_| waits)) {
        Planned::Blocked(why) => (why, false),
        Planned::Impossible(why) => (why, true),
        other => panic!("{other:?}"),
    }
}

#[test]
fn advice_fits_the_job() {
    let spec = |partial: &str| json!({"targets": {"selector": {"tags": ["web"]}}, "scans": {"vulnerabilities": {}}, "onPartial": partial});
    let none = || vec![offline(1), offline(2)];
    let one = || vec![server(1), offline(2)];
    let waits = "2 of the 2 servers of the plan cannot be scanned at the moment: web-1, web-2";
    let all = "2 of 2 servers cannot be scanned: agent not online (bring it online): web-1, web-2";
    for (partial, servers, held, expected, proceed) in [
        ("Proceed", none(), false, all, false),
        ("Abort", none(), false, all, false),
        ("Abort", one(), false, "1 of 2 servers cannot be scanned", true),
        ("Proceed", none(), true, waits, false),
        ("Abort", one(), true, "1 of the 2 servers of the plan", false),
    ] {
        let (why, is_final) = held_up(spec(partial), servers, held);
        assert!(!is_final && why.reason == Reason::AgentOffline, "{why:?}");
        assert!(why.message.contains(expected), "{expected}: {}", why.message);
        assert_eq!(
            why.message.contains("onPartial: Proceed"),
            proceed,
            "{}",
            why.message
        );
        assert_eq!(why.message.contains("expiresTime"), held, "{}", why.message);
    }
    // Who was asked already is not told that it is over because agents are away for a moment.
    let all = || account(json!({"vulnerabilities": {}}));
    let (why, is_final) = held_up(all(), none(), false);
    assert_eq!((why.reason, is_final), (Reason::NothingReady, true));
    let (why, is_final) = held_up(all(), none(), true);
    assert_eq!((why.reason, is_final), (Reason::AgentOffline, false));
}
