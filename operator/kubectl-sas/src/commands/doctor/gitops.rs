//! Whether the GitOps accounts that the policies trust are there, and who else could write in their name:
//! what such an account writes counts as reviewed.

use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Api;

use super::Place;
use super::finding::{Area, Finding};
use super::powers::{self, Holder, holders_of};
use crate::cluster::Cluster;

const AREA: Area = Area("GitOps accounts");
const SETTING: &str = "the variable gitops of the policy sas-approval";

/// Looks at each of the listed accounts.
pub async fn look(cluster: &Cluster, listed: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for user in listed {
        let Some(place) = place(user) else {
            findings.push(AREA.warning(
                format!("{user} is no service account, and what it writes counts as reviewed"),
                format!("take it out of {SETTING}"),
            ));
            continue;
        };
        let accounts = Api::<ServiceAccount>::namespaced(cluster.client.clone(), &place.namespace);
        match accounts.get_opt(&place.name).await {
            Ok(account) => match powers::rbac(cluster, &place).await {
                Ok(rbac) => {
                    let holders = holders_of(&rbac, &place, |power| power.in_namespace);
                    findings.push(judge(&place, account.is_some(), &holders));
                }
                Err(error) => findings.push(AREA.unseen("roles and their bindings", &error)),
            },
            Err(error) => findings.push(AREA.unseen("service accounts", &error)),
        }
    }
    findings
}

/// The service account behind a user name.
fn place(user: &str) -> Option<Place> {
    let (namespace, name) = user.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    Some(Place {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    })
}

fn judge(place: &Place, exists: bool, holders: &[Holder]) -> Finding {
    let shown = format!("{}/{}", place.namespace, place.name);
    if !exists {
        return AREA.warning(
            format!(
                "the service account {shown} is trusted and does not exist: whoever may create it can write and approve alone"
            ),
            format!("take it out of {SETTING}, unless you are about to install that tool"),
        );
    }
    if holders.is_empty() {
        return AREA.ok(format!(
            "{shown} is trusted, and nobody else can write in its name"
        ));
    }
    let who: Vec<_> = holders
        .iter()
        .take(9)
        .map(|holder| format!("{} ({})", holder.subject, holder.powers.join(", ")))
        .collect();
    let more = holders.len().saturating_sub(who.len());
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    AREA.warning(
        format!(
            "{shown} is trusted, and others can write in its name: {}{more}",
            who.join("; ")
        ),
        "give none of them the right to approve, or take those rights away".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::finding::Level;
    use super::*;

    #[test]
    fn a_trusted_account_that_is_not_there_is_anybodys() {
        let flux = place("system:serviceaccount:flux-system:helm-controller").unwrap();
        assert_eq!(flux.user(), "system:serviceaccount:flux-system:helm-controller");
        let missing = judge(&flux, false, &[]);
        assert_eq!(missing.level, Level::Warning);
        assert!(missing.message.contains("does not exist"), "{}", missing.message);
        assert_eq!(judge(&flux, true, &[]).level, Level::Ok);
        let holder = Holder {
            subject: "user approver2".to_owned(),
            powers: vec!["act as its service account"],
            bindings: Vec::new(),
        };
        let borrowed = judge(&flux, true, &[holder]);
        assert_eq!(borrowed.level, Level::Warning);
        assert!(
            borrowed.message.contains("user approver2"),
            "{}",
            borrowed.message
        );
        assert!(place("argocd").is_none());
    }
}
