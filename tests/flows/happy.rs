//! The simple path, as people walk it: apply, see that it waits, paste the command out of the message,
//! see what came out. Each step is judged by the cloud's request log and by the count of what the
//! operator wrote to the API server.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use sas_api::kinds::{SasAuthBinding, SasInstallCode};
use sas_api::status::{CallRecord, GatePart, Outcome, Phase};
use sas_api::{Reason, Risk, condition};
use sas_engine::operation::Gate;
use sas_sim::Record;
use sas_sim::world::Edition;
use sas_tests::approve::{self, command_in};
use sas_tests::kstatus::{self, Kstatus};
use sas_tests::wait::{self, condition};
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests};
use serde_json::json;

/// Waits for the plan, checks how it waits, and runs the command in the message word for word.
async fn approve_by_hand<K: Gate>(flow: &Flow, name: &str) -> Result<K> {
    let (object, hash) = flow.pending::<K>(name).await?;
    let (status, reason, message) = wait::ready(&object).context("Ready is missing")?;
    assert_eq!((status.as_str(), reason.as_str()), ("False", "AwaitingApproval"));
    let approved = condition(&object, condition::APPROVED).context("Approved is missing")?;
    assert_eq!(
        (approved.0.as_str(), approved.1.as_str()),
        ("Unknown", "AwaitingApproval")
    );
    assert_eq!(
        kstatus::read(&serde_json::to_value(&object)?),
        Kstatus::InProgress
    );
    flow.cloud.assert_no_write();

    let command = command_in(&message)?;
    ensure!(
        command.contains(&hash),
        "the command does not hold the whole hash: {command}"
    );
    let output = approve::run(&flow.world, Identity::Approver, command).await?;
    ensure!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(object)
}

/// The record of the only call, after checking that all of it was kept.
fn only_call<K: Gate>(object: &K, write: &Record) -> Result<CallRecord> {
    let gate = object.status().context("there is no status")?.gate();
    let execution = gate.execution.as_ref().context("nothing was executed")?;
    assert_eq!(execution.outcome, Some(Outcome::Succeeded));
    assert_eq!(gate.executed_generation, object.meta().generation);
    assert_eq!(execution.calls.len(), 1);
    let call = execution.calls[0].clone();
    let receipt = call.receipt.as_ref().context("the receipt is missing")?;
    assert_eq!(receipt.request_id.as_deref(), Some(write.request_id.as_str()));
    if let Some(intent) = &call.intent {
        assert_eq!(
            intent.nonce, write.nonce,
            "another nonce was sent than the intent's"
        );
    }
    Ok(call)
}

/// Every parameter that the plan shows went on the wire exactly so, and nothing else did.
fn assert_sent_as_planned<K: Gate>(planned: &K, write: &Record) -> Result<()> {
    let gate = planned.status().context("there is no status")?.gate();
    let calls = &gate.plan.as_ref().context("there is no plan")?.plan.calls;
    assert_eq!(calls.len(), 1);
    for parameter in &calls[0].parameters {
        let sent = write.parameters.get(&parameter.name);
        match &parameter.value {
            Some(value) => assert_eq!(sent, Some(value), "{}", parameter.name),
            None => assert!(sent.is_some(), "{} was not sent", parameter.name),
        }
    }
    for name in write.parameters.keys() {
        let planned = calls[0].parameters.iter().any(|p| p.name == *name);
        assert!(
            planned || name == "ClientToken",
            "{name} was sent and stands in no plan"
        );
    }
    Ok(())
}

/// A gated write of one call: three status writes (plan, intent, result) and two events.
async fn assert_budget(flow: &Flow, mark: usize, plural: &str, kind: &str, name: &str) -> Result<()> {
    // An event follows the status that it speaks of; a surplus one would come right after it.
    let both = || flow.proxy.traffic().events(mark, kind, name).len() >= 2;
    wait::until_true("both events", both).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let writes = flow.proxy.traffic().stored_status_writes(mark, plural, name);
    assert_eq!(writes.len(), 3, "status writes: {writes:#?}");
    let events = flow.proxy.traffic().events(mark, kind, name);
    let reasons: Vec<_> = events
        .iter()
        .map(|e| e.body["reason"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(reasons, ["AwaitingApproval", "InSync"], "events: {events:#?}");
    Ok(())
}

pub async fn binding_by_subscription(world: World) -> Result<()> {
    let flow = Flow::start(&world, "happy").await?;
    flow.account_ready().await?;
    let mark = flow.proxy.traffic().mark();
    let uuids = [cloud::web(2), cloud::web(1)];
    flow.create(&manifests::binding_of("web", "Ultimate", &uuids)?)
        .await?;

    let planned = approve_by_hand::<SasAuthBinding>(&flow, "web").await?;
    let gate = &planned.status.as_ref().context("there is no status")?.gate;
    let plan = gate.plan.as_ref().context("there is no plan")?;
    assert_eq!(
        (plan.target_count, plan.call_count, plan.plan.risk),
        (2, 1, Risk::R3)
    );
    let targets: Vec<_> = plan
        .plan
        .targets
        .iter()
        .map(|t| (t.uuid.clone(), t.name.as_str()))
        .collect();
    assert_eq!(targets, [(cloud::web(1), "web-1"), (cloud::web(2), "web-2")]);
    assert_eq!(plan.account_id, cloud::ACCOUNT);

    let done = flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    let write = flow.cloud.only_write(cloud::BIND);
    assert_sent_as_planned(&planned, &write)?;
    only_call(&done, &write)?;
    ensure!(
        write.user_agent.starts_with("sas-operator/"),
        "user agent {}",
        write.user_agent
    );
    for number in [1, 2] {
        assert_eq!(flow.cloud.edition(number), Some(Edition::ULTIMATE));
    }
    assert_eq!(flow.cloud.edition(3), Some(Edition::FREE));
    let status = done.status.as_ref().context("there is no status")?;
    assert_eq!((status.matched, status.in_sync), (Some(2), Some(2)));
    let ready = wait::ready(&done).context("Ready is missing")?;
    assert_eq!((ready.0.as_str(), ready.1.as_str()), ("True", "InSync"));
    let approved = condition(&done, condition::APPROVED).context("Approved is missing")?;
    assert_eq!(approved.0, "True");
    assert_eq!(kstatus::read(&serde_json::to_value(&done)?), Kstatus::Current);
    assert_budget(&flow, mark, "sasauthbindings", "SasAuthBinding", "web").await
}

pub async fn install_code_is_created(world: World) -> Result<()> {
    let flow = Flow::start(&world, "happy").await?;
    flow.account_ready().await?;
    let mark = flow.proxy.traffic().mark();
    flow.create(&manifests::install_code("agents")?).await?;

    let planned = approve_by_hand::<SasInstallCode>(&flow, "agents").await?;
    let gate = &planned.status.as_ref().context("there is no status")?.gate;
    assert_eq!(gate.plan.as_ref().map(|p| p.plan.risk), Some(Risk::R2));

    let done = flow.phase::<SasInstallCode>("agents", Phase::Ready).await?;
    let write = flow.cloud.only_write(cloud::ADD_CODE);
    assert_sent_as_planned(&planned, &write)?;
    only_call(&done, &write)?;
    assert_eq!(kstatus::read(&serde_json::to_value(&done)?), Kstatus::Current);

    let codes = flow.cloud.install_codes();
    assert_eq!(codes.len(), 1);
    let secret = wait::until("the output Secret", || async {
        Ok(flow.api::<Secret>().get_opt("agents-install-code").await?)
    })
    .await?;
    let data = secret.data.clone().context("the Secret is empty")?;
    assert_eq!(
        data.get("code").map(|c| c.0.as_slice()),
        Some(codes[0].as_bytes())
    );
    let command_holds_code = data
        .iter()
        .any(|(key, value)| key != "code" && String::from_utf8_lossy(&value.0).contains(&codes[0]));
    ensure!(command_holds_code, "no command with the code: {:?}", data.keys());
    let owners: Vec<_> = secret.owner_references().iter().map(|o| o.uid.clone()).collect();
    assert_eq!(owners, [done.uid().context("no uid")?]);
    assert_budget(&flow, mark, "sasinstallcodes", "SasInstallCode", "agents").await
}

pub async fn binding_by_use(world: World) -> Result<()> {
    let mut paid_by_use = cloud::world();
    let centre = paid_by_use.centre(cloud::ACCOUNT, cloud::CENTRE);
    centre.subscription = None;
    centre.pay_as_you_go = Some(cloud::pay_as_you_go(Timestamp::now()));
    let flow = Flow::start_in(&world, "by-use", paid_by_use).await?;
    let targets = json!({"selector": {"groupNames": ["web"]}, "instanceIDs": [cloud::instance(1)]});
    flow.create(&manifests::binding("web", "Enterprise", &targets)?)
        .await?;

    let planned = approve_by_hand::<SasAuthBinding>(&flow, "web").await?;
    let done = flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    let write = flow.cloud.only_write(cloud::BIND_POST_PAID);
    assert_sent_as_planned(&planned, &write)?;
    only_call(&done, &write)?;
    for number in 1..=3 {
        assert_eq!(flow.cloud.edition(number), Some(Edition::ENTERPRISE));
    }
    Ok(())
}

pub async fn with_the_newer_signature(world: World) -> Result<()> {
    let mut flow = Flow::prepare(&world, "v3", cloud::world()).await?;
    flow.create(&manifests::valid_credentials()?).await?;
    let mut account = manifests::account(&[])?;
    account.spec.signature = sas_api::kinds::account::SignatureVersion::V3;
    flow.create(&account).await?;
    flow.start_operator()?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let planned = approve_by_hand::<SasAuthBinding>(&flow, "web").await?;
    let done = flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    let write = flow.cloud.only_write(cloud::BIND);
    assert_eq!(write.signature, Some("V3"));
    assert_sent_as_planned(&planned, &write)?;
    only_call(&done, &write)?;
    Ok(())
}

pub async fn two_ways_to_pay_need_a_choice(world: World) -> Result<()> {
    let mut both = cloud::world();
    let centre = both.centre(cloud::ACCOUNT, cloud::CENTRE);
    centre.pay_as_you_go = Some(cloud::pay_as_you_go(Timestamp::now()));
    let flow = Flow::start_in(&world, "choose", both).await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let api = flow.api::<SasAuthBinding>();
    let blocked = wait::reason(&api, "web", Reason::ChooseMode).await?;
    let message = wait::ready(&blocked).context("Ready is missing")?.2;
    ensure!(
        message.contains("mode"),
        "the message does not name the field: {message}"
    );
    flow.cloud.assert_no_write();
    let patch = Patch::Merge(json!({"spec": {"mode": "PayAsYouGo"}}));
    flow.as_developer::<SasAuthBinding>()
        .patch("web", &PatchParams::default(), &patch)
        .await?;
    flow.approve_pending::<SasAuthBinding>("web").await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND_POST_PAID);
    Ok(())
}

pub async fn kubectl_shows_what_waits(world: World) -> Result<()> {
    let flow = Flow::start(&world, "columns").await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    flow.pending::<SasAuthBinding>("web").await?;
    let get = |what: &str| format!("kubectl get {what} --namespace={}", flow.namespace);
    let output = approve::run(&world, Identity::Developer, &get("sasauthbindings")).await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    ensure!(lines.len() == 2, "{text}");
    assert_eq!(
        lines[0],
        ["NAME", "PHASE", "RISK", "TARGETS", "COST", "REASON", "AGE"]
    );
    assert_eq!(lines[1][..4], ["web", "PendingApproval", "R3", "1"]);
    assert_eq!(lines[1][lines[1].len() - 2], "AwaitingApproval");
    let all = approve::run(&world, Identity::Developer, &get("sas")).await?;
    let all = String::from_utf8_lossy(&all.stdout).into_owned();
    ensure!(
        all.contains("sasauthbinding") && all.contains("sasaccount"),
        "{all}"
    );
    Ok(())
}
