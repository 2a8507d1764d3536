//! A tool takes an approval away: what the operator had recorded counts on, what it had not is lost, and
//! people can still say no.

use anyhow::{Result, ensure};
use sas_api::kinds::SasAuthBinding;
use sas_api::{Reason, annotations};
use sas_tests::gitops::Tool;
use sas_tests::world::Identity;
use sas_tests::{World, approve, wait};
use serde_json::{Value, json};

use super::Repository;

/// Somebody types `kubectl annotate` without the field manager of the printed command.
async fn annotate_plainly(repository: &Repository, who: Identity, key: &str, hash: &str) -> Result<()> {
    let annotate = format!("annotate --overwrite sasauthbindings.sas-operator.io web {key}={hash}");
    repository.kubectl(who, &annotate).await
}

/// A binding `web` that waits for approval under a tool, and its hash.
async fn waiting(world: &World, tool: Tool) -> Result<(Repository, String)> {
    let repository = Repository::new(world, tool, &["web"]).await?;
    let (_, hash) = repository.printed_command("web").await?;
    Ok((repository, hash))
}

/// A binding `web` whose approval the operator has recorded and a pause holds, and its hash.
async fn recorded(world: &World, tool: Tool) -> Result<(Repository, String)> {
    let (repository, hash) = waiting(world, tool).await?;
    repository.pause(json!("maintenance")).await?;
    annotate_plainly(&repository, Identity::Approver, annotations::APPROVED_PLAN, &hash).await?;
    let api = repository.flow.api::<SasAuthBinding>();
    let held = wait::reason(&api, "web", Reason::Paused).await?;
    let accepted = held.status.and_then(|status| status.gate.approval);
    ensure!(
        accepted.as_ref().is_some_and(|approval| approval.hash == hash),
        "the operator recorded {accepted:?}"
    );
    Ok((repository, hash))
}

/// Nothing of the approval is left but who took it away.
async fn assert_taken_away(repository: &Repository, who: &str, hash: &str) -> Result<()> {
    for key in [annotations::APPROVED_PLAN, annotations::APPROVED_BY] {
        assert_eq!(repository.annotation("web", key).await?, "", "{key}");
    }
    let stamp = repository.annotation("web", annotations::REVOKED_BY).await?;
    assert_eq!(stamp, format!("{who} {hash}"));
    Ok(())
}

/// The condition says who took the approval away, and how to approve so that it stays.
async fn assert_told(repository: &Repository, who: &str) -> Result<()> {
    let words = format!("was taken away by '{who}'");
    let api = repository.flow.api::<SasAuthBinding>();
    wait::object(&api, "web", "clear about who took the approval away", |object| {
        wait::ready(object).is_some_and(|(_, reason, message)| {
            reason == Reason::AwaitingApproval.as_str()
                && message.contains(&words)
                && message.contains("--field-manager=sas-approver")
        })
    })
    .await?;
    Ok(())
}

pub async fn what_kubectl_wrote_is_stripped(world: World) -> Result<()> {
    let (mut repository, hash) = waiting(&world, Tool::Flux).await?;
    repository.flow.kill_operator().await?;
    annotate_plainly(&repository, Identity::Approver, annotations::APPROVED_PLAN, &hash).await?;
    assert_eq!(repository.approved("web").await?, hash);
    repository.sync().await?;
    assert_taken_away(&repository, Tool::Flux.user(), &hash).await?;
    // The operator was away and has recorded nothing, so there is nothing to go on with.
    repository.flow.start_operator()?;
    assert_told(&repository, Tool::Flux.user()).await?;
    repository.assert_nothing_written().await?;
    // The remedy is the command as it was printed (see `an_approval_survives`), or to tell Flux.
    repository.flow.kill_operator().await?;
    repository.manifests[0]["metadata"]["annotations"] = json!({"kustomize.toolkit.fluxcd.io/ssa": "Merge"});
    repository.sync().await?;
    annotate_plainly(&repository, Identity::Approver, annotations::APPROVED_PLAN, &hash).await?;
    repository.sync().await?;
    assert_eq!(repository.approved("web").await?, hash);
    repository.flow.start_operator()?;
    repository.assert_carried_out().await
}

pub async fn a_recorded_approval_outlives_the_tool(world: World) -> Result<()> {
    let (repository, hash) = recorded(&world, Tool::Flux).await?;
    repository.sync().await?;
    assert_taken_away(&repository, Tool::Flux.user(), &hash).await?;
    repository.pause(Value::Null).await?;
    repository.assert_carried_out().await
}

pub async fn anybody_else_revokes(world: World) -> Result<()> {
    let (repository, hash) = recorded(&world, Tool::Flux).await?;
    // Who took it away is what the API server says, whatever the request claims.
    let claim = format!("{} {hash}", Tool::Flux.user());
    let api = repository.flow.as_developer::<SasAuthBinding>();
    let forged = [
        (annotations::APPROVED_PLAN, Value::Null),
        (annotations::REVOKED_BY, json!(claim)),
    ];
    approve::annotate(&api, "web", &forged).await?;
    assert_taken_away(&repository, "developer", &hash).await?;
    repository.sync().await?;
    assert_taken_away(&repository, "developer", &hash).await?;
    repository.pause(Value::Null).await?;
    assert_told(&repository, "developer").await?;
    repository.assert_nothing_written().await
}

pub async fn what_was_stripped_can_still_be_refused(world: World) -> Result<()> {
    let (repository, hash) = recorded(&world, Tool::Flux).await?;
    repository.sync().await?;
    assert_taken_away(&repository, Tool::Flux.user(), &hash).await?;
    // There is no annotation left to take away; a rejection says the same.
    let revoked = repository.plugin(&["revoke", "web"]).await?;
    revoked.ended(1, "`kubectl sas reject")?;
    repository.plugin(&["reject", "web"]).await?.well()?;
    repository.sync().await?;
    repository.pause(Value::Null).await?;
    wait::reason(&repository.flow.api::<SasAuthBinding>(), "web", Reason::Rejected).await?;
    repository.assert_nothing_written().await
}

pub async fn a_rejection_stops_the_tool(world: World) -> Result<()> {
    let (repository, hash) = waiting(&world, Tool::Flux).await?;
    annotate_plainly(&repository, Identity::Approver, annotations::REJECTED_PLAN, &hash).await?;
    let api = repository.flow.api::<SasAuthBinding>();
    wait::reason(&api, "web", Reason::Rejected).await?;
    // Taking a rejection away is a decision, and no service account decides: the tool fails, again and again.
    for _ in 0..2 {
        let words = "a service account cannot decide";
        Tool::Flux
            .refused(&repository.flow, &repository.manifests, words)
            .await?;
        assert_eq!(
            repository.annotation("web", annotations::REJECTED_PLAN).await?,
            hash
        );
    }
    // The remedy: the approver says it once more as the plugin does, and so owns the annotation.
    repository.plugin(&["reject", "web"]).await?.well()?;
    repository.sync().await?;
    assert_eq!(
        repository.annotation("web", annotations::REJECTED_PLAN).await?,
        hash
    );
    repository.assert_nothing_written().await
}
