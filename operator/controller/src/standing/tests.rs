//! Every bound of a policy, one at a time, and when a policy is in force.

use serde_json::{Value, json};

use super::super::force::force;
use super::*;
use sas_api::{Reason, Risk};

const NOW: &str = "2026-11-21T12:00:00Z";
const IDENTITY: &str = "sha256:guard";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn guarded() -> Force {
    Force::Guarded {
        identity: IDENTITY.into(),
        since: at("2026-11-20T12:00:00Z"),
    }
}

/// A policy that covers [`plan`], changed.
fn policy(change: impl FnOnce(&mut Value)) -> SasApprovalPolicy {
    let mut policy = json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasApprovalPolicy",
        "metadata": {"name": "nightly", "namespace": "security", "uid": "u", "generation": 2,
            "creationTimestamp": "2026-11-21T08:00:00Z"},
        "spec": {"kinds": ["SasScanJob"], "requesters": ["alice", "bob"], "maxTargets": 20, "maxPerDay": 2,
            "expires": "2026-12-01T00:00:00Z", "mode": "Enforce"},
    });
    let in_force = force(
        &serde_json::from_value(policy.clone()).unwrap(),
        &guarded(),
        at("2026-11-21T09:00:00Z"),
    );
    policy["status"] = json!({"inForce": in_force.unwrap()});
    change(&mut policy);
    serde_json::from_value(policy).unwrap()
}

fn plan() -> Waiting {
    Waiting {
        kind: "SasScanJob".into(),
        namespace: "security".into(),
        name: "scan".into(),
        hash: "sha256:plan".into(),
        risk: Risk::R1,
        targets: 20,
        writers: Some(vec!["alice".into()]),
        computed: at("2026-11-21T10:00:00Z"),
    }
}

fn is_covered(policy: &SasApprovalPolicy, plan: &Waiting) -> bool {
    covers(policy, plan, &guarded(), at(NOW)).is_ok()
}

fn a_use(hash: &str, time: &str) -> Value {
    json!({"time": time, "kind": "SasScanJob", "name": format!("job of {hash}"), "hash": hash})
}

#[test]
fn a_plan_within_all_bounds_is_covered_and_one_beyond_any_is_not() {
    assert!(is_covered(&policy(|_| {}), &plan()));
    let beyond = [
        Waiting {
            kind: "SasAuthBinding".into(),
            ..plan()
        },
        Waiting {
            risk: Risk::R2,
            ..plan()
        },
        Waiting {
            targets: 21,
            ..plan()
        },
        Waiting { targets: 0, ..plan() },
        Waiting {
            writers: None,
            ..plan()
        },
        Waiting {
            writers: Some(vec![]),
            ..plan()
        },
        Waiting {
            writers: Some(vec!["alice".into(), "mallory".into()]),
            ..plan()
        },
        Waiting {
            computed: at("2026-11-21T08:59:59Z"),
            ..plan()
        },
    ];
    for plan in beyond {
        assert!(!is_covered(&policy(|_| {}), &plan), "{plan:?}");
    }
    let both = Waiting {
        writers: Some(vec!["bob".into(), "alice".into()]),
        ..plan()
    };
    assert!(is_covered(&policy(|_| {}), &both));
}

#[test]
fn a_policy_that_changed_after_it_came_into_force_covers_nothing() {
    let changes: [fn(&mut Value); 7] = [
        |policy| policy["metadata"]["generation"] = json!(3),
        |policy| policy["metadata"]["uid"] = json!("another"),
        |policy| policy["metadata"]["deletionTimestamp"] = json!(NOW),
        |policy| policy["spec"]["requesters"] = json!(["alice", "mallory"]),
        |policy| policy["spec"]["expires"] = json!(NOW),
        |policy| policy["status"]["inForce"]["guard"] = json!("sha256:other"),
        |policy| policy["status"] = json!({}),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let policy = policy(change);
        assert!(!is_covered(&policy, &plan()), "{index}");
        assert!(acts(&policy, &guarded(), at(NOW)).is_err(), "{index}");
    }
    assert!(covers(&policy(|_| {}), &plan(), &Force::Nothing, at(NOW)).is_err());
}

#[test]
fn uses_of_the_last_day_count_each_plan_once() {
    let used = |uses: Value| policy(|policy| policy["status"]["uses"] = uses);
    let (today, yesterday) = ("2026-11-20T12:00:01Z", "2026-11-20T12:00:00Z");
    let full = used(json!([a_use("sha256:a", today), a_use("sha256:b", today)]));
    assert!(!is_covered(&full, &plan()));
    let counted = used(json!([a_use("sha256:a", today), a_use("sha256:plan", today)]));
    assert!(is_covered(&counted, &plan()));
    let old = used(json!([a_use("sha256:a", yesterday), a_use("sha256:b", today)]));
    assert!(is_covered(&old, &plan()));
    assert_eq!(of_last_day(&old.status.unwrap().uses, at(NOW)).len(), 1);
}

#[test]
fn a_policy_is_in_force_only_if_it_was_written_under_the_guard_of_now() {
    let since = |since: &str| Force::Guarded {
        identity: IDENTITY.into(),
        since: at(since),
    };
    let new = policy(|policy| policy["status"] = json!({}));
    assert!(force(&new, &since("2026-11-21T07:59:59Z"), at(NOW)).is_ok());
    for too_late in ["2026-11-21T08:00:00Z", "2026-11-21T11:00:00Z"] {
        let refused = force(&new, &since(too_late), at(NOW)).unwrap_err();
        assert_eq!(refused.reason, Reason::WrittenUnguarded, "{too_late}");
    }
    // A restart forgets since when it has watched, and the status remembers under what.
    let known = policy(|_| {});
    let still = force(&known, &since("2026-11-21T11:00:00Z"), at(NOW)).unwrap();
    assert_eq!(Some(still), known.status.and_then(|status| status.in_force));
    let other = Force::Guarded {
        identity: "sha256:other".into(),
        since: at("2026-11-21T11:00:00Z"),
    };
    assert!(force(&policy(|_| {}), &other, at(NOW)).is_err());
    assert_eq!(
        force(&policy(|_| {}), &Force::Nothing, at(NOW))
            .unwrap_err()
            .reason,
        Reason::ApprovalUnguarded
    );
    assert!(force(&new, &Force::Unguarded, at(NOW)).is_ok());
}

#[test]
fn a_change_is_in_force_from_the_moment_at_which_it_was_seen() {
    let changed = policy(|policy| {
        policy["metadata"]["generation"] = json!(3);
        policy["spec"]["maxPerDay"] = json!(3);
    });
    let in_force = force(&changed, &guarded(), at(NOW)).unwrap();
    assert_eq!((in_force.generation, in_force.since_time.0), (3, at(NOW)));
    let before = changed.status.unwrap().in_force.unwrap();
    assert_ne!(in_force.digest, before.digest);
}

#[test]
fn a_name_is_approved_once_within_a_day() {
    let used = |kind: &str, name: &str, time: &str| {
        let mut used = a_use("sha256:a", time);
        (used["kind"], used["name"]) = (json!(kind), json!(name));
        policy(|policy| policy["status"]["uses"] = json!([used]))
    };
    let (today, yesterday) = ("2026-11-20T12:00:01Z", "2026-11-20T12:00:00Z");
    assert!(!is_covered(&used("SasScanJob", "scan", today), &plan()));
    assert!(is_covered(&used("SasScanJob", "scan", yesterday), &plan()));
    assert!(is_covered(&used("SasScanJob", "another", today), &plan()));
    assert!(is_covered(&used("SasAlertAction", "scan", today), &plan()));
}
