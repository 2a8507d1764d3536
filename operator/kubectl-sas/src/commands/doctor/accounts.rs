//! Whether the accounts work, as the operator reports them: credentials, missing RAM actions, data centres
//! that cannot be read.

use anyhow::Result;
use sas_api::{Reason, condition};

use super::finding::{Area, Finding};
use crate::object::Object;

const AREA: Area = Area("Accounts");

/// What the operator says about each account, as far as objects could be listed and read.
pub fn judge(listed: &Result<(Vec<Object>, Vec<String>)>) -> Vec<Finding> {
    let (objects, unreadable) = match listed {
        Ok(listed) => listed,
        Err(error) => return vec![AREA.warning(format!("{error:#}"), "kubectl sas doctor -n NAMESPACE")],
    };
    let accounts: Vec<&Object> = objects
        .iter()
        .filter(|object| object.kind.kind == "SasAccount")
        .collect();
    let mut findings: Vec<Finding> = unreadable
        .iter()
        .map(|what| {
            AREA.warning(
                format!("failed to read {what}"),
                "compare the versions: kubectl sas version",
            )
        })
        .collect();
    if accounts.is_empty() && findings.is_empty() {
        findings.push(AREA.warning(
            "there is no SasAccount, so there is nothing to work with",
            "kubectl sas init prints one",
        ));
    }
    for account in accounts {
        findings.extend(of_account(account));
    }
    findings
}

fn of_account(account: &Object) -> Vec<Finding> {
    let name = format!("{}/{}", account.namespace(), account.name());
    let look = format!(
        "kubectl describe sasaccount {} -n {}",
        account.name(),
        account.namespace()
    );
    let generation = account.raw.metadata.generation;
    let Some((ready, reason, message)) = account.condition(condition::READY) else {
        return vec![AREA.warning(format!("{name} was not looked at by the operator yet"), look)];
    };
    if account.common.observed_generation != generation {
        return vec![AREA.warning(
            format!("{name} was changed, and the operator has not looked at it since"),
            look,
        )];
    }
    let credentials = account.condition(condition::CREDENTIALS_READY);
    if let Some(("False", _, message)) = credentials {
        return vec![AREA.error(format!("{name} cannot sign in: {message}"), look)];
    }
    if ready == "True" {
        let mut findings = vec![AREA.ok(format!("{name}: {message}"))];
        findings.extend(unread(account).map(|error| {
            AREA.warning(
                format!("{name} is read in part only: {error}"),
                remedy(&error, &look),
            )
        }));
        return findings;
    }
    let remedy = if reason == Reason::PermissionDenied.as_str() {
        POLICY.to_owned()
    } else {
        look
    };
    vec![AREA.error(format!("{name} does not work: {message}"), remedy)]
}

/// Prints what a RAM user needs.
const POLICY: &str = "attach the RAM policy that `kubectl sas ram-policy` prints";

fn remedy(error: &str, otherwise: &str) -> String {
    if error.contains("yundun-sas:") {
        POLICY.to_owned()
    } else {
        otherwise.to_owned()
    }
}

/// What the data centres of a ready account did not tell.
fn unread(account: &Object) -> impl Iterator<Item = String> {
    let centres = account.raw.data["status"]["dataCentres"].as_array().cloned();
    centres.into_iter().flatten().flat_map(|centre| {
        let name = centre["name"].as_str().unwrap_or_default().to_owned();
        let errors = centre["errors"].as_array().cloned().unwrap_or_default();
        errors
            .into_iter()
            .filter_map(move |error| Some(format!("{name}: {}", error.as_str()?)))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::finding::Level;
    use super::*;

    fn account(status: &Value) -> Object {
        let raw = json!({
            "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAccount",
            "metadata": {"name": "main", "namespace": "security", "generation": 2},
            "spec": {}, "status": status,
        });
        Object::read(&sas_api::KINDS[0], serde_json::from_value(raw).unwrap()).unwrap()
    }

    fn condition(type_: &str, status: &str, reason: &str) -> Value {
        json!({"type": type_, "status": status, "reason": reason, "message": "yundun-sas:GetAuthSummary",
               "lastTransitionTime": "2026-01-01T00:00:00Z"})
    }

    fn levels(status: &Value) -> Vec<Level> {
        let found = judge(&Ok((vec![account(status)], Vec::new())));
        found.iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn accounts_speak_for_themselves() {
        let ready = condition("Ready", "True", "InSync");
        let blind = condition("Ready", "False", "PermissionDenied");
        let locked = condition("CredentialsReady", "False", "CredentialsNotReady");
        assert_eq!(
            levels(&json!({"observedGeneration": 2, "conditions": [ready]})),
            [Level::Ok]
        );
        assert_eq!(
            levels(&json!({"observedGeneration": 1, "conditions": [ready]})),
            [Level::Warning]
        );
        assert_eq!(levels(&json!({})), [Level::Warning]);
        let half = json!([{"name": "cn-shanghai", "errors": ["yundun-sas:GetAuthSummary is missing"]}]);
        assert_eq!(
            levels(&json!({"observedGeneration": 2, "conditions": [ready], "dataCentres": half})),
            [Level::Ok, Level::Warning]
        );
        let status = json!({"observedGeneration": 2, "conditions": [blind]});
        let found = judge(&Ok((vec![account(&status)], Vec::new())));
        assert_eq!(found[0].remedy.as_deref(), Some(POLICY));
        let found = levels(&json!({"observedGeneration": 2, "conditions": [blind, locked]}));
        assert_eq!(found, [Level::Error]);
        assert_eq!(judge(&Ok((Vec::new(), Vec::new())))[0].level, Level::Warning);
        let half = judge(&Ok((Vec::new(), vec!["sasaccount/main: no".to_owned()])));
        assert_eq!(half.len(), 1, "{half:?}");
        let refused = judge(&Err(anyhow::anyhow!("failed to list sasaccounts")));
        assert!(refused[0].message.contains("failed to list"));
    }
}
