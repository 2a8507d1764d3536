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
    /// What a rule that names objects has to name.
    pub of: Named,
}

/// The objects that a power is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Any.
    Anything,
    /// The operator.
    Operator,
    /// The signer of certificates that the API server accepts from its clients.
    ClientSigner,
}

impl Named {
    /// Name of the object; none where any will do.
    pub fn name(self, place: &Place) -> Option<String> {
        match self {
            Self::Anything => None,
            Self::Operator => Some(place.name.clone()),
            Self::ClientSigner => Some(CLIENT_SIGNER.to_owned()),
        }
    }

    fn is_among(self, names: &[String], place: &Place) -> bool {
        let Some(wanted) = self.name(place).filter(|_| !names.is_empty()) else {
            return true;
        };
        let domain = wanted.split_once('/').map(|(domain, _)| format!("{domain}/*"));
        names
            .iter()
            .any(|name| *name == wanted || Some(name) == domain.as_ref())
    }
}

const fn local(name: &'static str, verb: &'static str, group: &'static str, resource: &'static str) -> Power {
    Power {
        name,
        verb,
        group,
        resource,
        subresource: None,
        in_namespace: true,
        of: Named::Anything,
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
        of: Named::Operator,
        ..power
    }
}

/// Whoever can have a certificate issued chooses its name and groups.
const fn signing(power: Power) -> Power {
    Power {
        of: Named::ClientSigner,
        ..power
    }
}

const CLIENT_SIGNER: &str = "kubernetes.io/kube-apiserver-client";
const ADMISSION: &str = "admissionregistration.k8s.io";
const DEFINITIONS: &str = "apiextensions.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";
const RUN: &str = "run pods";
const ENTER: &str = "enter pods";
const READ: &str = "read secrets";
const BORROW: &str = "act as others";
const GRANT: &str = "give away rights beyond their own";
const SIGN: &str = "have certificates issued";
/// A mutating policy could slip an approval into what an approver sends.
const POLICIES: &str = "change admission";
/// Without its status subresource anybody could write a plan.
const REDEFINE: &str = "change definitions";

const POLICY: &str = "validatingadmissionpolicies";
const BINDING: &str = "validatingadmissionpolicybindings";
const MUTATION: &str = "mutatingadmissionpolicies";
const MUTATION_BINDING: &str = "mutatingadmissionpolicybindings";
const WEBHOOK: &str = "mutatingwebhookconfigurations";
const DEFINITION: &str = "customresourcedefinitions";

/// All of them. Those with the same name are shown once.
pub const POWERS: [Power; 62] = [
    local(RUN, "create", "", "pods"),
    local(RUN, "update", "", "pods"),
    local(RUN, "patch", "", "pods"),
    local(RUN, "create", "", "replicationcontrollers"),
    local(RUN, "update", "", "replicationcontrollers"),
    local(RUN, "patch", "", "replicationcontrollers"),
    local(RUN, "create", "apps", "replicasets"),
    local(RUN, "update", "apps", "replicasets"),
    local(RUN, "patch", "apps", "replicasets"),
    local(RUN, "create", "apps", "deployments"),
    local(RUN, "update", "apps", "deployments"),
    local(RUN, "patch", "apps", "deployments"),
    local(RUN, "create", "apps", "daemonsets"),
    local(RUN, "update", "apps", "daemonsets"),
    local(RUN, "patch", "apps", "daemonsets"),
    local(RUN, "create", "apps", "statefulsets"),
    local(RUN, "update", "apps", "statefulsets"),
    local(RUN, "patch", "apps", "statefulsets"),
    local(RUN, "create", "batch", "cronjobs"),
    local(RUN, "update", "batch", "cronjobs"),
    local(RUN, "patch", "batch", "cronjobs"),
    local(RUN, "create", "batch", "jobs"),
    // Through a websocket, older API servers ask for get only.
    of("exec", local(ENTER, "create", "", "pods")),
    of("exec", local(ENTER, "get", "", "pods")),
    of("attach", local(ENTER, "create", "", "pods")),
    of("attach", local(ENTER, "get", "", "pods")),
    of("ephemeralcontainers", local(ENTER, "update", "", "pods")),
    of("ephemeralcontainers", local(ENTER, "patch", "", "pods")),
    local(READ, "get", "", "secrets"),
    local(READ, "list", "", "secrets"),
    local(READ, "watch", "", "secrets"),
    named(of("token", local("make tokens", "create", "", "serviceaccounts"))),
    named(local(
        "act as its service account",
        "impersonate",
        "",
        "serviceaccounts",
    )),
    global(BORROW, "impersonate", "", "users"),
    global(BORROW, "impersonate", "", "groups"),
    global(BORROW, "impersonate", "", "serviceaccounts"),
    local(GRANT, "bind", RBAC, "roles"),
    local(GRANT, "escalate", RBAC, "roles"),
    local(GRANT, "bind", RBAC, "clusterroles"),
    global(GRANT, "escalate", RBAC, "clusterroles"),
    signing(global(SIGN, "approve", CERTIFICATES, "signers")),
    global(POLICIES, "update", ADMISSION, POLICY),
    global(POLICIES, "patch", ADMISSION, POLICY),
    global(POLICIES, "delete", ADMISSION, POLICY),
    global(POLICIES, "deletecollection", ADMISSION, POLICY),
    global(POLICIES, "update", ADMISSION, BINDING),
    global(POLICIES, "patch", ADMISSION, BINDING),
    global(POLICIES, "delete", ADMISSION, BINDING),
    global(POLICIES, "deletecollection", ADMISSION, BINDING),
    global(POLICIES, "create", ADMISSION, MUTATION),
    global(POLICIES, "update", ADMISSION, MUTATION),
    global(POLICIES, "patch", ADMISSION, MUTATION),
    global(POLICIES, "create", ADMISSION, MUTATION_BINDING),
    global(POLICIES, "update", ADMISSION, MUTATION_BINDING),
    global(POLICIES, "patch", ADMISSION, MUTATION_BINDING),
    global(POLICIES, "create", ADMISSION, WEBHOOK),
    global(POLICIES, "update", ADMISSION, WEBHOOK),
    global(POLICIES, "patch", ADMISSION, WEBHOOK),
    global(REDEFINE, "update", DEFINITIONS, DEFINITION),
    global(REDEFINE, "patch", DEFINITIONS, DEFINITION),
    global(REDEFINE, "delete", DEFINITIONS, DEFINITION),
    global(REDEFINE, "deletecollection", DEFINITIONS, DEFINITION),
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
    holders_of(rbac, place, |_| true)
}

/// All subjects with those powers that are `wanted`.
pub fn holders_of(rbac: &Rbac, place: &Place, wanted: fn(&Power) -> bool) -> Vec<Holder> {
    let mut found: BTreeMap<String, Holder> = BTreeMap::new();
    let global = rbac.cluster_role_bindings.iter().map(|binding| {
        let name = format!("clusterrolebinding/{}", name(binding.metadata.name.as_deref()));
        (name, None, &binding.role_ref, &binding.subjects)
    });
    let local = rbac.role_bindings.iter().map(|binding| {
        let name = format!("rolebinding/{}", name(binding.metadata.name.as_deref()));
        let namespace = binding.metadata.namespace.as_deref();
        (name, Some(namespace), &binding.role_ref, &binding.subjects)
    });
    for (binding, namespace, role, subjects) in global.chain(local) {
        let rules = rules_of(rbac, role, namespace.flatten());
        let held: Vec<&'static str> = POWERS
            .iter()
            .filter(|power| wanted(power) && (power.in_namespace || namespace.is_none()))
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

/// The rules of a role that a binding names, in the binding's namespace where it is not a cluster's role.
pub fn rules_of<'a>(rbac: &'a Rbac, role: &RoleRef, namespace: Option<&str>) -> &'a [PolicyRule] {
    let named = |metadata: &kube::core::ObjectMeta| metadata.name.as_deref() == Some(role.name.as_str());
    let beside = |metadata: &kube::core::ObjectMeta| metadata.namespace.as_deref() == namespace;
    let rules = if role.kind == "ClusterRole" {
        let found = rbac.cluster_roles.iter().find(|role| named(&role.metadata));
        found.and_then(|role| role.rules.as_ref())
    } else {
        let mut roles = rbac.roles.iter();
        let found = roles.find(|role| named(&role.metadata) && beside(&role.metadata));
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
        && power.of.is_among(names, place)
}

/// How a subject is shown, unless it is one of the cluster's own or the operator itself.
pub fn foreign(subject: &Subject, place: &Place) -> Option<String> {
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
