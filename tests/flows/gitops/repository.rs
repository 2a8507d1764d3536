//! A repository can say what is wanted, and nothing about who agreed to it or what became of it.

use anyhow::{Result, ensure};
use kube::ResourceExt;
use sas_api::kinds::SasAuthBinding;
use sas_api::{Reason, annotations};
use sas_tests::gitops::Tool;
use sas_tests::world::Identity;
use sas_tests::{World, cloud, wait};
use serde_json::{Value, json};

use super::Repository;

pub async fn a_commit_decides_nothing(world: World, tool: Tool) -> Result<()> {
    let mut repository = Repository::new(&world, tool, &["web"]).await?;
    let (_, hash) = repository.printed_command("web").await?;
    let good = repository.manifests.clone();
    for decision in [
        json!({annotations::APPROVED_PLAN: hash}),
        json!({annotations::APPROVED_PLAN: hash, annotations::APPROVED_BY: "approver"}),
        json!({annotations::REJECTED_PLAN: hash}),
    ] {
        repository.manifests[0]["metadata"]["annotations"] = decision;
        refused(&repository, "a service account cannot decide").await?;
    }
    let mut born = born(&good[0]);
    born["metadata"]["annotations"] = json!({annotations::APPROVED_PLAN: hash});
    repository.manifests = vec![good[0].clone(), born];
    refused(&repository, "cannot be created with a decision").await?;
    let absent = repository.flow.api::<SasAuthBinding>().get_opt("born").await?;
    ensure!(absent.is_none(), "it was born: {absent:?}");

    repository.manifests = good;
    claim_another_writer(&mut repository).await?;
    commit_status(&mut repository, &hash).await?;
    repository.assert_nothing_written().await
}

async fn refused(repository: &Repository, words: &str) -> Result<()> {
    let Repository {
        flow,
        tool,
        manifests,
    } = repository;
    tool.refused(flow, manifests, words).await
}

/// Another object of the same repository.
fn born(manifest: &Value) -> Value {
    let mut born = manifest.clone();
    born["metadata"]["name"] = json!("born");
    born["spec"]["targets"] = json!({"uuids": [cloud::web(2)]});
    born
}

/// The API server keeps the true writer.
async fn claim_another_writer(repository: &mut Repository) -> Result<()> {
    repository.manifests[0]["metadata"]["annotations"] =
        json!({annotations::REQUESTED_BY: "somebody", annotations::REQUESTED_GENERATION: "1"});
    repository.sync().await?;
    let writers = repository.annotation("web", annotations::REQUESTED_BY).await?;
    assert_eq!(writers, repository.tool.user());
    Ok(())
}

/// A status that says that everything was approved is dropped, on an old object and on a new one.
async fn commit_status(repository: &mut Repository, hash: &str) -> Result<()> {
    let published = repository
        .stored("web")
        .await?
        .status
        .and_then(|status| status.gate.plan);
    let status = json!({
        "phase": "Ready",
        "approval": {"hash": hash, "by": "approver", "source": "Annotation", "acceptedTime": "2026-01-01T00:00:00Z"},
        "plan": serde_json::to_value(&published)?,
    });
    let second = born(&repository.manifests[0]);
    repository.manifests.push(second);
    for manifest in &mut repository.manifests {
        manifest["status"] = status.clone();
    }
    repository.sync().await?;
    for name in ["web", "born"] {
        let (waiting, present) = repository.flow.pending::<SasAuthBinding>(name).await?;
        let gate = waiting.status.map(|status| status.gate).unwrap_or_default();
        ensure!(
            gate.approval.is_none(),
            "{name} is approved by a commit: {gate:?}"
        );
        ensure!(
            (present == hash) == (name == "web"),
            "{name} has the hash {present}"
        );
    }
    Ok(())
}

/// A hold is what somebody wants, and so belongs into the repository, like the spec.
pub async fn a_pause_belongs_into_the_repository(world: World) -> Result<()> {
    let mut repository = Repository::new(&world, Tool::Flux, &["web"]).await?;
    let pause = format!(
        "annotate sasauthbindings.sas-operator.io web {}=typed",
        annotations::PAUSED
    );
    repository.kubectl(Identity::Developer, &pause).await?;
    repository.sync().await?;
    assert_eq!(
        repository.annotation("web", annotations::PAUSED).await?,
        "",
        "Flux left it"
    );

    repository.manifests[0]["metadata"]["annotations"] = json!({annotations::PAUSED: "committed"});
    repository.sync().await?;
    repository.approve_by_command("web").await?;
    let api = repository.flow.api::<SasAuthBinding>();
    wait::reason(&api, "web", Reason::Paused).await?;
    repository.sync().await?;
    assert_eq!(
        repository.annotation("web", annotations::PAUSED).await?,
        "committed"
    );
    repository.flow.cloud.assert_no_write();
    repository.manifests[0]["metadata"]["annotations"] = json!({});
    repository.sync().await?;
    ensure!(
        !repository
            .stored("web")
            .await?
            .annotations()
            .contains_key(annotations::PAUSED),
        "the pause stands"
    );
    repository.assert_carried_out().await
}
