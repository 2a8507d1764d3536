//! Permissions: whether the policies of a key allow an action, and the denial as the vendor
//! words it. A key without a user name is the account's own; policies apply to it all the same,
//! so that a test needs no RAM user to see a 403.

use base64::Engine as _;
use serde_json::json;

use super::refusal::Refusal;
use crate::action::{Action, Product};
use crate::pattern::matches;
use crate::world::Key;

/// Refuses unless the key may call the action.
pub fn authorise(account: &str, key: &Key, action: &Action) -> Result<(), Refusal> {
    let wanted = action.ram_action();
    let listed = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, &wanted));
    if listed(&key.deny) {
        return Err(denial(account, key, action, "ExplicitDeny"));
    }
    let narrowed = key.narrowed_to.as_ref().is_some_and(|left| !listed(left));
    if action.needs_permission && (narrowed || !listed(&key.allow)) {
        return Err(denial(account, key, action, "ImplicitDeny"));
    }
    Ok(())
}

fn denial(account: &str, key: &Key, action: &Action, kind: &str) -> Refusal {
    let (code, message) = match action.product {
        Product::Sas => (
            "NoPermission",
            "You are not authorized to perform this operation.",
        ),
        Product::Ecs | Product::Sts => (
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
