//! The API server itself keeps every bound of every field, in spec and status, and says which field
//! broke which. The bounds are read from the definitions that it serves, so none can be forgotten.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::PostParams;
use kube::{Api, Client};
use sas_api::KINDS;
use sas_tests::schema::{self, Bound};
use sas_tests::world::Identity;
use sas_tests::{World, raw};
use serde_json::{Value, json};

/// A valid object of a kind, its sample, into which broken values are put.
fn base(kind: &str) -> Result<Value> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/samples");
    for folder in [samples.clone(), samples.join("approvals")] {
        for entry in std::fs::read_dir(&folder).context("there are no samples")? {
            let file = entry?.path();
            if file.is_dir() {
                continue;
            }
            let mut object: Value = serde_saphyr::from_str(&std::fs::read_to_string(&file)?)
                .with_context(|| format!("failed to read {}", file.display()))?;
            if object["kind"] == kind {
                object["metadata"] = json!({"name": "bounds"});
                return Ok(object);
            }
        }
    }
    anyhow::bail!("{kind} has no sample in config/samples")
}

/// The schema of a kind as the API server has it.
async fn served_schema(admin: &Client, plural: &str) -> Result<Value> {
    let api = Api::<CustomResourceDefinition>::all(admin.clone());
    let definition = serde_json::to_value(api.get(&format!("{plural}.{}", sas_api::GROUP)).await?)?;
    Ok(definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone())
}

/// Sends one object that keeps the bound and one that breaks it; `send` gives the answer's body.
async fn check<F>(bound: &Bound, schema: &Value, base: &Value, mut send: impl FnMut(Value) -> F) -> Result<()>
where
    F: Future<Output = Result<(u16, Value)>>,
{
    let field = bound.field();
    let complains = |answer: &Value| {
        let causes = answer["details"]["causes"].as_array().into_iter().flatten();
        causes.clone().any(|cause| {
            let message = cause["message"].as_str().unwrap_or_default();
            cause["field"] == *field && message.contains(bound.complaint)
        })
    };
    let (status, answer) = send(bound.place(schema, base, &bound.broken)).await?;
    ensure!(
        status == 422 && complains(&answer),
        "{field}: the API server let a broken {} pass, or did not say so: {status} {answer}",
        bound.rule
    );
    if let Some(kept) = &bound.kept {
        let (status, answer) = send(bound.place(schema, base, kept)).await?;
        ensure!(
            !complains(&answer) && [200, 201, 422].contains(&status),
            "{field}: the API server refused a kept {}: {status} {answer}",
            bound.rule
        );
    }
    Ok(())
}

pub async fn spec_bounds_hold(world: World) -> Result<()> {
    let admin = world.client(Identity::Admin).await?;
    for info in KINDS {
        let schema = served_schema(&admin, info.plural).await?;
        let (base, bounds) = (base(info.kind)?, schema::bounds(&schema, "spec").bounds);
        ensure!(
            bounds.len() > 5,
            "{}: only {} bounds were found",
            info.kind,
            bounds.len()
        );
        let path = raw::path(info.plural, "default", "?dryRun=All");
        for bound in &bounds {
            let send = |object| raw::send(&admin, "POST", &path, object);
            check(bound, &schema, &base, send)
                .await
                .with_context(|| info.kind.to_owned())?;
        }
    }
    Ok(())
}

pub async fn status_bounds_hold(world: World) -> Result<()> {
    let admin = world.client(Identity::Admin).await?;
    let operator = world.client(Identity::Operator).await?;
    for info in KINDS {
        let schema = served_schema(&admin, info.plural).await?;
        let mut base = base(info.kind)?;
        base["metadata"]["name"] = json!(format!("bounds-{}", uuid::Uuid::new_v4().simple()));
        let created = raw::send(&admin, "POST", &raw::path(info.plural, "default", ""), base).await?;
        ensure!(created.0 == 201, "failed to create: {created:?}");
        let base = created.1;
        let name = base["metadata"]["name"]
            .as_str()
            .context("an object has a name")?
            .to_owned();
        let bounds = schema::bounds(&schema, "status").bounds;
        ensure!(
            bounds.len() > 15,
            "{}: only {} bounds were found",
            info.kind,
            bounds.len()
        );
        let path = raw::path(info.plural, "default", &format!("/{name}/status?dryRun=All"));
        for bound in &bounds {
            let send = |object| raw::send(&operator, "PUT", &path, object);
            check(bound, &schema, &base, send)
                .await
                .with_context(|| info.kind.to_owned())?;
        }
        let path = raw::path(info.plural, "default", &format!("/{name}"));
        raw::send(&admin, "DELETE", &path, Value::Null).await?;
    }
    Ok(())
}

pub async fn every_field_is_bounded(world: World) -> Result<()> {
    let admin = world.client(Identity::Admin).await?;
    let mut unbounded = Vec::new();
    for info in KINDS {
        let schema = served_schema(&admin, info.plural).await?;
        for part in ["spec", "status"] {
            let fields = schema::bounds(&schema, part).unbounded;
            unbounded.extend(fields.into_iter().map(|field| format!("{}: {field}", info.kind)));
        }
    }
    ensure!(unbounded.is_empty(), "fields without bounds: {unbounded:#?}");
    Ok(())
}

pub async fn definitions_are_served_without_warnings(world: World) -> Result<()> {
    let admin = world.client(Identity::Admin).await?;
    let api = Api::<CustomResourceDefinition>::all(admin.clone());
    for info in KINDS {
        let name = format!("{}.{}", info.plural, sas_api::GROUP);
        let served = api.get(&name).await?;
        for condition in served.status.iter().flat_map(|s| s.conditions.iter().flatten()) {
            let good = matches!(condition.type_.as_str(), "Established" | "NamesAccepted");
            ensure!((condition.status == "True") == good, "{name}: {condition:?}");
        }
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        let mut again = serde_json::to_value(&served)?;
        let sent = raw::send_full(&admin, "PUT", &format!("{path}/{name}?dryRun=All"), again.take()).await?;
        ensure!(sent.status == 200, "{name}: {}", sent.body);
        ensure!(sent.warnings.is_empty(), "{name}: {:?}", sent.warnings);
        let path = raw::path(info.plural, "default", "?dryRun=All&fieldValidation=Strict");
        let made = raw::send_full(&admin, "POST", &path, base(info.kind)?).await?;
        ensure!(made.status == 201 && made.warnings.is_empty(), "{name}: {made:?}");
    }
    // The parameters of a real write must be what the typed client sends as well.
    let typed = Api::<sas_api::kinds::SasAccount>::namespaced(admin, "default");
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    typed.create(&dry, &sas_tests::manifests::account(&[])?).await?;
    Ok(())
}
