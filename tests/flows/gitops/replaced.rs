//! Tools and people that apply a manifest as a whole, or put another object in its place.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use kube::ResourceExt;
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_api::{Reason, annotations};
use sas_tests::gitops::Tool;
use sas_tests::world::Identity;
use sas_tests::{World, approve, wait};
use serde_json::{Value, json};

use super::Repository;

/// A binding `web` with an approval that no operator has seen, and its hash.
async fn approved(world: &World, tool: Tool) -> Result<(Repository, String)> {
    let mut repository = Repository::new(world, tool, &["web"]).await?;
    repository.flow.kill_operator().await?;
    let hash = repository.approve_by_command("web").await?;
    Ok((repository, hash))
}

pub async fn a_replacement_takes_an_approval_away(world: World) -> Result<()> {
    let (mut repository, hash) = approved(&world, Tool::ArgoCdReplace).await?;
    repository.pause(json!("maintenance")).await?;
    repository.sync().await?;
    for key in [annotations::APPROVED_PLAN, annotations::PAUSED] {
        assert_eq!(repository.annotation("web", key).await?, "", "{key}");
    }
    let stamp = repository.annotation("web", annotations::REVOKED_BY).await?;
    assert_eq!(stamp, format!("{} {hash}", Tool::ArgoCdReplace.user()));
    // Whatever a replacement wipes, the API server keeps who wrote the spec.
    let writers = repository.annotation("web", annotations::REQUESTED_BY).await?;
    assert_eq!(writers, Tool::ArgoCdReplace.user());

    // With force it is another object, whose plan has another hash.
    let before = repository.stored("web").await?.uid();
    repository.tool = Tool::ArgoCdForceReplace;
    repository.sync().await?;
    ensure!(
        repository.stored("web").await?.uid() != before,
        "the object is the same"
    );
    repository.flow.start_operator()?;
    let (_, next) = repository.printed_command("web").await?;
    ensure!(next != hash, "another object has the hash of the old one");
    repository.assert_nothing_written().await?;

    // The remedy: a tool that leaves alone what it does not own.
    repository.tool = Tool::ArgoCdServerSide;
    repository.flow.kill_operator().await?;
    repository.approve_by_command("web").await?;
    repository.sync().await?;
    assert_eq!(repository.approved("web").await?, next);
    repository.flow.start_operator()?;
    repository.assert_carried_out().await
}

pub async fn a_reverted_edit_needs_a_new_approval(world: World) -> Result<()> {
    let repository = Repository::new(&world, Tool::ArgoCd, &["web"]).await?;
    repository.pause(json!("maintenance")).await?;
    let hash = repository.approve_by_command("web").await?;
    let api = repository.flow.api::<SasAuthBinding>();
    wait::reason(&api, "web", Reason::Paused).await?;
    let edit = r#"patch sasauthbindings.sas-operator.io web --type=merge --patch='{"spec":{"edition":"Enterprise"}}'"#;
    repository.kubectl(Identity::Developer, edit).await?;
    let (_, edited) = repository.flow.pending::<SasAuthBinding>("web").await?;
    ensure!(edited != hash, "the edit has the hash of what was approved");

    let healed = repository.sync().await?;
    ensure!(healed.out_of_sync, "the edit is no drift: {healed:?}");
    assert_eq!(repository.approved("web").await?, hash);
    let writers = repository.annotation("web", annotations::REQUESTED_BY).await?;
    assert_eq!(writers, format!("{},developer", Tool::ArgoCd.user()));
    // The spec is what it was, and was another one in between.
    let again = wait::object(&api, "web", "planned for the reverted spec", |object| {
        wait::in_phase(object, Phase::PendingApproval)
            && approve::hash_of(object).is_ok_and(|next| next != edited)
    });
    ensure!(
        approve::hash_of(&again.await?)? != hash,
        "the old approval fits again"
    );
    repository.pause(Value::Null).await?;
    wait::reason(&api, "web", Reason::ApprovalStale).await?;
    repository.assert_nothing_written().await?;
    repository.approve_by_command("web").await?;
    repository.assert_carried_out().await
}

pub async fn a_pruned_object_comes_back_unapproved(world: World) -> Result<()> {
    let (mut repository, hash) = approved(&world, Tool::ArgoCd).await?;
    let manifests = std::mem::take(&mut repository.manifests);
    repository.sync().await?;
    let api = repository.flow.api::<SasAuthBinding>();
    wait::until("the object is pruned", async || {
        Ok(api.get_opt("web").await?.is_none().then_some(()))
    })
    .await?;
    repository.flow.start_operator()?;
    repository.manifests = manifests;
    repository.sync().await?;
    let (_, next) = repository.printed_command("web").await?;
    ensure!(next != hash, "another object has the hash of the old one");
    repository.assert_nothing_written().await
}

/// Writes a manifest to a file and returns the file.
fn file_of(repository: &Repository, manifest: &Value) -> Result<PathBuf> {
    let file = repository.flow.log_file().with_file_name("manifest.json");
    std::fs::write(&file, serde_json::to_vec(manifest)?).context("failed to write a manifest")?;
    Ok(file)
}

pub async fn a_whole_manifest_leaves_an_approval_alone(world: World) -> Result<()> {
    let (mut repository, hash) = approved(&world, Tool::ArgoCd).await?;
    let file = file_of(&repository, &repository.manifests[0])?;
    for way in ["", "--server-side --force-conflicts"] {
        let apply = format!("apply {way} --filename={}", file.display());
        repository.kubectl(Identity::Developer, &apply).await?;
        assert_eq!(repository.approved("web").await?, hash, "apply {way}");
        repository.sync().await?;
        assert_eq!(repository.approved("web").await?, hash, "after apply {way}");
    }
    repository.flow.start_operator()?;
    repository.assert_carried_out().await
}

/// An approver puts the annotation into a copy of the manifest and applies that.
pub async fn a_whole_manifest_cannot_carry_an_approval(world: World, tool: Tool) -> Result<()> {
    let mut repository = Repository::new(&world, tool, &["web"]).await?;
    let (_, hash) = repository.printed_command("web").await?;
    repository.flow.kill_operator().await?;
    let mut manifest = repository.manifests[0].clone();
    manifest["metadata"]["annotations"] = json!({annotations::APPROVED_PLAN: hash});
    let file = file_of(&repository, &manifest)?;
    repository
        .kubectl(
            Identity::Approver,
            &format!("apply --filename={}", file.display()),
        )
        .await?;
    assert_eq!(repository.approved("web").await?, hash);
    repository.sync().await?;
    assert_eq!(repository.approved("web").await?, "", "{tool:?} left it");
    Ok(())
}
