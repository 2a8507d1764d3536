//! What the cloud can stop of a job, and when that has happened.

use sas_api::kinds::scan_job::{ScanKind, ScanTask, TaskState};
use sas_api::plan::{Plan, Repeat, Risk};
use sas_api::status::Receipt;
use sas_api::{Reason, account::DataCentre};
use sas_client::action::Action;
use sas_client::actions::{CancelOnceTask, ExecStrategy};
use sas_engine::hash::{Identity, seal};
use sas_engine::{Blocked, Planned, Settled};
use serde_json::json;

use super::super::attribution::Doubt;
use super::super::look::Course;
use super::super::stop::{plan, say_what_is_not_known, settle};
use super::planning::choice;
use super::settling::{course, made, plan_of};
use super::{job, prospect, server};

fn task(kind: ScanKind, state: TaskState, id: Option<&str>) -> ScanTask {
    let one = course(&[state]).tasks.remove(0);
    ScanTask {
        kind,
        task_id: id.map(str::to_owned),
        ..one
    }
}

fn of(tasks: Vec<ScanTask>) -> Course {
    Course { tasks, ..course(&[]) }
}

/// The plan of a job of a whole account, for everything.
fn begun() -> Plan {
    let job = job(json!({"scope": "Account", "onPartial": "Proceed",
        "scans": {"vulnerabilities": {}, "baseline": {}, "fingerprint": {}, "virus": {}}}));
    let mut prospect = prospect(&job, vec![server(1)]);
    prospect.strategies = vec![choice(7, true, false)];
    match super::super::plan::plan(&job, &prospect, None) {
        Planned::Change(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

fn stop_of(tasks: Vec<ScanTask>) -> Plan {
    match plan(&begun(), &of(tasks)) {
        Planned::Change(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

fn names(plan: &Plan) -> Vec<(&str, Repeat)> {
    let calls = plan.calls.iter();
    calls.map(|call| (call.action.as_str(), call.repeat)).collect()
}

#[test]
fn what_runs_is_stopped_and_what_goes_on_is_named() {
    use ScanKind::{Baseline, Fingerprint, Virus, Vulnerabilities};
    use TaskState::{Running, Succeeded};
    let stop = stop_of(vec![
        task(Vulnerabilities, Running, Some("t-1")),
        task(Baseline, Running, None),
        task(Fingerprint, Succeeded, Some("t-2")),
        task(Virus, Running, Some("t-3")),
    ]);
    let expected = [
        (CancelOnceTask::NAME, Repeat::Harmless),
        (ExecStrategy::NAME, Repeat::Never),
    ];
    assert_eq!(names(&stop), expected);
    assert_eq!(stop.calls[0].value("TaskId"), Some("t-1"));
    assert_eq!(stop.calls[1].value("StrategyId"), Some("7"));
    assert_eq!(stop.calls[1].value("ExecAction"), Some("terminate"));
    assert_eq!(stop.summary, "stop the scan (vulnerabilities, baseline)");
    assert_eq!(stop.risk, Risk::R1);
    let warned = |words: &str| stop.warnings.iter().any(|warning| warning.contains(words));
    assert!(
        warned("virus goes on") && warned("whoever began it"),
        "{:?}",
        stop.warnings
    );
}

#[test]
fn what_is_not_certainly_the_jobs_own_is_left_alone() {
    use ScanKind::{Baseline, Fingerprint, Push, Virus, Vulnerabilities};
    use TaskState::{Accepted, Failed, Pending, Running, Succeeded};
    let refused = |tasks: Vec<ScanTask>| match plan(&begun(), &of(tasks)) {
        Planned::Impossible(Blocked { reason, message }) => {
            assert_eq!(reason, Reason::NotStoppable);
            message
        }
        other => panic!("{other:?}"),
    };
    for (kind, words) in [
        (Vulnerabilities, "several tasks may be this one"),
        (Fingerprint, "several tasks may be this one"),
        (Push, "checks of single servers"),
        (Virus, "a scan for viruses"),
    ] {
        let message = refused(vec![task(kind, Running, None)]);
        assert!(message.contains(words), "{message}");
    }
    // Two tasks of the account fit: the baseline of the job can be stopped all the same.
    let stop = stop_of(vec![
        task(Vulnerabilities, Running, None),
        task(Baseline, Running, None),
    ]);
    assert_eq!(names(&stop).len(), 1);
    for pending in [Vulnerabilities, Fingerprint, Baseline] {
        let later = plan(&begun(), &of(vec![task(pending, Pending, None)]));
        assert!(
            matches!(&later, Planned::Blocked(why) if why.reason == Reason::LookingUp),
            "{later:?}"
        );
    }
    for over in [Accepted, Succeeded, Failed] {
        assert_eq!(
            plan(&begun(), &of(vec![task(Push, over, None)])),
            Planned::Nothing
        );
    }
}

#[test]
fn what_somebody_else_may_have_ordered_is_left_alone() {
    let vulnerabilities = ScanKind::Vulnerabilities;
    let doubted = |doubt| Course {
        doubts: vec![(vulnerabilities, doubt)],
        ..of(vec![task(vulnerabilities, TaskState::Running, Some("t-1"))])
    };
    let early = plan(&begun(), &doubted(Doubt::Early));
    assert!(
        matches!(&early, Planned::Blocked(why) if why.reason == Reason::LookingUp && why.message.contains("two minutes")),
        "{early:?}"
    );
    let lasting = plan(&begun(), &doubted(Doubt::Lasting("another job")));
    assert!(
        matches!(&lasting, Planned::Impossible(why) if why.reason == Reason::NotStoppable
            && why.message.contains("another job")),
        "{lasting:?}"
    );
}

#[test]
fn of_a_stopped_strategy_nobody_knows_how_it_ended() {
    let at = "2026-11-21T00:00:00Z";
    let execution = |action: &str| {
        json!({"hash": format!("sha256:{}", "0".repeat(64)), "epoch": 1, "observedGeneration": 1, "startedTime": at,
            "calls": [{"callIndex": 0, "action": action, "intent": {"attempt": 1, "nonce": "n", "timestamp": at,
                "keyFingerprint": "k", "startedTime": at}}]})
    };
    let plan = json!({"hash": format!("sha256:{}", "0".repeat(64)), "epoch": 1, "observedGeneration": 1,
        "computedTime": at, "expiresTime": at, "accountID": "1", "site": "cn", "targetCount": 0, "callCount": 1,
        "summary": "", "risk": "R1", "calls": []});
    let said = |status: serde_json::Value, state| {
        let mut job = job(json!({"scope": "Account", "scans": {"baseline": {}}}));
        job.status = serde_json::from_value(status).unwrap();
        let mut tasks = vec![
            task(ScanKind::Baseline, state, None),
            task(ScanKind::Virus, state, None),
        ];
        say_what_is_not_known(&job, &mut tasks);
        assert_eq!(tasks[1].message, None);
        tasks[0].message.clone()
    };
    let running = json!({"plan": plan, "execution": execution(ExecStrategy::NAME)});
    let stopped = |action: &str| json!({"running": running, "execution": execution(action)});
    let words = said(stopped(ExecStrategy::NAME), TaskState::Succeeded).unwrap();
    assert!(words.contains("does not say whether"), "{words}");
    assert_eq!(said(stopped(ExecStrategy::NAME), TaskState::Running), None);
    assert_eq!(said(stopped(CancelOnceTask::NAME), TaskState::Succeeded), None);
    assert_eq!(
        said(
            json!({"execution": execution(ExecStrategy::NAME)}),
            TaskState::Succeeded
        ),
        None
    );
}

#[test]
fn a_job_of_single_servers_stops_no_strategy() {
    let targeted = plan_of(json!({"targets": {"uuids": [server(1).uuid]}, "scans": {"baseline": {}}}));
    for kind in [ScanKind::Baseline, ScanKind::Push, ScanKind::Virus] {
        let stop = plan(&targeted, &of(vec![task(kind, TaskState::Running, None)]));
        assert!(matches!(stop, Planned::Impossible(_)), "{kind:?}: {stop:?}");
    }
}

#[test]
fn a_stop_is_done_when_all_that_it_stops_has_ended() {
    use ScanKind::{Baseline, Vulnerabilities};
    use TaskState::{Failed, Running, Succeeded};
    let running = |state: [TaskState; 2]| {
        of(vec![
            task(Vulnerabilities, state[0], Some("t-1")),
            task(Baseline, state[1], None),
        ])
    };
    let stop = plan(&begun(), &running([Running, Running]));
    let Planned::Change(stop) = stop else {
        panic!("{stop:?}");
    };
    let receipt = Receipt::default();
    let both = [
        made(&stop.calls[0], Some(&receipt)),
        made(&stop.calls[1], Some(&receipt)),
    ];
    let goes_on = |settled: Settled| matches!(settled, Settled::Wait(_));
    assert_eq!(
        settle(&stop, &[], &running([Running, Running])),
        Settled::NotStarted
    );
    assert!(goes_on(settle(&stop, &both[..1], &running([Failed, Running]))));
    assert!(goes_on(settle(&stop, &both, &running([Failed, Running]))));
    assert_eq!(settle(&stop, &both, &running([Failed, Succeeded])), Settled::Done);
    let another = of(vec![task(Vulnerabilities, Failed, Some("t-9"))]);
    assert!(
        goes_on(settle(&stop, &both, &another)),
        "somebody else's task ended"
    );
    // Without a reply only the end of what it stops proves the call.
    let open = [made(&stop.calls[0], None)];
    assert_eq!(
        settle(&stop, &open, &running([Running, Running])),
        Settled::Unproven
    );
    assert_eq!(settle(&stop, &open, &running([Failed, Running])), Settled::Done);
}

#[test]
fn what_was_done_before_its_stop_was_not_stopped() {
    let tasks = |state| vec![task(ScanKind::Vulnerabilities, state, Some("t-1"))];
    let stop = stop_of(tasks(TaskState::Running));
    let receipt = Receipt::default();
    let calls = [made(&stop.calls[0], Some(&receipt))];
    let settled = settle(&stop, &calls, &of(tasks(TaskState::Succeeded)));
    assert!(
        matches!(&settled, Settled::Failed(why) if why.contains("by itself")),
        "{settled:?}"
    );
    assert_eq!(
        settle(&stop, &calls, &of(tasks(TaskState::Failed))),
        Settled::Done
    );
}

#[test]
fn the_hash_of_a_stop_is_of_its_task_and_no_scans() {
    let identity = Identity {
        kind: "SasScanJob".into(),
        namespace: "team".into(),
        name: "scan".into(),
        uid: "uid-1".into(),
        account: "1".into(),
        site: "cn".into(),
    };
    let hash = |plan: Plan, epoch| seal(plan, &identity, epoch).unwrap().hash;
    let stop = |id: &str| {
        stop_of(vec![task(
            ScanKind::Vulnerabilities,
            TaskState::Running,
            Some(id),
        )])
    };
    assert_eq!(hash(stop("t-1"), 2), hash(stop("t-1"), 2));
    assert_ne!(hash(stop("t-1"), 2), hash(stop("t-2"), 2), "the task");
    assert_ne!(hash(stop("t-1"), 2), hash(stop("t-1"), 3), "the epoch");
    assert_ne!(hash(stop("t-1"), 2), hash(begun(), 2), "the scan");
    let elsewhere = Course {
        centre: DataCentre::ApSoutheast1,
        ..of(vec![task(
            ScanKind::Vulnerabilities,
            TaskState::Running,
            Some("t-1"),
        )])
    };
    let Planned::Change(elsewhere) = plan(&begun(), &elsewhere) else {
        panic!("no plan");
    };
    assert_ne!(hash(stop("t-1"), 2), hash(*elsewhere, 2), "the data centre");
}
