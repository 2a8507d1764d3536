//! Scans from the spec to what was found, and what goes wrong on the way: lost replies, others who scan at
//! the same time, others who select servers. The request log and the servers of the cloud's own tasks say
//! what was really scanned.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sas_api::kinds::SasScanJob;
use sas_api::kinds::scan_job::{ScanKind, TaskState};
use sas_api::status::{GatePart, Phase};
use sas_api::{Reason, Risk};
use sas_sim::world::scans::{
    BaselineCheck, Behaviour, Course, Finding, OtherActor, Selection, Strategy, TaskType, Virus,
    Vulnerability,
};
use sas_sim::world::{Billing, ClientStatus, Edition};
use sas_sim::{FaultKind, Rule};
use sas_tests::wait;
use sas_tests::{Flow, World, cloud, manifests};
use serde_json::json;

const JOB: &str = "scan";
const PUSH: &str = "ModifyPushAllTask";
pub const SELECT: &str = "CreateAssetSelectionConfig";
pub const ADD: &str = "AddAssetSelectionCriteria";
const ORDER: &str = "CreateVirusScanOnceTask";
const PURPOSE: &str = "VIRUS_SCAN_ONCE_TASK";
const STRATEGY: i32 = 7;

/// Three servers of which the third is offline, findings on the first, and scans that take a moment.
pub fn world() -> Result<sas_sim::World> {
    let mut world = cloud::world();
    let centre = world.centre(cloud::ACCOUNT, cloud::CENTRE);
    for asset in centre.assets.values_mut() {
        (asset.auth_version, asset.billing) = (Edition::ULTIMATE, Billing::Subscription);
    }
    let offline = centre.assets.get_mut(&cloud::web(3)).context("web-3 is there")?;
    offline.client_status = ClientStatus::Offline;
    let scans = &mut centre.scans;
    let found = || [(cloud::web(1), Finding::default())].into();
    let name = "openssl\u{202e} security\nupdate".to_owned();
    let vulnerability = Vulnerability {
        alias_name: name,
        servers: found(),
        ..Vulnerability::default()
    };
    scans.vulnerabilities = [("oval:1".to_owned(), vulnerability)].into();
    let check = BaselineCheck {
        check_item: "SSH allows empty passwords".to_owned(),
        check_level: "high".to_owned(),
        servers: found(),
        ..BaselineCheck::default()
    };
    scans.baseline_checks = [(58, check)].into();
    let virus = Virus {
        event_name: "Mining program".to_owned(),
        uuid: cloud::web(1),
        ..Virus::default()
    };
    scans.viruses = [(1, virus)].into();
    let strategy = Strategy {
        built_in: true,
        name: "default".to_owned(),
        groups: [cloud::WEB_GROUP].into(),
        ..Strategy::default()
    };
    scans.strategies = [(STRATEGY, strategy)].into();
    let course = Course {
        start_delay_seconds: 1,
        duration_seconds: 2,
        ..Course::default()
    };
    let settings = &mut scans.settings;
    (settings.push, settings.vulnerability) = (course.clone(), course.clone());
    (settings.baseline, settings.fingerprint) = (course.clone(), course.clone());
    settings.virus = course;
    Ok(world)
}

/// A flow whose account is ready, in the cloud of this module.
pub async fn start(world: &World, name: &str) -> Result<Flow> {
    let flow = Flow::start_in(world, name, self::world()?).await?;
    flow.account_ready().await?;
    Ok(flow)
}

async fn plan(flow: &Flow, name: &str, spec: serde_json::Value) -> Result<(SasScanJob, String)> {
    flow.create(&manifests::scan_job(name, &spec)?).await?;
    flow.pending::<SasScanJob>(name).await
}

/// What scans for viruses have really scanned.
pub fn scanned(flow: &Flow) -> Vec<BTreeSet<String>> {
    flow.cloud.change(|centre| {
        let tasks = centre.scans.tasks.values();
        let viruses = tasks.filter(|task| task.task_type == TaskType::VirusVulScheduleScan);
        viruses
            .map(|task| task.servers.keys().cloned().collect())
            .collect()
    })
}

pub async fn single_servers_are_scanned_and_nobody_else(world: World) -> Result<()> {
    let flow = start(&world, "scan").await?;
    let spec = json!({
        "targets": {"selector": {"tags": ["web"]}},
        "scans": {"vulnerabilities": {}, "baseline": {}, "fingerprint": {}},
        "onPartial": "Proceed",
        "timeoutSeconds": 30,
    });
    let (waiting, hash) = plan(&flow, JOB, spec).await?;
    let status = waiting.status.as_ref().context("there is no status")?;
    let plan = &status.gate.plan.as_ref().context("there is no plan")?.plan;
    let targets: Vec<_> = plan.targets.iter().map(|target| target.uuid.clone()).collect();
    assert_eq!(
        (targets, plan.risk),
        (vec![cloud::web(1), cloud::web(2)], Risk::R1)
    );
    let readiness = status.readiness.context("readiness is missing")?;
    assert_eq!((readiness.ready, readiness.offline), (2, 1));
    assert_eq!(status.not_ready[0].name, "web-3");
    flow.cloud.assert_no_write();
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    let write = flow.cloud.only_write(PUSH);
    assert_eq!(
        write.parameters["Uuids"],
        format!("{},{}", cloud::web(1), cloud::web(2))
    );
    let status = done.status.context("there is no status")?;
    assert_eq!(status.tasks.len(), 1);
    assert_eq!(status.tasks[0].state, TaskState::Accepted, "{:?}", status.tasks);
    let results = status.results.context("there are no results")?;
    let high = |findings: Option<sas_api::kinds::scan_job::Findings>| {
        let findings = findings?;
        Some((findings.vulnerabilities?.high, findings.baseline?.high))
    };
    assert_eq!(
        (high(results.before), high(results.after)),
        (Some((0, 0)), Some((1, 1)))
    );
    let names: Vec<_> = results.top.iter().map(|finding| finding.name.as_str()).collect();
    ensure!(names.iter().any(|name| name.contains("openssl")), "{names:?}");
    ensure!(
        names.iter().all(|name| !name.contains(['\u{202e}', '\n'])),
        "a name steers the terminal: {names:?}"
    );
    ensure!(status.gate.completion_time.is_some(), "the job has no end");
    Ok(())
}

pub async fn checks_whose_reply_is_lost_are_ordered_again(world: World) -> Result<()> {
    let flow = start(&world, "scan-lost").await?;
    let uuids = [cloud::web(1), cloud::web(2)];
    let spec = json!({"targets": {"uuids": uuids}, "scans": {"vulnerabilities": {}}, "timeoutSeconds": 30});
    let (_, hash) = plan(&flow, JOB, spec).await?;
    flow.cloud.fault_once(FaultKind::CommitThenReset, PUSH)?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    wait::until_true("the same bytes again", || flow.cloud.requests_of(PUSH).len() >= 2).await?;
    let nonces: BTreeSet<_> = flow
        .cloud
        .requests_of(PUSH)
        .into_iter()
        .map(|sent| sent.nonce)
        .collect();
    assert_eq!(
        nonces.len(),
        1,
        "other bytes were sent while the first might still arrive"
    );
    // No copy of the first bytes can arrive any more: nothing proves them, so the harmless order is repeated.
    flow.cloud.step_clock(33.0 * 60.0)?;
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    assert_eq!(flow.cloud.carried_out(), [PUSH, PUSH]);
    let execution = done
        .status
        .context("there is no status")?
        .gate()
        .execution
        .clone();
    let receipt = execution.context("nothing was executed")?.calls[0]
        .receipt
        .clone();
    let receipt = receipt.context("there is no receipt")?;
    assert_eq!(receipt.field("Delivery"), Some("at-least-once"));
    Ok(())
}

pub async fn servers_for_viruses_are_those_of_the_plan(world: World) -> Result<()> {
    let flow = start(&world, "scan-virus").await?;
    let spec = json!({"targets": {"uuids": [cloud::web(1)]}, "scans": {"virus": {}}});
    let (_, hash) = plan(&flow, JOB, spec).await?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    assert_eq!(
        flow.cloud.carried_out(),
        [SELECT, ADD, "UpdateSelectionKeyByType", ORDER]
    );
    assert_eq!(scanned(&flow), [BTreeSet::from([cloud::web(1)])]);
    let status = done.status.context("there is no status")?;
    let task = &status.tasks[0];
    assert_eq!((task.kind, task.state), (ScanKind::Virus, TaskState::Succeeded));
    ensure!(task.task_id.is_some(), "the task is known by its servers");
    let after = status.results.and_then(|results| results.after);
    let virus = after
        .and_then(|after| after.virus)
        .context("viruses are not counted")?;
    assert_eq!(virus.total(), 1);
    Ok(())
}

pub async fn a_lost_reply_within_the_chain_breaks_nothing(world: World) -> Result<()> {
    let flow = start(&world, "scan-chain").await?;
    let spec = json!({"targets": {"uuids": [cloud::web(1)]}, "scans": {"virus": {}}});
    let (_, hash) = plan(&flow, JOB, spec).await?;
    for action in [
        SELECT,
        "AddAssetSelectionCriteria",
        "UpdateSelectionKeyByType",
        ORDER,
    ] {
        flow.cloud.fault_once(FaultKind::CommitThenReset, action)?;
    }
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    assert_eq!(
        scanned(&flow),
        [BTreeSet::from([cloud::web(1)])],
        "one scan, of one server"
    );
    let selections = flow.cloud.change(|centre| centre.scans.selections.len());
    assert_eq!(selections, 1, "a client token runs once");
    Ok(())
}

pub async fn who_selects_other_servers_ends_the_chain(world: World) -> Result<()> {
    let flow = start(&world, "scan-foreign").await?;
    let spec = json!({"targets": {"uuids": [cloud::web(1)]}, "scans": {"virus": {}}});
    let (_, hash) = plan(&flow, JOB, spec).await?;
    let mut held = Rule::new(FaultKind::Throttle).on(ORDER).times(1);
    held.retry_after_milliseconds = Some(5_000);
    flow.cloud.fault(held)?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    wait::until_true("the order that is throttled", || {
        !flow.cloud.requests_of(ORDER).is_empty()
    })
    .await?;
    flow.cloud.change(|centre| {
        let foreign = Selection {
            targets: [cloud::web(2)].into(),
            ..centre
                .scans
                .selections
                .values()
                .next()
                .cloned()
                .unwrap_or_default()
        };
        centre.scans.selections.insert("foreign".to_owned(), foreign);
        centre
            .scans
            .slots
            .insert(PURPOSE.to_owned(), "foreign".to_owned());
    });
    let failed = flow.phase::<SasScanJob>(JOB, Phase::Failed).await?;
    let message = wait::ready(&failed).context("Ready is missing")?.2;
    ensure!(
        message.contains("somebody else selected other servers"),
        "{message}"
    );
    wait::never("a scan", Duration::from_secs(3), || !scanned(&flow).is_empty()).await?;
    assert_eq!(flow.cloud.requests_of(ORDER).len(), 1);
    Ok(())
}

pub async fn two_scans_for_viruses_take_turns(world: World) -> Result<()> {
    let flow = start(&world, "scan-turns").await?;
    for (name, number) in [("one", 1), ("two", 2)] {
        let spec = json!({"targets": {"uuids": [cloud::web(number)]}, "scans": {"virus": {}}});
        flow.create(&manifests::scan_job(name, &spec)?).await?;
    }
    let (_, one) = flow.pending::<SasScanJob>("one").await?;
    let (_, two) = flow.pending::<SasScanJob>("two").await?;
    let (one, two) = (
        flow.approve::<SasScanJob>("one", &one),
        flow.approve::<SasScanJob>("two", &two),
    );
    tokio::try_join!(one, two)?;
    for name in ["one", "two"] {
        flow.phase::<SasScanJob>(name, Phase::Succeeded).await?;
    }
    let mut scanned = scanned(&flow);
    scanned.sort();
    assert_eq!(
        scanned,
        [BTreeSet::from([cloud::web(1)]), BTreeSet::from([cloud::web(2)])]
    );
    let chains = flow.cloud.carried_out();
    assert_eq!(chains.len(), 8);
    assert_eq!(chains[3], ORDER, "the chains are mixed: {chains:?}");
    Ok(())
}

pub async fn a_whole_account_beside_another_actor(world: World) -> Result<()> {
    let flow = start(&world, "scan-account").await?;
    flow.cloud.change(|centre| {
        centre.scans.settings.other_actor = Some(OtherActor {
            after_seconds: 1,
            source: "console".to_owned(),
        });
    });
    let spec = json!({
        "scope": "Account",
        "scans": {"vulnerabilities": {}, "baseline": {}, "fingerprint": {}, "virus": {}},
        "onPartial": "Proceed",
    });
    let (waiting, hash) = plan(&flow, JOB, spec).await?;
    let plan = waiting
        .status
        .context("there is no status")?
        .gate
        .plan
        .context("there is no plan")?
        .plan;
    assert_eq!(plan.risk, Risk::R2);
    ensure!(
        plan.warnings.iter().any(|warning| warning.contains("2 ready")),
        "{:?}",
        plan.warnings
    );
    ensure!(
        plan.values
            .iter()
            .any(|value| value.value.starts_with("7 default")),
        "the strategy is not named: {:?}",
        plan.values
    );
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    assert_eq!(
        flow.cloud.carried_out(),
        [
            "ModifyStartVulScan",
            "ExecStrategy",
            "GenerateOnceTask",
            SELECT,
            ORDER
        ]
    );
    let tasks = done.status.context("there is no status")?.tasks;
    let of = |kind| {
        tasks
            .iter()
            .find(|task| task.kind == kind)
            .context("a task is missing")
    };
    let vulnerabilities = of(ScanKind::Vulnerabilities)?;
    assert_eq!(vulnerabilities.task_id, None, "two tasks may be this one");
    assert_eq!(vulnerabilities.state, TaskState::Succeeded);
    ensure!(
        of(ScanKind::Fingerprint)?.task_id.is_some(),
        "its id was answered"
    );
    Ok(())
}

pub async fn an_account_without_ready_servers_is_not_scanned(world: World) -> Result<()> {
    let flow = start(&world, "scan-none").await?;
    for number in [1, 2] {
        flow.cloud.set_agent(number, ClientStatus::Offline);
    }
    let spec = json!({"scope": "Account", "scans": {"vulnerabilities": {}}, "onPartial": "Proceed"});
    flow.create(&manifests::scan_job(JOB, &spec)?).await?;
    let failed = flow.phase::<SasScanJob>(JOB, Phase::Failed).await?;
    let (_, reason, message) = wait::ready(&failed).context("Ready is missing")?;
    assert_eq!(reason, Reason::NothingReady.as_str());
    ensure!(
        message.contains("0 ready, 0 without paid edition, 3 offline"),
        "{message}"
    );
    ensure!(
        failed.status.context("there is no status")?.gate.plan.is_none(),
        "a plan waits"
    );
    flow.cloud.assert_no_write();
    Ok(())
}

/// Lists of servers go out with commas between them: no id may bring one of its own.
pub async fn one_id_is_one_server(world: World) -> Result<()> {
    let flow = start(&world, "scan-comma").await?;
    let both = format!("{},{}", cloud::web(1), cloud::web(2));
    for (field, id) in [
        ("uuids", both.as_str()),
        ("uuids", "a b"),
        ("instanceIDs", "i-1,i-2"),
        ("uuids", "a\n"),
    ] {
        let spec = json!({"targets": {field: [id]}, "scans": {"vulnerabilities": {}}});
        let answer = flow.create(&manifests::scan_job(JOB, &spec)?).await;
        let refusal = answer
            .err()
            .with_context(|| format!("{id:?} was accepted in {field}"))?;
        let refusal = format!("{refusal:#}");
        ensure!(refusal.contains(&format!("spec.targets.{field}[0]")), "{refusal}");
    }
    flow.cloud.assert_no_write();
    Ok(())
}

/// A scan for viruses says that it is done although it has finished one of its two servers.
pub async fn what_a_scan_left_out_is_told(world: World) -> Result<()> {
    let flow = start(&world, "scan-liar").await?;
    flow.cloud.change(|centre| {
        let course = &mut centre.scans.settings.virus;
        (course.start_delay_seconds, course.duration_seconds) = (0, 3_600);
        course.behaviour = Behaviour::ClaimsDoneEarly;
    });
    let spec = json!({"targets": {"uuids": [cloud::web(1), cloud::web(2)]}, "scans": {"virus": {}}});
    let (_, hash) = plan(&flow, JOB, spec).await?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    flow.phase::<SasScanJob>(JOB, Phase::Verifying).await?;
    flow.cloud.step_clock(1_900.0)?;
    let done = flow.phase::<SasScanJob>(JOB, Phase::Succeeded).await?;
    let status = done.status.context("there is no status")?;
    let after = status.results.and_then(|results| results.after);
    let incomplete = after.and_then(|after| after.incomplete).unwrap_or_default();
    ensure!(
        incomplete.contains("virus scanned 1 of the 2 servers"),
        "{incomplete}"
    );
    let summary = status.common.summary.unwrap_or_default();
    ensure!(summary.contains(&incomplete), "{summary}");
    Ok(())
}
