//! Alerts handled once although the cloud misbehaves or changes: what failed is told, what comes after it
//! waits where the spec says so, and what nobody can prove is never repeated.

use anyhow::{Context, Result, ensure};
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::AlertOutcome;
use sas_api::status::Phase;
use sas_sim::{FaultKind, Rule, Stage};
use sas_tests::alerts::{HANDLE, LOGONS, logon, miner, web_shell};
use sas_tests::{Flow, World, alerts, manifests, wait};
use serde_json::json;

use crate::alerts::{NAME, approve_with_comment, message, retry, status};

pub async fn a_failure_stops_what_comes_after_it(world: World) -> Result<()> {
    let mut broken = logon(1);
    broken.results = [("block_ip".to_owned(), "Failure".to_owned())].into();
    let cloud = alerts::world([(1, broken), (2, web_shell(1)), (3, web_shell(2))]);
    let flow = Flow::start_in(&world, "stop", cloud).await?;
    let spec = json!({"alertIDs": ["1", "2", "3"], "operation": "Recommended", "onFailure": "Stop"});
    flow.create(&manifests::alert_action(NAME, spec)?).await?;
    flow.approve_pending::<SasAlertAction>(NAME).await?;
    let failed = flow.phase::<SasAlertAction>(NAME, Phase::Failed).await?;
    let said = message(&failed)?;
    for part in ["1 failed", "block_ip.Failure", "1 of 2 calls were not made"] {
        ensure!(said.contains(part), "{part} is missing: {said}");
    }
    assert_eq!(flow.cloud.handled(), [("block_ip".to_owned(), vec![1])]);
    let counts = status(&failed)?.counts.context("there are no counts")?;
    assert_eq!((counts.failed, counts.planned), (1, 2));

    flow.cloud.change_alert(1, |alert| alert.results.clear());
    let (_, next) = retry(&flow).await?;
    flow.approve::<SasAlertAction>(NAME, &next).await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    let handled = flow.cloud.handled();
    assert_eq!(
        handled[1..],
        [("block_ip".to_owned(), vec![1]), ("quara".to_owned(), vec![2, 3])]
    );
    Ok(())
}

pub async fn an_ended_process_has_its_file_quarantined(world: World) -> Result<()> {
    let mut ended = miner(1);
    ended
        .process
        .as_mut()
        .into_iter()
        .for_each(|process| process.running = false);
    let flow = Flow::start_in(&world, "ended", alerts::world([(1, ended)])).await?;
    let spec = json!({
        "alertIDs": ["1"],
        "operation": "kill_and_quara",
        "killAndQuarantine": {"subOperation": "killAndQuaraFileByMd5andPath"},
    });
    flow.create(&manifests::alert_action(NAME, spec)?).await?;
    flow.approve_pending::<SasAlertAction>(NAME).await?;
    let failed = flow.phase::<SasAlertAction>(NAME, Phase::Failed).await?;
    let alert = &status(&failed)?.alerts[0];
    assert_eq!(alert.outcome, AlertOutcome::Failed);
    assert_eq!(alert.code, "kill_and_quara.ProcessNotExist");
    let (again, next) = retry(&flow).await?;
    ensure!(
        status(&again)?.alerts[0].message.contains("quarantine instead"),
        "{again:?}"
    );
    flow.approve::<SasAlertAction>(NAME, &next).await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    let operations: Vec<String> = flow
        .cloud
        .handled()
        .into_iter()
        .map(|(operation, _)| operation)
        .collect();
    assert_eq!(operations, ["kill_and_quara", "virus_quara_bin"]);
    Ok(())
}

/// Somebody handles an alert after the last look and before the call.
pub async fn an_alert_that_vanishes_at_the_last_moment_ends_the_call(world: World) -> Result<()> {
    let flow = Flow::start(&world, "vanished").await?;
    flow.create(&manifests::alert_action_on(NAME, "manual_handled", &LOGONS)?)
        .await?;
    let (_, hash) = flow.pending::<SasAlertAction>(NAME).await?;
    let mut refusal = Rule::new(FaultKind::Error).on(HANDLE).times(1);
    refusal.code = Some("SecurityEventNotExists".to_owned());
    refusal.message = Some("Security event not exists.".to_owned());
    flow.cloud.fault(refusal)?;
    flow.approve::<SasAlertAction>(NAME, &hash).await?;
    let failed = flow.phase::<SasAlertAction>(NAME, Phase::Failed).await?;
    ensure!(
        message(&failed)?.contains("SecurityEventNotExists"),
        "{}",
        message(&failed)?
    );
    flow.cloud.ignore_alert(LOGONS[0]);
    let (_, next) = retry(&flow).await?;
    flow.approve::<SasAlertAction>(NAME, &next).await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    assert_eq!(
        flow.cloud.handled(),
        [("manual_handled".to_owned(), vec![LOGONS[1]])]
    );
    Ok(())
}

pub async fn a_throttled_call_is_made_once(world: World) -> Result<()> {
    let flow = Flow::start(&world, "throttled").await?;
    flow.create(&manifests::alert_action_on(NAME, "manual_handled", &LOGONS)?)
        .await?;
    let (_, hash) = flow.pending::<SasAlertAction>(NAME).await?;
    flow.cloud
        .fault(Rule::new(FaultKind::Throttle).on(HANDLE).times(2))?;
    flow.approve::<SasAlertAction>(NAME, &hash).await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    assert_eq!(flow.cloud.requests_of(HANDLE).len(), 3);
    flow.cloud.assert_handled_once(&[]);
    Ok(())
}

/// The operator dies over a call that hides evidence, and comes back when no copy of it can be accepted any
/// more. That no trace of it is to be seen proves too little.
pub async fn hidden_evidence_is_never_hidden_twice(world: World) -> Result<()> {
    let mut flow = Flow::start(&world, "hidden").await?;
    flow.create(&manifests::alert_action_on(NAME, "ignore", &LOGONS)?)
        .await?;
    let (_, hash) = flow.pending::<SasAlertAction>(NAME).await?;
    let mut hang = Rule::new(FaultKind::Hang).on(HANDLE).times(1);
    hang.stage = Some(Stage::Gateway);
    flow.cloud.fault(hang)?;
    approve_with_comment(&flow, &hash, "known noise").await?;
    wait::until_true("the call hangs", || flow.cloud.hits(FaultKind::Hang) == 1).await?;
    flow.kill_operator().await?;
    flow.cloud.step_clock(33.0 * 60.0)?;
    flow.start_operator()?;
    flow.phase::<SasAlertAction>(NAME, Phase::OutcomeUnknown).await?;
    assert_eq!(flow.cloud.requests_of(HANDLE).len(), 1, "it was sent again");
    ensure!(flow.cloud.committed().is_empty(), "{:?}", flow.cloud.committed());
    Ok(())
}

/// More alerts than a status can hold, in calls that it does not show.
pub async fn a_plan_of_more_alerts_than_a_status_holds(world: World) -> Result<()> {
    let servers = [1, 2, 3].into_iter().cycle();
    let many = (1..).zip(servers.take(110).map(logon));
    let flow = Flow::start_in(&world, "many", alerts::world(many)).await?;
    let spec = json!({"selector": {"types": ["Unusual logon"]}, "operation": "manual_handled"});
    flow.create(&manifests::alert_action(NAME, spec)?).await?;
    let (waiting, hash) = flow.pending::<SasAlertAction>(NAME).await?;
    let plan = status(&waiting)?.gate.plan.context("there is no plan")?;
    assert_eq!((plan.target_count, plan.call_count), (110, 6));
    assert_eq!(plan.plan.calls.len(), 3, "the list is not cut");
    flow.approve::<SasAlertAction>(NAME, &hash).await?;
    let done = flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    flow.cloud.assert_handled_once(&[]);
    let all: usize = flow.cloud.handled().iter().map(|(_, ids)| ids.len()).sum();
    assert_eq!(all, 110);
    let counts = status(&done)?.counts.context("there are no counts")?;
    assert_eq!((counts.total, counts.handled), (110, 110));
    Ok(())
}
