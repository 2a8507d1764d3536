//! `kubectl sas undo`: writes a resource that takes back what a finished SasAlertAction did, as far as the cloud
//! can. It decides nothing: the new resource gets a plan, and needs an approval of its own.

mod inverse;

use anyhow::{Context, Result, bail};
use kube::ResourceExt;
use kube::api::PostParams;
use kube::core::DynamicObject;
use sas_api::kinds::SasAlertAction;
use sas_api::{GROUP, VERSION, annotations};
use serde_json::{Value, json};

use self::inverse::Inverse;
use super::Ended;
use crate::cluster::{Cluster, Scope, write_kinds};
use crate::failure;
use crate::object::Object;
use crate::output::{Format, GOOD, Page, Shape, WARNING};
use crate::select::Selection;

/// Who wrote the fields of what is created.
const FIELD_MANAGER: &str = "kubectl-sas";

/// Flags of `undo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Take back only what was done about this alert; may be given several times.
    #[arg(long, value_name = "ID")]
    alert: Vec<String>,
    /// Print the manifests and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Format.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Shape,
}

/// Writes one resource for each that is to be undone. Nothing is written unless all of them can be.
pub async fn run(args: &Args, cluster: &Cluster) -> Result<Ended> {
    let objects = cluster.select(&args.selection, &write_kinds()).await?;
    let mut inverses = Vec::new();
    for object in &objects {
        inverses.push((object, inverse_of(object, &args.alert)?));
    }
    let mut documents = Vec::new();
    let mut page = Page::default();
    let by = if args.dry_run {
        None
    } else {
        Some(cluster.user().await?)
    };
    for (object, inverse) in &inverses {
        let manifest = manifest(object, inverse)?;
        match &by {
            None => documents.push(manifest),
            Some(by) => {
                let created = create(cluster, object, manifest, by).await?;
                said(&mut page, &created, inverse);
                documents.push(serde_json::to_value(&created.raw)?);
            }
        }
    }
    let format = args.output.format().or(args.dry_run.then_some(Format::Yaml));
    if let Some(format) = format {
        page = Page::default();
        match documents.as_slice() {
            [one] => page.document(one, format)?,
            several => page.document(
                &json!({"apiVersion": "v1", "kind": "List", "items": several}),
                format,
            )?,
        }
    }
    page.print()?;
    Ok(Ended::Well)
}

fn inverse_of(object: &Object, only: &[String]) -> Result<Inverse> {
    let name = object.reference();
    if object.kind.kind != "SasAlertAction" {
        bail!(
            "{name} cannot be undone: only a SasAlertAction can; `kubectl sas receipt {}` shows what was sent",
            object.target()
        );
    }
    let raw = serde_json::to_value(&object.raw)?;
    let action: SasAlertAction = serde_json::from_value(raw).with_context(|| {
        format!("failed to read {name}: it is not one that this version knows; compare `kubectl sas version`")
    })?;
    match inverse::of(&action, only) {
        Ok(inverse) => Ok(inverse),
        Err(why) => bail!("{name} cannot be undone: {why}"),
    }
}

/// What is written: a resource beside the one that is undone, which holds all that it needs.
fn manifest(object: &Object, inverse: &Inverse) -> Result<Value> {
    Ok(json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": object.kind.kind,
        "metadata": {
            "generateName": format!("{}-undo-", object.name()),
            "namespace": object.namespace(),
        },
        "spec": serde_json::to_value(&inverse.spec)?,
    }))
}

async fn create(cluster: &Cluster, object: &Object, manifest: Value, by: &str) -> Result<Object> {
    let mut manifest: DynamicObject = serde_json::from_value(manifest)?;
    // Where the API server writes these itself, its own words count.
    let claim = [
        (annotations::REQUESTED_BY, annotations::listed(by)),
        (annotations::REQUESTED_GENERATION, "1".to_owned()),
    ];
    let claim = claim.map(|(key, value)| (key.to_owned(), value));
    manifest.annotations_mut().extend(claim);
    let api = cluster.api(object.kind, &Scope::Namespace(object.namespace()));
    let params = PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    };
    let created = api.create(&params, &manifest).await;
    let created = created.map_err(|error| {
        failure::of_api(
            &format!("write the resource that undoes {}", object.reference()),
            error,
        )
    })?;
    Ok(Object::read(object.kind, created)?)
}

/// What was written, and what to do next.
fn said(page: &mut Page, created: &Object, inverse: &Inverse) {
    page.styled(
        GOOD,
        format!("{} created: {}", created.target(), inverse.in_words()),
    );
    for line in inverse.remarks() {
        page.styled(WARNING, format!("  {line}"));
    }
    page.line(format!("  next: `kubectl sas plan {}`", created.target()));
}

#[cfg(test)]
mod tests;
