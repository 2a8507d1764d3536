//! No write without an approval of exactly that plan. Each flow tries one way around it; the cloud's
//! request log has to stay without a single attempt.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_api::{Reason, Risk, annotations, condition};
use sas_sim::world::Edition;
use sas_tests::approve::{self, annotate};
use sas_tests::kstatus::{self, Kstatus};
use sas_tests::wait;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests};
use serde_json::{Value, json};

/// Longer than two looks at the cloud.
const A_WHILE: Duration = Duration::from_secs(2 * manifests::REFRESH_SECONDS.unsigned_abs() + 2);

/// A flow with a binding of the first web server that waits for approval, and its hash.
async fn waiting(world: &World, name: &str) -> Result<(Flow, String)> {
    let flow = Flow::start(world, name).await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
    Ok((flow, hash))
}

async fn assert_no_write_for_a_while(flow: &Flow) -> Result<()> {
    let attempted = || !flow.cloud.write_attempts().is_empty();
    wait::never("a write to the cloud", A_WHILE, attempted).await
}

/// Changes the spec as the developer.
async fn edit(flow: &Flow, spec: Value) -> Result<()> {
    let patch = Patch::Merge(json!({"spec": spec}));
    flow.as_developer::<SasAuthBinding>()
        .patch("web", &PatchParams::default(), &patch)
        .await?;
    Ok(())
}

async fn set(flow: &Flow, key: &str, value: Value) -> Result<()> {
    annotate(&flow.as_approver::<SasAuthBinding>(), "web", &[(key, value)]).await?;
    Ok(())
}

/// Approves and waits for the end; proves that one write came of it.
async fn approve_and_finish(flow: &Flow) -> Result<SasAuthBinding> {
    flow.approve_pending::<SasAuthBinding>("web").await?;
    let done = flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(done)
}

pub async fn without_approval_nothing_happens(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "unapproved").await?;
    let mark = flow.proxy.traffic().mark();
    assert_no_write_for_a_while(&flow).await?;
    let (_, later) = flow.pending::<SasAuthBinding>("web").await?;
    assert_eq!(hash, later, "a waiting plan changed by itself");
    let writes = flow
        .proxy
        .traffic()
        .stored_status_writes(mark, "sasauthbindings", "web");
    ensure!(writes.is_empty(), "waiting costs writes: {writes:#?}");
    Ok(())
}

pub async fn only_the_whole_hash_counts(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "nearly").await?;
    let bare = hash.trim_start_matches("sha256:");
    let attempts = [
        "true".to_owned(),
        "auto".to_owned(),
        hash[..20].to_owned(),
        hash[..hash.len() - 1].to_owned(),
        format!("{hash}0"),
        format!(" {hash}"),
        bare.to_owned(),
        hash.to_uppercase(),
        "*".to_owned(),
        format!("sha256:{}", "0".repeat(64)),
    ];
    let approver = flow.as_approver::<SasAuthBinding>();
    for attempt in attempts {
        let approval = [(annotations::APPROVED_PLAN, json!(attempt))];
        approve::refused(&approver, "web", &approval, &hash).await?;
        flow.cloud.assert_no_write();
    }
    // An empty value is none.
    flow.approve::<SasAuthBinding>("web", "").await?;
    assert_no_write_for_a_while(&flow).await?;
    wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::AwaitingApproval).await?;
    approve_and_finish(&flow).await?;
    Ok(())
}

pub async fn the_hash_of_another_plan_does_not_count(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "foreign").await?;
    flow.create(&manifests::binding_of("other", "Ultimate", &[cloud::web(2)])?)
        .await?;
    let (_, other) = flow.pending::<SasAuthBinding>("other").await?;
    ensure!(hash != other, "two plans have one hash");
    let approval = [(annotations::APPROVED_PLAN, json!(other))];
    approve::refused(&flow.as_approver::<SasAuthBinding>(), "web", &approval, &hash).await?;
    assert_no_write_for_a_while(&flow).await
}

pub async fn an_edit_after_the_approval_needs_a_new_one(world: World) -> Result<()> {
    let (mut flow, hash) = waiting(&world, "edited").await?;
    // Nobody looks while both happen, so that the approval is there first.
    flow.kill_operator().await?;
    flow.approve::<SasAuthBinding>("web", &hash).await?;
    edit(&flow, json!({"edition": "Enterprise"})).await?;
    flow.start_operator()?;
    let stale = wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::ApprovalStale).await?;
    ensure!(
        approve::hash_of(&stale)? != hash,
        "another spec has the same hash"
    );
    assert_no_write_for_a_while(&flow).await?;
    approve_and_finish(&flow).await?;
    assert_eq!(flow.cloud.edition(1), Some(Edition::ENTERPRISE));
    Ok(())
}

pub async fn a_change_in_the_cloud_after_the_approval_needs_a_new_one(world: World) -> Result<()> {
    let (mut flow, hash) = waiting(&world, "moved").await?;
    flow.kill_operator().await?;
    flow.approve::<SasAuthBinding>("web", &hash).await?;
    flow.cloud.set_edition(1, Edition::ENTERPRISE);
    flow.start_operator()?;
    let stale = wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::ApprovalStale).await?;
    ensure!(
        approve::hash_of(&stale)? != hash,
        "another starting point has the same hash"
    );
    assert_no_write_for_a_while(&flow).await?;
    approve_and_finish(&flow).await?;
    Ok(())
}

pub async fn a_rejection_stops_until_a_new_plan_is_asked_for(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "rejected").await?;
    set(&flow, annotations::REJECTED_PLAN, json!(hash)).await?;
    let rejected = flow.phase::<SasAuthBinding>("web", Phase::Rejected).await?;
    let approved = wait::condition(&rejected, condition::APPROVED).context("Approved is missing")?;
    assert_eq!((approved.0.as_str(), approved.1.as_str()), ("False", "Rejected"));
    assert_eq!(kstatus::read(&serde_json::to_value(&rejected)?), Kstatus::Failed);
    // A refusal outweighs an approval of the same plan.
    let approval = [(annotations::APPROVED_PLAN, json!(hash))];
    let words = "a plan is either approved or rejected";
    approve::refused(&flow.as_approver::<SasAuthBinding>(), "web", &approval, words).await?;
    assert_no_write_for_a_while(&flow).await?;
    set(&flow, annotations::REPLAN, json!("1")).await?;
    let (_, again) = flow.pending::<SasAuthBinding>("web").await?;
    ensure!(again != hash, "a new plan has the rejected hash");
    // The printed command takes the old rejection away; without that nobody could approve.
    let approval = [(annotations::APPROVED_PLAN, json!(again))];
    approve::refused(&flow.as_approver::<SasAuthBinding>(), "web", &approval, words).await?;
    let waiting = flow.get::<SasAuthBinding>("web").await?;
    let message = wait::ready(&waiting).context("Ready is missing")?.2;
    let ran = approve::run(&world, Identity::Approver, approve::command_in(&message)?).await?;
    ensure!(ran.status.success(), "{ran:?}");
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn a_pause_holds_an_approved_plan(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "paused").await?;
    set(&flow, annotations::PAUSED, json!("maintenance")).await?;
    flow.approve::<SasAuthBinding>("web", &hash).await?;
    let held = wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::Paused).await?;
    let message = wait::ready(&held).context("Ready is missing")?.2;
    ensure!(
        message.contains(annotations::PAUSED),
        "the message does not say how to go on: {message}"
    );
    assert_no_write_for_a_while(&flow).await?;
    set(&flow, annotations::PAUSED, Value::Null).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn an_approval_can_end(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "ended").await?;
    let approver = flow.as_approver::<SasAuthBinding>();
    let until = |time: &str| {
        [
            (annotations::APPROVED_PLAN, json!(hash)),
            (annotations::APPROVAL_NOT_AFTER, json!(time)),
        ]
    };
    approve::refused(&approver, "web", &until("tomorrow"), "must be an RFC 3339 time").await?;
    annotate(&approver, "web", &until("2020-01-01T00:00:00Z")).await?;
    wait::reason(&flow.api::<SasAuthBinding>(), "web", Reason::ApprovalExpired).await?;
    assert_no_write_for_a_while(&flow).await?;
    // The printed command leaves nothing of the end that is over.
    let expired = flow.get::<SasAuthBinding>("web").await?;
    let (_, _, message) = wait::ready(&expired).context("Ready is missing")?;
    let ran = approve::run(&world, Identity::Approver, approve::command_in(&message)?).await?;
    ensure!(ran.status.success(), "{ran:?}");
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}

pub async fn a_loss_of_protection_needs_a_comment_and_somebody_else(world: World) -> Result<()> {
    let flow = Flow::start_in(&world, "unbind", cloud::bound_world()?).await?;
    let unbind = manifests::binding_of("web", "Free", &[cloud::web(1)])?;
    let admin = flow.api::<SasAuthBinding>();
    admin.create(&PostParams::default(), &unbind).await?;
    let (object, hash) = flow.pending::<SasAuthBinding>("web").await?;
    let plan = object
        .status
        .and_then(|s| s.gate.plan)
        .context("there is no plan")?;
    assert_eq!(plan.plan.risk, Risk::R4);

    let approver = flow.as_approver::<SasAuthBinding>();
    let approval = (annotations::APPROVED_PLAN, json!(hash));
    let comment = (annotations::APPROVAL_COMMENT, json!("decommissioned"));
    approve::refused(
        &approver,
        "web",
        std::slice::from_ref(&approval),
        "needs approval.sas-operator.io/comment",
    )
    .await?;
    let own = [approval.clone(), comment.clone()];
    approve::refused(&admin, "web", &own, "you wrote this spec yourself").await?;
    assert_no_write_for_a_while(&flow).await?;

    // Where the API server stamps names, it does not matter which one somebody sends.
    let another_name = (annotations::APPROVED_BY, json!("bob"));
    annotate(&approver, "web", &[approval, comment, another_name]).await?;
    let done = flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    let approval = done
        .status
        .and_then(|s| s.gate.approval)
        .context("no approval was kept")?;
    assert_eq!(approval.by.as_deref(), Some("approver"));
    assert_eq!(approval.comment.as_deref(), Some("decommissioned"));
    assert_eq!(flow.cloud.edition(1), Some(Edition::FREE));
    Ok(())
}

pub async fn a_recreated_resource_needs_its_own_approval(world: World) -> Result<()> {
    let (flow, hash) = waiting(&world, "recreated").await?;
    let developer = flow.as_developer::<SasAuthBinding>();
    developer.delete("web", &DeleteParams::default()).await?;
    let mut again = manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?;
    let approved = (annotations::APPROVED_PLAN.to_owned(), hash.clone());
    again.metadata.annotations = Some([approved].into());
    let copied = flow.create(&again).await.map(|_| ());
    let refusal = format!("{:#}", copied.err().context("an object was born approved")?);
    ensure!(refusal.contains("cannot be created with a decision"), "{refusal}");
    again.metadata.annotations = None;
    flow.create(&again).await?;
    let (_, next) = flow.pending::<SasAuthBinding>("web").await?;
    ensure!(next != hash, "two objects of one name have one hash");
    let approval = [(annotations::APPROVED_PLAN, json!(hash))];
    approve::refused(&flow.as_approver::<SasAuthBinding>(), "web", &approval, &next).await?;
    assert_no_write_for_a_while(&flow).await
}

pub async fn one_server_has_one_binding(world: World) -> Result<()> {
    let (flow, _) = waiting(&world, "claimed").await?;
    // Ages count in whole seconds.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    flow.create(&manifests::binding_of("late", "Enterprise", &[cloud::web(1)])?)
        .await?;
    let late = wait::reason(&flow.api::<SasAuthBinding>(), "late", Reason::TargetClaimed).await?;
    let message = wait::ready(&late).context("Ready is missing")?.2;
    ensure!(
        message.contains("web"),
        "the message does not name the other binding: {message}"
    );
    approve_and_finish(&flow).await?;
    assert_eq!(flow.cloud.edition(1), Some(Edition::ULTIMATE));
    // The older one goes: now the later one decides.
    flow.as_developer::<SasAuthBinding>()
        .delete("web", &DeleteParams::default())
        .await?;
    flow.api::<SasAuthBinding>().get("late").await?;
    wait::object(
        &flow.api::<SasAuthBinding>(),
        "late",
        "free of the claim",
        |object| wait::ready(object).is_some_and(|(_, reason, _)| reason != "TargetClaimed"),
    )
    .await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}
