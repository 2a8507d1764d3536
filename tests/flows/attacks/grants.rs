//! Nobody makes himself or a friend an approver with less than an administrator's rights.

use anyhow::{Result, ensure};
use kube::Client;
use sas_tests::World;
use sas_tests::world::Identity;
use sas_tests::{raw, rights};
use serde_json::{Value, json};

use super::Target;

/// Rules that contain the right to approve.
pub fn approving_rules() -> [Value; 2] {
    let rule = |group: &str, resource: &str, verb: &str| json!([{"apiGroups": [group], "resources": [resource], "verbs": [verb]}]);
    [
        rule("approval.sas-operator.io", "sasauthbindings", "approve"),
        rule("*", "sasauthbindings", "*"),
    ]
}

/// A binding of a role to a user.
pub fn binding(name: &str, kind: &str, role: &str, user: &str) -> Value {
    json!({
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    })
}

/// Creates something of RBAC in a namespace.
pub async fn create(client: &Client, namespace: &str, plural: &str, object: &Value) -> Result<raw::Answer> {
    let path = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/{plural}");
    raw::send_full(client, "POST", &path, object.clone()).await
}

/// RBAC's own check against giving away more than one has, for those who rule a namespace.
pub async fn a_namespace_admin_gives_no_right_away(world: World) -> Result<()> {
    let target = Target::new(&world, "ruler").await?;
    let namespace = &target.flow.namespace;
    let ruler = Identity::NamespaceAdmin;
    rights::give(&target.flow.admin(), namespace, ruler.user(), rights::ADMIN).await?;
    let client = target.client(ruler).await?;
    let mut attempts = vec![(
        "rolebindings",
        binding("own", "ClusterRole", "sas-approver", ruler.user()),
    )];
    for rules in approving_rules() {
        attempts.push((
            "roles",
            json!({"metadata": {"name": "sas-approver-own"}, "rules": rules}),
        ));
    }
    for (plural, object) in &attempts {
        let answer = create(&client, namespace, plural, object).await?;
        ensure!(answer.status == 403, "{object}: {answer:?}");
    }
    // An existing role is not widened either.
    let harmless = json!({"metadata": {"name": "harmless"}, "rules": []});
    let answer = create(&client, namespace, "roles", &harmless).await?;
    ensure!(answer.status == 201, "{answer:?}");
    let path = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles/harmless");
    for rules in approving_rules() {
        let media = "application/merge-patch+json";
        let answer = raw::send_as(&client, "PATCH", &path, media, json!({"rules": rules})).await?;
        ensure!(answer.status == 403, "{rules}: {answer:?}");
    }
    let approval = target.approval(ruler);
    target
        .refused_by(&["merge patch"], &client, &approval, "needs the verb approve")
        .await?;
    target.assert_untouched().await
}
