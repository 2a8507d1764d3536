//! What is planned, and what forbids it.

use kube::ResourceExt;
use sas_api::kinds::SasScanJob;
use sas_api::kinds::scan_job::TaskState;
use sas_api::plan::{PLAN_CALLS, Plan, Risk};
use sas_api::{Reason, annotations};
use sas_client::actions::Strategy;
use sas_engine::{Operation, Planned};
use serde_json::json;

use super::super::look::Course;
use super::super::plan::{Prospect, plan};
use super::super::strategy::Choice;
use super::super::{Observed, Seen};
use super::settling::{course, found};
use super::{free, job, offline, prospect, server};
use crate::assets::Server;

fn change(planned: Planned) -> Plan {
    match planned {
        Planned::Change(plan) => *plan,
        other => panic!("a change was expected: {other:?}"),
    }
}

fn reason(planned: &Planned) -> Option<Reason> {
    match planned {
        Planned::Blocked(blocked) | Planned::Impossible(blocked) => Some(blocked.reason),
        _ => None,
    }
}

fn uuids(plan: &Plan) -> Vec<&str> {
    plan.targets.iter().map(|target| target.uuid.as_str()).collect()
}

fn actions(plan: &Plan) -> Vec<&str> {
    plan.calls.iter().map(|call| call.action.as_str()).collect()
}

#[test]
fn checks_of_single_servers_go_out_in_batches() {
    let job = job(json!({"targets": {"selector": {"tags": ["web"]}},
        "scans": {"vulnerabilities": {"types": ["cve", "sca"]}, "baseline": {}, "fingerprint": {"items": ["Ports"]}}}));
    let plan = change(plan(&job, &prospect(&job, (1..=101).map(server).collect()), None));
    assert_eq!(actions(&plan), ["ModifyPushAllTask"; 2]);
    let tasks = plan.calls[0].value("Tasks");
    assert_eq!(tasks, Some("OVAL_ENTITY,SCA,HEALTH_CHECK,PORT_SNAPSHOT"));
    assert_eq!(plan.calls[1].value("Uuids"), Some("u-00101"));
    assert_eq!((plan.risk, plan.targets.len()), (Risk::R2, 101));
    assert_eq!(plan.targets[0].current, "Ultimate (7)");
}

#[test]
fn a_scan_for_viruses_is_a_chain_that_shares_one_key() {
    let job = job(
        json!({"targets": {"uuids": ["u-00001"]}, "scans": {"virus": {"type": "user", "paths": ["/opt"]}}}),
    );
    let plan = change(plan(&job, &prospect(&job, vec![server(1)]), None));
    assert_eq!(
        actions(&plan),
        [
            "CreateAssetSelectionConfig",
            "AddAssetSelectionCriteria",
            "UpdateSelectionKeyByType",
            "CreateVirusScanOnceTask",
        ]
    );
    assert_eq!(plan.calls[0].value("TargetType"), Some("instance"));
    assert_eq!(
        plan.calls[1].value("TargetOperationList.1.Target"),
        Some("u-00001")
    );
    assert_eq!(plan.calls[3].value("ScanPath.1"), Some("/opt"));
    for call in &plan.calls[1..] {
        let key = call
            .parameters
            .iter()
            .find(|parameter| parameter.name == "SelectionKey")
            .unwrap();
        let source = key.value_from.as_ref().unwrap().receipt_field.as_ref().unwrap();
        assert_eq!((source.call, source.field.as_str()), (0, "SelectionKey"));
    }
    assert_eq!(plan.risk, Risk::R1);
}

#[test]
fn ten_thousand_servers_fit_into_a_plan() {
    let job = job(json!({"targets": {"selector": {"tags": ["web"]}}, "scans": {"vulnerabilities": {}}}));
    let plan = change(plan(
        &job,
        &prospect(&job, (1..=10_000).map(server).collect()),
        None,
    ));
    assert!(plan.calls.len() <= PLAN_CALLS);
    assert_eq!(plan.targets.len(), 10_000);
}

#[test]
fn servers_that_cannot_be_scanned() {
    let spec = |partial: &str| {
        job(
            json!({"targets": {"selector": {"tags": ["web"]}}, "scans": {"vulnerabilities": {}}, "onPartial": partial}),
        )
    };
    let table = [
        ("Abort", vec![server(1)], Ok(vec!["u-00001"])),
        ("Abort", vec![server(1), offline(2)], Err(Reason::AgentOffline)),
        ("Abort", vec![server(1), free(2)], Err(Reason::NotAuthorized)),
        ("Abort", vec![free(1), offline(2)], Err(Reason::AgentOffline)),
        (
            "Proceed",
            vec![server(1), offline(2), free(3)],
            Ok(vec!["u-00001"]),
        ),
        ("Proceed", vec![free(1)], Err(Reason::NotAuthorized)),
        ("Proceed", vec![offline(1)], Err(Reason::AgentOffline)),
        ("Proceed", vec![], Err(Reason::NoTargets)),
    ];
    for (partial, servers, expected) in table {
        let job = spec(partial);
        let planned = plan(&job, &prospect(&job, servers), None);
        if let Planned::Change(plan) = &planned {
            assert_eq!(plan.partial, partial == "Proceed");
        }
        match expected {
            Ok(expected) => assert_eq!(uuids(&change(planned)), expected),
            Err(expected) => assert_eq!(reason(&planned), Some(expected), "{planned:?}"),
        }
    }
}

#[test]
fn a_plan_that_waits_holds_still() {
    let job = job(
        json!({"targets": {"selector": {"tags": ["web"]}}, "scans": {"vulnerabilities": {}}, "onPartial": "Proceed"}),
    );
    let held = change(plan(&job, &prospect(&job, vec![server(1), server(2)]), None));
    let again = |servers| plan(&job, &prospect(&job, servers), Some(&held));
    let later = change(again(vec![server(1), server(2), server(3)]));
    assert_eq!(
        uuids(&later),
        uuids(&held),
        "later servers belong to the next plan"
    );
    assert_eq!(
        change(again(vec![server(1), offline(2)])).calls,
        held.calls,
        "an agent comes and goes"
    );
    let blocked = again(vec![offline(1), offline(2)]);
    assert_eq!(reason(&blocked), Some(Reason::AgentOffline), "the plan waits");
    let gone = change(again(vec![server(1)]));
    assert_eq!(uuids(&gone), ["u-00001"], "it became wrong");
    let mut other = server(2);
    other.version = 3;
    assert_ne!(change(again(vec![server(1), other])).targets, held.targets);
}

#[test]
fn baseline_checks_that_the_account_lacks_are_left_out() {
    let both =
        job(json!({"targets": {"uuids": ["u-00001"]}, "scans": {"baseline": {}, "vulnerabilities": {}}}));
    let lacking = |job| Prospect {
        baseline_included: false,
        ..prospect(job, vec![server(1)])
    };
    let planned = change(plan(&both, &lacking(&both), None));
    assert!(!planned.calls[0].value("Tasks").unwrap().contains("HEALTH_CHECK"));
    assert!(
        planned
            .warnings
            .iter()
            .any(|warning| warning.starts_with("BaselineSkipped"))
    );
    let only = job(json!({"targets": {"uuids": ["u-00001"]}, "scans": {"baseline": {}}}));
    assert_eq!(
        reason(&plan(&only, &lacking(&only), None)),
        Some(Reason::BaselineSkipped)
    );
}

pub(super) fn choice(id: i64, default: bool, runs: bool) -> Choice {
    let row = Strategy {
        id: Some(id),
        name: Some(format!("s{id}")),
        r#type: Some(if default { 1 } else { 2 }),
        exec_status: Some(if runs { 2 } else { 1 }),
        ..Default::default()
    };
    Choice::of(&row).unwrap()
}

#[test]
fn a_whole_account() {
    let spec = |partial: &str, scans: serde_json::Value| {
        job(json!({"scope": "Account", "scans": scans, "onPartial": partial}))
    };
    let all = spec(
        "Proceed",
        json!({"vulnerabilities": {}, "baseline": {}, "fingerprint": {}, "virus": {}}),
    );
    let mut account = prospect(&all, vec![server(1), offline(2)]);
    account.strategies = vec![choice(7, true, false), choice(8, false, false)];
    let planned = change(plan(&all, &account, None));
    assert_eq!(
        actions(&planned),
        [
            "ModifyStartVulScan",
            "ExecStrategy",
            "GenerateOnceTask",
            "CreateAssetSelectionConfig",
            "CreateVirusScanOnceTask",
        ]
    );
    assert_eq!(planned.calls[1].value("StrategyId"), Some("7"));
    assert_eq!(planned.calls[3].value("TargetType"), Some("all_instance"));
    assert_eq!((planned.risk, planned.targets.len()), (Risk::R2, 0));
    assert!(planned.warnings[0].contains("1 ready, 0 without paid edition, 1 offline"));
    assert!(
        planned
            .values
            .iter()
            .any(|value| value.name == "strategy" && value.value.starts_with("7 s7"))
    );

    let strict = spec("Abort", json!({"vulnerabilities": {}}));
    assert_eq!(reason(&plan(&strict, &account, None)), Some(Reason::AgentOffline));
    account.servers = vec![offline(2).into()];
    let planned = plan(&all, &account, None);
    assert!(
        matches!(&planned, Planned::Impossible(why) if why.reason == Reason::NothingReady),
        "{planned:?}"
    );
}

#[test]
fn a_strategy_is_named_or_the_default_or_asked_for() {
    let named = job(json!({"scope": "Account", "scans": {"baseline": {"strategyID": 8}}}));
    let unnamed = job(json!({"scope": "Account", "scans": {"baseline": {}}}));
    for (job, strategies, acts, expected) in [
        (
            &named,
            vec![choice(7, true, false), choice(8, false, false)],
            true,
            Ok("8"),
        ),
        (
            &named,
            vec![choice(7, true, false)],
            true,
            Err(Reason::ChooseStrategy),
        ),
        (
            &unnamed,
            vec![choice(7, true, false), choice(8, false, false)],
            true,
            Ok("7"),
        ),
        (
            &unnamed,
            vec![choice(8, false, false)],
            true,
            Err(Reason::ChooseStrategy),
        ),
        (
            &unnamed,
            vec![choice(7, true, false), choice(8, true, false)],
            true,
            Err(Reason::ChooseStrategy),
        ),
        (
            &unnamed,
            vec![choice(7, true, true)],
            true,
            Err(Reason::ScanSlotBusy),
        ),
        (&unnamed, vec![choice(7, true, true)], false, Ok("7")),
    ] {
        let prospect = Prospect {
            strategies,
            about_to_act: acts,
            ..prospect(job, vec![server(1)])
        };
        let planned = plan(job, &prospect, None);
        match expected {
            Ok(id) => assert_eq!(change(planned).calls[0].value("StrategyId"), Some(id)),
            Err(expected) => assert_eq!(reason(&planned), Some(expected), "{planned:?}"),
        }
    }
}

#[test]
fn one_scan_for_viruses_at_a_time_is_set_up() {
    let job = job(json!({"targets": {"uuids": ["u-00001"]}, "scans": {"virus": {}}}));
    for (acts, expected) in [(true, Some(Reason::ScanSlotBusy)), (false, None)] {
        let prospect = Prospect {
            about_to_act: acts,
            virus_in_the_way: Some("SasScanJob team/other".into()),
            ..prospect(&job, vec![server(1)])
        };
        assert_eq!(reason(&plan(&job, &prospect, None)), expected);
    }
}

/// What waits for something else than its turn leaves that to others.
#[test]
fn only_who_can_go_on_asks_for_a_turn() {
    let both = json!({"targets": {"uuids": ["u-00001", "u-00002"]}, "scans": {"virus": {}}});
    let with = |partial: &str| {
        let mut spec = both.clone();
        spec["onPartial"] = json!(partial);
        job(spec)
    };
    let goes = |job: &SasScanJob, servers: Vec<Server>| prospect(job, servers).can_go(job);
    for (partial, some, none) in [("Proceed", true, false), ("Abort", false, false)] {
        let job = with(partial);
        assert!(goes(&job, vec![server(1), server(2)]), "{partial}");
        assert_eq!(goes(&job, vec![server(1), offline(2)]), some, "{partial}");
        assert_eq!(goes(&job, vec![offline(1), offline(2)]), none, "{partial}");
    }
    let mut paused = with("Proceed");
    paused
        .annotations_mut()
        .insert(annotations::PAUSED.to_owned(), "true".to_owned());
    assert!(!goes(&paused, vec![server(1), server(2)]));
}

/// A call that was begun may have been refused. A look at it says nothing of what is to be done, unless all that
/// was ordered has ended.
#[test]
fn a_call_under_way_does_not_mean_that_nothing_is_left_to_do() {
    let job = job(json!({"targets": {"uuids": ["u-00001"]}, "scans": {"virus": {}}}));
    let planned = |course| job.plan(&Observed(Seen::Course(Box::new(course))), None);
    for states in [&[][..], &[TaskState::Running], &[TaskState::Succeeded]] {
        assert_eq!(
            reason(&planned(course(states))),
            Some(Reason::LookingUp),
            "{states:?}"
        );
    }
    let over = Course {
        after: Some(found()),
        ..course(&[TaskState::Succeeded])
    };
    assert_eq!(planned(over), Planned::Nothing);
}
