//! Whether the operator runs: its lease, which the leader renews wherever it runs, and its Deployment.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::Lease;
use kube::Api;

use super::Place;
use super::finding::{Area, Finding};
use crate::cluster::Cluster;

const AREA: Area = Area("Operator");

/// Looks at both.
pub async fn look(cluster: &Cluster, place: &Place) -> Vec<Finding> {
    let client = || cluster.client.clone();
    let leases = Api::<Lease>::namespaced(client(), &place.namespace);
    let lease = match leases.get_opt(&place.name).await {
        Ok(lease) => leading(lease.as_ref(), place, Timestamp::now()),
        Err(error) => AREA.unseen("the operator's lease", &error),
    };
    let deployments = Api::<Deployment>::namespaced(client(), &place.namespace);
    let deployment = match deployments.get_opt(&place.name).await {
        Ok(deployment) => deployed(deployment.as_ref(), place),
        Err(error) => AREA.unseen("the operator's Deployment", &error),
    };
    vec![lease, deployment]
}

fn leading(lease: Option<&Lease>, place: &Place, now: Timestamp) -> Finding {
    let logs = format!("kubectl logs deployment/{} -n {}", place.name, place.namespace);
    let spec = lease.and_then(|lease| lease.spec.as_ref());
    let holder = spec
        .and_then(|spec| spec.holder_identity.as_deref())
        .filter(|h| !h.is_empty());
    let renewed = spec.and_then(|spec| spec.renew_time.as_ref()).map(|time| time.0);
    let (Some(spec), Some(holder), Some(renewed)) = (spec, holder, renewed) else {
        return AREA.warning(
            format!(
                "nobody holds the lease {}/{}: the operator does not run, or without leader election",
                place.namespace, place.name
            ),
            logs,
        );
    };
    let seconds = now.as_second().saturating_sub(renewed.as_second());
    // A clock that differs a little is no news.
    let patience = i64::from(spec.lease_duration_seconds.unwrap_or(15)) * 2;
    if seconds > patience {
        return AREA.error(
            format!("the operator {holder} gave its last sign of life {seconds} s ago"),
            logs,
        );
    }
    AREA.ok(format!("{holder} leads"))
}

fn deployed(deployment: Option<&Deployment>, place: &Place) -> Finding {
    let Place { namespace, name } = place;
    let Some(deployment) = deployment else {
        return AREA.warning(
            format!("there is no Deployment {namespace}/{name}: the operator runs elsewhere, or not at all"),
            "say where it is: kubectl sas doctor --operator-namespace NAMESPACE --operator-name NAME",
        );
    };
    let ready = deployment
        .status
        .as_ref()
        .and_then(|status| status.ready_replicas)
        .unwrap_or(0);
    let wanted = deployment
        .spec
        .as_ref()
        .and_then(|spec| spec.replicas)
        .unwrap_or(1);
    let image = image(deployment).unwrap_or_default();
    let describe = format!("kubectl describe deployment {name} -n {namespace}");
    if ready < 1 {
        return AREA.error(
            format!("none of {wanted} replicas of the Deployment {namespace}/{name} is ready"),
            describe,
        );
    }
    let own = env!("CARGO_PKG_VERSION");
    match version_of(image) {
        Some(version) if version != own => AREA.warning(
            format!("the operator is version {version}, this program {own}"),
            "use the same version of both",
        ),
        _ => AREA.ok(format!("{ready} of {wanted} replicas are ready, image {image}")),
    }
}

fn image(deployment: &Deployment) -> Option<&str> {
    let pod = deployment.spec.as_ref()?.template.spec.as_ref()?;
    pod.containers.first()?.image.as_deref()
}

/// The version that an image's tag names, with or without a `v`.
fn version_of(image: &str) -> Option<&str> {
    let image = image.split('@').next()?;
    let (_, tag) = image.rsplit_once('/').unwrap_or(("", image)).1.split_once(':')?;
    let version = tag.strip_prefix('v').unwrap_or(tag);
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some(version)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_leader_shows_by_its_lease() {
        let lease: Lease = serde_json::from_value(json!({"spec": {
            "holderIdentity": "pod-1", "leaseDurationSeconds": 15, "renewTime": "2026-01-01T00:00:00.000000Z",
        }}))
        .unwrap();
        let at = |seconds: i64| Timestamp::from_second(1_767_225_600 + seconds).unwrap();
        let level = |lease, now| leading(lease, &Place::default(), now).level;
        assert_eq!(level(Some(&lease), at(10)), Level::Ok);
        assert_eq!(level(Some(&lease), at(31)), Level::Error);
        assert_eq!(level(None, at(0)), Level::Warning);
        assert_eq!(level(Some(&Lease::default()), at(0)), Level::Warning);
    }

    #[test]
    fn a_deployment_is_ready_and_of_this_version() {
        let deployment = |ready: i32, image: &str| -> Deployment {
            serde_json::from_value(json!({
                "spec": {"replicas": 2, "selector": {}, "template": {"spec": {
                    "containers": [{"name": "operator", "image": image}]}}},
                "status": {"readyReplicas": ready},
            }))
            .unwrap()
        };
        let level = |found: Option<&Deployment>| deployed(found, &Place::default()).level;
        let own = format!(
            "registry:5000/sas-operator:v{}@sha256:00",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(level(Some(&deployment(1, &own))), Level::Ok);
        assert_eq!(level(Some(&deployment(1, "sas-operator:9.9.9"))), Level::Warning);
        assert_eq!(
            level(Some(&deployment(1, "registry:5000/sas-operator"))),
            Level::Ok
        );
        assert_eq!(level(Some(&deployment(0, &own))), Level::Error);
        assert_eq!(level(None), Level::Warning);
    }
}
