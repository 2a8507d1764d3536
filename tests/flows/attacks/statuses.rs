//! Nobody but the operator writes a status: not through the status, not through the object, not with the
//! glass broken, and not when the definition has lost its status subresource.

use anyhow::{Result, ensure};
use kube::Client;
use sas_api::guard::Preset;
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_sim::{FaultKind, Rule};
use sas_tests::approve::hash_of;
use sas_tests::paths::{self, refused};
use sas_tests::world::Identity;
use sas_tests::{World, cloud, raw, wait};
use serde_json::{Value, json};

use super::Target;

const WAYS: [&str; 3] = ["merge patch", "update", "server-side apply"];

/// Changes the object through its status.
async fn through_status(target: &Target, client: &Client, way: &str, change: &Value) -> Result<raw::Answer> {
    let path = format!("{}/status", target.path());
    if way != "server-side apply" {
        return paths::change(client, way, &path, change).await;
    }
    let mut whole = change.clone();
    whole["apiVersion"] = json!("sas-operator.io/v1alpha1");
    whole["kind"] = json!("SasAuthBinding");
    whole["metadata"]["name"] = json!("web");
    let path = format!("{path}?fieldManager=a-tool&force=true");
    raw::send_as(client, "PATCH", &path, "application/apply-patch+yaml", whole).await
}

pub async fn only_the_operator_writes_status(world: World) -> Result<()> {
    let target = Target::new(&world, "forged").await?;
    let before = target.stored().await?["status"]["plan"].clone();
    let changes = [
        json!({"status": {"plan": {"summary": "nothing at all"}}}),
        json!({"status": {"phase": "Ready"}}),
        target.approval(Identity::Approver),
    ];
    for (who, words) in [
        (Identity::Developer, "forbidden"),
        (Identity::Approver, "forbidden"),
        (Identity::ArgoCd, "only the operator writes status"),
        (Identity::Admin, "only the operator writes status"),
    ] {
        let client = target.client(who).await?;
        for change in &changes {
            for way in WAYS {
                let answer = through_status(&target, &client, way, change).await?;
                refused(&format!("{who:?} {way} {change}"), &answer, words)?;
            }
        }
        // Through the object itself a status is dropped.
        let answer = paths::change(&client, "merge patch", &target.path(), &changes[0]).await?;
        ensure!(answer.body["status"]["plan"] == before || answer.status >= 400);
    }
    assert_eq!(target.stored().await?["status"]["plan"], before);
    target.assert_untouched().await
}

/// The operator's own identity, in other hands, still cannot bring an annotation in through the status.
pub async fn a_status_carries_no_annotation(world: World) -> Result<()> {
    let target = Target::new(&world, "carried").await?;
    let operator = target.client(Identity::Operator).await?;
    let approval = target.approval(Identity::Approver);
    let answer = through_status(&target, &operator, "update", &approval).await?;
    ensure!(answer.status == 200, "{answer:?}");
    target.assert_untouched().await
}

/// A named user may repair a status: take a plan or an approval away, and never bring one.
pub async fn breaking_the_glass_approves_nothing(world: World) -> Result<()> {
    let target = Target::new(&world, "glass").await?;
    let name = "sas-break-glass";
    break_glass_rights(&target, name).await?;
    let client = world.client_as(name).await?;
    let plan = target.stored().await?["status"]["plan"].clone();
    let execution = json!({
        "hash": target.hash, "epoch": 1, "observedGeneration": 1, "outcome": "Succeeded", "calls": [],
        "startedTime": "2026-01-01T00:00:00Z",
    });
    let forged = [
        json!({"status": {"approval": {
            "hash": target.hash, "by": "approver", "source": "Annotation", "acceptedTime": "2026-01-01T00:00:00Z",
        }}}),
        json!({"status": {"plan": {"summary": "nothing at all"}}}),
        json!({"status": {"executedGeneration": 1}}),
        json!({"status": {"execution": execution}}),
        json!({"status": {"running": {"plan": plan, "execution": execution}}}),
        json!({"status": {"stoppedBy": [execution]}}),
        json!({"status": {"lastApprovedPlan": plan}}),
    ];
    for change in &forged {
        for way in ["merge patch", "update"] {
            let answer = through_status(&target, &client, way, change).await?;
            refused(way, &answer, "may only be removed")?;
        }
    }
    // A label makes nobody a repairer.
    let developer = target.client(Identity::Developer).await?;
    let label = json!({"metadata": {"labels": {"sas-operator.io/break-glass": "true"}}});
    target.accepted(&developer, "merge patch", &label).await?;
    let answer = through_status(&target, &developer, "merge patch", &forged[1]).await?;
    refused("with a label", &answer, "forbidden")?;
    let repair = json!({"status": {"plan": null}});
    let answer = through_status(&target, &client, "merge patch", &repair).await?;
    ensure!(answer.status == 200, "{answer:?}");
    let api = target.flow.api::<SasAuthBinding>();
    wait::object(&api, "web", "planned again", |object| hash_of(object).is_ok()).await?;
    target.assert_untouched().await
}

/// An execution whose call is on its way is not forgotten, so that the same approval would count once more.
pub async fn breaking_the_glass_repeats_nothing(world: World) -> Result<()> {
    let target = Target::new(&world, "again").await?;
    let name = "sas-break-glass";
    break_glass_rights(&target, name).await?;
    let client = world.client_as(name).await?;
    let mut slow = Rule::new(FaultKind::CommitThenHang).on(cloud::BIND).times(1);
    slow.seconds = Some(5.0);
    target.flow.cloud.fault(slow)?;
    target.flow.approve::<SasAuthBinding>("web", &target.hash).await?;
    wait::until_true("a call on its way", || {
        target.flow.cloud.hits(FaultKind::CommitThenHang) > 0
    })
    .await?;
    let forget = json!({"status": {"execution": null}});
    for way in ["merge patch", "update"] {
        let answer = through_status(&target, &client, way, &forget).await?;
        refused(way, &answer, "may have calls on their way")?;
    }
    // Together with the epoch it is spent, whatever became of the call.
    let epoch = target.stored().await?["status"]["execution"]["epoch"].clone();
    let spent = json!({"status": {"execution": null, "executedEpoch": epoch}});
    let answer = through_status(&target, &client, "merge patch", &spent).await?;
    ensure!(answer.status == 200, "{answer:?}");
    target.flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    target.flow.cloud.only_write(cloud::BIND);
    Ok(())
}

/// The rights that an administrator would give for the repair.
async fn break_glass_rights(target: &Target, user: &str) -> Result<()> {
    let admin = target.flow.admin();
    let namespace = &target.flow.namespace;
    let base = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}");
    let role = json!({"metadata": {"name": "repair"}, "rules": [{
        "apiGroups": [sas_api::GROUP], "resources": ["*", "*/status"], "verbs": ["get", "patch", "update"],
    }]});
    let binding = json!({
        "metadata": {"name": "repair"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "repair"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    });
    for (plural, object) in [("roles", role), ("rolebindings", binding)] {
        let answer = raw::send_full(&admin, "POST", &format!("{base}/{plural}"), object).await?;
        ensure!(answer.status == 201, "{answer:?}");
    }
    let client = target.flow.world.client_as(user).await?;
    wait::until("the right to repair acts", async || {
        let answer = raw::send_full(&client, "GET", &target.path(), Value::Null).await?;
        Ok((answer.status == 200).then_some(()))
    })
    .await
}

/// Disturbs every other flow.
pub async fn a_lost_status_subresource_opens_nothing(world: World) -> Result<()> {
    let target = Target::new(&world, "subresource").await?;
    let admin = target.flow.admin();
    let definition =
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/sasauthbindings.sas-operator.io";
    let media = "application/json-patch+json";
    let at = "/spec/versions/0/subresources";
    let subresources = raw::send_full(&admin, "GET", definition, Value::Null).await?.body["spec"]["versions"]
        [0]["subresources"]
        .clone();
    ensure!(subresources["status"].is_object(), "{subresources}");
    let remove = json!([{"op": "remove", "path": at}]);
    let removed = raw::send_as(&admin, "PATCH", definition, media, remove).await?;
    ensure!(removed.status == 200, "{removed:?}");
    let ended = without_subresource(&target).await;
    let add = json!([{"op": "add", "path": at, "value": subresources}]);
    let added = raw::send_as(&admin, "PATCH", definition, media, add).await?;
    ensure!(added.status == 200, "{added:?}");
    ended
}

/// A forged plan through the object itself, and an operator that sees what is missing.
async fn without_subresource(target: &Target) -> Result<()> {
    let developer = target.client(Identity::Developer).await?;
    let forged = json!({"status": {"plan": {"summary": "nothing at all"}}});
    // The API server changes what it serves a moment later; until then it drops the status.
    let words = match target.flow.world.preset {
        // A status is part of the object now, so its writer would have to be named.
        Preset::Strict => "must name the true writers",
        _ => "status cannot be written through the main resource",
    };
    wait::until("the status stands open", async || {
        let answer = paths::change(&developer, "merge patch", &target.path(), &forged).await?;
        if answer.status == 200 {
            let summary = &answer.body["status"]["plan"]["summary"];
            ensure!(summary != "nothing at all", "a forged status was stored");
            return Ok(None);
        }
        refused("a forged status", &answer, words).map(Some)
    })
    .await?;
    target.flow.cloud.assert_no_write();
    Ok(())
}
