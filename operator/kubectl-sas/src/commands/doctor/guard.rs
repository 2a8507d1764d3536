//! Whether the admission policies keep approvals to approvers, by the same comparison that the operator
//! makes. Who may not read policies is told what the operator says about them.

use k8s_openapi::apimachinery::pkg::version::Info;
use kube::Api;
use kube::api::{DynamicObject, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use sas_api::guard::{self, Preset, Probe, Rules, Snapshot, expected};
use sas_api::{Reason, condition};

use super::finding::{Area, Finding};
use super::{Place, server};
use crate::cluster::Cluster;
use crate::object::{self, Object};

const AREA: Area = Area("Approvals");

/// Looks at the policies and tries them; says what they are set to as well, where they act.
pub async fn look(
    cluster: &Cluster,
    place: &Place,
    version: &Info,
    objects: &[Object],
) -> (Vec<Finding>, Option<Rules>) {
    let probe = probe(cluster).await;
    match policies(cluster).await {
        Ok(objects) => {
            let snapshot = Snapshot {
                user: place.user(),
                objects,
                // They have findings of their own.
                crds: Vec::new(),
                probe: probe.unwrap_or(Probe::Refused {
                    message: ASSUMED.to_owned(),
                }),
            };
            let rules = guard::judge(&snapshot).ok();
            (judge(&snapshot, server::can_stamp(version)), rules)
        }
        Err(error) => {
            let mut findings = vec![AREA.unseen("the admission policies", &error)];
            findings.extend(probe.as_ref().and_then(guard::probe_fault).map(unguarded));
            findings.extend(hearsay(objects));
            (findings, None)
        }
    }
}

/// Where nothing was tried, the policies are judged by what they say alone.
const ASSUMED: &str = "'sas-approval'";

fn judge(snapshot: &Snapshot, can_stamp: bool) -> Vec<Finding> {
    let faults = guard::faults(snapshot).into_iter();
    let mut findings: Vec<Finding> = faults
        .chain(guard::probe_fault(&snapshot.probe))
        .map(unguarded)
        .collect();
    if let Ok(rules) = guard::judge(snapshot) {
        findings.push(AREA.ok(rules.meaning()));
        if !rules.stamped && can_stamp {
            findings.push(AREA.warning(
                "this API server could write the names of requester and approver itself, and does not",
                "kubectl apply --server-side -f config/policy/stamps/",
            ));
        }
        if rules.preset == Some(Preset::Solo) {
            findings.push(AREA.warning(
                "in the preset Solo nobody else has to look at a plan before its author approves it",
                "where several people work: kubectl apply --server-side -f config/policy/standard/",
            ));
        }
    }
    findings
}

fn unguarded(fault: String) -> Finding {
    AREA.error(
        fault,
        "kubectl apply --server-side -f config/policy/standard/ (or solo, or strict)",
    )
}

/// What the operator itself says, in the order of what is worse.
fn hearsay(objects: &[Object]) -> Option<Finding> {
    let said = objects
        .iter()
        .filter_map(|object| object.condition(condition::APPROVAL_GUARD));
    let (_, reason, message) =
        said.max_by_key(|(_, reason, _)| *reason == Reason::ApprovalUnguarded.as_str())?;
    let message = format!("the operator says: {message}");
    Some(if reason == Reason::ApprovalUnguarded.as_str() {
        unguarded(message)
    } else {
        AREA.ok(message)
    })
}

async fn policies(cluster: &Cluster) -> Result<Vec<Option<DynamicObject>>, kube::Error> {
    let mut objects = Vec::new();
    for wanted in expected::all() {
        let kind = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", wanted.kind);
        let api = Api::<DynamicObject>::all_with(cluster.client.clone(), &ApiResource::from_gvk(&kind));
        // A kind that is not served answers 404 as well.
        objects.push(api.get_opt(wanted.name).await?);
    }
    Ok(objects)
}

/// Tries to create an object that is born approved; a dry run, so nothing comes of it. Nothing where the
/// user may not create such an object at all.
async fn probe(cluster: &Cluster) -> Option<Probe> {
    let object: DynamicObject = serde_json::from_value(guard::born_approved(&cluster.namespace)).ok()?;
    let kind = sas_api::KINDS.iter().find(|kind| kind.kind == "SasInstallCode")?;
    let api = Api::<DynamicObject>::namespaced_with(
        cluster.client.clone(),
        &cluster.namespace,
        &object::resource(kind),
    );
    let dry_run = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    match api.create(&dry_run, &object).await {
        Ok(_) => Some(Probe::Accepted),
        Err(kube::Error::Api(refusal)) if refusal.message.contains("ValidatingAdmissionPolicy") => {
            Some(Probe::Refused {
                message: refusal.message.clone(),
            })
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use sas_api::guard::expected::Part;
    use serde_json::{Value, json};

    use super::super::finding::Level;
    use super::*;

    /// All policies as they are applied, for an operator that runs where they expect it.
    fn intact() -> Snapshot {
        let found = expected::documents().into_iter();
        let stored = |mut document: Value| {
            document["metadata"]["uid"] = json!("1");
            serde_json::from_value(document).unwrap()
        };
        Snapshot {
            user: Place::default().user(),
            objects: found.map(stored).map(Some).collect(),
            crds: Vec::new(),
            probe: Probe::Refused {
                message: ASSUMED.to_owned(),
            },
        }
    }

    fn levels(findings: &[Finding]) -> Vec<Level> {
        findings.iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn intact_policies_are_named_by_their_preset() {
        let found = judge(&intact(), true);
        assert_eq!(levels(&found), [Level::Ok]);
        assert!(found[0].message.contains("Standard"), "{}", found[0].message);
    }

    #[test]
    fn stamps_are_missed_where_they_could_be() {
        let mut snapshot = intact();
        let found = snapshot.objects.iter_mut().zip(expected::all());
        for (object, _) in found.filter(|(_, wanted)| wanted.part == Part::Stamps) {
            *object = None;
        }
        assert_eq!(levels(&judge(&snapshot, false)), [Level::Ok]);
        assert_eq!(levels(&judge(&snapshot, true)), [Level::Ok, Level::Warning]);
    }

    #[test]
    fn a_missing_policy_and_an_idle_one_are_errors() {
        let mut snapshot = intact();
        snapshot.objects[0] = None;
        snapshot.probe = Probe::Accepted;
        let found = judge(&snapshot, true);
        assert_eq!(levels(&found), [Level::Error, Level::Error]);
        assert!(found.iter().all(|finding| finding.remedy.is_some()));
    }
}
