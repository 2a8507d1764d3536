//! Every way in which a client can bring a change to an object: an attack that one of them stops has to
//! be stopped by all.

use anyhow::{Context, Result, ensure};
use kube::Client;
use serde_json::{Value, json};

use crate::raw;

/// Ways to change an object that is there.
pub const CHANGES: [&str; 7] = [
    "merge patch",
    "JSON patch",
    "server-side apply",
    "server-side apply under the approvers' manager",
    "update",
    "merge patch, dry run",
    "update, dry run",
];

/// Ways to change an object for somebody who may patch and not update.
pub const PATCHES: [&str; 4] = [
    "merge patch",
    "JSON patch",
    "server-side apply under the approvers' manager",
    "merge patch, dry run",
];

/// Ways to create an object.
pub const CREATIONS: [&str; 4] = ["create", "generateName", "server-side apply", "create, dry run"];

/// Sets parts of an object: `changes` is merged into it, `null` removes a field. Tries again when the
/// operator wrote a status meanwhile.
pub async fn change(client: &Client, way: &str, path: &str, changes: &Value) -> Result<raw::Answer> {
    loop {
        let answer = change_once(client, way, path, changes).await?;
        if answer.status != 409 {
            return Ok(answer);
        }
    }
}

async fn change_once(client: &Client, way: &str, path: &str, changes: &Value) -> Result<raw::Answer> {
    let dry_run = if way.ends_with("dry run") {
        "?dryRun=All"
    } else {
        ""
    };
    match way {
        "merge patch" | "merge patch, dry run" => {
            let media = "application/merge-patch+json";
            raw::send_as(
                client,
                "PATCH",
                &format!("{path}{dry_run}"),
                media,
                changes.clone(),
            )
            .await
        }
        "update" | "update, dry run" => {
            let (_, mut object) = raw::send(client, "GET", path, Value::Null).await?;
            merge(&mut object, changes);
            raw::send_full(client, "PUT", &format!("{path}{dry_run}"), object).await
        }
        "JSON patch" => {
            let (_, mut wanted) = raw::send(client, "GET", path, Value::Null).await?;
            merge(&mut wanted, changes);
            // Parts as a whole: no path has to exist before.
            let parts = changes.as_object().context("changes are an object")?.keys();
            let operations: Vec<Value> = parts
                .map(|part| json!({"op": "replace", "path": format!("/{part}"), "value": wanted[part]}))
                .collect();
            let media = "application/json-patch+json";
            raw::send_as(client, "PATCH", path, media, json!(operations)).await
        }
        "server-side apply" => apply(client, path, "a-tool", changes).await,
        "server-side apply under the approvers' manager" => {
            apply(client, path, sas_api::APPROVER_FIELD_MANAGER, changes).await
        }
        other => anyhow::bail!("there is no way {other}"),
    }
}

/// Creates an object.
pub async fn create(client: &Client, way: &str, collection: &str, object: &Value) -> Result<raw::Answer> {
    match way {
        "create" => raw::send_full(client, "POST", collection, object.clone()).await,
        "create, dry run" => {
            raw::send_full(
                client,
                "POST",
                &format!("{collection}?dryRun=All"),
                object.clone(),
            )
            .await
        }
        "generateName" => {
            let mut object = object.clone();
            let metadata = object["metadata"]
                .as_object_mut()
                .context("an object has metadata")?;
            metadata.remove("name");
            metadata.insert("generateName".to_owned(), json!("born-"));
            raw::send_full(client, "POST", collection, object).await
        }
        "server-side apply" => {
            let name = object["metadata"]["name"]
                .as_str()
                .context("an object has a name")?;
            apply(client, &format!("{collection}/{name}"), "a-tool", object).await
        }
        other => anyhow::bail!("there is no way {other}"),
    }
}

/// Forced server-side apply; what a manager does not name any more is removed, so it names it all.
async fn apply(client: &Client, path: &str, manager: &str, changes: &Value) -> Result<raw::Answer> {
    let (_, present) = raw::send(client, "GET", path, Value::Null).await?;
    let mut object = changes.clone();
    for part in ["apiVersion", "kind"] {
        if object[part].is_null() {
            object[part] = present[part].clone();
        }
    }
    let name = path.rsplit('/').next().context("a path names an object")?;
    object["metadata"]["name"] = json!(name);
    let path = format!("{path}?fieldManager={manager}&force=true");
    raw::send_as(client, "PATCH", &path, "application/apply-patch+yaml", object).await
}

/// Fails unless the API server refused, by RBAC or by one of our policies, with these words.
pub fn refused(what: &str, answer: &raw::Answer, words: &str) -> Result<()> {
    let message = answer.body["message"].as_str().unwrap_or_default();
    ensure!(
        [403, 422].contains(&answer.status) && message.contains(words),
        "{what}: {} {message}",
        answer.status
    );
    Ok(())
}

/// RFC 7396, as merge patches do it.
pub fn merge(object: &mut Value, changes: &Value) {
    let Value::Object(changes) = changes else {
        changes.clone_into(object);
        return;
    };
    if !object.is_object() {
        *object = json!({});
    }
    for (key, change) in changes {
        if change.is_null() {
            object.as_object_mut().map(|object| object.remove(key));
        } else {
            merge(&mut object[key], change);
        }
    }
}
