//! A scan that runs is stopped, if the cloud can stop it and somebody approves that. The request log says what
//! was stopped, and by which requests.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::SignedDuration;
use kube::ResourceExt;
use sas_api::kinds::SasScanJob;
use sas_api::kinds::scan_job::TaskState;
use sas_api::status::{GatePart, Outcome, Phase};
use sas_api::{Reason, annotations, condition};
use sas_sim::world::scans::Task;
use sas_sim::{FaultKind, Rule};
use sas_tests::{Flow, World, approve, cloud, manifests, wait};
use serde_json::{Value, json};

use crate::crash::{Boundary, Place};
use crate::scan;

pub const JOB: &str = "scan";
const ORDER: &str = "GenerateOnceTask";
pub const CANCEL: &str = "CancelOnceTask";
const STRATEGY: &str = "ExecStrategy";

/// A collection of fingerprints that takes this long, ordered and seen to run.
pub async fn running(world: &World, name: &str, seconds: i64) -> Result<Flow> {
    let flow = scan::start(world, name).await?;
    flow.cloud.change(|centre| {
        let course = &mut centre.scans.settings.fingerprint;
        (course.start_delay_seconds, course.duration_seconds) = (0, seconds);
    });
    let spec = json!({"scope": "Account", "scans": {"fingerprint": {}}, "onPartial": "Proceed"});
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    flow.approve_pending::<SasScanJob>(JOB).await?;
    wait::object(&flow.api::<SasScanJob>(), JOB, "running", |job| {
        let tasks = job.status.iter().flat_map(|status| &status.tasks);
        tasks.into_iter().any(|task| task.task_id.is_some())
    })
    .await?;
    Ok(flow)
}

async fn ask(flow: &Flow, request: impl Into<Value>) -> Result<SasScanJob> {
    approve::annotate(
        &flow.as_developer(),
        JOB,
        &[(annotations::CANCEL, request.into())],
    )
    .await
}

async fn cancelled(flow: &Flow) -> Result<SasScanJob> {
    let job = flow.phase::<SasScanJob>(JOB, Phase::Failed).await?;
    let (_, reason, message) = wait::ready(&job).context("Ready is missing")?;
    assert_eq!(reason, Reason::Cancelled.as_str(), "{message}");
    let gate = job.status.as_ref().context("there is no status")?.gate();
    let stop = gate.stopped_by.last().context("nothing says what stopped it")?;
    assert_eq!(stop.outcome, Some(Outcome::Succeeded));
    ensure!(stop.approval.is_some() && gate.running.is_none(), "{gate:?}");
    let scan = gate.execution.as_ref().context("the scan's own calls are lost")?;
    let receipt = scan.calls[0].receipt.as_ref().context("its receipt is lost")?;
    ensure!(
        receipt.request_id.is_some() && receipt.field("TaskId").is_some(),
        "{receipt:?}"
    );
    assert_eq!((scan.calls.len(), scan.epoch, stop.epoch), (1, 1, 2));
    told(flow, "True", Reason::Cancelled).await?;
    Ok(job)
}

/// The answer to whoever asked.
async fn told(flow: &Flow, status: &str, reason: Reason) -> Result<SasScanJob> {
    wait::object(&flow.api::<SasScanJob>(), JOB, "told", |job| {
        wait::condition(job, condition::CANCELLED)
            .is_some_and(|(said, why, _)| said == status && why == reason.as_str())
    })
    .await
}

async fn asked(flow: &Flow) -> Result<String> {
    ask(flow, "1").await?;
    planned(flow).await
}

/// The plan to stop that waits.
pub async fn planned(flow: &Flow) -> Result<String> {
    let waits = |job: &SasScanJob| {
        let gate = job.status.as_ref().map(GatePart::gate);
        gate.is_some_and(|gate| gate.running.is_some()) && wait::in_phase(job, Phase::PendingApproval)
    };
    let job = wait::object(&flow.api::<SasScanJob>(), JOB, "a plan to stop it", waits).await?;
    approve::hash_of(&job)
}

fn cancels(flow: &Flow) -> usize {
    flow.cloud.requests_of(CANCEL).len()
}

pub async fn a_scan_is_stopped_by_a_plan_of_its_own(world: World) -> Result<()> {
    let flow = running(&world, "scan-stop", 3_600).await?;
    let scan = approve::hash_of(&flow.get::<SasScanJob>(JOB).await?)?;
    let hash = asked(&flow).await?;
    let waiting = flow.get::<SasScanJob>(JOB).await?;
    let gate = waiting.status.as_ref().context("there is no status")?.gate();
    let task = gate.running.as_ref().context("the scan is lost")?.execution.calls[0]
        .receipt
        .clone();
    let task = task.context("its receipt is lost")?;
    let stop = gate.plan.as_ref().context("there is no plan")?;
    assert_eq!(stop.plan.calls[0].value("TaskId"), task.field("TaskId"));
    ensure!(gate.epoch == Some(2) && hash != scan, "{gate:?}");
    assert_eq!(flow.cloud.carried_out(), [ORDER]);
    told(&flow, "Unknown", Reason::AwaitingApproval).await?;
    // The approval of the scan is still on the object, and counts for nothing here.
    assert_eq!(waiting.annotations()[annotations::APPROVED_PLAN], scan);
    wait::never("a stop under the scan's approval", Duration::from_secs(3), || {
        cancels(&flow) > 0
    })
    .await?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    cancelled(&flow).await?;
    assert_eq!(flow.cloud.carried_out(), [ORDER, CANCEL]);
    Ok(())
}

pub async fn a_stop_whose_reply_is_lost_is_made_once(world: World) -> Result<()> {
    let flow = running(&world, "scan-stop-lost", 3_600).await?;
    let hash = asked(&flow).await?;
    flow.cloud.fault_once(FaultKind::CommitThenReset, CANCEL)?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    cancelled(&flow).await?;
    assert_eq!(flow.cloud.carried_out(), [ORDER, CANCEL]);
    Ok(())
}

pub async fn a_throttled_stop_is_made_once(world: World) -> Result<()> {
    let flow = running(&world, "scan-stop-slow", 3_600).await?;
    let hash = asked(&flow).await?;
    let mut throttled = Rule::new(FaultKind::Throttle).on(CANCEL).times(2);
    throttled.retry_after_milliseconds = Some(1_000);
    flow.cloud.fault(throttled)?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    cancelled(&flow).await?;
    assert_eq!(
        (flow.cloud.carried_out(), cancels(&flow)),
        (vec![ORDER.to_owned(), CANCEL.to_owned()], 3)
    );
    Ok(())
}

pub async fn a_missing_right_to_stop_is_named(world: World) -> Result<()> {
    let flow = running(&world, "scan-stop-ram", 3_600).await?;
    let hash = asked(&flow).await?;
    let missing = format!("yundun-sas:{CANCEL}");
    flow.cloud.change_key(|key| key.deny = vec![missing.clone()]);
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let blocked = wait::reason::<SasScanJob>(&flow.api(), JOB, Reason::PermissionDenied).await?;
    let (_, _, message) = wait::ready(&blocked).context("Ready is missing")?;
    ensure!(message.contains(&missing), "{message}");
    assert_eq!(flow.cloud.carried_out(), [ORDER]);
    // What runs is followed meanwhile, and may end.
    flow.cloud.step_clock(3_700.0)?;
    flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    told(&flow, "False", Reason::NothingToStop).await?;
    assert_eq!(flow.cloud.carried_out(), [ORDER]);
    Ok(())
}

pub async fn a_scan_that_ends_by_itself_needs_no_stop(world: World) -> Result<()> {
    let flow = running(&world, "scan-stop-late", 3_600).await?;
    let hash = asked(&flow).await?;
    flow.cloud.step_clock(3_700.0)?;
    flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    let approval = [(annotations::APPROVED_PLAN, json!(hash))];
    let words = "must be the full hash of the published plan";
    approve::refused(&flow.as_approver::<SasScanJob>(), JOB, &approval, words).await?;
    told(&flow, "False", Reason::NothingToStop).await?;
    assert_eq!(
        (flow.cloud.carried_out(), cancels(&flow)),
        (vec![ORDER.to_owned()], 0)
    );
    Ok(())
}

pub async fn a_stop_that_nobody_wants_any_more_is_none(world: World) -> Result<()> {
    let flow = running(&world, "scan-stop-not", 3_600).await?;
    let first = asked(&flow).await?;
    ask(&flow, Value::Null).await?;
    let is_dropped = |job: &SasScanJob| {
        let gate = job.status.as_ref().map(GatePart::gate);
        gate.is_some_and(|gate| gate.plan.is_none()) && wait::in_phase(job, Phase::Verifying)
    };
    wait::object(&flow.api::<SasScanJob>(), JOB, "withdrawn", is_dropped).await?;
    let approval = [(annotations::APPROVED_PLAN, json!(first))];
    approve::refused(
        &flow.as_approver::<SasScanJob>(),
        JOB,
        &approval,
        "there is no plan to approve yet",
    )
    .await?;
    // Asked once more, it is another plan; that one is rejected.
    let second = asked(&flow).await?;
    ensure!(first != second, "the plan of the first request lives on");
    // As every decision it replaces the one before, which was about the scan.
    let rejection = [
        (annotations::REJECTED_PLAN, json!(second)),
        (annotations::APPROVED_PLAN, Value::Null),
    ];
    approve::annotate(&flow.as_approver::<SasScanJob>(), JOB, &rejection).await?;
    told(&flow, "False", Reason::Rejected).await?;
    wait::object(&flow.api::<SasScanJob>(), JOB, "rejected", is_dropped).await?;
    flow.cloud.step_clock(3_700.0)?;
    flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    assert_eq!(
        (flow.cloud.carried_out(), cancels(&flow)),
        (vec![ORDER.to_owned()], 0)
    );
    Ok(())
}

pub async fn where_nothing_runs_nothing_is_stopped(world: World) -> Result<()> {
    let flow = scan::start(&world, "scan-stop-none").await?;
    let spec = json!({"scope": "Account", "scans": {"fingerprint": {}}, "onPartial": "Proceed"});
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    let (_, hash) = flow.pending::<SasScanJob>(JOB).await?;
    ask(&flow, "1").await?;
    let waiting = told(&flow, "False", Reason::NothingToStop).await?;
    assert_eq!(
        approve::hash_of(&waiting)?,
        hash,
        "the plan of the scan was replaced"
    );
    flow.cloud.assert_no_write();
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    // It has ended: the answer is the same, and it stays ended.
    ask(&flow, "2").await?;
    let answered = |job: &SasScanJob| {
        let gate = job.status.as_ref().map(GatePart::gate);
        gate.is_some_and(|gate| gate.handled_cancel.as_deref() == Some("2"))
    };
    let done = wait::object(&flow.api::<SasScanJob>(), JOB, "answered", answered).await?;
    let (_, reason, message) = wait::condition(&done, condition::CANCELLED).context("no answer")?;
    ensure!(
        reason == Reason::NothingToStop.as_str() && message.contains("ended already"),
        "{message}"
    );
    ensure!(wait::in_phase(&done, Phase::Succeeded), "{done:?}");
    assert_eq!(
        (flow.cloud.carried_out(), cancels(&flow)),
        (vec![ORDER.to_owned()], 0)
    );
    Ok(())
}

/// A strategy is stopped whoever runs it, so the plan says that; what the cloud cannot stop is named.
pub async fn a_baseline_is_stopped_by_its_strategy(world: World) -> Result<()> {
    let flow = scan::start(&world, "scan-stop-base").await?;
    flow.cloud.change(|centre| {
        let settings = &mut centre.scans.settings;
        for course in [&mut settings.baseline, &mut settings.virus] {
            (course.start_delay_seconds, course.duration_seconds) = (0, 3_600);
        }
    });
    let spec = json!({"scope": "Account", "scans": {"baseline": {}}, "onPartial": "Proceed"});
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    flow.approve_pending::<SasScanJob>(JOB).await?;
    wait::object(&flow.api::<SasScanJob>(), JOB, "running", |job| {
        let tasks = job.status.iter().flat_map(|status| &status.tasks);
        tasks.into_iter().any(|task| task.state == TaskState::Running)
    })
    .await?;
    let hash = asked(&flow).await?;
    let waiting = flow.get::<SasScanJob>(JOB).await?;
    let gate = waiting.status.as_ref().context("there is no status")?.gate();
    let stop = &gate.plan.as_ref().context("there is no plan")?.plan;
    assert_eq!(stop.calls[0].value("ExecAction"), Some("terminate"));
    ensure!(
        stop.warnings
            .iter()
            .any(|warning| warning.contains("whoever began it")),
        "{stop:?}"
    );
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let stopped = flow.phase::<SasScanJob>(JOB, Phase::Failed).await?;
    let task = &stopped.status.as_ref().context("there is no status")?.tasks[0];
    let known = task.message.as_deref().unwrap_or_default();
    ensure!(known.contains("does not say whether"), "{task:?}");
    told(&flow, "True", Reason::Cancelled).await?;
    assert_eq!(flow.cloud.carried_out(), [STRATEGY, STRATEGY]);
    let orders = flow.cloud.requests_of(STRATEGY);
    assert_eq!(orders[1].parameters["ExecAction"], "terminate");
    assert_eq!(
        orders[0].parameters["StrategyId"],
        orders[1].parameters["StrategyId"]
    );
    Ok(())
}

/// The operator dies at every boundary of the call that stops.
pub async fn crash(world: World, boundary: Boundary) -> Result<()> {
    let mut flow = running(&world, "scan-stop-crash", 3_600).await?;
    let hash = asked(&flow).await?;
    let place = Place {
        plural: "sasscanjobs".to_owned(),
        name: JOB.to_owned(),
        call: 0,
        writes: CANCEL,
        reads: Some("DescribeOnceTask"),
    };
    let trap = place.arm(&flow, boundary)?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let lost = place.reach(&flow, boundary, trap).await?;
    flow.kill_operator().await?;
    drop(lost);
    if let Some(committed) = boundary.committed() {
        assert_eq!(
            flow.cloud.carried_out().len(),
            1 + usize::from(committed),
            "before the second operator"
        );
    }
    flow.cloud.heal();
    flow.start_operator()?;
    cancelled(&flow).await?;
    assert_eq!(flow.cloud.carried_out(), [ORDER, CANCEL]);
    let attempts = flow.cloud.requests_of(CANCEL);
    ensure!(
        attempts.iter().all(|attempt| attempt.nonce == attempts[0].nonce),
        "other bytes were sent than those of the intent"
    );
    Ok(())
}

pub async fn what_cannot_be_stopped_is_told(world: World) -> Result<()> {
    let flow = scan::start(&world, "scan-stop-push").await?;
    let spec = json!({"targets": {"uuids": [cloud::web(1)]}, "scans": {"vulnerabilities": {}}});
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    flow.approve_pending::<SasScanJob>(JOB).await?;
    flow.phase::<SasScanJob>(JOB, Phase::Verifying).await?;
    assert_eq!(flow.cloud.carried_out().len(), 1);
    ask(&flow, "1").await?;
    told(&flow, "False", Reason::NotStoppable).await?;
    wait::until_true("an event that says so", || {
        let events = flow.proxy.traffic().events(0, "SasScanJob", JOB);
        events
            .iter()
            .any(|event| event.body["reason"] == Reason::NotStoppable.as_str())
    })
    .await?;
    assert_eq!((flow.cloud.carried_out().len(), cancels(&flow)), (1, 0));
    Ok(())
}

const SCAN: &str = "ModifyStartVulScan";

/// A scan for vulnerabilities of the account, ordered. It takes long, and is listed after this time.
async fn ordered(world: &World, name: &str, list_lag_seconds: i64) -> Result<Flow> {
    let flow = scan::start(world, name).await?;
    flow.cloud.change(|centre| {
        let course = &mut centre.scans.settings.vulnerability;
        (course.start_delay_seconds, course.duration_seconds) = (0, 36_000);
        course.list_lag_seconds = list_lag_seconds;
    });
    let spec = json!({"scope": "Account", "scans": {"vulnerabilities": {}}, "onPartial": "Proceed"});
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    flow.approve_pending::<SasScanJob>(JOB).await?;
    flow.phase::<SasScanJob>(JOB, Phase::Verifying).await?;
    Ok(flow)
}

/// Until all that began with it is listed, nobody knows which task is the job's.
pub async fn a_scan_is_stopped_when_its_task_is_known(world: World) -> Result<()> {
    let flow = ordered(&world, "scan-stop-own", 0).await?;
    ask(&flow, "1").await?;
    let early = told(&flow, "Unknown", Reason::LookingUp).await?;
    let (_, _, message) = wait::condition(&early, condition::CANCELLED).context("no answer")?;
    ensure!(message.contains("two minutes"), "{message}");
    flow.cloud.step_clock(200.0)?;
    let hash = planned(&flow).await?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let job = flow.phase::<SasScanJob>(JOB, Phase::Failed).await?;
    told(&flow, "True", Reason::Cancelled).await?;
    assert_eq!(flow.cloud.carried_out(), [SCAN, CANCEL]);
    let own = flow
        .cloud
        .change(|centre| centre.scans.tasks.keys().next().cloned());
    assert_eq!(
        flow.cloud.requests_of(CANCEL)[0].parameters.get("TaskId"),
        own.as_ref()
    );
    ensure!(wait::ready(&job).is_some_and(|(_, reason, _)| reason == Reason::Cancelled.as_str()));
    Ok(())
}

/// The only task that is listed since the order is somebody else's: the job's own is listed late.
pub async fn what_somebody_else_ordered_is_not_stopped(world: World) -> Result<()> {
    let flow = ordered(&world, "scan-stop-foreign", 72_000).await?;
    flow.cloud.change(|centre| {
        let own = centre.scans.tasks.values().next().cloned().unwrap_or_default();
        let mut foreign = Task {
            created_at: own.created_at + SignedDuration::from_secs(300),
            ..own
        };
        foreign.course.list_lag_seconds = 0;
        centre.scans.tasks.insert("foreign".to_owned(), foreign);
    });
    flow.cloud.step_clock(600.0)?;
    wait::object(
        &flow.api::<SasScanJob>(),
        JOB,
        "following the foreign task",
        |job| {
            let tasks = job.status.iter().flat_map(|status| &status.tasks);
            tasks
                .into_iter()
                .any(|task| task.task_id.as_deref() == Some("foreign"))
        },
    )
    .await?;
    ask(&flow, "1").await?;
    let answer = told(&flow, "False", Reason::NotStoppable).await?;
    let (_, _, message) = wait::condition(&answer, condition::CANCELLED).context("no answer")?;
    ensure!(message.contains("somebody else may have ordered it"), "{message}");
    assert_eq!(
        (flow.cloud.carried_out(), cancels(&flow)),
        (vec![SCAN.to_owned()], 0)
    );
    Ok(())
}
