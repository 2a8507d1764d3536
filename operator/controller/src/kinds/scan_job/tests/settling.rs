//! How far tasks are, whose they are, and when a job is done.

use jiff::{SignedDuration, Timestamp};
use sas_api::kinds::scan_job::{Findings, OnPartial, ScanKind, ScanTask, TaskState};
use sas_api::plan::{Call, NamedValue, Plan};
use sas_api::status::Receipt;
use sas_engine::{Made, Settled};
use serde_json::json;

use super::super::answers::{Listed, StrategyRun};
use super::super::look::{Course, InUse};
use super::super::progress::Begun;
use super::super::results::Found;
use super::super::settle::settle;
use super::{job, prospect, server};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn begun(kind: ScanKind) -> Begun {
    Begun {
        kind,
        since: at("2026-11-21T00:00:00Z"),
        until: at("2026-11-21T00:00:02Z"),
        mark: None,
        receipts: Vec::new(),
    }
}

fn listed(id: &str, second: i64, state: TaskState) -> Listed {
    Listed {
        id: id.into(),
        started: Some(at("2026-11-21T00:00:00Z").as_millisecond() + second * 1000),
        state,
        percent: Some(40),
        done: Some(1),
        total: Some(3),
    }
}

#[test]
fn whose_task_it_is() {
    use TaskState::{Failed, Pending, Running, Succeeded, Unclear};
    let task = begun(ScanKind::Vulnerabilities);
    let table = [
        (vec![], Pending, None),
        (vec![listed("old", -1, Succeeded)], Pending, None),
        (vec![listed("a", 0, Succeeded)], Succeeded, Some("a")),
        (
            vec![listed("a", 1, Running), listed("old", -9, Succeeded)],
            Running,
            Some("a"),
        ),
        (
            vec![listed("a", 1, Running), listed("b", 2, Succeeded)],
            Running,
            None,
        ),
        (
            vec![listed("a", 1, Succeeded), listed("b", 2, Succeeded)],
            Succeeded,
            None,
        ),
        (
            vec![listed("a", 1, Succeeded), listed("b", 2, Failed)],
            Unclear,
            None,
        ),
    ];
    for (tasks, state, id) in table {
        let found = task.among(&tasks);
        assert_eq!((found.state, found.task_id.as_deref()), (state, id), "{tasks:?}");
    }
    let known = Begun {
        kind: ScanKind::Fingerprint,
        mark: Some("mine".into()),
        ..begun(ScanKind::Fingerprint)
    };
    let found = known.among(&[listed("mine", -1, Running), listed("other", 1, Succeeded)]);
    assert_eq!((found.state, found.task_id.as_deref()), (Running, Some("mine")));
}

#[test]
fn a_strategy_that_is_idle_may_not_have_begun() {
    let task = begun(ScanKind::Baseline);
    let run = |running, started: &str, ended| StrategyRun {
        running,
        started: Some(at(started)),
        ended,
        ..StrategyRun::default()
    };
    let (before, after) = ("2026-11-20T23:00:00Z", "2026-11-21T00:00:03Z");
    for (run, expected) in [
        (run(false, before, true), TaskState::Pending),
        (run(true, before, true), TaskState::Running),
        (run(false, after, false), TaskState::Running),
        (run(false, after, true), TaskState::Succeeded),
        (
            StrategyRun {
                failed: 2,
                all_failed: true,
                ..run(false, after, true)
            },
            TaskState::Failed,
        ),
        (StrategyRun::default(), TaskState::Pending),
    ] {
        assert_eq!(task.of_strategy(&run).state, expected, "{run:?}");
    }
}

fn pushed(accepted: &str, refused: Option<&str>) -> Receipt {
    let mut fields = vec![NamedValue::new("Accepted", accepted)];
    fields.extend(refused.map(|number| NamedValue::new("Refused", number)));
    fields.extend(refused.map(|_| NamedValue::new("RefusedServers", "web-2: ClientOffline")));
    Receipt {
        request_id: Some("r".into()),
        fields,
    }
}

#[test]
fn pushed_checks_end_when_their_time_is_over() {
    let push = |receipts| Begun {
        receipts,
        ..begun(ScanKind::Push)
    };
    let day = SignedDuration::from_hours(24);
    let (soon, late) = (at("2026-11-21T00:00:30Z"), at("2026-11-21T00:03:00Z"));
    for (task, now, patience, expected) in [
        (push(vec![]), late, day, TaskState::Pending),
        (push(vec![pushed("3", None)]), soon, day, TaskState::Running),
        (push(vec![pushed("3", None)]), late, day, TaskState::Accepted),
        (
            push(vec![pushed("3", None)]),
            soon,
            SignedDuration::from_secs(20),
            TaskState::Accepted,
        ),
        (push(vec![pushed("0", Some("1"))]), soon, day, TaskState::Failed),
        (push(vec![pushed("2", Some("1"))]), late, day, TaskState::Accepted),
    ] {
        assert_eq!(task.pushed(now, patience).state, expected, "{task:?}");
    }
}

pub(super) fn plan_of(spec: serde_json::Value) -> Plan {
    let job = job(spec);
    match super::super::plan::plan(&job, &prospect(&job, vec![server(1)]), None) {
        sas_engine::Planned::Change(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

pub(super) fn made<'a>(call: &'a Call, receipt: Option<&'a Receipt>) -> Made<'a> {
    let literal = call
        .parameters
        .iter()
        .filter_map(|p| Some((p.name.clone(), p.value.clone()?)));
    let mut parameters: std::collections::BTreeMap<_, _> = literal.collect();
    if call.parameters.iter().any(|p| p.value_from.is_some()) {
        parameters.insert("SelectionKey".into(), "key-1".into());
    }
    Made {
        call,
        parameters,
        receipt,
    }
}

pub(super) fn course(states: &[TaskState]) -> Course {
    let task = |state: &TaskState| ScanTask {
        kind: ScanKind::Virus,
        task_id: None,
        state: *state,
        percent: Some(40),
        done: None,
        total: None,
        message: None,
    };
    Course {
        centre: sas_api::account::DataCentre::CnShanghai,
        tasks: states.iter().map(task).collect(),
        doubts: Vec::new(),
        is_own_virus_scan: false,
        in_use: None,
        after: None,
        is_slow: false,
        servers: None,
        now: at("2026-11-21T00:00:00Z"),
    }
}

pub(super) fn found() -> Found {
    let findings: Findings = serde_json::from_value(json!({"observedTime": "2026-11-21T00:00:00Z"})).unwrap();
    Found {
        findings,
        top: Vec::new(),
    }
}

#[test]
fn a_job_is_done_when_its_tasks_are_and_their_findings_were_read() {
    let plan = plan_of(json!({"targets": {"uuids": ["u-00001"]}, "scans": {"vulnerabilities": {}}}));
    let receipt = pushed("1", None);
    let calls = [made(&plan.calls[0], Some(&receipt))];
    let settled = |course: &Course| settle(&plan, &calls, course, OnPartial::Abort);
    let wait = |text: &str| Settled::Wait(text.into());
    assert_eq!(settled(&course(&[])), wait(""));
    assert_eq!(settled(&course(&[TaskState::Running])), wait("virus 40 %"));
    let slow = Course {
        is_slow: true,
        ..course(&[TaskState::Running])
    };
    assert_eq!(settled(&slow), Settled::Slow("virus 40 %".into()));
    let unread = settled(&course(&[TaskState::Succeeded]));
    assert!(matches!(unread, Settled::Wait(_)), "{unread:?}");
    let read = Course {
        after: Some(found()),
        ..course(&[TaskState::Succeeded, TaskState::Accepted])
    };
    assert_eq!(settled(&read), Settled::Done);
    let failed = Course {
        after: Some(found()),
        ..course(&[TaskState::Succeeded, TaskState::TimedOut])
    };
    assert!(matches!(settled(&failed), Settled::Failed(_)));
    let unclear = Course {
        after: Some(found()),
        ..course(&[TaskState::Succeeded, TaskState::Unclear])
    };
    assert_eq!(settled(&unclear), Settled::Unproven);
}

#[test]
fn servers_that_the_cloud_refuses_fail_a_job_that_wants_all() {
    let plan = plan_of(json!({"targets": {"uuids": ["u-00001"]}, "scans": {"vulnerabilities": {}}}));
    let receipt = pushed("1", Some("1"));
    let calls = [made(&plan.calls[0], Some(&receipt))];
    let done = Course {
        after: Some(found()),
        ..course(&[TaskState::Accepted])
    };
    assert!(matches!(
        settle(&plan, &calls, &done, OnPartial::Abort),
        Settled::Failed(_)
    ));
    assert_eq!(settle(&plan, &calls, &done, OnPartial::Proceed), Settled::Done);
}

#[test]
fn a_lost_reply_is_found_again_or_ends_the_chain() {
    use TaskState::{Pending, Running};
    let plan = plan_of(json!({"targets": {"uuids": ["u-00001"]}, "scans": {"virus": {}}}));
    let receipt = Receipt {
        request_id: Some("r".into()),
        fields: vec![NamedValue::new("SelectionKey", "key-1")],
    };
    let settled = |open: usize, in_use: Option<&str>, state: TaskState, own: bool| {
        let calls: Vec<_> = (0..=open)
            .map(|index| made(&plan.calls[index], Some(&receipt).filter(|_| index < open)))
            .collect();
        let mut course = course(&[state]);
        course.in_use = Some(InUse {
            key: in_use.map(str::to_owned),
        });
        course.is_own_virus_scan = own;
        course.tasks[0].task_id = own.then(|| "t".to_owned());
        settle(&plan, &calls, &course, OnPartial::Abort)
    };
    assert_eq!(settled(0, None, Pending, false), Settled::Unproven);
    assert_eq!(settled(1, None, Pending, false), Settled::Unproven);
    assert_eq!(settled(2, Some("key-1"), Pending, false), Settled::Done);
    assert_eq!(settled(2, Some("foreign"), Pending, false), Settled::Unproven);
    assert_eq!(settled(3, Some("key-1"), Pending, false), Settled::Unproven);
    assert_eq!(settled(3, Some("key-1"), Running, true), Settled::Done);
    assert_eq!(settled(3, Some("foreign"), Running, true), Settled::Done);
    assert!(matches!(
        settled(3, Some("foreign"), Pending, false),
        Settled::Failed(_)
    ));
}
