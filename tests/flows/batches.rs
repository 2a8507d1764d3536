//! A plan of several calls over more servers than a status can hold: the whole list is approved, each
//! call is made once, and what happens between two calls counts.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_api::{Reason, annotations, condition};
use sas_sim::Record;
use sas_tests::approve::{annotate, hash_of};
use sas_tests::proxy::{Moment, Trap};
use sas_tests::{Flow, World, cloud, manifests, wait};
use serde_json::{Value, json};

const SERVERS: u32 = 120;
const PLURAL: &str = "sasauthbindings";

/// A flow with a binding of all servers in three calls of 50, 50 and 20 that waits, and its hash.
async fn waiting(world: &World, name: &str) -> Result<(Flow, SasAuthBinding, String)> {
    let flow = Flow::start_in(world, name, cloud::world_of(SERVERS)).await?;
    flow.create(&manifests::binding_of_web("web", "Ultimate")?)
        .await?;
    let (object, hash) = flow.pending::<SasAuthBinding>("web").await?;
    Ok((flow, object, hash))
}

fn servers_of(write: &Record) -> BTreeSet<String> {
    let named = write
        .parameters
        .iter()
        .filter(|(name, _)| name.starts_with("Bind."));
    named.map(|(_, uuid)| uuid.clone()).collect()
}

/// Proves that the cloud carried out three calls that together name every server exactly once.
fn assert_each_server_once(flow: &Flow) {
    let committed = flow.cloud.committed();
    let sizes: Vec<_> = committed.iter().map(|write| servers_of(write).len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
    let all: BTreeSet<_> = committed.iter().flat_map(servers_of).collect();
    assert_eq!(all, (1..=SERVERS).map(cloud::web).collect());
}

/// Approves and holds the intent of the second call before the API server sees it.
async fn held_between_calls(flow: &Flow, hash: &str) -> Result<Trap> {
    let second = |asked: &sas_tests::traffic::Asked| {
        asked.writes_status_of(PLURAL, "web") && asked.open_call() == Some(1)
    };
    let mut trap = flow.proxy.trap(Moment::BeforeForwarding, second);
    flow.approve::<SasAuthBinding>("web", hash).await?;
    trap.caught().await?;
    assert_eq!(flow.cloud.committed().len(), 1, "before the second intent");
    Ok(trap)
}

pub async fn a_large_plan_is_shown_in_full_and_carried_out(world: World) -> Result<()> {
    let (flow, object, hash) = waiting(&world, "large").await?;
    let plan = object
        .status
        .and_then(|s| s.gate.plan)
        .context("there is no plan")?;
    assert_eq!((plan.target_count, plan.call_count), (i64::from(SERVERS), 3));
    ensure!(
        plan.plan.targets.len() <= 100 && !plan.full_plan_config_maps.is_empty(),
        "the list is not cut"
    );
    let mut full = String::new();
    for name in &plan.full_plan_config_maps {
        // A person with the approver's rights has to be able to read it.
        let map = flow.as_approver::<ConfigMap>().get(name).await?;
        assert_eq!(map.immutable, Some(true));
        assert_eq!(map.owner_references().len(), 1);
        full.extend(map.data.into_iter().flatten().map(|(_, text)| text));
    }
    for number in 1..=SERVERS {
        ensure!(
            full.contains(&cloud::web(number)),
            "web-{number} is not in the full plan"
        );
    }
    let mark = flow.proxy.traffic().mark();
    flow.approve::<SasAuthBinding>("web", &hash).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    assert_each_server_once(&flow);
    // One intent per call and one result.
    assert_eq!(
        flow.proxy
            .traffic()
            .stored_status_writes(mark, PLURAL, "web")
            .len(),
        4
    );
    Ok(())
}

pub async fn a_crash_between_two_calls_repeats_none(world: World) -> Result<()> {
    let (mut flow, _, hash) = waiting(&world, "batch-crash").await?;
    let trap = held_between_calls(&flow, &hash).await?;
    flow.kill_operator().await?;
    drop(trap);
    flow.start_operator()?;
    let done = flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    assert_each_server_once(&flow);
    let execution = done
        .status
        .and_then(|s| s.gate.execution)
        .context("no execution")?;
    assert_eq!(execution.hash, hash);
    ensure!(
        execution.calls.iter().all(|call| call.receipt.is_some()),
        "a receipt is missing"
    );
    Ok(())
}

pub async fn a_revocation_between_two_calls_stops_the_rest(world: World) -> Result<()> {
    let (flow, _, hash) = waiting(&world, "batch-revoke").await?;
    let trap = held_between_calls(&flow, &hash).await?;
    let approver = flow.as_approver::<SasAuthBinding>();
    annotate(&approver, "web", &[(annotations::APPROVED_PLAN, Value::Null)]).await?;
    trap.release();
    let api = flow.api::<SasAuthBinding>();
    let stopped = wait::reason(&api, "web", Reason::Revoked).await?;
    ensure!(wait::in_phase(&stopped, Phase::Failed), "{stopped:?}");
    assert_eq!(flow.cloud.committed().len(), 1);
    // The reason outlives later looks, and nobody reads that the plan is still approved.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let later = flow.get::<SasAuthBinding>("web").await?;
    assert_eq!(
        wait::ready(&later).map(|(_, reason, _)| reason).as_deref(),
        Some("Revoked")
    );
    let decision = wait::condition(&later, condition::APPROVED).context("Approved is missing")?;
    assert_eq!(decision.0, "False");

    let retry = [(annotations::RETRY, json!("1"))];
    annotate(&flow.as_developer::<SasAuthBinding>(), "web", &retry).await?;
    let (rest, next) = flow.pending::<SasAuthBinding>("web").await?;
    ensure!(next != hash, "the revoked approval would count again");
    let plan = rest
        .status
        .and_then(|s| s.gate.plan)
        .context("there is no plan")?;
    assert_eq!(plan.target_count, i64::from(SERVERS) - 50);
    flow.approve::<SasAuthBinding>("web", &next).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    assert_each_server_once(&flow);
    Ok(())
}

pub async fn a_pause_between_two_calls_holds_the_rest(world: World) -> Result<()> {
    let (flow, _, hash) = waiting(&world, "batch-pause").await?;
    let trap = held_between_calls(&flow, &hash).await?;
    let approver = flow.as_approver::<SasAuthBinding>();
    annotate(&approver, "web", &[(annotations::PAUSED, json!("hold"))]).await?;
    trap.release();
    let api = flow.api::<SasAuthBinding>();
    let held = wait::reason(&api, "web", Reason::Paused).await?;
    assert_eq!(hash_of(&held)?, hash);
    assert_eq!(flow.cloud.committed().len(), 1);
    annotate(&approver, "web", &[(annotations::PAUSED, Value::Null)]).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    assert_each_server_once(&flow);
    Ok(())
}
