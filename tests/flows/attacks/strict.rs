//! What the preset Strict refuses in addition: rights that come with every right, borrowed identities, and
//! giving the right to approve away.

use anyhow::{Result, ensure};
use kube::Client;
use kube::api::{Patch, PatchParams, PostParams};
use sas_api::annotations;
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_tests::paths::PATCHES;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, raw, rights, wait};
use serde_json::{Value, json};

use super::Target;
use super::grants::{approving_rules, binding, create};

const WILDCARD: &str = "comes from a role for everything";
const GRANT: &str = "only an administrator named in the policy sas-grants";

pub async fn a_right_for_everything_is_none_to_approve(world: World) -> Result<()> {
    let target = Target::new(&world, "wildcard").await?;
    let admin = target.flow.admin();
    let namespace = &target.flow.namespace;
    let approval = target.approval(Identity::Admin);
    target.refused_by_every_way(&admin, &approval, WILDCARD).await?;
    // Bound in the namespace only, and to an approver: his other right does not make up for it.
    rights::give(&admin, namespace, "friend", rights::EVERYTHING).await?;
    rights::give(&admin, namespace, Identity::Approver2.user(), rights::EVERYTHING).await?;
    for client in [
        world.client_as("friend").await?,
        target.client(Identity::Approver2).await?,
    ] {
        target.refused_by_every_way(&client, &approval, WILDCARD).await?;
    }
    target.assert_untouched().await
}

/// Every right, but only on objects of one name: a role that no list of names gives away.
pub async fn a_right_for_everything_of_one_name_is_none_to_approve(world: World) -> Result<()> {
    let target = Target::new(&world, "named").await?;
    let namespace = &target.flow.namespace;
    let argocd = target.client(Identity::ArgoCd).await?;
    let named = json!({"metadata": {"name": "named"}, "rules": [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"], "resourceNames": ["web"]},
    ]});
    let stored = create(&argocd, namespace, "roles", &named).await?;
    ensure!(stored.status == 201, "{stored:?}");
    let bound = create(
        &argocd,
        namespace,
        "rolebindings",
        &binding("named", "Role", "named", "friend"),
    )
    .await?;
    ensure!(bound.status == 201, "{bound:?}");
    let friend = world.client_as("friend").await?;
    wait::until("the friend may read", async || {
        let answer = raw::send_full(&friend, "GET", &target.path(), Value::Null).await?;
        Ok((answer.status == 200).then_some(()))
    })
    .await?;
    let approval = target.approval(Identity::Admin);
    target.refused_by_every_way(&friend, &approval, WILDCARD).await?;
    target.assert_untouched().await
}

pub async fn a_borrowed_identity_decides_nothing(world: World) -> Result<()> {
    let target = Target::new(&world, "borrowed").await?;
    let borrowed = world.client_as(Identity::Approver.user()).await?;
    for key in [annotations::APPROVED_PLAN, annotations::REJECTED_PLAN] {
        let decision = target.decision(Identity::Approver, &json!({key: target.hash}));
        target
            .refused_by(&PATCHES, &borrowed, &decision, "without impersonation")
            .await?;
    }
    target.assert_untouched().await
}

/// A holder of every right, who passes RBAC's own check, and one of the rights to bind and escalate.
pub async fn only_administrators_name_approvers(world: World) -> Result<()> {
    let target = Target::new(&world, "friend").await?;
    let namespace = &target.flow.namespace;
    let argocd = target.client(Identity::ArgoCd).await?;
    let binder = binder(&target).await?;
    let friend = binding("friend", "ClusterRole", "sas-approver", "friend");
    for client in [&argocd, &binder] {
        // The policies act a moment after they were stored.
        wait::until("the policy sas-grants acts", async || {
            let answer = create(client, namespace, "rolebindings", &friend).await?;
            let delete =
                format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings/friend");
            if answer.status == 201 {
                raw::send(&target.flow.admin(), "DELETE", &delete, Value::Null).await?;
                return Ok(None);
            }
            forbidden(&answer, GRANT).map(Some)
        })
        .await?;
        for rules in approving_rules() {
            let role = |name: &str| json!({"metadata": {"name": name}, "rules": rules});
            let answer = create(client, namespace, "roles", &role("sas-approver-own")).await?;
            forbidden(&answer, GRANT)?;
            let answer = create(client, namespace, "roles", &role("harmless")).await?;
            forbidden(&answer, "must be named sas-approver*")?;
        }
    }
    cluster_wide(&argocd).await?;
    borrowed(&target).await?;
    let approval = target.approval(Identity::Developer);
    let developer = target.client(Identity::Developer).await?;
    target
        .refused_by(&["merge patch"], &developer, &approval, "needs the verb approve")
        .await?;
    target.assert_untouched().await
}

/// The name or the group of an administrator, without his credentials.
async fn borrowed(target: &Target) -> Result<()> {
    let world = &target.flow.world;
    let friend = binding("friend", "ClusterRole", "sas-approver", "friend");
    for (who, user, groups) in [
        (Identity::ArgoCd, "nobody", &["system:masters"][..]),
        (Identity::Admin, "kubernetes-admin", &["system:masters"]),
    ] {
        let client = world.borrowed(who, user, groups).await?;
        let answer = create(&client, &target.flow.namespace, "rolebindings", &friend).await?;
        forbidden(&answer, GRANT)?;
    }
    // The administrator himself is not locked out.
    let admin = target.flow.admin();
    let own = binding("own", "ClusterRole", "sas-approver", "friend-of-the-admin");
    let answer = create(&admin, &target.flow.namespace, "rolebindings", &own).await?;
    ensure!(answer.status == 201, "{answer:?}");
    Ok(())
}

/// Roles and bindings of the whole cluster, and another subject in a binding that is there.
async fn cluster_wide(argocd: &Client) -> Result<()> {
    let base = "/apis/rbac.authorization.k8s.io/v1";
    let aggregated = json!({
        "metadata": {"name": "sas-approver-sum"},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]},
    });
    for (plural, object, words) in [
        (
            "clusterrolebindings",
            binding("friend", "ClusterRole", "sas-approver", "friend"),
            GRANT,
        ),
        (
            "clusterroles",
            json!({"metadata": {"name": "sas-approver-x"}, "rules": approving_rules()[0]}),
            GRANT,
        ),
        ("clusterroles", aggregated, "cannot be an aggregated one"),
        (
            "clusterroles",
            json!({"metadata": {"name": "sas-approver-y", "labels": {
                "rbac.authorization.k8s.io/aggregate-to-edit": "true",
            }}, "rules": []}),
            "cannot be aggregated into others",
        ),
    ] {
        let answer = raw::send_full(argocd, "POST", &format!("{base}/{plural}"), object).await?;
        forbidden(&answer, words)?;
    }
    let friend = json!([{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "friend"}]);
    for (path, change) in [
        ("clusterrolebindings/world-approver", json!({"subjects": friend})),
        (
            "clusterroles/sas-approver",
            json!({"rules": approving_rules()[0]}),
        ),
        ("clusterroles/view", json!({"rules": approving_rules()[0]})),
        (
            "clusterroles/sas-approver",
            json!({"metadata": {"labels": {"rbac.authorization.k8s.io/aggregate-to-edit": "true"}}}),
        ),
    ] {
        let media = "application/merge-patch+json";
        let answer = raw::send_as(argocd, "PATCH", &format!("{base}/{path}"), media, change).await?;
        ensure!(answer.status == 403, "{path}: {answer:?}");
    }
    Ok(())
}

/// Somebody who may bind and escalate in the namespace, and so passes RBAC's check as well.
async fn binder(target: &Target) -> Result<Client> {
    let namespace = &target.flow.namespace;
    let binder = json!({"metadata": {"name": "binder"}, "rules": [{
        "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"],
        "verbs": ["create", "get", "update", "patch", "bind", "escalate"],
    }]});
    let admin = target.flow.admin();
    for (plural, object) in [
        ("roles", binder),
        ("rolebindings", binding("binder", "Role", "binder", "binder")),
    ] {
        let answer = create(&admin, namespace, plural, &object).await?;
        ensure!(answer.status == 201, "{answer:?}");
    }
    let client = target.flow.world.client_as("binder").await?;
    wait::until("the binder may act", async || {
        let empty = json!({"metadata": {"generateName": "empty-"}, "rules": []});
        Ok((create(&client, namespace, "roles", &empty).await?.status == 201).then_some(()))
    })
    .await?;
    Ok(client)
}

fn forbidden(answer: &raw::Answer, words: &str) -> Result<()> {
    sas_tests::paths::refused("a grant", answer, words)
}

/// Where nothing writes the names, the refusal says which ones the developer has to send.
pub async fn a_spec_names_its_writers(world: World) -> Result<()> {
    let flow = Flow::start(&world, "named-by").await?;
    let developer = flow.as_developer::<SasAuthBinding>();
    let binding = manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?;
    let told = |result: kube::Result<SasAuthBinding>, generation: &str| {
        let words = format!("send requested-by=\"developer\" and requested-generation=\"{generation}\"");
        let error = result.err().map(|error| error.to_string()).unwrap_or_default();
        ensure!(error.contains(&words), "{words}: {error}");
        Ok(())
    };
    told(developer.create(&PostParams::default(), &binding).await, "1")?;
    flow.create(&binding).await?;
    let edit = |annotations: Value| {
        Patch::Merge(json!({"metadata": {"annotations": annotations}, "spec": {"edition": "Enterprise"}}))
    };
    let params = PatchParams::default();
    told(developer.patch("web", &params, &edit(json!({}))).await, "2")?;
    let named = json!({annotations::REQUESTED_BY: "developer", annotations::REQUESTED_GENERATION: "2"});
    developer.patch("web", &params, &edit(named)).await?;
    let hash = flow.approve_pending::<SasAuthBinding>("web").await;
    ensure!(hash.is_ok(), "{hash:?}");
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}
