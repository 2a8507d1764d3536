//! The objects that tests apply, as a developer would write them. They are built from JSON, so that
//! defaults come from the API server and not from Rust.

use anyhow::Result;
use k8s_openapi::api::core::v1::Secret;
use sas_api::kinds::{
    SasAccount, SasAlertAction, SasAlertPolicy, SasAuthBinding, SasInstallCode, SasScanJob,
};
use serde_json::{Value, json};

use crate::cloud::{ACCESS_KEY, ACCESS_KEY_SECRET};

/// Name of the account's object.
pub const ACCOUNT_NAME: &str = "main";
/// Name of the Secret with its credentials.
pub const CREDENTIALS: &str = "sas-credentials";
/// Shortest time between two looks that the kinds allow.
pub const REFRESH_SECONDS: i64 = 10;

const API_VERSION: &str = "sas-operator.io/v1alpha1";

/// An access key as the account's credentials.
pub fn credentials(access_key: &str, secret: &str) -> Result<Secret> {
    Ok(serde_json::from_value(json!({
        "metadata": {"name": CREDENTIALS},
        "stringData": {"accessKeyID": access_key, "accessKeySecret": secret},
    }))?)
}

/// The credentials that the cloud knows.
pub fn valid_credentials() -> Result<Secret> {
    credentials(ACCESS_KEY, ACCESS_KEY_SECRET)
}

/// An account that uses the credentials.
pub fn account(allowed_namespaces: &[&str]) -> Result<SasAccount> {
    Ok(serde_json::from_value(json!({
        "apiVersion": API_VERSION,
        "kind": "SasAccount",
        "metadata": {"name": ACCOUNT_NAME},
        "spec": {
            "credentials": {"secretRef": {"name": CREDENTIALS}},
            "allowedNamespaces": allowed_namespaces,
            "refreshIntervalSeconds": 30,
        },
    }))?)
}

/// A binding of servers to an edition, with these targets.
pub fn binding(name: &str, edition: &str, targets: &Value) -> Result<SasAuthBinding> {
    Ok(serde_json::from_value(json!({
        "apiVersion": API_VERSION,
        "kind": "SasAuthBinding",
        "metadata": {"name": name},
        "spec": {
            "accountRef": {"name": ACCOUNT_NAME},
            "edition": edition,
            "targets": targets,
            "refreshIntervalSeconds": REFRESH_SECONDS,
        },
    }))?)
}

/// A binding of servers by uuid.
pub fn binding_of(name: &str, edition: &str, uuids: &[String]) -> Result<SasAuthBinding> {
    binding(name, edition, &json!({"uuids": uuids}))
}

/// A binding of all web servers, by their tag.
pub fn binding_of_web(name: &str, edition: &str) -> Result<SasAuthBinding> {
    binding(name, edition, &json!({"selector": {"tags": ["web"]}}))
}

/// An install code for Linux servers of Alibaba Cloud, adopted or created.
pub fn install_code(name: &str) -> Result<SasInstallCode> {
    Ok(serde_json::from_value(json!({
        "apiVersion": API_VERSION,
        "kind": "SasInstallCode",
        "metadata": {"name": name},
        "spec": {
            "accountRef": {"name": ACCOUNT_NAME},
            "network": "Internal",
            "refreshIntervalSeconds": REFRESH_SECONDS,
        },
    }))?)
}

/// A scan of what this spec says, in the account and data centre in use.
pub fn scan_job(name: &str, spec: &Value) -> Result<SasScanJob> {
    let mut full = json!({
        "accountRef": {"name": ACCOUNT_NAME},
        "dataCentre": crate::cloud::CENTRE,
        "timeoutSeconds": 3600,
    });
    if let (Some(full), Some(spec)) = (full.as_object_mut(), spec.as_object()) {
        full.extend(spec.clone());
    }
    Ok(serde_json::from_value(json!({
        "apiVersion": API_VERSION,
        "kind": "SasScanJob",
        "metadata": {"name": name},
        "spec": full,
    }))?)
}

/// A job that handles alerts: what `spec` says, in the account.
pub fn alert_action(name: &str, mut spec: Value) -> Result<SasAlertAction> {
    spec["accountRef"] = json!({"name": ACCOUNT_NAME});
    Ok(serde_json::from_value(json!({
        "apiVersion": API_VERSION,
        "kind": "SasAlertAction",
        "metadata": {"name": name},
        "spec": spec,
    }))?)
}

/// A job that takes these operations back, each about its alerts.
pub fn undo(name: &str, done: &[(&str, &[i64])]) -> Result<SasAlertAction> {
    let group = |(operation, alerts): &(&str, &[i64])| {
        let ids: Vec<String> = alerts.iter().map(i64::to_string).collect();
        json!({"operation": operation, "alertIDs": ids})
    };
    let undo: Vec<Value> = done.iter().map(group).collect();
    alert_action(name, json!({"operation": "Undo", "undo": undo}))
}

/// A job that handles alerts by id, with one operation that takes no parameters.
pub fn alert_action_on(name: &str, operation: &str, alerts: &[i64]) -> Result<SasAlertAction> {
    let ids: Vec<String> = alerts.iter().map(i64::to_string).collect();
    alert_action(name, json!({"alertIDs": ids, "operation": operation}))
}

/// A policy that proposes how to handle alerts: what `spec` says, in the account.
pub fn alert_policy(name: &str, mut spec: Value) -> Result<SasAlertPolicy> {
    spec["accountRef"] = json!({"name": ACCOUNT_NAME});
    Ok(serde_json::from_value(json!({
        "apiVersion": API_VERSION,
        "kind": "SasAlertPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }))?)
}
