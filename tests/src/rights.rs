//! Rights in one namespace, given as an administrator gives them.

use anyhow::Result;
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::api::PostParams;
use kube::{Api, Client};
use serde_json::json;

use crate::wait;

/// A ClusterRole, and verb, group and resource of a right that nobody has without it.
#[derive(Clone, Copy, Debug)]
pub struct Role(&'static str, [&'static str; 3]);

/// Kubernetes' own role for people who work in a namespace.
pub const EDIT: Role = Role("edit", ["create", "", "secrets"]);
/// Kubernetes' own role for people who rule a namespace.
pub const ADMIN: Role = Role("admin", ["create", "rbac.authorization.k8s.io", "rolebindings"]);
/// Writes specs.
pub const SAS_EDITOR: Role = Role("sas-editor", ["update", sas_api::GROUP, "sasauthbindings"]);
/// Decides about plans.
pub const SAS_APPROVER: Role = Role(
    "sas-approver",
    ["approve", "approval.sas-operator.io", "sasauthbindings"],
);
/// Every right there is.
pub const EVERYTHING: Role = Role("cluster-admin", ["anything", "example.com", "things"]);

/// Binds a role to a user, which may be a service account's name, and returns when it acts.
pub async fn give(admin: &Client, namespace: &str, user: &str, role: Role) -> Result<()> {
    let Role(role, proof) = role;
    let binding: RoleBinding = serde_json::from_value(json!({
        "metadata": {"generateName": format!("{role}-")},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }))?;
    let bindings = Api::<RoleBinding>::namespaced(admin.clone(), namespace);
    bindings.create(&PostParams::default(), &binding).await?;
    acts(admin, namespace, user, proof).await
}

/// The API server learns of a new binding a moment later.
async fn acts(admin: &Client, namespace: &str, user: &str, proof: [&str; 3]) -> Result<()> {
    let [verb, group, resource] = proof;
    let question: SubjectAccessReview = serde_json::from_value(json!({"spec": {
        "user": user,
        "resourceAttributes": {"namespace": namespace, "verb": verb, "group": group, "resource": resource},
    }}))?;
    let reviews = Api::<SubjectAccessReview>::all(admin.clone());
    wait::until(&format!("{user} may {verb} {resource}"), async || {
        let answer = reviews.create(&PostParams::default(), &question).await?;
        Ok(answer.status.is_some_and(|status| status.allowed).then_some(()))
    })
    .await
}
