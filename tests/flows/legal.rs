//! What the rules let through: every step on the way of a change, by the person whose step it is, with names
//! that the API server writes and with names that people send.

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Namespace;
use kube::Api;
use kube::api::DeleteParams;
use sas_api::annotations;
use sas_api::guard::Preset;
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_tests::approve::{self, command_in};
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, paths, raw, rights, wait};
use serde_json::{Value, json};

/// From `kubectl apply` of a plain file to the write, as the messages say.
pub async fn from_apply_to_the_write(world: World) -> Result<()> {
    let flow = Flow::start(&world, "plainly").await?;
    let mut manifest = manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?;
    if world.preset == Preset::Strict {
        // Only Strict asks the writers' names of everybody.
        manifest.metadata.annotations = Some(world.claim_of_new(Identity::Developer.user()));
    }
    let file = flow.log_file().with_file_name("web.json");
    std::fs::write(&file, serde_json::to_vec(&manifest)?)?;
    let apply = format!(
        "kubectl apply --namespace={} --filename={}",
        flow.namespace,
        file.display()
    );
    run(&world, Identity::Developer, &apply).await?;
    flow.pending::<SasAuthBinding>("web").await?;
    // Again, with a change, as people do.
    manifest.spec.refresh_interval_seconds = 11;
    std::fs::write(&file, serde_json::to_vec(&manifest)?)?;
    if world.preset != Preset::Strict || world.stamped {
        run(&world, Identity::Developer, &apply).await?;
    }
    let (object, hash) = flow.pending::<SasAuthBinding>("web").await?;
    let (_, _, message) = wait::ready(&object).context("Ready is missing")?;
    let command = command_in(&message)?;
    ensure!(command.contains(&hash), "{command}");
    run(&world, Identity::Approver, command).await?;
    let done = flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    let approval = done.status.and_then(|status| status.gate.approval);
    assert_eq!(
        approval.and_then(|approval| approval.by).as_deref(),
        Some("approver")
    );
    Ok(())
}

async fn run(world: &World, who: Identity, command: &str) -> Result<()> {
    let output = approve::run(world, who, command).await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command}: {said}");
    Ok(())
}

/// An object that is decided about by one after the other.
struct Story {
    flow: Flow,
    path: String,
}

impl Story {
    /// Makes a change that has to be accepted; returns the object.
    async fn step(&self, who: Identity, way: &str, change: &Value) -> Result<Value> {
        let client = self.flow.world.client(who).await?;
        let answer = paths::change(&client, way, &self.path, change).await?;
        ensure!(answer.status == 200, "{who:?} {way} {change}: {answer:?}");
        Ok(answer.body)
    }

    /// Decides, and makes sure that the object bears this person's name.
    async fn decides(&self, who: Identity, way: &str, annotations: &Value) -> Result<()> {
        let change = self.flow.world.decision(who.user(), annotations);
        let object = self.step(who, way, &change).await?;
        let by = &object["metadata"]["annotations"][annotations::APPROVED_BY];
        ensure!(by == who.user(), "{who:?} decided and the object says {by}");
        Ok(())
    }

    async fn writes(&self, who: Identity, spec: &Value) -> Result<()> {
        let (_, before) = raw::send(&self.flow.admin(), "GET", &self.path, Value::Null).await?;
        let change = self.flow.world.edit(who.user(), &before, spec);
        self.step(who, "merge patch", &change).await?;
        Ok(())
    }

    async fn hash(&self) -> Result<String> {
        Ok(self.flow.pending::<SasAuthBinding>("web").await?.1)
    }
}

fn annotated(annotations: &Value) -> Value {
    json!({"metadata": {"annotations": annotations}})
}

/// Everything of an approval taken away at once.
fn nothing() -> Value {
    annotated(&json!({
        annotations::APPROVED_PLAN: null, annotations::APPROVED_BY: null, annotations::REJECTED_PLAN: null,
        annotations::APPROVAL_COMMENT: null, annotations::APPROVAL_NOT_AFTER: null,
    }))
}

pub async fn every_decision_by_whose_it_is(world: World) -> Result<()> {
    use Identity::{Approver, Approver2, ArgoCd, Developer};
    let flow = Flow::start(&world, "decisions").await?;
    flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
        .await?;
    let path = raw::path("sasauthbindings", &flow.namespace, "/web");
    let story = Story { flow, path };
    let plan = json!({annotations::APPROVED_PLAN: story.hash().await?});
    let held = json!({"metadata": {"annotations": {annotations::PAUSED: "yes"}, "labels": {"team": "web"}}});
    story.step(Developer, "merge patch", &held).await?;
    // Rejected; the rejection taken back by the one who may, and approved by the other in one request.
    let reject = json!({annotations::REJECTED_PLAN: plan[annotations::APPROVED_PLAN]});
    story.decides(Approver, "JSON patch", &reject).await?;
    let mut instead = plan.clone();
    instead[annotations::REJECTED_PLAN] = Value::Null;
    story.decides(Approver2, "merge patch", &instead).await?;
    // Another approver takes the decision over and explains it.
    story
        .decides(
            Approver,
            "merge patch",
            &json!({annotations::APPROVAL_COMMENT: "agreed"}),
        )
        .await?;
    story.step(Developer, "merge patch", &nothing()).await?;
    let mut bounded = plan.clone();
    bounded[annotations::APPROVAL_NOT_AFTER] = json!("2100-01-01T00:00:00Z");
    story
        .decides(
            Approver,
            "server-side apply under the approvers' manager",
            &bounded,
        )
        .await?;
    story.step(Approver, "merge patch", &nothing()).await?;
    // GitOps writes a spec, a person approves it.
    story.writes(ArgoCd, &json!({"edition": "Enterprise"})).await?;
    let plan = json!({annotations::APPROVED_PLAN: story.hash().await?});
    story.decides(Approver, "merge patch, dry run", &plan).await?;
    story.decides(Approver, "merge patch", &plan).await?;
    let held = annotated(&json!({annotations::PAUSED: null}));
    story.step(Developer, "update", &held).await?;
    story.flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    story.flow.cloud.only_write(cloud::BIND);
    Ok(())
}

/// Deleting is everybody's right who may delete, whatever is decided or under way.
pub async fn deletion_is_free(world: World) -> Result<()> {
    let flow = Flow::start(&world, "deletions").await?;
    for (number, name) in ["one", "two", "three"].into_iter().enumerate() {
        let server = cloud::web(u32::try_from(number)? + 1);
        flow.create(&manifests::binding_of(name, "Ultimate", &[server])?)
            .await?;
        flow.pending::<SasAuthBinding>(name).await?;
    }
    let developer = flow.as_developer::<SasAuthBinding>();
    developer.delete("one", &DeleteParams::foreground()).await?;
    let all = raw::path("sasauthbindings", &flow.namespace, "");
    let client = world.client(Identity::Developer).await?;
    let answer = raw::send_full(&client, "DELETE", &format!("{all}/two"), Value::Null).await?;
    ensure!(answer.status == 200, "{answer:?}");
    // The namespace's own controller deletes what is left.
    let namespaces = Api::<Namespace>::all(flow.admin());
    namespaces
        .delete(&flow.namespace, &DeleteParams::default())
        .await?;
    wait::until("the namespace is gone", async || {
        Ok(namespaces.get_opt(&flow.namespace).await?.is_none().then_some(()))
    })
    .await?;
    flow.cloud.assert_no_write();
    Ok(())
}

/// Solo: one person does it all, who still has to approve exactly the published plan.
pub async fn one_person_alone(world: World) -> Result<()> {
    let flow = Flow::start(&world, "solo").await?;
    let who = Identity::Approver2;
    rights::give(&flow.admin(), &flow.namespace, who.user(), rights::SAS_EDITOR).await?;
    let client = world.client(who).await?;
    let mut own = serde_json::to_value(manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)?;
    own["metadata"]["annotations"] = json!(world.claim_of_new(who.user()));
    let collection = raw::path("sasauthbindings", &flow.namespace, "");
    let created = raw::send_full(&client, "POST", &collection, own).await?;
    ensure!(created.status == 201, "{created:?}");
    let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
    let path = format!("{collection}/web");
    let short = world.decision(who.user(), &json!({annotations::APPROVED_PLAN: hash[..20]}));
    let answer = paths::change(&client, "merge patch", &path, &short).await?;
    paths::refused("a short hash", &answer, "must be the full hash")?;
    let approval = world.decision(who.user(), &json!({annotations::APPROVED_PLAN: hash}));
    let answer = paths::change(&client, "merge patch", &path, &approval).await?;
    ensure!(answer.status == 200, "{answer:?}");
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}
