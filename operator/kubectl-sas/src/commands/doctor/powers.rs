//! Who can become the operator, or switch off what guards it: by running something in its namespace, by
//! taking its token or the keys there, by acting as it, or by changing the policies.

mod rules;

use k8s_openapi::api::authorization::v1::ResourceAttributes;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use kube::api::ListParams;
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use self::rules::POWERS;
pub use self::rules::{Holder, Rbac, foreign, holders_of, rules_of};
use super::Place;
use super::finding::{Area, Finding};
use crate::cluster::Cluster;
use crate::rights;

const AREA: Area = Area("Who can be the operator");
/// Findings that are listed one by one.
const MOST: usize = 20;

/// Reads roles and bindings; who may not do so learns about himself.
pub async fn look(cluster: &Cluster, place: &Place) -> Vec<Finding> {
    match rbac(cluster, place).await {
        Ok(rbac) => judge(&rules::holders(&rbac, place), place),
        Err(error) => {
            let mut findings = vec![AREA.unseen("roles and their bindings", &error)];
            findings.extend(own(cluster, place).await);
            findings
        }
    }
}

fn judge(holders: &[Holder], place: &Place) -> Vec<Finding> {
    let mut findings: Vec<Finding> = holders
        .iter()
        .take(MOST)
        .map(|holder| {
            let message = format!(
                "{} can be the operator or go around the approvals: may {} (in {})",
                holder.subject,
                holder.powers.join(", "),
                place.namespace
            );
            let remedy = format!(
                "accept them as administrators, or look at {}",
                holder.bindings.join(", ")
            );
            AREA.warning(message, remedy)
        })
        .collect();
    if holders.len() > MOST {
        let message = format!(
            "{} further users, groups and service accounts likewise",
            holders.len() - MOST
        );
        let remedy = format!(
            "kubectl get rolebindings -n {}; kubectl get clusterrolebindings",
            place.namespace
        );
        findings.push(AREA.warning(message, remedy));
    }
    if findings.is_empty() {
        findings.push(AREA.ok(format!(
            "besides the cluster's own administrators (system:masters) and controllers nobody holds rights in {} for that",
            place.namespace
        )));
    }
    findings
}

/// What counts in the namespace of a service account.
pub async fn rbac(cluster: &Cluster, place: &Place) -> Result<Rbac, kube::Error> {
    let client = || cluster.client.clone();
    let namespace = &place.namespace;
    Ok(Rbac {
        cluster_roles: all(Api::<ClusterRole>::all(client())).await?,
        cluster_role_bindings: all(Api::<ClusterRoleBinding>::all(client())).await?,
        roles: all(Api::<Role>::namespaced(client(), namespace)).await?,
        role_bindings: all(Api::<RoleBinding>::namespaced(client(), namespace)).await?,
    })
}

/// All objects of a kind.
pub async fn all<K>(api: Api<K>) -> Result<Vec<K>, kube::Error>
where
    K: Resource + Clone + DeserializeOwned + std::fmt::Debug,
{
    Ok(api.list(&ListParams::default()).await?.items)
}

/// The user's own powers, as the API server answers.
async fn own(cluster: &Cluster, place: &Place) -> Option<Finding> {
    let mut asked = Vec::new();
    for power in &POWERS {
        let attributes = ResourceAttributes {
            namespace: power.in_namespace.then(|| place.namespace.clone()),
            group: Some(power.group.to_owned()),
            resource: Some(power.resource.to_owned()),
            subresource: power.subresource.map(str::to_owned),
            name: power.of.name(place),
            verb: Some(power.verb.to_owned()),
            ..ResourceAttributes::default()
        };
        let question = rights::may(cluster.client.clone(), attributes);
        asked.push((power.name, tokio::spawn(question)));
    }
    let mut held = Vec::new();
    for (name, answer) in asked {
        if matches!(answer.await, Ok(Ok(true))) {
            held.push(name);
        }
    }
    held.dedup();
    (!held.is_empty()).then(|| {
        AREA.warning(
            format!(
                "you can be the operator or go around the approvals: you may {} (in {})",
                held.join(", "),
                place.namespace
            ),
            "use an identity with fewer rights for your daily work",
        )
    })
}
