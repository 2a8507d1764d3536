//! Servers that go offline between the approval of a scan and its calls. Where the plan says that it goes on
//! without them, its calls leave them out, say so, and name nobody who was not approved; otherwise it waits.

use anyhow::{Context, Result, ensure};
use sas_api::kinds::SasScanJob;
use sas_api::status::{GatePart, Phase};
use sas_api::{Reason, annotations, condition};
use sas_sim::world::ClientStatus;
use sas_sim::{FaultKind, Record, Rule};
use sas_tests::{Flow, World, approve, cloud, manifests, wait};
use serde_json::json;

use crate::crash::{Boundary, Place};
use crate::scan::{ADD, SELECT, scanned};
use crate::scan_crash::start;

const JOB: &str = "scan";
const PUSH: &str = "ModifyPushAllTask";

/// Both servers can be scanned when the plan is made.
async fn plan(flow: &Flow, scans: &[&str], partial: &str) -> Result<String> {
    let scans: serde_json::Map<_, _> = scans.iter().map(|scan| ((*scan).to_owned(), json!({}))).collect();
    let spec = json!({
        "targets": {"uuids": [cloud::web(1), cloud::web(2)]},
        "scans": scans,
        "onPartial": partial,
        "timeoutSeconds": 30,
    });
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    Ok(flow.pending::<SasScanJob>(JOB).await?.1)
}

/// What each call left out, by name and reason.
fn left_out(job: &SasScanJob) -> Result<Vec<Vec<String>>> {
    let status = job.status.as_ref().context("there is no status")?;
    let execution = status.gate().execution.as_ref().context("nothing was executed")?;
    let calls = execution.calls.iter();
    Ok(calls
        .map(|call| call.left_out.iter().map(|server| server.value.clone()).collect())
        .collect())
}

/// Approves the job and holds it up at this action, until the cloud is healed.
pub async fn held_at(flow: &Flow, action: &str, hash: &str) -> Result<()> {
    flow.cloud.fault(Rule::new(FaultKind::Throttle).on(action))?;
    flow.approve::<SasScanJob>(JOB, hash).await?;
    let hit = || flow.cloud.hits(FaultKind::Throttle) >= 1;
    wait::until_true("the job is held up", hit).await
}

/// The one call of this action that the cloud carried out.
fn the_only(flow: &Flow, action: &str) -> Result<Record> {
    let mut committed = flow.cloud.committed();
    committed.retain(|write| write.action == action);
    ensure!(committed.len() == 1, "one {action} expected: {committed:#?}");
    Ok(committed.remove(0))
}

pub async fn a_server_that_goes_offline_is_left_out(world: World) -> Result<()> {
    let flow = start(&world, "partial").await?;
    let hash = plan(&flow, &["vulnerabilities", "virus"], "Proceed").await?;
    flow.cloud.set_agent(2, ClientStatus::Offline);
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;

    assert_eq!(the_only(&flow, PUSH)?.parameters["Uuids"], cloud::web(1));
    let added = the_only(&flow, ADD)?.parameters;
    assert_eq!(added["TargetOperationList.1.Target"], cloud::web(1));
    assert!(!added.contains_key("TargetOperationList.2.Target"), "{added:?}");
    assert_eq!(scanned(&flow), [[cloud::web(1)].into()]);

    let web_2 = || vec!["web-2 (agent offline)".to_owned()];
    assert_eq!(left_out(&done)?, [web_2(), vec![], web_2(), vec![], vec![]]);
    let status = done.status.as_ref().context("there is no status")?;
    let executed = status.gate().execution.as_ref().map(|execution| &execution.hash);
    assert_eq!(executed, Some(&hash), "it is the plan that was approved");
    let summary = status.common.summary.as_deref().unwrap_or_default();
    assert!(
        summary.contains("1 server left out: web-2 (agent offline)"),
        "{summary}"
    );
    Ok(())
}

/// The agent is back when the next operator finds the intent: what it sends are the bytes of the intent.
pub async fn who_was_left_out_does_not_come_back(world: World) -> Result<()> {
    let mut flow = start(&world, "partial-back").await?;
    let hash = plan(&flow, &["vulnerabilities"], "Proceed").await?;
    flow.cloud.set_agent(2, ClientStatus::Offline);
    let place = Place {
        plural: "sasscanjobs".to_owned(),
        name: JOB.to_owned(),
        call: 0,
        writes: PUSH,
        reads: None,
    };
    let trap = place.arm(&flow, Boundary::AfterIntent)?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let lost = place.reach(&flow, Boundary::AfterIntent, trap).await?;
    flow.kill_operator().await?;
    drop(lost);
    flow.cloud.assert_no_write();
    flow.cloud.set_agent(2, ClientStatus::Online);
    flow.start_operator()?;
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    let sent = flow.cloud.only_write(PUSH);
    assert_eq!(sent.parameters["Uuids"], cloud::web(1));
    let status = done.status.as_ref().context("there is no status")?;
    let execution = status.gate().execution.as_ref().context("nothing was executed")?;
    let intent = execution.calls[0].intent.as_ref().context("the intent is gone")?;
    assert_eq!((&sent.nonce, intent.attempt), (&intent.nonce, 1));
    assert!(intent.resends >= Some(1));
    Ok(())
}

/// The first call has run when the server goes offline. What holds the job up then is a step that names no
/// server: of one that does, nobody would know whether it had run when the operator was killed.
pub async fn who_goes_offline_between_two_calls_is_left_out_of_the_second(world: World) -> Result<()> {
    let mut flow = start(&world, "partial-between").await?;
    let hash = plan(&flow, &["vulnerabilities", "virus"], "Proceed").await?;
    held_at(&flow, SELECT, &hash).await?;
    flow.kill_operator().await?;
    flow.cloud.set_agent(2, ClientStatus::Offline);
    flow.cloud.heal();
    flow.start_operator()?;
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    let both = format!("{},{}", cloud::web(1), cloud::web(2));
    assert_eq!(the_only(&flow, PUSH)?.parameters["Uuids"], both);
    let added = the_only(&flow, ADD)?.parameters;
    assert!(!added.contains_key("TargetOperationList.2.Target"), "{added:?}");
    assert_eq!(scanned(&flow), [[cloud::web(1)].into()]);
    let web_2 = vec!["web-2 (agent offline)".to_owned()];
    assert_eq!(left_out(&done)?, [vec![], vec![], web_2, vec![], vec![]]);
    Ok(())
}

/// The selection is made when the server goes offline: nothing takes it out, so the scan waits. What a call
/// that may have run has named, its repeats with the same token name too.
pub async fn who_goes_offline_when_it_is_selected_is_waited_for(world: World) -> Result<()> {
    let mut flow = start(&world, "partial-selected").await?;
    let hash = plan(&flow, &["virus"], "Proceed").await?;
    flow.cloud
        .fault(Rule::new(FaultKind::CommitThenReset).on(ADD).times(1))?;
    let mut throttle = Rule::new(FaultKind::Throttle).on(ADD);
    throttle.skip = 1;
    flow.cloud.fault(throttle)?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let hit = || flow.cloud.hits(FaultKind::CommitThenReset) >= 1;
    wait::until_true("the reply is lost", hit).await?;
    flow.kill_operator().await?;
    flow.cloud.set_agent(2, ClientStatus::Offline);
    flow.cloud.heal();
    flow.start_operator()?;
    let is_held = |job: &SasScanJob| {
        let said = wait::ready(job).map(|(_, _, message)| message);
        said.is_some_and(|said| said.contains("web-2 cannot be scanned any more"))
    };
    wait::object(&flow.api::<SasScanJob>(), JOB, "held up", is_held).await?;
    assert_eq!(scanned(&flow).len(), 0);
    let attempts = flow.cloud.requests_of(ADD);
    for attempt in &attempts {
        assert_eq!(attempt.parameters, attempts[0].parameters);
    }
    flow.cloud.set_agent(2, ClientStatus::Online);
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    the_only(&flow, ADD)?;
    assert_eq!(scanned(&flow), [[cloud::web(1), cloud::web(2)].into()]);
    assert_eq!(left_out(&done)?.concat().len(), 0);
    Ok(())
}

/// A job that wants all of its servers waits for them, under the approval that it has.
pub async fn a_job_that_wants_all_waits_for_who_is_offline(world: World) -> Result<()> {
    let flow = start(&world, "partial-abort").await?;
    let hash = plan(&flow, &["vulnerabilities"], "Abort").await?;
    flow.cloud.set_agent(2, ClientStatus::Offline);
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let waiting = flow.phase::<SasScanJob>(JOB, Phase::Blocked).await?;
    let (_, reason, message) = wait::ready(&waiting).context("Ready is missing")?;
    assert_eq!(reason, Reason::AgentOffline.as_str());
    assert!(message.contains("web-2"), "{message}");
    flow.cloud.assert_no_write();
    flow.cloud.set_agent(2, ClientStatus::Online);
    // Any change lets the operator look at once.
    let nudge = [(annotations::RETRY, json!("now"))];
    approve::annotate(&flow.as_developer::<SasScanJob>(), JOB, &nudge).await?;
    flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    let both = format!("{},{}", cloud::web(1), cloud::web(2));
    assert_eq!(flow.cloud.only_write(PUSH).parameters["Uuids"], both);
    Ok(())
}

/// Nobody of the plan can be scanned when it is approved. The approval is shown as what it is and counts later.
pub async fn an_approval_while_nobody_can_be_scanned_counts_later(world: World) -> Result<()> {
    let flow = start(&world, "partial-none").await?;
    let hash = plan(&flow, &["vulnerabilities"], "Proceed").await?;
    for number in [1, 2] {
        flow.cloud.set_agent(number, ClientStatus::Offline);
    }
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let is_held_up = |job: &SasScanJob| {
        let approved = wait::condition(job, condition::APPROVED);
        wait::in_phase(job, Phase::Blocked) && approved.is_some_and(|(status, ..)| status == "True")
    };
    let waiting = wait::object(&flow.api::<SasScanJob>(), JOB, "held up and approved", is_held_up).await?;
    let (_, reason, message) = wait::ready(&waiting).context("Ready is missing")?;
    assert_eq!(reason, Reason::AgentOffline.as_str());
    ensure!(
        message.contains("2 of the 2 servers of the plan") && !message.contains("Proceed"),
        "{message}"
    );
    flow.cloud.assert_no_write();
    flow.cloud.set_agent(1, ClientStatus::Online);
    let nudge = [(annotations::RETRY, json!("now"))];
    approve::annotate(&flow.as_developer::<SasScanJob>(), JOB, &nudge).await?;
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    assert_eq!(flow.cloud.only_write(PUSH).parameters["Uuids"], cloud::web(1));
    let execution = done
        .status
        .as_ref()
        .and_then(|status| status.gate().execution.as_ref());
    assert_eq!(execution.map(|execution| &execution.hash), Some(&hash));
    Ok(())
}

/// A job waits for a server between the steps of its scan for viruses; others do not wait with it.
pub async fn who_waits_for_a_server_is_not_in_the_way_for_ever(world: World) -> Result<()> {
    const ORDER: &str = "CreateVirusScanOnceTask";
    let flow = start(&world, "partial-turn").await?;
    let virus = |uuids: &[String]| json!({"targets": {"uuids": uuids}, "scans": {"virus": {}}, "onPartial": "Proceed"});
    let both = virus(&[cloud::web(1), cloud::web(2)]);
    flow.create(&manifests::scan_job(JOB, &both)?).await?;
    flow.create(&manifests::scan_job("next", &virus(&[cloud::web(1)]))?)
        .await?;
    let hash = flow.pending::<SasScanJob>(JOB).await?.1;
    held_at(&flow, ORDER, &hash).await?;
    flow.cloud.set_agent(2, ClientStatus::Offline);
    let waits = |job: &SasScanJob| {
        let said = wait::ready(job).map(|(_, _, message)| message);
        said.is_some_and(|said| said.contains("web-2 cannot be scanned any more"))
    };
    wait::object(&flow.api::<SasScanJob>(), JOB, "held up", waits).await?;
    flow.cloud.heal();
    flow.approve_pending::<SasScanJob>("next").await?;
    wait::reason(&flow.api::<SasScanJob>(), "next", Reason::ScanSlotBusy).await?;
    assert_eq!(scanned(&flow).len(), 0);

    flow.cloud.step_clock(17.0 * 60.0)?;
    wait::until_true("the next scan", || !scanned(&flow).is_empty()).await?;
    flow.phase::<SasScanJob>("next", Phase::Succeeded).await?;
    assert_eq!(
        scanned(&flow),
        [[cloud::web(1)].into()],
        "whom the next job names"
    );
    Ok(())
}
