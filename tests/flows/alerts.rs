//! Alerts handled once: which alerts a plan holds, what is done about each, what is left alone and why, and
//! what the request log of the cloud shows of it.

use anyhow::{Context, Result, ensure};
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::{AlertOutcome, SasAlertActionStatus};
use sas_api::status::Phase;
use sas_api::{Reason, Risk, annotations};
use sas_sim::world::{Alert, ClientStatus, EventStatus, MatchType, WhitelistRule};
use sas_tests::alerts::{LOGONS, logon, miner, reverse_shell, tampering, web_shell};
use sas_tests::approve::annotate;
use sas_tests::kstatus::{self, Kstatus};
use sas_tests::{Flow, World, alerts, cloud, manifests, wait};
use serde_json::{Value, json};

pub const NAME: &str = "contain";

/// The status of the job.
pub fn status(object: &SasAlertAction) -> Result<SasAlertActionStatus> {
    object.status.clone().context("there is no status")
}

/// What the condition Ready says.
pub fn message(object: &SasAlertAction) -> Result<String> {
    Ok(wait::ready(object).context("Ready is missing")?.2)
}

/// Approves a plan that hides evidence, which takes a comment.
pub async fn approve_with_comment(flow: &Flow, hash: &str, why: &str) -> Result<()> {
    flow.approve_because::<SasAlertAction>(NAME, hash, Some(why))
        .await?;
    Ok(())
}

/// Asks for another plan after a failure, and waits for it.
pub async fn retry(flow: &Flow) -> Result<(SasAlertAction, String)> {
    let asked = [(annotations::RETRY, json!("1"))];
    annotate(&flow.as_developer::<SasAlertAction>(), NAME, &asked).await?;
    flow.pending::<SasAlertAction>(NAME).await
}

fn numbered(first: i64, count: usize, make: impl Fn(u32) -> Alert) -> Vec<(i64, Alert)> {
    let servers = [1, 2, 3].into_iter().cycle();
    (first..).zip(servers.take(count).map(make)).collect()
}

/// Logons 1 to 23, miners 101 to 114 of which the last two may not be handled, web shells 201 to 209 which take
/// long, reverse shells 301 to 306, and 401 to 405 for which nothing is recommended.
pub fn fifty_seven() -> sas_sim::World {
    let mut all = numbered(1, 23, logon);
    let mut miners = numbered(101, 14, miner);
    for (_, alert) in &mut miners[12..] {
        alert.operations = ["kill_and_quara", "virus_quara"]
            .map(|code| (code.to_owned(), false))
            .into();
    }
    miners[0].1.results = [("kill_and_quara".to_owned(), "AgentOffline".to_owned())].into();
    miners[1]
        .1
        .process
        .as_mut()
        .into_iter()
        .for_each(|process| process.running = false);
    all.extend(miners);
    let mut shells = numbered(201, 9, web_shell);
    for (_, alert) in &mut shells {
        alert.processing_seconds = Some(20);
    }
    all.extend(shells);
    all.extend(numbered(301, 6, reverse_shell));
    all.extend(numbered(401, 5, tampering));
    alerts::world(all)
}

pub async fn fifty_seven_alerts_of_five_kinds(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "fifty-seven", fifty_seven()).await?;
    let spec =
        json!({"selector": {"levels": ["serious", "suspicious", "remind"]}, "operation": "Recommended"});
    flow.create(&manifests::alert_action(NAME, spec)?).await?;
    let (waiting, hash) = flow.pending::<SasAlertAction>(NAME).await?;
    let seen = status(&waiting)?;
    let plan = seen.gate.plan.clone().context("there is no plan")?;
    assert_eq!(
        (plan.target_count, plan.call_count, plan.plan.risk),
        (50, 5, Risk::R3)
    );
    let counts = seen.counts.context("there are no counts")?;
    assert_eq!((counts.total, counts.planned, counts.excluded), (57, 50, 7));
    let left: Vec<i64> = [113, 114].into_iter().chain(401..=405).collect();
    for id in &left {
        let alert = seen.alerts.iter().find(|alert| alert.id == id.to_string());
        let alert = alert.with_context(|| format!("alert {id} is not listed"))?;
        assert_eq!(alert.outcome, AlertOutcome::Excluded);
        ensure!(alert.message.contains("recommended"), "{}", alert.message);
    }
    flow.approve::<SasAlertAction>(NAME, &hash).await?;
    // All calls are made while one of them is still at work.
    let verifying = flow.phase::<SasAlertAction>(NAME, Phase::Verifying).await?;
    let sizes: Vec<usize> = flow.cloud.handled().iter().map(|(_, ids)| ids.len()).collect();
    assert_eq!(sizes, [20, 3, 12, 9, 6]);
    ensure!(wait::in_phase(&verifying, Phase::Verifying), "{verifying:?}");

    let failed = flow.phase::<SasAlertAction>(NAME, Phase::Failed).await?;
    let said = message(&failed)?;
    for part in [
        "50 alerts: 48 handled, 2 failed",
        "agent offline",
        "process ended",
        "virus_quara_bin",
    ] {
        ensure!(said.contains(part), "{part} is missing: {said}");
    }
    let counts = status(&failed)?.counts.context("there are no counts")?;
    assert_eq!((counts.handled, counts.failed, counts.excluded), (48, 2, 7));
    flow.cloud.assert_handled_once(&left);

    // The agent is back; the process is not, so that its file is all there is.
    flow.cloud.change_alert(101, |alert| alert.results.clear());
    let (again, next) = retry(&flow).await?;
    ensure!(next != hash, "a spent approval would count again");
    let plan = status(&again)?.gate.plan.context("there is no plan")?;
    ensure!(
        plan.plan.summary.contains("kill_and_quara 1, virus_quara_bin 1"),
        "{}",
        plan.plan.summary
    );
    flow.approve::<SasAlertAction>(NAME, &next).await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    let handled = flow.cloud.handled();
    let expected = [
        ("kill_and_quara".to_owned(), vec![101]),
        ("virus_quara_bin".to_owned(), vec![102]),
    ];
    assert_eq!(handled[5..], expected);
    Ok(())
}

pub fn rule(server: Option<u32>, value: &str) -> WhitelistRule {
    let miner = miner(1);
    WhitelistRule {
        kind: miner.kind,
        event_name: miner.event_name,
        uuid: server.map(cloud::web),
        field: "filePath".to_owned(),
        alias: String::new(),
        operate: MatchType::StrEqual,
        value: value.to_owned(),
        since: jiff::Timestamp::UNIX_EPOCH,
        until: None,
    }
}

/// A miner on each of two servers, one rule for all of them and one for the first.
pub fn whitelisted() -> sas_sim::World {
    let mut world = alerts::world([(1, miner(1)), (2, miner(2))]);
    let centre = world.centre(cloud::ACCOUNT, cloud::CENTRE);
    centre.whitelist_rules = [(1, rule(None, "/opt/a")), (2, rule(Some(1), "/opt/b"))].into();
    world
}

pub fn whitelisting() -> Result<SasAlertAction> {
    let rules = json!([{"field": "filePath", "operate": "contains", "value": "/backup/"}]);
    let spec = json!({
        "alertIDs": ["1", "2"],
        "operation": "advance_mark_mis_info",
        "whitelist": {"scope": "SameServer", "rules": rules},
    });
    manifests::alert_action(NAME, spec)
}

/// The rules in force, as server and value; `-` stands for all servers.
pub fn in_force(flow: &Flow) -> Vec<(String, String)> {
    flow.cloud.change(|centre| {
        let rules = centre
            .whitelist_rules
            .values()
            .filter(|rule| rule.until.is_none());
        let server = |rule: &WhitelistRule| rule.uuid.clone().unwrap_or_else(|| "-".to_owned());
        let mut rules: Vec<_> = rules.map(|rule| (server(rule), rule.value.clone())).collect();
        rules.sort();
        rules
    })
}

fn expected(more: &[(&str, &str)]) -> Vec<(String, String)> {
    let (first, second) = (cloud::web(1), cloud::web(2));
    let known = [
        ("-", "/opt/a"),
        (&first, "/opt/b"),
        (&first, "/backup/"),
        (&second, "/backup/"),
    ];
    let all = known.iter().chain(more);
    let mut all: Vec<_> = all
        .map(|(server, value)| ((*server).to_owned(), (*value).to_owned()))
        .collect();
    all.sort();
    all
}

pub async fn a_whitelist_keeps_every_rule(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "whitelist", whitelisted()).await?;
    flow.create(&whitelisting()?).await?;
    let (waiting, hash) = flow.pending::<SasAlertAction>(NAME).await?;
    let plan = status(&waiting)?.gate.plan.context("there is no plan")?;
    assert_eq!(plan.plan.risk, Risk::R4);
    approve_with_comment(&flow, &hash, "our backup").await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    assert_eq!(in_force(&flow), expected(&[]));
    flow.cloud.assert_handled_once(&[]);
    Ok(())
}

pub async fn a_rule_that_somebody_adds_is_kept(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "whitelist", whitelisted()).await?;
    flow.create(&whitelisting()?).await?;
    let (_, old) = flow.pending::<SasAlertAction>(NAME).await?;
    flow.cloud
        .change(|centre| centre.whitelist_rules.insert(3, rule(None, "/opt/c")));
    approve_with_comment(&flow, &old, "our backup").await?;
    let api = flow.api::<SasAlertAction>();
    let changed = wait::object(&api, NAME, "another plan", |object| {
        let plan = object
            .status
            .as_ref()
            .and_then(|status| status.gate.plan.as_ref());
        plan.is_some_and(|plan| plan.hash != old)
    });
    let changed = changed.await?;
    flow.cloud.assert_no_write();
    let new = sas_tests::approve::hash_of(&changed)?;
    approve_with_comment(&flow, &new, "our backup, with the new rule").await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    assert_eq!(in_force(&flow), expected(&[("-", "/opt/c")]));
    Ok(())
}

pub async fn an_alert_that_somebody_handles_meanwhile_is_left_alone(world: World) -> Result<()> {
    let flow = Flow::start_in(
        &world,
        "meanwhile",
        alerts::world([(1, web_shell(1)), (2, web_shell(2))]),
    )
    .await?;
    flow.create(&manifests::alert_action_on(NAME, "quara", &[1, 2])?)
        .await?;
    let (_, old) = flow.pending::<SasAlertAction>(NAME).await?;
    flow.cloud.ignore_alert(1);
    flow.approve::<SasAlertAction>(NAME, &old).await?;
    let api = flow.api::<SasAlertAction>();
    let changed = wait::reason(&api, NAME, Reason::ApprovalStale).await?;
    flow.cloud.assert_no_write();
    flow.approve::<SasAlertAction>(NAME, &sas_tests::approve::hash_of(&changed)?)
        .await?;
    let done = flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    let counts = status(&done)?.counts.context("there are no counts")?;
    assert_eq!((counts.handled, counts.already_handled), (1, 1));
    flow.cloud.assert_handled_once(&[1]);
    Ok(())
}

pub async fn what_is_handled_already_needs_no_call(world: World) -> Result<()> {
    let mut handled = logon(1);
    handled.status = EventStatus::HANDLED;
    let flow = Flow::start_in(&world, "handled", alerts::world([(1, handled)])).await?;
    flow.create(&manifests::alert_action_on(NAME, "ignore", &[1])?)
        .await?;
    let done = flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    ensure!(
        message(&done)?.contains("1 already handled"),
        "{}",
        message(&done)?
    );
    assert_eq!(status(&done)?.alerts[0].outcome, AlertOutcome::AlreadyHandled);
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn an_unknown_alert_fails_with_its_likes(world: World) -> Result<()> {
    let flow = Flow::start(&world, "unknown").await?;
    let swapped = LOGONS[0] + 10;
    flow.create(&manifests::alert_action_on(
        NAME,
        "ignore",
        &[LOGONS[1], swapped],
    )?)
    .await?;
    let failed = flow.phase::<SasAlertAction>(NAME, Phase::Failed).await?;
    let said = message(&failed)?;
    for part in [swapped, LOGONS[0]] {
        ensure!(said.contains(&part.to_string()), "{part} is missing: {said}");
    }
    let ready = wait::ready(&failed).context("Ready is missing")?;
    assert_eq!(ready.1, Reason::AlertNotFound.as_str());
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn alerts_of_another_server_are_left_alone(world: World) -> Result<()> {
    let flow = Flow::start(&world, "unexpected").await?;
    let ids = LOGONS.map(|id| id.to_string());
    let spec =
        |server| json!({"alertIDs": ids, "operation": "manual_handled", "expectServer": cloud::web(server)});
    flow.create(&manifests::alert_action(NAME, spec(1))?).await?;
    let failed = flow.phase::<SasAlertAction>(NAME, Phase::Failed).await?;
    let ready = wait::ready(&failed).context("Ready is missing")?;
    assert_eq!(ready.1, Reason::UnexpectedServer.as_str());
    ensure!(ready.2.contains(&LOGONS[1].to_string()), "{}", ready.2);
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn an_agent_that_is_offline_is_waited_for(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "offline", alerts::world([(1, web_shell(3))])).await?;
    flow.cloud.set_agent(3, ClientStatus::Offline);
    flow.create(&manifests::alert_action_on(NAME, "quara", &[1])?)
        .await?;
    let api = flow.api::<SasAlertAction>();
    let blocked = wait::reason(&api, NAME, Reason::AgentOffline).await?;
    ensure!(wait::in_phase(&blocked, Phase::Blocked), "{blocked:?}");
    ensure!(message(&blocked)?.contains("web-3"), "{}", message(&blocked)?);
    flow.cloud.set_agent(3, ClientStatus::Online);
    flow.approve_pending::<SasAlertAction>(NAME).await?;
    flow.phase::<SasAlertAction>(NAME, Phase::Succeeded).await?;
    flow.cloud.assert_handled_once(&[]);
    Ok(())
}

pub async fn alerts_that_may_not_be_handled_are_named(world: World) -> Result<()> {
    let mut closed = logon(1);
    closed.operations = [("ignore".to_owned(), false)].into();
    let flow = Flow::start_in(&world, "not-operable", alerts::world([(1, closed)])).await?;
    flow.create(&manifests::alert_action_on(NAME, "ignore", &[1])?)
        .await?;
    let api = flow.api::<SasAlertAction>();
    let blocked = wait::reason(&api, NAME, Reason::NotOperable).await?;
    ensure!(
        message(&blocked)?.contains("does not allow 'ignore'"),
        "{}",
        message(&blocked)?
    );
    let listed = &status(&blocked)?.alerts[0];
    ensure!(
        listed.allowed.contains(&"manual_handled".to_owned()),
        "{listed:?}"
    );
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn a_job_goes_when_its_time_is_over(world: World) -> Result<()> {
    let flow = Flow::start(&world, "ttl").await?;
    let id = LOGONS[0].to_string();
    let spec: Value = json!({"alertIDs": [id], "operation": "manual_handled", "ttlSecondsAfterFinished": 3});
    flow.create(&manifests::alert_action(NAME, spec)?).await?;
    flow.approve_pending::<SasAlertAction>(NAME).await?;
    let api = flow.api::<SasAlertAction>();
    wait::until("the job is removed", || {
        let api = api.clone();
        async move { Ok(api.get_opt(NAME).await?.is_none().then_some(())) }
    })
    .await?;
    flow.cloud.assert_handled_once(&[]);
    assert_eq!(
        flow.cloud.handled(),
        [("manual_handled".to_owned(), vec![LOGONS[0]])]
    );
    Ok(())
}

/// Two people take the same alerts in hand: whoever approves sees the other one.
pub async fn who_has_the_same_alerts_in_hand_is_named(world: World) -> Result<()> {
    let flow = Flow::start(&world, "rivals").await?;
    flow.create(&manifests::alert_action_on("first", "ignore", &LOGONS)?)
        .await?;
    flow.pending::<SasAlertAction>("first").await?;
    flow.create(&manifests::alert_action_on(
        "second",
        "manual_handled",
        &LOGONS[..1],
    )?)
    .await?;
    let (second, _) = flow.pending::<SasAlertAction>("second").await?;
    let plan = status(&second)?.gate.plan.context("there is no plan")?.plan;
    let told = format!(
        "SasAlertAction {}/first (ignore, PendingApproval) has 1 alert of these in hand",
        flow.namespace
    );
    ensure!(
        plan.warnings.iter().any(|text| text.starts_with(&told)),
        "{:?}",
        plan.warnings
    );
    Ok(())
}

/// Whoever mistypes a type must not believe that something was done.
pub async fn a_mistyped_type_is_told(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "mistyped", alerts::world([(1, web_shell(1))])).await?;
    let by_type = |name: &str, word: &str| {
        let spec = json!({"selector": {"types": [word]}, "operation": "quara"});
        manifests::alert_action(name, spec)
    };
    flow.create(&by_type("wrong", "Web shel")?).await?;
    let failed = flow.phase::<SasAlertAction>("wrong", Phase::Failed).await?;
    let (_, reason, message) = wait::ready(&failed).context("Ready is missing")?;
    assert_eq!(reason, Reason::NoAlerts.as_str());
    ensure!(
        message.contains("'Web shell'") && !message.contains(annotations::RETRY),
        "{message}"
    );
    assert_eq!(kstatus::read(&serde_json::to_value(&failed)?), Kstatus::Failed);
    // Upper and lower case are nobody's slip.
    flow.create(&by_type("right", "web SHELL")?).await?;
    flow.approve_pending::<SasAlertAction>("right").await?;
    flow.phase::<SasAlertAction>("right", Phase::Succeeded).await?;
    assert_eq!(flow.cloud.handled(), [("quara".to_owned(), vec![1])]);
    Ok(())
}

pub async fn more_alerts_than_one_job_handles(world: World) -> Result<()> {
    let many = numbered(1, 1_001, logon);
    let flow = Flow::start_in(&world, "too-many", alerts::world(many)).await?;
    let spec = json!({"selector": {"types": ["Unusual logon"]}, "operation": "manual_handled"});
    flow.create(&manifests::alert_action(NAME, spec)?).await?;
    let api = flow.api::<SasAlertAction>();
    let blocked = wait::reason(&api, NAME, Reason::PlanTooLarge).await?;
    ensure!(
        message(&blocked)?.contains("narrower selector"),
        "{}",
        message(&blocked)?
    );
    Ok(())
}
