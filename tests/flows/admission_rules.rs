//! The rules between fields on the real API server: every case of the table that the types' own tests
//! use, and the promises of the definition that only a server can keep.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use kube::Api;
use kube::api::PostParams;
use sas_api::KINDS;
use sas_api::kinds::SasAuthBinding;
use sas_tests::kstatus::{self, Kstatus};
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, raw};
use serde::Deserialize;
use serde_json::{Value, json};

/// A case of the table.
#[derive(Deserialize)]
struct Case {
    name: String,
    accept: bool,
    #[serde(default)]
    message: Option<String>,
    object: Value,
}

/// All cases of a kind's file.
fn cases(file: &Path) -> Result<Vec<Case>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
    serde_saphyr::from_str(&text).with_context(|| format!("failed to read {}", file.display()))
}

pub async fn every_rule_accepts_and_refuses(world: World) -> Result<()> {
    let developer = world.client(Identity::Developer).await?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../operator/api/testdata/cel");
    for entry in std::fs::read_dir(&folder).context("the table of rules is missing")? {
        let file = entry?.path();
        let cases = cases(&file)?;
        for accept in [true, false] {
            let any = cases.iter().any(|case| case.accept == accept);
            ensure!(any, "{} has no case with accept: {accept}", file.display());
        }
        for case in cases {
            replay(&developer, &case)
                .await
                .with_context(|| format!("{}: {}", file.display(), case.name))?;
        }
    }
    Ok(())
}

async fn replay(developer: &kube::Client, case: &Case) -> Result<()> {
    let kind = case.object["kind"].as_str().context("the object names no kind")?;
    let info = KINDS
        .iter()
        .find(|info| info.kind == kind)
        .context("there is no such kind")?;
    let mut object = case.object.clone();
    if object["metadata"]["name"].is_null() {
        object["metadata"]["name"] = json!("case");
    }
    object["metadata"]["namespace"] = json!("default");
    let path = raw::path(info.plural, "default", "?dryRun=All");
    let (status, answer) = raw::send(developer, "POST", &path, object).await?;
    let message = answer["message"].as_str().unwrap_or_default();
    if case.accept {
        ensure!(status == 201, "refused: {message}");
        return Ok(());
    }
    ensure!(status == 422, "not refused as invalid: {status} {answer}");
    let wanted = case
        .message
        .as_deref()
        .context("a refused case says with which message")?;
    ensure!(
        message.contains(wanted),
        "refused with another message: {message}"
    );
    Ok(())
}

pub async fn a_new_resource_is_not_finished(world: World) -> Result<()> {
    // No operator runs in this namespace.
    let flow = Flow::prepare(&world, "fresh", cloud::world()).await?;
    let binding = manifests::binding_of("fresh", "Ultimate", &[cloud::web(1)])?;
    let objects = [
        serde_json::to_value(flow.create(&manifests::account(&[])?).await?)?,
        serde_json::to_value(flow.create(&binding).await?)?,
        serde_json::to_value(flow.create(&manifests::install_code("fresh")?).await?)?,
    ];
    for object in objects {
        ensure!(object["status"]["observedGeneration"] == -1, "{object}");
        ensure!(kstatus::read(&object) == Kstatus::InProgress, "{object}");
    }
    Ok(())
}

pub async fn a_misspelt_field_is_refused(world: World) -> Result<()> {
    let developer = world.client(Identity::Developer).await?;
    let mut object = serde_json::to_value(manifests::binding_of("typo", "Ultimate", &[cloud::web(1)])?)?;
    object["spec"]["edtion"] = json!("Free");
    let path = raw::path("sasauthbindings", "default", "?dryRun=All&fieldValidation=Strict");
    let (status, answer) = raw::send(&developer, "POST", &path, object).await?;
    let message = answer["message"].as_str().unwrap_or_default();
    ensure!(
        status == 400 && message.contains("spec.edtion"),
        "{status} {message}"
    );
    Ok(())
}

pub async fn the_epoch_never_falls(world: World) -> Result<()> {
    let flow = Flow::prepare(&world, "epoch", cloud::world()).await?;
    let mut object: SasAuthBinding = flow
        .create(&manifests::binding_of("epoch", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let operator = world.client(Identity::Operator).await?;
    let api = Api::<SasAuthBinding>::namespaced(operator, &flow.namespace);
    for (epoch, falls) in [
        (Some(3), false),
        (Some(4), false),
        (Some(3), true),
        (None, true),
        (Some(4), false),
    ] {
        let mut next = object.clone();
        let status = next.status.get_or_insert_default();
        status.gate.epoch = epoch;
        let stored = api.replace_status("epoch", &PostParams::default(), &next).await;
        match stored {
            Ok(stored) => {
                ensure!(!falls, "epoch {epoch:?} was stored");
                object = stored;
            }
            Err(error) => {
                let refused = error.to_string();
                ensure!(
                    falls && refused.contains("`status.epoch` must not fall"),
                    "{epoch:?}: {refused}"
                );
            }
        }
    }
    Ok(())
}
