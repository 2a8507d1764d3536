//! When a job has a binding made for servers without a paid edition, for which of them, and what it waits for.

use sas_api::Reason;
use sas_engine::{Blocked, Planned};
use serde_json::{Value, json};

use super::super::plan::{Prospect, plan};
use super::super::prerequisite::Binding;
use super::{free, job, offline, prospect, server};
use crate::assets::Server;

fn spec(partial: &str, prerequisites: &Value) -> Value {
    json!({"targets": {"selector": {"tags": ["web"]}}, "scans": {"vulnerabilities": {}}, "onPartial": partial,
        "prerequisites": prerequisites})
}

fn asked(partial: &str) -> Value {
    spec(
        partial,
        &json!({"binding": "Plan", "edition": "AntiVirus", "mode": "Subscription"}),
    )
}

/// The binding of a job, of these servers.
fn bound(uuids: &[&str], phase: &str) -> Binding {
    let binding = serde_json::from_value(json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAuthBinding", "metadata": {"name": "scan-binding"},
        "spec": {"accountRef": {"name": "main"}, "edition": "AntiVirus", "targets": {"uuids": uuids}},
        "status": {"phase": phase},
    }));
    Binding::of(&binding.unwrap())
}

/// As [`bound`], of the server of a job, and it says this of itself.
fn saying(phase: &str, ready: &str, reason: &str, message: &str) -> Binding {
    let binding = serde_json::from_value(json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAuthBinding", "metadata": {"name": "scan-binding"},
        "spec": {"accountRef": {"name": "main"}, "edition": "AntiVirus", "targets": {"uuids": ["u-00001"]}},
        "status": {"phase": phase, "conditions": [{"type": "Ready", "status": ready, "reason": reason,
            "message": message, "lastTransitionTime": "2026-01-01T00:00:00Z"}]},
    }));
    Binding::of(&binding.unwrap())
}

/// What is planned: the servers of a plan, or why there is none.
fn planned(spec: Value, servers: Vec<Server>, binding: Option<Binding>) -> Result<Vec<String>, Blocked> {
    let job = job(spec);
    let prospect = Prospect {
        binding,
        ..prospect(&job, servers)
    };
    match plan(&job, &prospect, None) {
        Planned::Change(plan) => Ok(plan.targets.into_iter().map(|target| target.uuid).collect()),
        Planned::Blocked(blocked) | Planned::Impossible(blocked) => Err(blocked),
        Planned::Nothing => panic!("there is something to scan"),
    }
}

/// The servers of the binding that has to be made, if one has.
fn made(spec: Value, servers: Vec<Server>, binding: Option<Binding>) -> Option<Vec<String>> {
    let job = job(spec);
    let prospect = Prospect {
        binding,
        ..prospect(&job, servers)
    };
    let child = prospect.children(&job).wanted.pop()?;
    assert_eq!(child.name(), "scan-binding");
    let binding = serde_json::to_value(child.object()).unwrap();
    assert_eq!(
        (
            &binding["spec"]["edition"],
            &binding["spec"]["mode"],
            &binding["spec"]["dataCentre"]
        ),
        (&json!("AntiVirus"), &json!("Subscription"), &json!("cn-shanghai"))
    );
    let uuids = binding["spec"]["targets"]["uuids"].as_array().unwrap();
    Some(
        uuids
            .iter()
            .map(|uuid| uuid.as_str().unwrap().to_owned())
            .collect(),
    )
}

#[test]
fn what_a_job_waits_for() {
    let fail = || spec("Abort", &json!({"binding": "Fail"}));
    let ready = |uuids: &[&str]| Ok(uuids.iter().map(|uuid| (*uuid).to_owned()).collect());
    let other = || Some(bound(&["u-00009"], "Ready"));
    let own = || Some(bound(&["u-00002"], "PendingApproval"));
    let table = [
        (
            fail(),
            vec![server(1), free(2)],
            None,
            Err(Reason::NotAuthorized),
            None,
        ),
        (
            asked("Abort"),
            vec![server(1), free(2)],
            None,
            Err(Reason::AwaitingBinding),
            Some(vec!["u-00002"]),
        ),
        (
            asked("Proceed"),
            vec![server(1), free(2), offline(3)],
            None,
            Err(Reason::AwaitingBinding),
            Some(vec!["u-00002"]),
        ),
        (
            asked("Proceed"),
            vec![free(1), free(2)],
            None,
            Err(Reason::AwaitingBinding),
            Some(vec!["u-00001", "u-00002"]),
        ),
        // Something else holds the scan up: nothing is paid for it yet.
        (
            asked("Abort"),
            vec![free(2), offline(3)],
            None,
            Err(Reason::AgentOffline),
            None,
        ),
        (
            asked("Abort"),
            vec![server(1), server(2)],
            None,
            ready(&["u-00001", "u-00002"]),
            None,
        ),
        // The binding is made once, and names who had no edition then.
        (
            asked("Abort"),
            vec![server(1), free(2)],
            own(),
            Err(Reason::AwaitingBinding),
            None,
        ),
        (
            asked("Proceed"),
            vec![server(1), free(2)],
            other(),
            ready(&["u-00001"]),
            None,
        ),
        (
            asked("Abort"),
            vec![server(1), free(2)],
            other(),
            Err(Reason::NotAuthorized),
            None,
        ),
        (
            asked("Abort"),
            vec![server(1), server(2)],
            own(),
            ready(&["u-00001", "u-00002"]),
            None,
        ),
    ];
    for (spec, servers, binding, expected, children) in table {
        let case = format!("{spec} {servers:?} {binding:?}");
        let planned = planned(spec.clone(), servers.clone(), binding.clone());
        assert_eq!(planned.map_err(|blocked| blocked.reason), expected, "{case}");
        let children = children.map(|uuids| uuids.into_iter().map(str::to_owned).collect());
        assert_eq!(made(spec, servers, binding), children, "{case}");
    }
}

#[test]
fn who_waits_is_told_for_what_and_what_to_look_at() {
    let message = |binding| {
        planned(asked("Abort"), vec![free(1)], binding)
            .unwrap_err()
            .message
    };
    let at = "sasauthbindings/scan-binding --namespace=team";
    let waits = "which is PendingApproval and has a plan of its own to approve: kubectl sas plan";
    let hostile = format!("no\u{202e}\u{1b}[31m {}", "long ".repeat(500));
    let table = [
        (None, vec!["which was just made"]),
        (
            Some(saying(
                "PendingApproval",
                "False",
                "AwaitingApproval",
                "paste this",
            )),
            vec![waits, at],
        ),
        (
            Some(saying(
                "Blocked",
                "False",
                "ChooseMode",
                "choose: set `spec.mode`",
            )),
            vec![
                "which is Blocked (ChooseMode: choose: set `spec.mode`)",
                "kubectl patch",
                at,
                r#"--type=merge -p '{"spec":{"mode":"PayAsYouGo"}}'"#,
            ],
        ),
        (
            Some(saying("Blocked", "False", "QuotaExceeded", &hostile)),
            vec!["(QuotaExceeded: no\\u{202e}\\u{1b}", "…)", "kubectl describe", at],
        ),
        (
            Some(saying("Ready", "True", "InSync", "the cloud is as wanted")),
            vec!["which is Ready; the cloud does not list them with it yet"],
        ),
    ];
    for (binding, parts) in table {
        let text = message(binding.clone());
        for part in parts.iter().chain(&["1 server ", "web-1", "scan-binding"]) {
            assert!(text.contains(part), "{part}: {text}");
        }
        let plans = text.contains("plan of its own");
        assert_eq!(plans, text.contains("PendingApproval"), "{text}");
        assert!(text.len() < 1_000, "{text}");
    }
}

#[test]
fn a_whole_account_without_editions_waits_as_well() {
    let spec = json!({"scope": "Account", "scans": {"vulnerabilities": {}}, "onPartial": "Proceed",
        "prerequisites": {"binding": "Plan", "edition": "AntiVirus", "mode": "Subscription"}});
    let blocked = planned(spec.clone(), vec![free(1)], None).unwrap_err();
    assert_eq!(blocked.reason, Reason::AwaitingBinding);
    assert_eq!(made(spec, vec![free(1)], None), Some(vec!["u-00001".to_owned()]));
}

#[test]
fn more_servers_than_a_binding_names_are_not_cut() {
    let servers: Vec<_> = (1..=1001).map(free).collect();
    let blocked = planned(asked("Proceed"), servers.clone(), None).unwrap_err();
    assert_eq!(blocked.reason, Reason::PlanTooLarge);
    assert_eq!(made(asked("Proceed"), servers, None), None);
}

#[test]
fn nothing_is_bound_for_a_job_that_cannot_be_planned() {
    let spec = json!({"targets": {"uuids": ["u-00001"]}, "scans": {"baseline": {}},
        "prerequisites": {"binding": "Plan", "edition": "AntiVirus", "mode": "Subscription"}});
    let job = job(spec);
    let mut prospect = prospect(&job, vec![free(1)]);
    prospect.baseline_included = false;
    assert!(prospect.children(&job).wanted.is_empty());
    prospect.baseline_included = true;
    assert_eq!(prospect.children(&job).wanted.len(), 1);
}

#[test]
fn a_job_with_a_plan_has_no_binding_made() {
    let mut job = job(asked("Proceed"));
    let prospect = prospect(&job, vec![server(1), free(2)]);
    assert_eq!(prospect.children(&job).wanted.len(), 1);
    let hash = format!("sha256:{}", "0".repeat(64));
    let time = "2026-01-01T00:00:00Z";
    job.status = serde_json::from_value(json!({"plan": {"hash": hash, "epoch": 1, "observedGeneration": 1,
        "computedTime": time, "expiresTime": time, "accountID": "1", "site": "cn", "targetCount": 1, "callCount": 0,
        "summary": "", "risk": "R1", "calls": []}}))
    .unwrap();
    assert!(prospect.children(&job).wanted.is_empty());
    assert!(matches!(plan(&job, &prospect, None), Planned::Change(_)));
}
