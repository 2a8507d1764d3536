//! Who holds the right to approve, wherever it was given, and which roles contain it: a right that somebody
//! gave while nobody looked stays until it is seen.

use std::collections::BTreeMap;

use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding};
use kube::Api;
use kube::ResourceExt;
use sas_api::APPROVAL_GROUP;

use super::finding::{Area, Finding};
use super::powers::{all, foreign, rules_of};
use super::{Place, powers};
use crate::cluster::{Cluster, write_kinds};

const AREA: Area = Area("Who may approve");
/// Findings that are listed one by one.
const MOST: usize = 30;
/// How roles are called that may contain the right; the policy `sas-grants` knows them by it.
const PREFIX: &str = "sas-approver";

/// Reads roles and bindings of all namespaces.
pub async fn look(cluster: &Cluster, place: &Place) -> Vec<Finding> {
    match rbac(cluster).await {
        Ok(rbac) => judge(&rbac, place),
        Err(error) => vec![AREA.unseen("who may approve", &error)],
    }
}

async fn rbac(cluster: &Cluster) -> Result<powers::Rbac, kube::Error> {
    let client = || cluster.client.clone();
    Ok(powers::Rbac {
        cluster_roles: all(Api::<ClusterRole>::all(client())).await?,
        cluster_role_bindings: all(Api::<ClusterRoleBinding>::all(client())).await?,
        roles: all(Api::<Role>::all(client())).await?,
        role_bindings: all(Api::<RoleBinding>::all(client())).await?,
    })
}

fn judge(rbac: &powers::Rbac, place: &Place) -> Vec<Finding> {
    let approvers = approvers(rbac, place);
    let mut findings: Vec<Finding> = approvers
        .iter()
        .take(MOST)
        .map(|(subject, grants)| {
            let of = |everything| {
                grants
                    .iter()
                    .filter(move |grant| grant.by_everything == everything)
            };
            let shown = |grant: &Grant| format!("{} ({})", grant.reach, grant.binding);
            let named: Vec<_> = of(false).map(shown).collect();
            if named.is_empty() {
                let all: Vec<_> = of(true).map(shown).collect();
                let message = format!(
                    "{subject} may approve by a role for everything, which counts except in Strict: {}",
                    all.join(", ")
                );
                AREA.warning(message, "give the role sas-approver to those who shall approve")
            } else {
                AREA.ok(format!("{subject} may approve {}", named.join(", ")))
            }
        })
        .collect();
    if approvers.len() > MOST {
        let further = approvers.len() - MOST;
        findings.push(AREA.ok(format!(
            "{further} further users, groups and service accounts likewise"
        )));
    }
    if approvers.is_empty() {
        findings.push(AREA.warning(
            "nobody may approve but the cluster's own administrators",
            "kubectl create rolebinding approvers -n NAMESPACE --clusterrole=sas-approver --user=NAME",
        ));
    }
    findings.extend(strange_roles(rbac).into_iter().map(|role| {
        AREA.warning(
            format!(
                "{role} grants the right to approve, and the preset Strict does not guard who is bound to it"
            ),
            format!("call it {PREFIX}*, or take the right out of it"),
        )
    }));
    findings
}

/// One way to the right.
struct Grant {
    /// Where it counts.
    reach: String,
    binding: String,
    /// Whether the role is one for everything.
    by_everything: bool,
}

/// Who may approve, besides the cluster's own administrators.
fn approvers(rbac: &powers::Rbac, place: &Place) -> BTreeMap<String, Vec<Grant>> {
    let global = rbac.cluster_role_bindings.iter().map(|binding| {
        let name = format!("clusterrolebinding/{}", binding.name_any());
        (name, None, &binding.role_ref, &binding.subjects)
    });
    let local = rbac.role_bindings.iter().map(|binding| {
        let name = format!("rolebinding/{}", binding.name_any());
        (name, binding.namespace(), &binding.role_ref, &binding.subjects)
    });
    let mut found: BTreeMap<String, Vec<Grant>> = BTreeMap::new();
    for (name, namespace, role, subjects) in global.chain(local) {
        let rules = rules_of(rbac, role, namespace.as_deref());
        let granting: Vec<_> = rules.iter().filter(|rule| grants(rule)).collect();
        if granting.is_empty() {
            continue;
        }
        for subject in subjects
            .iter()
            .flatten()
            .filter_map(|subject| foreign(subject, place))
        {
            found.entry(subject).or_default().push(Grant {
                reach: namespace.as_ref().map_or_else(
                    || "in every namespace".to_owned(),
                    |namespace| format!("in namespace {namespace}"),
                ),
                binding: name.clone(),
                by_everything: granting.iter().all(|rule| is_for_everything(rule)),
            });
        }
    }
    found
}

/// Roles that contain the right and are not called like it.
fn strange_roles(rbac: &powers::Rbac) -> Vec<String> {
    let is_strange = |name: &str, rules: Option<&Vec<PolicyRule>>| {
        let rules = rules.into_iter().flatten();
        !name.starts_with(PREFIX)
            && rules
                .into_iter()
                .any(|rule| grants(rule) && !is_for_everything(rule))
    };
    let global = rbac.cluster_roles.iter();
    let global = global
        .filter(|role| is_strange(&role.name_any(), role.rules.as_ref()))
        .map(|role| format!("clusterrole/{}", role.name_any()));
    let local = rbac.roles.iter();
    let local = local
        .filter(|role| is_strange(&role.name_any(), role.rules.as_ref()))
        .map(|role| {
            let namespace = role.namespace().unwrap_or_default();
            format!("role/{} in namespace {namespace}", role.name_any())
        });
    global.chain(local).collect()
}

fn has(list: Option<&Vec<String>>, wanted: &str) -> bool {
    list.into_iter()
        .flatten()
        .any(|item| item == "*" || item == wanted)
}

fn grants(rule: &PolicyRule) -> bool {
    has(Some(&rule.verbs), "approve")
        && has(rule.api_groups.as_ref(), APPROVAL_GROUP)
        && write_kinds()
            .iter()
            .any(|kind| has(rule.resources.as_ref(), kind.plural))
}

fn is_for_everything(rule: &PolicyRule) -> bool {
    let all = |list: Option<&Vec<String>>| list.into_iter().flatten().any(|item| item == "*");
    all(Some(&rule.verbs)) && all(rule.api_groups.as_ref()) && all(rule.resources.as_ref())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::finding::Level;
    use super::*;

    fn read<K: serde::de::DeserializeOwned>(values: Vec<Value>) -> Vec<K> {
        let typed = values.into_iter().map(serde_json::from_value);
        typed.collect::<Result<_, _>>().unwrap()
    }

    fn bound(name: &str, kind: &str, role: &str, user: &str) -> Value {
        json!({
            "metadata": {"name": name, "namespace": "shop"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
        })
    }

    fn approving(name: &str) -> Value {
        json!({"metadata": {"name": name, "namespace": "shop"}, "rules": [
            {"apiGroups": [APPROVAL_GROUP], "resources": ["sasauthbindings"], "verbs": ["approve"]},
        ]})
    }

    fn everything() -> Value {
        json!({"metadata": {"name": "all"}, "rules": [
            {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        ]})
    }

    fn editing() -> Value {
        json!({"metadata": {"name": "sas-editor"}, "rules": [
            {"apiGroups": [sas_api::GROUP], "resources": ["*"], "verbs": ["*"]},
        ]})
    }

    #[test]
    fn everybody_with_the_right_is_named_with_where_it_comes_from() {
        let rbac = powers::Rbac {
            cluster_roles: read(vec![approving("sas-approver"), everything(), editing()]),
            cluster_role_bindings: read(vec![
                bound("all", "ClusterRole", "all", "root"),
                bound("masters", "ClusterRole", "all", "system:kube-controller-manager"),
            ]),
            roles: read(vec![approving("old")]),
            role_bindings: read(vec![
                bound("friend", "ClusterRole", "sas-approver", "friend"),
                bound("old", "Role", "old", "friend"),
                bound("dev", "ClusterRole", "sas-editor", "developer"),
            ]),
        };
        let found = judge(&rbac, &Place::default());
        let said: Vec<_> = found
            .iter()
            .map(|finding| (finding.level, finding.message.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                (
                    Level::Ok,
                    "user friend may approve in namespace shop (rolebinding/friend), in namespace shop (rolebinding/old)"
                ),
                (
                    Level::Warning,
                    "user root may approve by a role for everything, which counts except in Strict: in every namespace (clusterrolebinding/all)"
                ),
                (
                    Level::Warning,
                    "role/old in namespace shop grants the right to approve, and the preset Strict does not guard who is bound to it"
                ),
            ]
        );
    }

    #[test]
    fn a_cluster_without_an_approver_is_told_so() {
        let found = judge(&powers::Rbac::default(), &Place::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].level, Level::Warning);
    }
}
