//! Approvals in advance: only those write them who may approve what they name, nobody approves himself, and
//! what was written while nobody watched is not in force.

use anyhow::{Context as _, Result, ensure};
use kube::Client;
use sas_api::guard::Preset;
use sas_api::kinds::SasInstallCode;
use sas_api::status::Phase;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, raw, rights, wait};
use serde_json::{Value, json};

const PLURAL: &str = "sasapprovalpolicies";

fn policy(name: &str, requesters: &[&str]) -> Value {
    json!({
        "apiVersion": "sas-operator.io/v1alpha1",
        "kind": "SasApprovalPolicy",
        "metadata": {"name": name},
        "spec": {
            "kinds": ["SasInstallCode"], "requesters": requesters, "maxTargets": 20, "maxPerDay": 5,
            "expires": "2099-01-01T00:00:00Z", "mode": "Enforce",
        },
    })
}

async fn create(client: &Client, namespace: &str, object: Value) -> Result<raw::Answer> {
    raw::send_full(client, "POST", &raw::path(PLURAL, namespace, ""), object).await
}

fn ensure_refused(answer: &raw::Answer, because: &str) -> Result<()> {
    let message = answer.body["message"].as_str().unwrap_or_default();
    ensure!(answer.status == 403 && message.contains(because), "{answer:?}");
    Ok(())
}

const RIGHT: &str = "needs the verb approve on sasinstallcodes";

pub async fn only_approvers_approve_in_advance(world: World) -> Result<()> {
    let flow = Flow::prepare(&world, "in-advance", cloud::world()).await?;
    let namespace = &flow.namespace;
    let developer = world.client(Identity::Developer).await?;
    let approver = world.client(Identity::Approver).await?;
    ensure_refused(
        &create(&developer, namespace, policy("own", &["developer"])).await?,
        RIGHT,
    )?;
    let ruler = Identity::NamespaceAdmin;
    rights::give(&flow.admin(), namespace, ruler.user(), rights::ADMIN).await?;
    let ruler = world.client(ruler).await?;
    ensure_refused(
        &create(&ruler, namespace, policy("own", &["namespace-admin"])).await?,
        RIGHT,
    )?;

    let written = create(&approver, namespace, policy("nightly", &["developer"])).await?;
    ensure!(written.status == 201, "{written:?}");
    // Whoever may not write one may not widen one either, by no verb.
    let nightly = raw::path(PLURAL, namespace, "/nightly");
    let wider = json!({"spec": {"maxPerDay": 200}});
    let merge = raw::send_as(
        &developer,
        "PATCH",
        &nightly,
        "application/merge-patch+json",
        wider,
    )
    .await?;
    ensure_refused(&merge, RIGHT)?;
    let replace = json!([{"op": "add", "path": "/spec/requesters/-", "value": "mallory"}]);
    let patch = raw::send_as(
        &developer,
        "PATCH",
        &nightly,
        "application/json-patch+json",
        replace,
    )
    .await?;
    ensure_refused(&patch, RIGHT)?;
    let mut applied = policy("nightly", &["developer", "mallory"]);
    applied["metadata"]["namespace"] = json!(namespace);
    let apply = format!("{nightly}?fieldManager=mallory&force=true");
    let apply = raw::send_as(
        &developer,
        "PATCH",
        &apply,
        "application/apply-patch+yaml",
        applied,
    )
    .await?;
    ensure_refused(&apply, RIGHT)?;
    let status = json!({"status": {"inForce": {"generation": 1, "guard": "g", "sinceTime": "2020-01-01T00:00:00Z", "digest": "d"}}});
    let merge = "application/merge-patch+json";
    let forged = raw::send_as(&approver, "PATCH", &format!("{nightly}/status"), merge, status).await?;
    ensure!(forged.status == 403, "{forged:?}");
    // Taking it away is free.
    let (deleted, answer) = raw::send(&developer, "DELETE", &nightly, Value::Null).await?;
    ensure!(deleted == 200, "{answer}");
    Ok(())
}

pub async fn nobody_approves_himself_in_advance(world: World) -> Result<()> {
    let flow = Flow::prepare(&world, "own-advance", cloud::world()).await?;
    let approver = world.client(Identity::Approver).await?;
    let own = create(
        &approver,
        &flow.namespace,
        policy("own", &["developer", "approver"]),
    )
    .await?;
    if world.preset == Preset::Solo {
        ensure!(own.status == 201, "{own:?}");
        return Ok(());
    }
    ensure_refused(&own, "one of the requesters of this policy yourself")?;
    let argocd = world.client(Identity::ArgoCd).await?;
    let by_machine = create(&argocd, &flow.namespace, policy("machine", &["developer"])).await?;
    ensure!(by_machine.status == 403, "{by_machine:?}");
    Ok(())
}

pub async fn a_role_for_everything_is_none_to_approve_in_advance(world: World) -> Result<()> {
    let flow = Flow::prepare(&world, "wild-advance", cloud::world()).await?;
    let answer = create(&flow.admin(), &flow.namespace, policy("wild", &["developer"])).await?;
    ensure_refused(&answer, "comes from a role for everything")
}

/// A policy covers harmless plans only, and it is in force only if it was written under the guard of now.
pub async fn a_policy_covers_what_is_harmless_and_says_since_when(world: World) -> Result<()> {
    let approver = world.client(Identity::Approver).await?;
    let mut flow = Flow::prepare(&world, "advance", cloud::world()).await?;
    let path = raw::path(PLURAL, &flow.namespace, "/early");
    let early = create(&approver, &flow.namespace, policy("early", &["developer"])).await?;
    ensure!(early.status == 201, "{early:?}");
    flow.create(&manifests::valid_credentials()?).await?;
    flow.create(&manifests::account(&[])?).await?;
    flow.start_operator()?;
    let ready = async |path: &str| -> Result<Value> {
        let (_, object) = raw::send(&approver, "GET", path, Value::Null).await?;
        let conditions = object["status"]["conditions"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        Ok(conditions
            .into_iter()
            .find(|c| c["type"] == "Ready")
            .unwrap_or_default())
    };
    wait::until(
        "the operator has not seen who wrote the early policy",
        async || Ok((ready(&path).await?["reason"] == "WrittenUnguarded").then_some(())),
    )
    .await?;
    // A creation time has whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let later = create(&approver, &flow.namespace, policy("later", &["developer"])).await?;
    ensure!(later.status == 201, "{later:?}");
    let path = raw::path(PLURAL, &flow.namespace, "/later");
    wait::until("the later policy is in force", async || {
        Ok((ready(&path).await?["status"] == "True").then_some(()))
    })
    .await?;
    let code: SasInstallCode = flow.create(&manifests::install_code("code")?).await?;
    let name = code.metadata.name.context("the code has a name")?;
    flow.phase::<SasInstallCode>(&name, Phase::PendingApproval)
        .await?;
    flow.cloud.assert_no_write();
    Ok(())
}
