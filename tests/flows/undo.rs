//! What was done about alerts is taken back: written by the plugin, planned from what the cloud says now, behind
//! an approval of its own, and only where the cloud can.

use anyhow::{Context, Result, ensure};
use kube::ResourceExt;
use kube::api::{DeleteParams, ListParams};
use sas_api::kinds::alert_action::AlertOutcome;
use sas_api::kinds::{SasAlertAction, SasAlertPolicy};
use sas_api::status::Phase;
use sas_api::{Reason, Risk, annotations};
use sas_sim::world::{ClientStatus, EventStatus, Step};
use sas_sim::{FaultKind, Record, Rule};
use sas_tests::alerts::{CANCEL_IGNORE, LOGONS, ROLLBACK, alerts_of, miner, web_shell};
use sas_tests::approve::annotate;
use sas_tests::plugin::{Ran, run};
use sas_tests::world::Identity::{Approver, Developer};
use sas_tests::{Flow, World, alerts, cloud, manifests, wait};
use serde_json::json;

use crate::alert_policy;
use crate::alerts as alerts_flows;
use crate::alerts::{NAME, approve_with_comment, message, status};

/// Runs `kubectl sas undo` as the one who writes specs.
async fn undo(flow: &Flow, more: &[&str]) -> Result<Ran> {
    let arguments: Vec<&str> = ["undo"].into_iter().chain(more.iter().copied()).collect();
    run(flow, Developer, &arguments).await
}

/// Undoes a job, and gives the name of what was written.
async fn undone(flow: &Flow) -> Result<String> {
    let said = undo(flow, &[NAME]).await?.well()?;
    let name = said.split(['/', ' ']).nth(1).context("no name")?.to_owned();
    ensure!(name.starts_with("contain-undo-"), "{said}");
    let next = format!("kubectl sas plan sasalertaction/{name} -n {}", flow.namespace);
    ensure!(said.contains(&next), "{said}");
    Ok(name)
}

/// Approves a plan, with a comment.
async fn approve(flow: &Flow, name: &str) -> Result<()> {
    let (_, hash) = flow.pending::<SasAlertAction>(name).await?;
    let target = format!("sasalertaction/{name}");
    // A comment counts for one decision only.
    let why = format!("it was ours: {hash}");
    let arguments = ["approve", &target, "--yes", &hash, "--comment", &why];
    run(flow, Approver, &arguments).await?.well()?;
    Ok(())
}

/// Handles alerts by one operation, to the end.
async fn handled(flow: &Flow, operation: &str, ids: &[i64]) -> Result<()> {
    flow.create(&manifests::alert_action_on(NAME, operation, ids)?)
        .await?;
    let (_, hash) = flow.pending::<SasAlertAction>(NAME).await?;
    approve_with_comment(flow, &hash, "known noise").await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    Ok(())
}

fn committed(flow: &Flow, action: &str) -> Vec<Record> {
    let calls = flow.cloud.committed().into_iter();
    calls.filter(|call| call.action == action).collect()
}

pub async fn what_was_ignored_waits_again(world: World) -> Result<()> {
    let flow = Flow::start(&world, "unignore").await?;
    handled(&flow, "ignore", &LOGONS).await?;
    let manifest = undo(&flow, &[NAME, "--dry-run"]).await?.well()?;
    for part in [
        "generateName: contain-undo-",
        "operation: Undo",
        "operation: ignore",
    ] {
        ensure!(manifest.contains(part), "{part} is missing: {manifest}");
    }
    let name = undone(&flow).await?;
    // It needs nothing of the first one.
    let first = flow.as_developer::<SasAlertAction>();
    first.delete(NAME, &DeleteParams::default()).await?;
    let (waiting, _) = flow.pending::<SasAlertAction>(&name).await?;
    let plan = status(&waiting)?.gate.plan.context("there is no plan")?;
    assert_eq!(
        (plan.plan.risk, plan.target_count, plan.call_count),
        (Risk::R2, 2, 1)
    );
    ensure!(
        plan.plan.summary.contains("CancelIgnore 2"),
        "{}",
        plan.plan.summary
    );
    ensure!(
        committed(&flow, CANCEL_IGNORE).is_empty(),
        "nobody has approved it"
    );

    approve(&flow, &name).await?;
    let done = flow.phase::<SasAlertAction>(&name, Phase::Succeeded).await?;
    let calls = committed(&flow, CANCEL_IGNORE);
    assert_eq!(calls.iter().map(alerts_of).collect::<Vec<_>>(), [LOGONS.to_vec()]);
    let counts = status(&done)?.counts.context("there are no counts")?;
    assert_eq!((counts.total, counts.handled), (2, 2));
    Ok(())
}

/// Whoever takes something back has decided about it: no policy proposes the same again at once.
pub async fn what_was_taken_back_is_not_proposed_again(world: World) -> Result<()> {
    let flow = Flow::start(&world, "undo-policy").await?;
    handled(&flow, "ignore", &LOGONS).await?;
    let undo = undone(&flow).await?;
    approve(&flow, &undo).await?;
    flow.phase::<SasAlertAction>(&undo, Phase::Succeeded).await?;
    // The alerts wait again, and only the second object tells of a decision.
    let actions = flow.as_developer::<SasAlertAction>();
    actions.delete(NAME, &DeleteParams::default()).await?;
    let selector = json!({"selector": {"levels": ["serious", "suspicious", "remind"]}});
    flow.create(&alert_policy::policy(&selector)?).await?;
    let told = wait::object(
        &flow.api::<SasAlertPolicy>(),
        alert_policy::NAME,
        "told of its look",
        |policy| {
            policy
                .status
                .as_ref()
                .is_some_and(|status| status.counts.is_some())
        },
    )
    .await?;
    let counts = told
        .status
        .and_then(|status| status.counts)
        .context("no counts")?;
    assert_eq!((counts.matching, counts.decided, counts.proposed), (2, 2, 0));
    let left = actions.list(&ListParams::default()).await?;
    let left: Vec<_> = left.items.iter().map(ResourceExt::name_any).collect();
    assert_eq!(left, [undo]);
    Ok(())
}

pub async fn a_file_comes_back_from_quarantine(world: World) -> Result<()> {
    let mut second = web_shell(2);
    "/srv/www/b.php".clone_into(&mut second.file.get_or_insert_default().path);
    let flow = Flow::start_in(
        &world,
        "unquarantine",
        alerts::world([(1, web_shell(1)), (2, second)]),
    )
    .await?;
    handled(&flow, "quara", &[1, 2]).await?;
    // Somebody gives one of the two files back in the console.
    let ids = flow.cloud.change(|centre| {
        let now = jiff::Timestamp::now();
        let files = centre.quarantined_files.iter_mut();
        files
            .map(|(id, file)| {
                if file.alert_id == 2 {
                    file.rollback = Some(Step {
                        started_at: now,
                        finished_at: now,
                        failed: false,
                    });
                }
                (file.alert_id, *id)
            })
            .collect::<std::collections::BTreeMap<_, _>>()
    });
    let name = undone(&flow).await?;
    let (waiting, _) = flow.pending::<SasAlertAction>(&name).await?;
    let seen = status(&waiting)?;
    let plan = seen.gate.plan.clone().context("there is no plan")?;
    assert_eq!(
        (plan.plan.risk, plan.target_count, plan.call_count),
        (Risk::R4, 1, 1)
    );
    let left = seen
        .alerts
        .iter()
        .find(|alert| alert.id == "2")
        .context("alert 2 is not listed")?;
    assert_eq!(left.outcome, AlertOutcome::Excluded);
    ensure!(
        left.message.contains("no longer in quarantine"),
        "{}",
        left.message
    );

    approve(&flow, &name).await?;
    let done = flow.phase::<SasAlertAction>(&name, Phase::Succeeded).await?;
    let calls = committed(&flow, ROLLBACK);
    let files: Vec<_> = calls
        .iter()
        .map(|call| call.parameters["QuaraFileId"].clone())
        .collect();
    assert_eq!(files, [ids[&1].to_string()]);
    let counts = status(&done)?.counts.context("there are no counts")?;
    assert_eq!((counts.handled, counts.excluded), (1, 1));
    let back = status(&done)?.alerts.into_iter().find(|alert| alert.id == "1");
    assert_eq!(back.context("alert 1 is not listed")?.code, "rollbackDone");
    Ok(())
}

pub async fn a_false_positive_is_one_no_more(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "unmark", alerts::world([(1, miner(1))])).await?;
    handled(&flow, "mark_mis_info", &[1]).await?;
    let in_force = || {
        flow.cloud.change(|centre| {
            let rules = centre.whitelist_rules.values();
            rules.filter(|rule| rule.until.is_none()).count()
        })
    };
    ensure!(in_force() > 0, "nothing was whitelisted");
    let name = undone(&flow).await?;
    approve(&flow, &name).await?;
    flow.phase::<SasAlertAction>(&name, Phase::Succeeded).await?;
    let handled = flow.cloud.handled();
    assert_eq!(handled[1..], [("rm_mark_mis_info".to_owned(), vec![1])]);
    assert_eq!(in_force(), 0);
    Ok(())
}

/// The cloud takes all rules for such alerts away, so whoever approves has to see those of others, also one that
/// comes while the plan waits.
pub async fn rules_of_others_are_named_before_they_go(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "unlist", alerts_flows::whitelisted()).await?;
    flow.create(&alerts_flows::whitelisting()?).await?;
    let (_, hash) = flow.pending::<SasAlertAction>(NAME).await?;
    approve_with_comment(&flow, &hash, "our backup").await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;

    let name = undone(&flow).await?;
    let (waiting, old) = flow.pending::<SasAlertAction>(&name).await?;
    let others = |object: &SasAlertAction| -> Result<String> {
        let plan = status(object)?.gate.plan.context("there is no plan")?.plan;
        let mut warnings = plan.warnings.into_iter();
        warnings
            .find(|text| text.contains("somebody else added"))
            .context("nothing is said of others")
    };
    let said = others(&waiting)?;
    ensure!(
        said.contains("/opt/a") && said.contains("/opt/b") && !said.contains("/backup/"),
        "{said}"
    );
    flow.cloud.change(|centre| {
        centre
            .whitelist_rules
            .insert(90, alerts_flows::rule(None, "/opt/c"))
    });
    approve(&flow, &name).await?;
    let api = flow.api::<SasAlertAction>();
    let changed = wait::object(&api, &name, "another plan", |object| {
        let plan = object
            .status
            .as_ref()
            .and_then(|status| status.gate.plan.as_ref());
        plan.is_some_and(|plan| plan.hash != old)
    });
    let said = others(&changed.await?)?;
    ensure!(said.contains("/opt/c"), "{said}");
    let calls = flow.cloud.handled();
    ensure!(
        calls.iter().all(|(code, _)| code != "rm_mark_mis_info"),
        "nobody approved the new plan: {calls:?}"
    );
    approve(&flow, &name).await?;
    flow.phase::<SasAlertAction>(&name, Phase::Succeeded).await?;
    assert_eq!(alerts_flows::in_force(&flow), []);
    Ok(())
}

pub async fn what_cannot_be_undone_is_refused(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "not-undone", alerts::world([(1, miner(1))])).await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    undo(&flow, &["web"])
        .await?
        .ended(1, "only a SasAlertAction can")?;
    flow.create(&manifests::alert_action_on(NAME, "kill_process", &[1])?)
        .await?;
    flow.pending::<SasAlertAction>(NAME).await?;
    undo(&flow, &[NAME]).await?.ended(1, "has not come to its end")?;
    flow.approve_pending::<SasAlertAction>(NAME).await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    undo(&flow, &["sasalertaction/contain"])
        .await?
        .ended(1, "what was ended is not started again")?;
    // Whoever writes it by hand learns the same from the plan.
    flow.create(&manifests::undo("by-hand", &[("kill_process", &[1])])?)
        .await?;
    let failed = flow.phase::<SasAlertAction>("by-hand", Phase::Failed).await?;
    let ready = wait::ready(&failed).context("Ready is missing")?;
    assert_eq!(ready.1, Reason::NotOperable.as_str());
    assert_eq!(flow.cloud.handled().len(), 1);
    Ok(())
}

/// The agent goes offline between the approval and the call.
pub async fn a_file_that_cannot_go_back_is_told(world: World) -> Result<()> {
    let mut files = alerts::world([]);
    let centre = files.centre(cloud::ACCOUNT, cloud::CENTRE);
    alerts::quarantine(centre, 1, web_shell(1));
    alerts::quarantine(centre, 2, web_shell(3));
    let flow = Flow::start_in(&world, "kept", files).await?;
    flow.create(&manifests::undo(NAME, &[("quara", &[1, 2])])?)
        .await?;
    flow.pending::<SasAlertAction>(NAME).await?;
    flow.cloud.set_agent(3, ClientStatus::Offline);
    approve(&flow, NAME).await?;
    let failed = flow.phase::<SasAlertAction>(NAME, Phase::Failed).await?;
    for part in [
        "1 handled",
        "1 failed",
        "rollbackFailed",
        "bring the agent online",
    ] {
        ensure!(
            message(&failed)?.contains(part),
            "{part} is missing: {}",
            message(&failed)?
        );
    }
    flow.cloud.set_agent(3, ClientStatus::Online);
    annotate(
        &flow.as_developer::<SasAlertAction>(),
        NAME,
        &[(annotations::RETRY, json!("1"))],
    )
    .await?;
    approve(&flow, NAME).await?;
    let done = flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    let files: Vec<_> = committed(&flow, ROLLBACK)
        .iter()
        .map(|call| call.parameters["QuaraFileId"].clone())
        .collect();
    assert_eq!(files, ["101", "102", "102"]);
    let handled = status(&done)?
        .alerts
        .into_iter()
        .filter(|alert| alert.outcome == AlertOutcome::Handled);
    ensure!(handled.count() >= 1, "{done:?}");
    Ok(())
}

pub async fn a_throttled_undo_is_made_once(world: World) -> Result<()> {
    let mut mixed = alerts::world(LOGONS.map(|id| (id, sas_tests::alerts::logon(1))));
    let centre = mixed.centre(cloud::ACCOUNT, cloud::CENTRE);
    centre
        .alerts
        .values_mut()
        .for_each(|alert| alert.status = EventStatus::IGNORED);
    alerts::quarantine(centre, 1, web_shell(1));
    let flow = Flow::start_in(&world, "throttled", mixed).await?;
    let done: [(&str, &[i64]); 2] = [("ignore", &LOGONS), ("quara", &[1])];
    flow.create(&manifests::undo(NAME, &done)?).await?;
    flow.pending::<SasAlertAction>(NAME).await?;
    for action in [CANCEL_IGNORE, ROLLBACK] {
        flow.cloud
            .fault(Rule::new(FaultKind::Throttle).on(action).times(2))?;
    }
    approve(&flow, NAME).await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    for action in [CANCEL_IGNORE, ROLLBACK] {
        assert_eq!(flow.cloud.requests_of(action).len(), 3, "{action}");
        assert_eq!(committed(&flow, action).len(), 1, "{action}");
    }
    Ok(())
}
