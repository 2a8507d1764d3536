//! Whether the policies act, from what was seen of them. Pure, so that every way in which they can be
//! missing or changed is a row of a test.

use std::fmt::Write as _;

use kube::ResourceExt;
use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::expected::{self, Expected, Part, list, text};
use super::{FourEyes, Preset, Rules};

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

/// An object that acting policies refuse, for a dry run in `namespace`.
pub fn born_approved(namespace: &str) -> Value {
    json!({
        "apiVersion": format!("{}/{}", crate::GROUP, crate::VERSION),
        "kind": "SasInstallCode",
        "metadata": {
            "name": "guard-probe",
            "namespace": namespace,
            "annotations": {crate::annotations::APPROVED_PLAN: "probe"},
        },
        "spec": {"accountRef": {"name": "none"}, "source": "Adopt", "os": "linux", "network": "Public"},
    })
}

/// The rules that act, or what is missing and what to do. Their identity is a text of any length.
pub fn judge(snapshot: &Snapshot) -> Result<Rules, String> {
    if let Some(fault) = faults(snapshot).into_iter().next() {
        return Err(fault);
    }
    if let Some(fault) = probe_fault(&snapshot.probe) {
        return Err(fault);
    }
    let stamped = of_part(snapshot, Part::Stamps)
        .all(|(wanted, found)| unchanged(wanted, found).is_ok() && knows_operator(found, &snapshot.user));
    let configured = configuration(snapshot).ok_or(UNREADABLE)?;
    Ok(Rules {
        // With the stamps, because what a removed approval is worth hangs on who stamped it.
        identity: identity(guarding(snapshot, configured.preset).chain(of_part(snapshot, Part::Stamps))),
        stamped,
        ..configured
    })
}

const UNREADABLE: &str =
    "the configuration of the policy sas-approval cannot be read: write its variables as in config/policy";

/// Whether a stamp that names the operator names this one.
fn knows_operator(found: Option<&DynamicObject>, user: &str) -> bool {
    let variable = found.and_then(|found| expected::variable(&found.data["spec"], "operator"));
    variable.is_none_or(|operator| text(operator) == Some(user))
}

/// What is wrong with the objects themselves, the most important first, each with what to do.
pub fn faults(snapshot: &Snapshot) -> Vec<String> {
    let configured = configuration(snapshot);
    let preset = configured.as_ref().and_then(|rules| rules.preset);
    let mut faults: Vec<String> = guarding(snapshot, preset)
        .filter_map(|(wanted, found)| unchanged(wanted, found).err())
        .collect();
    let definitions = snapshot.crds.iter();
    faults.extend(definitions.filter_map(|(name, found)| has_status_subresource(name, found.as_ref()).err()));
    for policy in ["sas-approval", "sas-status"] {
        let Some(spec) = spec(snapshot, policy) else {
            continue;
        };
        let operator = expected::variable(spec, "operator").and_then(text);
        if operator != Some(&snapshot.user) {
            faults.push(format!(
                "the policy {policy} takes {} for the operator, which is {}: set its variable operator",
                operator.unwrap_or("nobody"),
                snapshot.user
            ));
        }
    }
    if configured.is_none() && spec(snapshot, "sas-approval").is_some() {
        faults.push(UNREADABLE.to_owned());
    }
    faults
}

/// What the fate of an object that was born approved says against the policies.
pub fn probe_fault(probe: &Probe) -> Option<String> {
    match probe {
        Probe::Refused { message } if message.contains("'sas-approval'") => None,
        Probe::Refused { message } => Some(format!(
            "an object that is born approved was refused by something else than the policy sas-approval: {message}; \
             if a right is missing, apply config/rbac again"
        )),
        Probe::Accepted => Some(
            "the API server would store an object that is born approved; \
             the policies may need a moment, otherwise apply config/policy again"
                .to_owned(),
        ),
    }
}

type Pair<'a> = (&'a Expected, Option<&'a DynamicObject>);

fn pairs(snapshot: &Snapshot) -> impl Iterator<Item = Pair<'_>> {
    let found = snapshot.objects.iter().map(Option::as_ref);
    expected::all().iter().zip(found)
}

fn of_part(snapshot: &Snapshot, part: Part) -> impl Iterator<Item = Pair<'_>> {
    pairs(snapshot).filter(move |(wanted, _)| wanted.part == part)
}

/// The objects that a preset cannot do without.
fn guarding(snapshot: &Snapshot, preset: Option<Preset>) -> impl Iterator<Item = Pair<'_>> {
    let grants = preset.is_some_and(Preset::guards_grants);
    pairs(snapshot).filter(move |(wanted, _)| match wanted.part {
        Part::Guard => true,
        Part::Grants => grants,
        Part::Stamps => false,
    })
}

fn spec<'a>(snapshot: &'a Snapshot, policy: &str) -> Option<&'a Value> {
    let (_, found) = of_part(snapshot, Part::Guard).find(|(wanted, _)| wanted.name == policy)?;
    found.map(|found| &found.data["spec"])
}

/// What the variables of the policy about approvals say.
fn configuration(snapshot: &Snapshot) -> Option<Rules> {
    let spec = spec(snapshot, "sas-approval")?;
    let variable = |name| expected::variable(spec, name);
    let four_eyes = text(variable("fourEyes")?)?;
    let four_eyes = FourEyes::ALL
        .into_iter()
        .find(|known| known.as_str() == four_eyes)?;
    let wildcard_rights_count: bool = variable("wildcardRightsCount")?.parse().ok()?;
    let impersonated_may_decide: bool = variable("impersonatedMayDecide")?.parse().ok()?;
    // By what it does and not by the name that it gives itself.
    let preset = Preset::ALL.into_iter().find(|preset| {
        preset.four_eyes() == four_eyes
            && preset.wildcard_rights_count() == wildcard_rights_count
            && preset.impersonated_may_decide() == impersonated_may_decide
    });
    Some(Rules {
        preset,
        four_eyes,
        gitops: list(variable("gitops")?)?,
        approver_service_accounts: list(variable("approverServiceAccounts")?)?,
        ..Rules::default()
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
    if let Some(variable) = expected::not_written_out(&found.data["spec"]) {
        return Err(format!(
            "the variable {variable} of the {kind} {name} cannot be read: write it out as in config/policy, as texts in quotes"
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
fn identity<'a>(objects: impl Iterator<Item = Pair<'a>>) -> String {
    let mut text = String::new();
    for (wanted, found) in objects {
        let uid = found.and_then(ResourceExt::uid).unwrap_or_default();
        let generation = found.and_then(|f| f.metadata.generation).unwrap_or_default();
        let _ = writeln!(text, "{} {} {uid} {generation}", wanted.kind, wanted.name);
    }
    text
}

#[cfg(test)]
mod tests;
