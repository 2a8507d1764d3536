//! Who counts as the operator, and who does not.

use serde_json::{Value, json};

use super::*;

fn read<K: serde::de::DeserializeOwned>(value: Value) -> Vec<K> {
    vec![serde_json::from_value(value).unwrap()]
}

fn bindings(cluster_rules: &Value, cluster_subjects: &Value, rules: &Value, subjects: &Value) -> Rbac {
    let role = |name: &str, rules: &Value| json!({"metadata": {"name": name}, "rules": rules});
    let binding = |kind: &str, role: &str, subjects: &Value| {
        json!({"metadata": {"name": format!("to-{role}")}, "subjects": subjects,
               "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role}})
    };
    Rbac {
        cluster_roles: read(role("wide", cluster_rules)),
        cluster_role_bindings: read(binding("ClusterRole", "wide", cluster_subjects)),
        roles: read(role("narrow", rules)),
        role_bindings: read(binding("Role", "narrow", subjects)),
    }
}

fn user(name: &str) -> Value {
    json!({"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"})
}

fn all_rights() -> Value {
    json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}])
}

#[test]
fn a_role_for_everything_has_every_power_and_a_local_one_has_no_policies() {
    let cluster = bindings(
        &all_rights(),
        &json!([user("eve"), {"kind": "ServiceAccount", "name": "argocd", "namespace": "argocd"}]),
        &all_rights(),
        &json!([user("dora")]),
    );
    let found = holders(&cluster, &Place::default());
    let subjects: Vec<&str> = found.iter().map(|holder| holder.subject.as_str()).collect();
    assert_eq!(
        subjects,
        ["service account argocd/argocd", "user dora", "user eve"]
    );
    assert!(found[2].powers.contains(&POLICIES));
    assert!(!found[1].powers.contains(&POLICIES));
    assert_eq!(found[1].bindings, ["rolebinding/to-narrow"]);
    let once = |powers: &[&str]| {
        let mut known = std::collections::BTreeSet::new();
        powers.iter().all(|power| known.insert(*power))
    };
    assert!(once(&found[2].powers), "{:?}", found[2].powers);
}

#[test]
fn the_cluster_itself_and_the_operator_are_left_out() {
    let subjects = json!([
        {"kind": "Group", "name": "system:masters"},
        user("system:kube-controller-manager"),
        {"kind": "ServiceAccount", "name": "replicaset-controller", "namespace": "kube-system"},
        {"kind": "ServiceAccount", "name": "sas-operator", "namespace": "sas-system"},
    ]);
    let cluster = bindings(&all_rights(), &subjects, &json!([]), &json!([]));
    assert!(holders(&cluster, &Place::default()).is_empty());
}

#[test]
fn everybody_is_not_the_cluster_itself() {
    let subjects = json!([
        {"kind": "Group", "name": "system:authenticated"},
        {"kind": "Group", "name": "system:serviceaccounts:default"},
        user("system:serviceaccount:default:ci"),
    ]);
    let cluster = bindings(&all_rights(), &subjects, &json!([]), &json!([]));
    assert_eq!(holders(&cluster, &Place::default()).len(), 3);
}

#[test]
fn single_powers_are_told_apart() {
    let rows: [(Value, &[&str]); 11] = [
        (
            json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}),
            &[],
        ),
        (
            json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}),
            &[RUN],
        ),
        (
            json!({"apiGroups": [""], "resources": ["*/exec"], "verbs": ["*"]}),
            &[ENTER],
        ),
        (
            json!({"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["get"]}),
            &[ENTER],
        ),
        (
            json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["patch"]}),
            &[RUN],
        ),
        (
            json!({"apiGroups": ["apps"], "resources": ["statefulsets"], "verbs": ["update"]}),
            &[RUN],
        ),
        (
            json!({"apiGroups": [""], "resources": ["secrets"], "verbs": ["watch"]}),
            &[READ],
        ),
        (
            json!({"apiGroups": [RBAC], "resources": ["roles"], "verbs": ["escalate"]}),
            &[GRANT],
        ),
        (
            json!({"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"],
                   "resourceNames": ["other"]}),
            &[],
        ),
        (
            json!({"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"],
                   "resourceNames": ["sas-operator"]}),
            &["act as its service account"],
        ),
        (
            json!({"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}),
            &["make tokens"],
        ),
    ];
    for (rule, powers) in rows {
        let cluster = bindings(&json!([]), &json!([]), &json!([rule]), &json!([user("dora")]));
        let found = holders(&cluster, &Place::default());
        let held: Vec<&str> = found.iter().flat_map(|holder| holder.powers.clone()).collect();
        assert_eq!(held, powers, "{rule}");
    }
}

#[test]
fn powers_over_the_whole_cluster_are_told_apart() {
    let client = "kubernetes.io/kube-apiserver-client";
    let signers = |names: Value| {
        json!({"apiGroups": [CERTIFICATES], "resources": ["signers"], "verbs": ["approve"],
               "resourceNames": names})
    };
    let rule = |group: &str, resource: &str, verb: &str| json!({"apiGroups": [group], "resources": [resource], "verbs": [verb]});
    let rows: [(Value, &[&str]); 14] = [
        (rule("", "users", "impersonate"), &[BORROW]),
        (rule("", "groups", "impersonate"), &[BORROW]),
        (
            rule("", "serviceaccounts", "impersonate"),
            &["act as its service account", BORROW],
        ),
        (rule(RBAC, "clusterroles", "bind"), &[GRANT]),
        (rule(RBAC, "clusterroles", "escalate"), &[GRANT]),
        (rule(ADMISSION, POLICY, "deletecollection"), &[POLICIES]),
        (rule(ADMISSION, BINDING, "deletecollection"), &[POLICIES]),
        (rule(ADMISSION, WEBHOOK, "patch"), &[POLICIES]),
        (rule(ADMISSION, MUTATION_BINDING, "create"), &[POLICIES]),
        (rule(DEFINITIONS, DEFINITION, "delete"), &[REDEFINE]),
        (signers(json!([])), &[SIGN]),
        (signers(json!([client])), &[SIGN]),
        (signers(json!(["kubernetes.io/*"])), &[SIGN]),
        (signers(json!(["kubernetes.io/kubelet-serving"])), &[]),
    ];
    for (rule, powers) in rows {
        let cluster = bindings(&json!([rule]), &json!([user("dora")]), &json!([]), &json!([]));
        let found = holders(&cluster, &Place::default());
        let held: Vec<&str> = found.iter().flat_map(|holder| holder.powers.clone()).collect();
        assert_eq!(held, powers, "{rule}");
    }
}
