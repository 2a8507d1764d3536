//! RBAC from the list of kinds. The operator gets the least that its work needs; the right to approve
//! stands alone in `sas-approver` and is aggregated into nothing, because a namespace's administrator
//! could approve otherwise.

use sas_api::{APPROVAL_GROUP, GROUP, KindInfo};
use serde_json::{Value, json};

const NAMESPACE: &str = "sas-system";
const OPERATOR: &str = "sas-operator";
/// Kinds of admission policies and their bindings.
const GUARD: [&str; 4] = [
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
];
const READ: [&str; 3] = ["get", "list", "watch"];

/// File names in `config/rbac` with their objects.
pub fn files(kinds: &[KindInfo]) -> Vec<(&'static str, Vec<Value>)> {
    vec![
        ("operator", operator(kinds)),
        ("viewer", vec![viewer(kinds)]),
        ("editor", vec![editor(kinds)]),
        ("approver", vec![approver(kinds)]),
    ]
}

fn operator(kinds: &[KindInfo]) -> Vec<Value> {
    let mut cluster_rules = vec![
        rule(GROUP, &plurals(kinds, ""), &READ),
        // Replaced with its resourceVersion. A patch would pass over what somebody else wrote meanwhile.
        rule(GROUP, &plurals(kinds, "/status"), &["get", "update"]),
        // Lets owner references block the owner's deletion, where the cluster asks for this right.
        rule(GROUP, &plurals(kinds, "/finalizers"), &["update"]),
        rule("events.k8s.io", &["events".into()], &["create", "patch"]),
        // Credentials and outputs, each by its name: listing would hand over every secret there is.
        rule("", &["secrets".into()], &["get", "create", "patch"]),
        // The target lists of large plans, which are immutable, and the price table.
        rule("", &["configmaps".into()], &["get", "create"]),
        // What guards the approvals, and whether a status is still a subresource.
        rule("admissionregistration.k8s.io", &GUARD.map(Into::into), &READ),
        rule(
            "apiextensions.k8s.io",
            &["customresourcedefinitions".into()],
            &READ,
        ),
    ];
    let jobs: Vec<_> = kinds.iter().filter(|kind| kind.one_shot).copied().collect();
    if !jobs.is_empty() {
        // Jobs whose time to live is over. Deleting one changes nothing in the cloud.
        cluster_rules.push(rule(GROUP, &plurals(&jobs, ""), &["delete"]));
    }
    let children = children(kinds);
    if !children.is_empty() {
        // What it creates for other resources, in the name of those who wrote them.
        cluster_rules.push(rule(GROUP, &plurals(&children, ""), &["create"]));
    }
    let own_rules = [
        // In dry runs only, to see whether an object that is born approved is refused.
        rule(GROUP, &["sasinstallcodes".into()], &["create"]),
        // Creation cannot be limited to a name.
        rule("coordination.k8s.io", &["leases".into()], &["create"]),
        named(
            rule("coordination.k8s.io", &["leases".into()], &["get", "update"]),
            OPERATOR,
        ),
    ];
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": OPERATOR, "namespace": NAMESPACE}}),
        role("ClusterRole", &json!({"name": OPERATOR}), &cluster_rules),
        binding("ClusterRole", &json!({"name": OPERATOR})),
        role(
            "Role",
            &json!({"name": OPERATOR, "namespace": NAMESPACE}),
            &own_rules,
        ),
        binding("Role", &json!({"name": OPERATOR, "namespace": NAMESPACE})),
    ]
}

/// Kinds whose resources the operator creates for others.
fn children(kinds: &[KindInfo]) -> Vec<KindInfo> {
    let is_child = |kind: &&KindInfo| kinds.iter().any(|parent| parent.spawns.contains(&kind.kind));
    kinds.iter().filter(is_child).copied().collect()
}

fn viewer(kinds: &[KindInfo]) -> Value {
    let metadata = json!({"name": "sas-viewer", "labels": aggregated(&["view", "edit", "admin"])});
    role(
        "ClusterRole",
        &metadata,
        &[rule(GROUP, &plurals(kinds, ""), &READ), full_plans()],
    )
}

fn editor(kinds: &[KindInfo]) -> Value {
    let metadata = json!({"name": "sas-editor", "labels": aggregated(&["edit", "admin"])});
    let verbs = [
        "get",
        "list",
        "watch",
        "create",
        "update",
        "patch",
        "delete",
        "deletecollection",
    ];
    role(
        "ClusterRole",
        &metadata,
        &[rule(GROUP, &plurals(kinds, ""), &verbs), full_plans()],
    )
}

fn approver(kinds: &[KindInfo]) -> Value {
    let gated: Vec<KindInfo> = kinds.iter().copied().filter(|kind| kind.writes).collect();
    let rules = [
        rule(GROUP, &plurals(kinds, ""), &READ),
        // An approval is a patch of annotations. Without `update`, policies keep it to those.
        rule(GROUP, &plurals(&gated, ""), &["patch"]),
        rule(APPROVAL_GROUP, &plurals(&gated, ""), &["approve"]),
        // Approvals in advance. Admission lets only those write them who may approve what they name.
        rule(
            GROUP,
            &["sasapprovalpolicies".into()],
            &["create", "update", "patch", "delete"],
        ),
        full_plans(),
    ];
    role("ClusterRole", &json!({"name": "sas-approver"}), &rules)
}

/// The target lists of large plans have to be read to be judged. Their names are not known beforehand, so
/// that this is every ConfigMap whose name somebody knows, as in the role `view` of every cluster.
fn full_plans() -> Value {
    rule("", &["configmaps".into()], &["get"])
}

fn plurals(kinds: &[KindInfo], subresource: &str) -> Vec<String> {
    kinds
        .iter()
        .map(|kind| format!("{}{subresource}", kind.plural))
        .collect()
}

fn rule(group: &str, resources: &[String], verbs: &[&str]) -> Value {
    json!({"apiGroups": [group], "resources": resources, "verbs": verbs})
}

fn named(mut rule: Value, name: &str) -> Value {
    rule["resourceNames"] = json!([name]);
    rule
}

fn role(kind: &str, metadata: &Value, rules: &[Value]) -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": rules})
}

/// Binds the operator's role of that kind and name to its service account.
fn binding(kind: &str, metadata: &Value) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": format!("{kind}Binding"),
        "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": OPERATOR},
        "subjects": [{"kind": "ServiceAccount", "name": OPERATOR, "namespace": NAMESPACE}],
    })
}

fn aggregated(roles: &[&str]) -> Value {
    roles
        .iter()
        .map(|role| {
            (
                format!("rbac.authorization.k8s.io/aggregate-to-{role}"),
                json!("true"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verbs on a resource over all rules of the roles in a file.
    fn verbs(file: &str, resource: &str) -> Vec<String> {
        let (_, objects) = files(sas_api::KINDS)
            .into_iter()
            .find(|(name, _)| *name == file)
            .unwrap();
        let rules = objects
            .iter()
            .filter_map(|object| object["rules"].as_array())
            .flatten();
        let matching = rules.filter(|rule| rule["resources"].as_array().unwrap().contains(&json!(resource)));
        let mut verbs: Vec<String> = matching
            .flat_map(|rule| rule["verbs"].as_array().unwrap().clone())
            .map(|verb| verb.as_str().unwrap().to_owned())
            .collect();
        verbs.sort();
        verbs.dedup();
        verbs
    }

    #[test]
    fn operator_cannot_list_secrets_or_touch_specs() {
        assert_eq!(verbs("operator", "secrets"), ["create", "get", "patch"]);
        for kind in sas_api::KINDS {
            assert_eq!(
                verbs("operator", &format!("{}/status", kind.plural)),
                ["get", "update"]
            );
            let mut verbs = verbs("operator", kind.plural);
            // One more, in its own namespace, for its dry runs.
            verbs.retain(|verb| verb != "create");
            let expected: &[_] = if kind.one_shot {
                &["delete", "get", "list", "watch"]
            } else {
                &READ
            };
            assert_eq!(verbs, expected, "{}", kind.kind);
        }
        let objects = operator(sas_api::KINDS);
        let cluster_role = objects
            .iter()
            .find(|object| object["kind"] == "ClusterRole")
            .unwrap();
        let creates = |rule: &&Value| {
            rule["apiGroups"] == json!([GROUP])
                && rule["verbs"].as_array().unwrap().contains(&json!("create"))
        };
        let rules = cluster_role["rules"].as_array().unwrap().iter();
        let creatable: Vec<_> = rules
            .filter(creates)
            .flat_map(|rule| rule["resources"].as_array().unwrap().clone())
            .collect();
        let spawned = |kind: &KindInfo| {
            sas_api::KINDS
                .iter()
                .any(|parent| parent.spawns.contains(&kind.kind))
        };
        for kind in sas_api::KINDS {
            assert_eq!(
                creatable.contains(&json!(kind.plural)),
                spawned(kind),
                "{}",
                kind.kind
            );
        }
    }

    #[test]
    fn whoever_reads_plans_reads_large_ones_and_lists_no_configmaps() {
        for name in ["viewer", "editor", "approver"] {
            assert_eq!(verbs(name, "configmaps"), ["get"], "{name}");
        }
    }

    #[test]
    fn a_fresh_cluster_takes_the_files_in_their_order() {
        let objects = operator(sas_api::KINDS);
        assert_eq!(
            (&objects[0]["kind"], &objects[0]["metadata"]["name"]),
            (&json!("Namespace"), &json!(NAMESPACE))
        );
    }

    #[test]
    fn only_the_approver_role_approves_and_it_is_not_aggregated() {
        for (name, objects) in files(sas_api::KINDS) {
            let text = json!(objects).to_string();
            assert_eq!(text.contains(APPROVAL_GROUP), name == "approver", "{name}");
            assert!(!text.contains("\"*\""), "{name} has a wildcard");
            if name == "approver" {
                assert!(!text.contains("aggregate-to"));
            }
        }
        assert_eq!(
            verbs("approver", "sasauthbindings"),
            ["approve", "get", "list", "patch", "watch"]
        );
        assert_eq!(verbs("approver", "sasaccounts"), ["get", "list", "watch"]);
    }

    #[test]
    fn nobody_but_the_operator_writes_status() {
        for name in ["viewer", "editor", "approver"] {
            assert!(verbs(name, "sasauthbindings/status").is_empty(), "{name}");
        }
    }
}
