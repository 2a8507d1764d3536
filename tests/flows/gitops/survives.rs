//! An approval that was given as we tell people to give it outlives whatever the tools do.

use std::time::Duration;

use anyhow::{Result, ensure};
use kube::ResourceExt;
use sas_api::annotations;
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_tests::gitops::Tool;
use sas_tests::world::Identity;
use sas_tests::{World, cloud};
use serde_json::json;

use super::Repository;

/// A binding for each way to approve: the command that the condition prints, the server-side apply of the
/// plugin, and what somebody types by heart, which Flux strips.
fn ways(tool: Tool) -> &'static [&'static str] {
    match tool {
        Tool::Flux => &["by-command", "by-plugin"],
        _ => &["by-command", "by-plugin", "by-heart"],
    }
}

pub async fn an_approval_survives(world: World, tool: Tool) -> Result<()> {
    let mut repository = Repository::new(&world, tool, ways(tool)).await?;
    let writer = repository
        .annotation("by-command", annotations::REQUESTED_BY)
        .await?;
    assert_eq!(writer, tool.user());
    let mut commands = Vec::new();
    for way in ways(tool) {
        commands.push(repository.printed_command(way).await?);
    }
    // Nobody records the approvals: only the annotations can carry them through what follows.
    repository.flow.kill_operator().await?;
    for (way, (command, hash)) in ways(tool).iter().zip(&commands) {
        match *way {
            "by-plugin" => {
                repository
                    .plugin(&["approve", way, "--yes", hash])
                    .await?
                    .well()?;
            }
            "by-heart" => {
                let by_heart = command.replace("--field-manager=sas-approver ", "");
                ensure!(
                    by_heart != *command,
                    "the command names no field manager: {command}"
                );
                repository.shell(Identity::Approver, &by_heart).await?;
            }
            _ => repository.shell(Identity::Approver, command).await?,
        }
    }
    let hashes: Vec<String> = commands.into_iter().map(|(_, hash)| hash).collect();

    let again = repository.sync().await?;
    ensure!(!again.out_of_sync, "an approval is drift: {again:?}");
    assert_approved(&repository, &hashes).await?;
    commit_label(&mut repository).await?;
    assert_approved(&repository, &hashes).await?;
    revert_drift(&repository).await?;
    assert_approved(&repository, &hashes).await?;

    repository.flow.start_operator()?;
    carried_out_while_syncing(&repository).await?;
    assert_eq!(repository.flow.cloud.committed().len(), hashes.len());
    for (name, hash) in ways(tool).iter().zip(&hashes) {
        let done = repository.stored(name).await?;
        let accepted = done.status.and_then(|status| status.gate.approval);
        let accepted = accepted.map(|approval| (approval.hash, approval.by));
        assert_eq!(accepted, Some((hash.clone(), Some("approver".to_owned()))));
    }
    Ok(())
}

async fn assert_approved(repository: &Repository, hashes: &[String]) -> Result<()> {
    for (name, hash) in ways(repository.tool).iter().zip(hashes) {
        let approved = repository.approved(name).await?;
        ensure!(
            approved == *hash,
            "{name}: {:?} left {approved:?}",
            repository.tool
        );
        let by = repository.annotation(name, annotations::APPROVED_BY).await?;
        ensure!(by == "approver", "{name}: {:?} left {by:?}", repository.tool);
    }
    Ok(())
}

/// A commit that changes no spec.
async fn commit_label(repository: &mut Repository) -> Result<()> {
    for manifest in &mut repository.manifests {
        manifest["metadata"]["labels"]["team"] = json!("blue");
    }
    repository.sync().await?;
    assert_eq!(repository.stored("by-plugin").await?.labels()["team"], "blue");
    Ok(())
}

/// Somebody changes a label in the cluster, and the tool heals it.
async fn revert_drift(repository: &Repository) -> Result<()> {
    let relabel = "label --overwrite sasauthbindings.sas-operator.io --all team=red";
    repository.kubectl(Identity::Developer, relabel).await?;
    repository.sync().await?;
    assert_eq!(repository.stored("by-command").await?.labels()["team"], "blue");
    Ok(())
}

/// The tool makes one round after the other until the operator is done.
async fn carried_out_while_syncing(repository: &Repository) -> Result<()> {
    let rounds = async {
        loop {
            repository.sync().await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let done = async {
        for name in ways(repository.tool) {
            repository
                .flow
                .phase::<SasAuthBinding>(name, Phase::Ready)
                .await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        failed = rounds => failed,
        done = done => done,
    }?;
    assert_eq!(repository.flow.cloud.committed()[0].action, cloud::BIND);
    Ok(())
}
