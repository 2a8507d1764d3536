//! Which subjects hold which powers by RBAC. Pure. The cluster's own subjects are left out: its
//! administrators and controllers can do everything, and nobody can help that.

use std::collections::BTreeMap;

use k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};

use crate::commands::doctor::Place;

/// A right that makes its holder the operator, or leads around what guards it.
#[derive(Clone, Copy)]
pub struct Power {
    pub name: &'static str,
    pub verb: &'static str,
    pub group: &'static str,
    pub resource: &'static str,
    pub subresource: Option<&'static str>,
    /// Whether it counts in the operator's namespace; otherwise in the whole cluster.
    pub in_namespace: bool,
    /// Whether a rule that names objects has to name the operator.
    pub operator_only: bool,
}

const fn local(name: &'static str, verb: &'static str, group: &'static str, resource: &'static str) -> Power {
    Power {
        name,
        verb,
        group,
        resource,
        subresource: None,
        in_namespace: true,
        operator_only: false,
    }
}

const fn global(
    name: &'static str,
    verb: &'static str,
    group: &'static str,
    resource: &'static str,
) -> Power {
    Power {
        in_namespace: false,
        ..local(name, verb, group, resource)
    }
}

const fn of(subresource: &'static str, power: Power) -> Power {
    Power {
        subresource: Some(subresource),
        ..power
    }
}

const fn named(power: Power) -> Power {
    Power {
        operator_only: true,
        ..power
    }
}

const ADMISSION: &str = "admissionregistration.k8s.io";
const DEFINITIONS: &str = "apiextensions.k8s.io";
const RUN: &str = "run pods";
const ENTER: &str = "enter pods";
const READ: &str = "read secrets";
/// A mutating policy could slip an approval into what an approver sends.
const POLICIES: &str = "change admission";
/// Without its status subresource anybody could write a plan.
const REDEFINE: &str = "change definitions";

/// All of them. Those with the same name are shown once.
pub const POWERS: [Power; 27] = [
    local(RUN, "create", "", "pods"),
    local(RUN, "create", "", "replicationcontrollers"),
    local(RUN, "create", "apps", "replicasets"),
    local(RUN, "create", "apps", "deployments"),
    local(RUN, "update", "apps", "deployments"),
    local(RUN, "patch", "apps", "deployments"),
    local(RUN, "create", "apps", "daemonsets"),
    local(RUN, "create", "apps", "statefulsets"),
    local(RUN, "create", "batch", "jobs"),
    local(RUN, "create", "batch", "cronjobs"),
    of("exec", local(ENTER, "create", "", "pods")),
    of("attach", local(ENTER, "create", "", "pods")),
    of("ephemeralcontainers", local(ENTER, "patch", "", "pods")),
    local(READ, "get", "", "secrets"),
    local(READ, "list", "", "secrets"),
    named(of("token", local("make tokens", "create", "", "serviceaccounts"))),
    named(local("act as the operator", "impersonate", "", "serviceaccounts")),
    global(POLICIES, "update", ADMISSION, "validatingadmissionpolicies"),
    global(POLICIES, "patch", ADMISSION, "validatingadmissionpolicies"),
    global(POLICIES, "delete", ADMISSION, "validatingadmissionpolicies"),
    global(POLICIES, "update", ADMISSION, "validatingadmissionpolicybindings"),
    global(POLICIES, "patch", ADMISSION, "validatingadmissionpolicybindings"),
    global(POLICIES, "delete", ADMISSION, "validatingadmissionpolicybindings"),
    global(POLICIES, "create", ADMISSION, "mutatingadmissionpolicies"),
    global(POLICIES, "create", ADMISSION, "mutatingwebhookconfigurations"),
    global(REDEFINE, "update", DEFINITIONS, "customresourcedefinitions"),
    global(REDEFINE, "patch", DEFINITIONS, "customresourcedefinitions"),
];

/// Roles and bindings that count in the operator's namespace.
#[derive(Default)]
pub struct Rbac {
    pub cluster_roles: Vec<ClusterRole>,
    pub cluster_role_bindings: Vec<ClusterRoleBinding>,
    pub roles: Vec<Role>,
    pub role_bindings: Vec<RoleBinding>,
}

/// A subject with powers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub subject: String,
    pub powers: Vec<&'static str>,
    pub bindings: Vec<String>,
}

/// All subjects with powers, besides the cluster's own and the operator.
pub fn holders(rbac: &Rbac, place: &Place) -> Vec<Holder> {
    let mut found: BTreeMap<String, Holder> = BTreeMap::new();
    let global = rbac.cluster_role_bindings.iter().map(|binding| {
        let name = format!("clusterrolebinding/{}", name(binding.metadata.name.as_deref()));
        (name, &binding.role_ref, &binding.subjects, true)
    });
    let local = rbac.role_bindings.iter().map(|binding| {
        let name = format!("rolebinding/{}", name(binding.metadata.name.as_deref()));
        (name, &binding.role_ref, &binding.subjects, false)
    });
    for (binding, role, subjects, cluster_wide) in global.chain(local) {
        let rules = rules_of(rbac, role);
        let held: Vec<&'static str> = POWERS
            .iter()
            .filter(|power| power.in_namespace || cluster_wide)
            .filter(|power| rules.iter().any(|rule| grants(rule, power, place)))
            .map(|power| power.name)
            .collect();
        if held.is_empty() {
            continue;
        }
        for subject in subjects.iter().flatten() {
            let Some(shown) = foreign(subject, place) else {
                continue;
            };
            let holder = found.entry(shown.clone()).or_insert_with(|| Holder {
                subject: shown,
                powers: Vec::new(),
                bindings: Vec::new(),
            });
            holder.powers.extend(&held);
            holder.bindings.push(binding.clone());
        }
    }
    let tidy = |mut holder: Holder| {
        let held = std::mem::take(&mut holder.powers);
        let once = POWERS
            .iter()
            .map(|power| power.name)
            .filter(|name| held.contains(name));
        holder.powers = once.collect();
        holder.powers.dedup();
        holder.bindings.dedup();
        holder
    };
    found.into_values().map(tidy).collect()
}

fn name(name: Option<&str>) -> &str {
    name.unwrap_or_default()
}

fn rules_of<'a>(rbac: &'a Rbac, role: &RoleRef) -> &'a [PolicyRule] {
    let named = |metadata: &kube::core::ObjectMeta| metadata.name.as_deref() == Some(role.name.as_str());
    let rules = if role.kind == "ClusterRole" {
        let found = rbac.cluster_roles.iter().find(|role| named(&role.metadata));
        found.and_then(|role| role.rules.as_ref())
    } else {
        let found = rbac.roles.iter().find(|role| named(&role.metadata));
        found.and_then(|role| role.rules.as_ref())
    };
    rules.map(Vec::as_slice).unwrap_or_default()
}

fn grants(rule: &PolicyRule, power: &Power, place: &Place) -> bool {
    let has = |list: &[String], wanted: &str| list.iter().any(|item| item == "*" || item == wanted);
    let resource = match power.subresource {
        Some(subresource) => format!("{}/{subresource}", power.resource),
        None => power.resource.to_owned(),
    };
    let resources = rule.resources.as_deref().unwrap_or_default();
    let any_parent = |resource: &str| {
        power
            .subresource
            .is_some_and(|sub| resource == format!("*/{sub}"))
    };
    let names = rule.resource_names.as_deref().unwrap_or_default();
    has(&rule.verbs, power.verb)
        && has(rule.api_groups.as_deref().unwrap_or_default(), power.group)
        && (has(resources, &resource) || resources.iter().any(|resource| any_parent(resource)))
        && (names.is_empty() || !power.operator_only || names.contains(&place.name))
}

/// How a subject is shown, unless it is one of the cluster's own or the operator itself.
fn foreign(subject: &Subject, place: &Place) -> Option<String> {
    let name = &subject.name;
    if subject.kind == "ServiceAccount" {
        let namespace = subject.namespace.as_deref().unwrap_or_default();
        let own = (namespace, name.as_str()) == (place.namespace.as_str(), place.name.as_str());
        return (!own && namespace != "kube-system").then(|| format!("service account {namespace}/{name}"));
    }
    let everybody = [
        "system:authenticated",
        "system:unauthenticated",
        "system:serviceaccounts",
    ];
    let own = name.starts_with("system:")
        && !everybody.contains(&name.as_str())
        && name != "system:anonymous"
        && !name.starts_with("system:serviceaccounts:")
        && !name.starts_with("system:serviceaccount:");
    (!own).then(|| format!("{} {name}", subject.kind.to_lowercase()))
}

#[cfg(test)]
mod tests;
