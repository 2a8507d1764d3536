//! The API server misbehaves: it is away, its answers are late, or the operator judged an object that is
//! not the present one any more. Nothing is sent on the strength of a stale object, and nothing that was
//! sent is forgotten.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kube::api::{Patch, PatchParams};
use sas_api::kinds::SasAuthBinding;
use sas_api::status::{GatePart, Phase};
use sas_api::{Reason, annotations};
use sas_tests::approve::annotate;
use sas_tests::proxy::{Moment, Trap};
use sas_tests::traffic::Asked;
use sas_tests::{Flow, World, cloud, manifests, wait};
use serde_json::{Value, json};

const PLURAL: &str = "sasauthbindings";

/// A flow with a binding that waits for approval, and its hash.
async fn waiting(world: &World, name: &str) -> Result<(Flow, String)> {
    let flow = Flow::start(world, name).await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
    Ok((flow, hash))
}

fn is_intent(asked: &Asked) -> bool {
    asked.writes_status_of(PLURAL, "web") && asked.has_open_intent()
}

fn is_receipt(asked: &Asked) -> bool {
    asked.writes_status_of(PLURAL, "web") && asked.has_receipt()
}

/// Approves and holds the intent before it reaches the API server.
async fn held_at_intent(flow: &Flow, hash: &str) -> Result<Trap> {
    let mut trap = flow.proxy.trap(Moment::BeforeForwarding, is_intent);
    flow.approve::<SasAuthBinding>("web", hash).await?;
    trap.caught().await?;
    Ok(trap)
}

/// How many of the operator's status writes were refused: one, or more while its cache is still behind.
fn conflicts(flow: &Flow) -> usize {
    let writes = flow.proxy.traffic().status_writes(0, PLURAL, "web");
    writes.iter().filter(|asked| asked.status == Some(409)).count()
}

pub async fn an_object_that_changed_is_judged_again(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "stale").await?;
    let trap = held_at_intent(&flow, &hash).await?;
    annotate(
        &flow.api::<SasAuthBinding>(),
        "web",
        &[("example.com/touched", json!("yes"))],
    )
    .await?;
    trap.release();
    wait::until_true("a conflict", || conflicts(&flow) > 0).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    assert_eq!(
        flow.cloud.requests_of(cloud::BIND).len(),
        1,
        "the refused intent was sent too"
    );
    Ok(())
}

pub async fn an_approval_taken_back_at_the_last_moment_counts(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "revoked").await?;
    let trap = held_at_intent(&flow, &hash).await?;
    let revoke = [(annotations::APPROVED_PLAN, Value::Null)];
    annotate(&flow.as_approver::<SasAuthBinding>(), "web", &revoke).await?;
    trap.release();
    wait::until_true("a conflict", || conflicts(&flow) > 0).await?;
    wait::never("a write", Duration::from_secs(15), || {
        !flow.cloud.write_attempts().is_empty()
    })
    .await?;
    wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::AwaitingApproval).await?;
    Ok(())
}

pub async fn an_edit_at_the_last_moment_counts(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "late-edit").await?;
    let trap = held_at_intent(&flow, &hash).await?;
    let patch = Patch::Merge(json!({"spec": {"edition": "Enterprise"}}));
    flow.as_developer::<SasAuthBinding>()
        .patch("web", &PatchParams::default(), &patch)
        .await?;
    trap.release();
    wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::ApprovalStale).await?;
    flow.cloud.assert_no_write();
    Ok(())
}

pub async fn an_intent_that_is_stored_late_is_used(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "slow").await?;
    let mut trap = flow.proxy.trap(Moment::BeforeAnswering, is_intent);
    flow.approve::<SasAuthBinding>("web", &hash).await?;
    trap.caught().await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    flow.cloud.assert_no_write();
    trap.release();
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn an_outage_while_a_plan_waits(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "outage").await?;
    flow.proxy.away();
    flow.approve::<SasAuthBinding>("web", &hash).await?;
    wait::never("a write", Duration::from_secs(12), || {
        !flow.cloud.write_attempts().is_empty()
    })
    .await?;
    flow.proxy.back()?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn an_outage_before_the_receipt_is_stored(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "outage").await?;
    let mut trap = flow.proxy.trap(Moment::BeforeForwarding, is_receipt);
    flow.approve::<SasAuthBinding>("web", &hash).await?;
    trap.caught().await?;
    flow.proxy.away();
    drop(trap);
    let write = flow.cloud.only_write(cloud::BIND);
    tokio::time::sleep(Duration::from_secs(5)).await;
    flow.proxy.back()?;
    let done = flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    // The operator lived on: the request id of the reply was not lost.
    let execution = done
        .status
        .and_then(|s| s.gate().execution.clone())
        .context("no execution")?;
    let receipt = execution.calls[0]
        .receipt
        .clone()
        .context("the receipt is missing")?;
    assert_eq!(receipt.request_id.as_deref(), Some(write.request_id.as_str()));
    Ok(())
}

/// Kills the API server itself; whoever runs it starts it again. Disturbs every other flow.
pub async fn a_real_restart(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "restart").await?;
    let mut trap = flow.proxy.trap(Moment::BeforeForwarding, is_receipt);
    flow.approve::<SasAuthBinding>("web", &hash).await?;
    trap.caught().await?;
    let before = api_server(&world)?;
    let killed = std::process::Command::new("kill")
        .args(["-KILL", &before])
        .status()?;
    ensure!(killed.success(), "failed to kill the API server {before}");
    let api = flow.api::<SasAuthBinding>();
    let is_there = async || api.get("web").await.is_ok();
    wait::until("the API server is gone", async || {
        Ok((!is_there().await).then_some(()))
    })
    .await?;
    trap.release();
    wait::until("the API server is back", async || {
        Ok(is_there().await.then_some(()))
    })
    .await?;
    ensure!(api_server(&world)? != before, "the API server was never gone");
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    // The operator goes on watching.
    let later = manifests::binding_of("later", "Ultimate", &[cloud::web(2)])?;
    // A kind is admitted some moments after it is served again.
    wait::until("the kind is admitted again", async || {
        Ok(flow.create(&later).await.ok())
    })
    .await?;
    flow.pending::<SasAuthBinding>("later").await?;
    Ok(())
}

/// Process id of the API server that runs.
fn api_server(world: &World) -> Result<String> {
    let file = world.dir().join("controlplane/kube-apiserver.pid");
    let pid = std::fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
    Ok(pid.trim().to_owned())
}
