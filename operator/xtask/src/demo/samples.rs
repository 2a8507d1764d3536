//! The samples in config/samples, applied as the people who would apply them: our kinds by the developer,
//! everything else (namespaces, the Secret with the credentials) by the administrator.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::object::Name;
use crate::kubectl::Kubectl;
use crate::parts;
use crate::world::yaml_files;

/// Applies all samples and returns the resources of our kinds.
pub fn apply(folder: &Path, dir: &Path) -> Result<Vec<Name>> {
    let credentials = read_credentials(dir)?;
    let (mut prepared, mut ours) = (Vec::new(), Vec::new());
    for text in yaml_files(folder)? {
        for document in text.split("\n---").filter(|document| document.contains("kind:")) {
            let mut object: Value = serde_saphyr::from_str(document).context("failed to read a sample")?;
            if object["kind"] == "Secret" {
                object["stringData"] = credentials.clone();
            }
            let own = object["apiVersion"]
                .as_str()
                .is_some_and(|version| version.starts_with(sas_api::GROUP));
            if own {
                ours.push(object);
            } else {
                prepared.push(object);
            }
        }
    }
    // Namespaces come first, whatever their file is called.
    prepared.sort_by_key(|object| object["kind"] != "Namespace");
    for object in &prepared {
        Kubectl::new(dir, "admin").apply(&object.to_string())?;
    }
    let mut names = Vec::new();
    for object in &ours {
        Kubectl::new(dir, "developer").apply(&object.to_string())?;
        names.push(name(object)?);
    }
    if names.is_empty() {
        bail!("{} has no samples", folder.display());
    }
    Ok(names)
}

/// The seeded key under the names that a `SasAccount` expects.
fn read_credentials(dir: &Path) -> Result<Value> {
    let file = dir.join(parts::SIMULATOR_CREDENTIALS);
    let text = fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("failed to read {}", file.display()))
}

fn name(object: &Value) -> Result<Name> {
    let kind = object["kind"].as_str().context("a sample has no kind")?;
    let info = sas_api::KINDS.iter().find(|info| info.kind == kind);
    let info = info.with_context(|| format!("a sample is of the unknown kind {kind}"))?;
    let text = |field: &str| object["metadata"][field].as_str().map(str::to_owned);
    Ok(Name {
        resource: format!("{}.{}", info.plural, sas_api::GROUP),
        kind: kind.to_owned(),
        namespace: text("namespace").unwrap_or_else(|| "default".to_owned()),
        name: text("name").context("a sample has no name")?,
    })
}

/// Facts for the report.
pub fn facts(names: &[Name]) -> Value {
    json!({"applied": names})
}
