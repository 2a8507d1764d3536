//! Decisions as people make them: the very command out of the Ready condition's message run by a shell,
//! or the annotation that this command writes.

use std::process::Output;

use anyhow::{Context, Result, ensure};
use kube::Api;
use kube::api::{Patch, PatchParams};
use sas_api::annotations;
use sas_engine::operation::{Gate, Reported};
use serde_json::{Map, Value, json};
use tokio::process::Command;

use crate::world::{Identity, World};

/// The command in a message, from `kubectl` to its end.
pub fn command_in(message: &str) -> Result<&str> {
    let start = message
        .find("kubectl annotate")
        .context("the message holds no command")?;
    Ok(&message[start..])
}

/// Runs a command line in a shell, exactly as it is, in the name of an identity.
pub async fn run(world: &World, who: Identity, command: &str) -> Result<Output> {
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", command])
        .env("PATH", format!("{}:{path}", world.dir().display()))
        .env("KUBECONFIG", world.kubeconfig(who))
        .env("KUBECACHEDIR", world.dir().join("kubectl-cache"))
        .kill_on_drop(true)
        .output();
    output.await.with_context(|| format!("failed to run {command}"))
}

/// Sets annotations; `null` removes one.
pub async fn annotate<K: Reported>(api: &Api<K>, name: &str, annotations: &[(&str, Value)]) -> Result<K> {
    let values: Map<String, Value> = annotations
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    let patch = json!({"metadata": {"annotations": values}});
    let params = PatchParams {
        field_manager: Some(sas_api::APPROVER_FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let patched = api.patch(name, &params, &Patch::Merge(&patch)).await;
    patched.with_context(|| format!("failed to annotate {name}"))
}

/// Approves a hash, whatever it is.
pub async fn approve<K: Reported>(api: &Api<K>, name: &str, hash: &str) -> Result<K> {
    annotate(api, name, &[(annotations::APPROVED_PLAN, json!(hash))]).await
}

/// Sets annotations that the API server has to refuse, for a reason with these words.
pub async fn refused<K: Reported>(
    api: &Api<K>,
    name: &str,
    annotations: &[(&str, Value)],
    words: &str,
) -> Result<()> {
    let error = match annotate(api, name, annotations).await {
        Ok(_) => anyhow::bail!("{annotations:?} were accepted on {name}"),
        Err(error) => format!("{error:#}"),
    };
    ensure!(
        error.contains("'sas-approval'") && error.contains(words),
        "{annotations:?} were refused for another reason: {error}"
    );
    Ok(())
}

/// Hash of the published plan.
pub fn hash_of<K: Gate>(object: &K) -> Result<String> {
    use sas_api::status::GatePart;
    let plan = object.status().and_then(|status| status.gate().plan.as_ref());
    Ok(plan.context("no plan is published")?.hash.clone())
}
