//! The hash of a plan: SHA-256 over the RFC 8785 canonical JSON of everything that makes the plan what it
//! is. Whoever approves the hash approves exactly these calls for exactly this object. The canonical form
//! is pinned by golden tests and never changes within a schema version.

pub use sas_api::digest::{digest, hex};
use sas_api::plan::{Call, Parameter, Plan, Repeat, Risk, Target};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Version of the canonical form.
pub const SCHEMA: &str = "sas-operator.io/plan/v1";
/// Largest integer that every JSON reader represents exactly (2^53 - 1).
const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;
/// Parameter of the RPC convention by which the cloud tells repeats apart.
const CLIENT_TOKEN: &str = "ClientToken";

/// Whose plan it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Kind of the resource.
    pub kind: String,
    /// Namespace of the resource.
    pub namespace: String,
    /// Name of the resource.
    pub name: String,
    /// Uid of the resource: a re-created resource has another one.
    pub uid: String,
    /// Id of the cloud account, from the cloud.
    pub account: String,
    /// Site of the account.
    pub site: String,
}

/// A plan with its epoch and hash; its calls are complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// Epoch that the plan has or would have.
    pub epoch: i64,
    /// `sha256:` and 64 hex digits.
    pub hash: String,
    /// The plan with the client tokens filled in.
    pub plan: Plan,
    /// Whose plan it is.
    pub identity: Identity,
}

/// Why a plan cannot be hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// A number that not every JSON reader represents exactly.
    #[error("the plan holds a number that cannot be hashed: {number}")]
    UnsafeNumber {
        /// The number.
        number: String,
    },
    /// A call has no or two values for a parameter, or a parameter twice.
    #[error("call {action} has an unclear parameter {parameter}")]
    UnclearParameter {
        /// Action of the call.
        action: String,
        /// Name of the parameter.
        parameter: String,
    },
    /// A target whose name would be two in a list.
    #[error("the plan has a target whose uuid is not one word: {uuid:?}")]
    UnclearTarget {
        /// The uuid.
        uuid: String,
    },
    /// The canonical form cannot be written.
    #[error("failed to canonicalise the plan")]
    Canonical(#[source] serde_json::Error),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Material<'a> {
    schema: &'static str,
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    uid: &'a str,
    epoch: i64,
    account: &'a str,
    site: &'a str,
    risk: Risk,
    calls: &'a [Call],
    targets: &'a [Target],
    values: &'a [sas_api::plan::NamedValue],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    partial: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_ceiling: Option<CostCeiling<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CostCeiling<'a> {
    monthly_millis: i64,
    currency: &'a str,
}

/// Completes a plan (order, client tokens) and hashes it for one object and epoch.
pub fn seal(mut plan: Plan, identity: &Identity, epoch: i64) -> Result<Sealed, HashError> {
    plan.targets.iter().try_for_each(check_target)?;
    plan.targets.sort();
    plan.values.sort();
    for (index, call) in plan.calls.iter_mut().enumerate() {
        if call.repeat == Repeat::ClientToken {
            call.parameters.retain(|p| p.name != CLIENT_TOKEN);
            call.parameters.push(Parameter::literal(
                CLIENT_TOKEN,
                client_token(&identity.uid, epoch, index),
            ));
        }
        call.parameters.sort_by(|a, b| a.name.cmp(&b.name));
        check_parameters(call)?;
    }
    let hash = digest(&canonical(&plan, identity, epoch)?);
    Ok(Sealed {
        epoch,
        hash,
        plan,
        identity: identity.clone(),
    })
}

/// The canonical JSON that is hashed.
pub fn canonical(plan: &Plan, identity: &Identity, epoch: i64) -> Result<String, HashError> {
    let ceiling = plan.cost.as_ref().and_then(|cost| {
        Some(CostCeiling {
            monthly_millis: cost.monthly_ceiling_millis?,
            currency: cost.currency.as_deref()?,
        })
    });
    let material = Material {
        schema: SCHEMA,
        kind: &identity.kind,
        namespace: &identity.namespace,
        name: &identity.name,
        uid: &identity.uid,
        epoch,
        account: &identity.account,
        site: &identity.site,
        risk: plan.risk,
        calls: &plan.calls,
        targets: &plan.targets,
        values: &plan.values,
        partial: plan.partial,
        cost_ceiling: ceiling,
    };
    let value = serde_json::to_value(&material).map_err(HashError::Canonical)?;
    check_numbers(&value)?;
    serde_json_canonicalizer::to_string(&value).map_err(HashError::Canonical)
}

/// The client token of a call: the same for every attempt under one approval.
pub fn client_token(uid: &str, epoch: i64, call_index: usize) -> String {
    hex(&Sha256::digest(
        format!("{uid}/{epoch}/{call_index}/token").as_bytes(),
    ))[..64]
        .to_owned()
}

/// Calls name targets as items of lists.
fn check_target(target: &Target) -> Result<(), HashError> {
    let divides = |c: char| c == ',' || c.is_whitespace() || c.is_control();
    if target.uuid.contains(divides) {
        let uuid = target.uuid.clone();
        return Err(HashError::UnclearTarget { uuid });
    }
    Ok(())
}

fn check_parameters(call: &Call) -> Result<(), HashError> {
    let unclear = |parameter: &Parameter| HashError::UnclearParameter {
        action: call.action.clone(),
        parameter: parameter.name.clone(),
    };
    for (index, parameter) in call.parameters.iter().enumerate() {
        let twice = index > 0 && call.parameters[index - 1].name == parameter.name;
        if twice || parameter.value.is_some() == parameter.value_from.is_some() {
            return Err(unclear(parameter));
        }
    }
    Ok(())
}

fn check_numbers(value: &Value) -> Result<(), HashError> {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(integer) if integer.abs() <= MAX_SAFE_INTEGER => Ok(()),
            _ => Err(HashError::UnsafeNumber {
                number: number.to_string(),
            }),
        },
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(fields) => fields.values().try_for_each(check_numbers),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "hash_tests.rs"]
mod tests;
