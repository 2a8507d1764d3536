//! Permissions: whether the policies of a key allow an action, and the denial as the vendor
//! words it. A key without a user name is the account's own; policies apply to it all the same,
//! so that a test needs no RAM user to see a 403.

use base64::Engine as _;
use serde_json::json;

use super::envelope::Envelope;
use super::refusal::Refusal;
use crate::action::{Action, Product};
use crate::pattern::matches;
use crate::world::Key;

/// Refuses unless the key may call the action on everything that the request names.
pub(super) fn authorise(
    account: &str,
    key: &Key,
    action: &Action,
    envelope: &Envelope,
) -> Result<(), Refusal> {
    let wanted = action.ram_action();
    let listed = |patterns: &[String], resource: &str| {
        let covered = |pattern: &String| covers(pattern, &wanted, resource);
        patterns.iter().any(covered)
    };
    let resources = resources(account, action, envelope);
    if resources.iter().any(|resource| listed(&key.deny, resource)) {
        return Err(denial(account, key, action, "ExplicitDeny"));
    }
    let allowed = |resource: &String| {
        let left = key.narrowed_to.as_ref();
        listed(&key.allow, resource) && left.is_none_or(|left| listed(left, resource))
    };
    if action.needs_permission && !resources.iter().all(allowed) {
        return Err(denial(account, key, action, "ImplicitDeny"));
    }
    Ok(())
}

/// Whether `ACTION` or `ACTION on RESOURCE` speaks of this action on this resource.
fn covers(pattern: &str, action: &str, resource: &str) -> bool {
    let (actions, resources) = pattern.split_once(" on ").unwrap_or((pattern, "*"));
    matches(actions, action) && matches(resources, resource)
}

/// The resources of a request in RAM's full form, or all (`*`) where it names none.
fn resources(account: &str, action: &Action, envelope: &Envelope) -> Vec<String> {
    let named = action.resources.map(|named| named(&envelope.parameters));
    let named = named.filter(|named| !named.is_empty());
    let (product, region) = (action.product.ram_name(), envelope.centre);
    let full = |name: String| format!("acs:{product}:{region}:{account}:{name}");
    named.map_or_else(
        || vec!["*".to_owned()],
        |named| named.into_iter().map(full).collect(),
    )
}

fn denial(account: &str, key: &Key, action: &Action, kind: &str) -> Refusal {
    let (code, message) = match action.product {
        Product::Sas => (
            "NoPermission",
            "You are not authorized to perform this operation.",
        ),
        Product::Sts => (
            "NoPermission",
            "You are not authorized to do this action. You should be authorized by RAM.",
        ),
        Product::Ecs => (
            "Forbidden.RAM",
            "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
        ),
    };
    let principal = match (&key.security_token, &key.user_name) {
        (Some(_), _) => "AssumedRoleUser",
        (None, Some(_)) => "SubUser",
        (None, None) => "Account",
    };
    let wanted = action.ram_action();
    let diagnostic = base64::engine::general_purpose::STANDARD.encode(format!("{account}/{wanted}/{kind}"));
    Refusal {
        denial: Some(json!({
            "AuthAction": wanted,
            "AuthPrincipalType": principal,
            "AuthPrincipalOwnerId": account,
            "AuthPrincipalDisplayName": key.user_name.as_deref().unwrap_or(account),
            "NoPermissionType": kind,
            "PolicyType": "AccountLevelIdentityBasedPolicy",
            "EncodedDiagnosticMessage": diagnostic,
        })),
        ..Refusal::new(403, code, message)
    }
}
