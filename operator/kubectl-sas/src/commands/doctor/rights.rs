//! What the user may do with the operator's kinds, as the API server answers.

use k8s_openapi::api::authorization::v1::ResourceAttributes;
use sas_api::{APPROVAL_GROUP, GROUP, KINDS, KindInfo};

use super::finding::{Area, Finding};
use crate::cluster::{Cluster, write_kinds};
use crate::rights;

const AREA: Area = Area("Your rights");

/// What a person may want to do, and the verbs that it takes.
struct Deed {
    name: &'static str,
    group: &'static str,
    verbs: &'static [&'static str],
    role: &'static str,
    kinds: fn() -> Vec<&'static KindInfo>,
}

const DEEDS: [Deed; 4] = [
    Deed {
        name: "view",
        group: GROUP,
        verbs: &["get", "list", "watch"],
        role: "sas-viewer",
        kinds: all_kinds,
    },
    Deed {
        name: "edit",
        group: GROUP,
        verbs: &["create", "update", "patch"],
        role: "sas-editor",
        kinds: all_kinds,
    },
    Deed {
        name: "approve",
        group: APPROVAL_GROUP,
        verbs: &["approve"],
        role: "sas-approver",
        kinds: write_kinds,
    },
    Deed {
        name: "annotate",
        group: GROUP,
        verbs: &["patch"],
        role: "sas-approver",
        kinds: write_kinds,
    },
];

fn all_kinds() -> Vec<&'static KindInfo> {
    KINDS.iter().collect()
}

/// Asks about everything in the present namespace.
pub async fn look(cluster: &Cluster, user: &str) -> Vec<Finding> {
    let mut held = Vec::new();
    for deed in &DEEDS {
        match kinds_of(cluster, deed).await {
            Ok(kinds) => held.push(kinds),
            Err(error) => return vec![AREA.unseen("your rights", &error)],
        }
    }
    let held: Vec<&[&str]> = held.iter().map(Vec::as_slice).collect();
    judge(user, &cluster.namespace, &held)
}

/// `held` has the kinds for each of [`DEEDS`].
fn judge(user: &str, namespace: &str, held: &[&[&str]]) -> Vec<Finding> {
    let grant = |role: &str| {
        format!("kubectl create rolebinding {role}-{user} -n {namespace} --clusterrole={role} --user={user}")
    };
    let mut findings = Vec::new();
    for (deed, kinds) in DEEDS.iter().zip(held).take(3) {
        let all = (deed.kinds)().len();
        let what = match kinds.len() {
            0 => "nothing".to_owned(),
            some if some == all => "every kind".to_owned(),
            _ => kinds.join(", "),
        };
        let message = format!("{user} may {} {what} in namespace {namespace}", deed.name);
        findings.push(if kinds.is_empty() && deed.name == "view" {
            AREA.warning(message, format!("an administrator can: {}", grant(deed.role)))
        } else {
            AREA.ok(message)
        });
    }
    let (may_approve, may_annotate) = (held[2], held[3]);
    if let Some(kind) = may_approve.iter().find(|kind| !may_annotate.contains(kind)) {
        findings.push(AREA.warning(
            format!("{user} has the right to approve {kind} and not the right to patch it, which it takes"),
            format!("an administrator can: {}", grant("sas-approver")),
        ));
    }
    findings
}

/// The kinds for which all verbs of a deed are allowed. Questions are asked at the same time.
async fn kinds_of(cluster: &Cluster, deed: &Deed) -> Result<Vec<&'static str>, kube::Error> {
    let mut asked = Vec::new();
    for kind in (deed.kinds)() {
        for verb in deed.verbs {
            let question = may(cluster, deed.group, kind.plural, verb);
            asked.push((kind.kind, tokio::spawn(question)));
        }
    }
    let (mut allowed, mut denied) = (Vec::new(), Vec::new());
    for (kind, answer) in asked {
        // A question neither panics nor is cancelled.
        let answer = answer.await.unwrap_or(Ok(false))?;
        if answer { &mut allowed } else { &mut denied }.push(kind);
    }
    allowed.retain(|kind| !denied.contains(kind));
    allowed.dedup();
    Ok(allowed)
}

fn may(
    cluster: &Cluster,
    group: &str,
    resource: &str,
    verb: &str,
) -> impl Future<Output = Result<bool, kube::Error>> + Send + 'static {
    let attributes = ResourceAttributes {
        namespace: Some(cluster.namespace.clone()),
        group: Some(group.to_owned()),
        resource: Some(resource.to_owned()),
        verb: Some(verb.to_owned()),
        ..ResourceAttributes::default()
    };
    rights::may(cluster.client.clone(), attributes)
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    const GATED: &[&str] = &["SasInstallCode", "SasAuthBinding"];

    #[test]
    fn rights_are_said_in_the_users_words() {
        let all: Vec<_> = sas_api::KINDS.iter().map(|info| info.kind).collect();
        let found = judge("dora", "security", &[&all, &all, &[], GATED]);
        let messages: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "dora may view every kind in namespace security",
                "dora may edit every kind in namespace security",
                "dora may approve nothing in namespace security"
            ]
        );
        assert!(found.iter().all(|finding| finding.level == Level::Ok));
    }

    #[test]
    fn what_does_not_work_together_is_said() {
        let found = judge("bob", "security", &[&[], &[], GATED, &["SasInstallCode"]]);
        assert_eq!(found[0].level, Level::Warning);
        let last = found.last().unwrap();
        assert!(
            last.message
                .contains("approve SasAuthBinding and not the right to patch")
        );
        assert!(
            last.remedy
                .as_ref()
                .unwrap()
                .contains("--clusterrole=sas-approver --user=bob")
        );
    }
}
