//! Whether the policies act, from what was seen of them. Pure, so that every way in which they can be
//! missing or changed is a row of a test.

use std::fmt::Write as _;

use kube::ResourceExt;
use kube::api::DynamicObject;
use sas_engine::guard::{FourEyes, Rules};
use sas_engine::hash::digest;

use super::expected::{self, Expected};

/// What was seen.
pub struct Snapshot {
    /// The operator's own user name.
    pub user: String,
    /// The objects of [`expected::all`], in that order.
    pub objects: Vec<Option<DynamicObject>>,
    /// The definitions of all kinds, by name.
    pub crds: Vec<(String, Option<DynamicObject>)>,
    /// What became of an object that was born approved.
    pub probe: Probe,
}

/// What the API server did with an object that was born approved.
pub enum Probe {
    /// It would have been stored.
    Accepted,
    /// It was refused.
    Refused {
        /// Why.
        message: String,
    },
}

/// The rules that act, or what is missing and what to do.
pub fn judge(snapshot: &Snapshot) -> Result<Rules, String> {
    let objects = || expected::all().iter().zip(&snapshot.objects);
    for (wanted, found) in objects().filter(|(wanted, _)| wanted.guards) {
        unchanged(wanted, found.as_ref())?;
    }
    for (name, found) in &snapshot.crds {
        has_status_subresource(name, found.as_ref())?;
    }
    let spec = |name: &str| {
        let found = objects().find(|(wanted, _)| wanted.guards && wanted.name == name);
        found
            .and_then(|(_, found)| found.as_ref())
            .map(|found| &found.data["spec"])
    };
    for policy in ["sas-approval", "sas-status"] {
        let operator = spec(policy).and_then(|spec| text(expected::variable(spec, "operator")?));
        if operator != Some(&snapshot.user) {
            return Err(format!(
                "the policy {policy} takes {} for the operator, which is {}: set its variable operator",
                operator.unwrap_or("nobody"),
                snapshot.user
            ));
        }
    }
    match &snapshot.probe {
        Probe::Refused { message } if message.contains("'sas-approval'") => {}
        Probe::Refused { message } => {
            return Err(format!(
                "an object that is born approved was refused by something else than the policy sas-approval: {message}; \
                 if a right is missing, apply config/rbac again"
            ));
        }
        Probe::Accepted => {
            return Err("the API server would store an object that is born approved; \
                 the policies may need a moment, otherwise apply config/policy again"
                .to_owned());
        }
    }
    let rules = spec("sas-approval").and_then(|spec| {
        Some(Rules {
            identity: identity(objects().filter(|(wanted, _)| wanted.guards)),
            four_eyes: four_eyes(text(expected::variable(spec, "fourEyes")?)?)?,
            gitops: list(expected::variable(spec, "gitops")?)?,
            approver_service_accounts: list(expected::variable(spec, "approverServiceAccounts")?)?,
            stamped: objects()
                .filter(|(wanted, _)| !wanted.guards)
                .all(|(w, f)| unchanged(w, f.as_ref()).is_ok()),
        })
    });
    rules.ok_or_else(|| {
        "the configuration of the policy sas-approval cannot be read: write its variables as in config/policy".to_owned()
    })
}

fn unchanged(wanted: &Expected, found: Option<&DynamicObject>) -> Result<(), String> {
    let (kind, name) = (wanted.kind, wanted.name);
    let Some(found) = found else {
        return Err(format!("the {kind} {name} is missing: apply config/policy"));
    };
    if found.metadata.deletion_timestamp.is_some() {
        return Err(format!("the {kind} {name} is being deleted: apply config/policy"));
    }
    if expected::comparable(found.data["spec"].clone()) != wanted.spec {
        return Err(format!(
            "the {kind} {name} is not the one of this version ({}): apply config/policy of this version",
            env!("CARGO_PKG_VERSION")
        ));
    }
    Ok(())
}

fn has_status_subresource(name: &str, found: Option<&DynamicObject>) -> Result<(), String> {
    let versions = found.and_then(|crd| crd.data["spec"]["versions"].as_array());
    let Some(versions) = versions else {
        return Err(format!(
            "the CustomResourceDefinition {name} is missing: apply crds"
        ));
    };
    if versions
        .iter()
        .all(|version| version["subresources"]["status"].is_object())
    {
        Ok(())
    } else {
        Err(format!(
            "the CustomResourceDefinition {name} has lost its status subresource, so that anybody could write a status: apply crds"
        ))
    }
}

/// A policy that was away has another uid, one that was changed another generation.
fn identity<'a>(objects: impl Iterator<Item = (&'a Expected, &'a Option<DynamicObject>)>) -> String {
    let mut text = String::new();
    for (wanted, found) in objects {
        let uid = found.as_ref().and_then(ResourceExt::uid).unwrap_or_default();
        let generation = found
            .as_ref()
            .and_then(|f| f.metadata.generation)
            .unwrap_or_default();
        let _ = writeln!(text, "{} {} {uid} {generation}", wanted.kind, wanted.name);
    }
    digest(&text)
}

fn four_eyes(name: &str) -> Option<FourEyes> {
    match name {
        "Off" => Some(FourEyes::Off),
        "WhereKnown" => Some(FourEyes::WhereKnown),
        "Required" => Some(FourEyes::Required),
        _ => None,
    }
}

/// The text of a CEL literal `'text'`.
fn text(literal: &str) -> Option<&str> {
    let inner = literal.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.contains(['\'', '\\'])).then_some(inner)
}

/// The texts of a CEL literal `['a', 'b']`.
fn list(literal: &str) -> Option<Vec<String>> {
    let inner = literal.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    if inner.is_empty() {
        return Some(Vec::new());
    }
    inner
        .split(',')
        .map(|item| text(item).map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests;
