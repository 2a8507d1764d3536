//! AssumeRole: a key of a role for whoever the role trusts and whose own policies allow it.

use serde::Serialize;

use crate::action::{Action, Outcome};
use crate::gateway::Refusal;
use crate::sts::{AssumedRoleUser, IssuedKey, StsCall, malformed, no_such_role, trusts};
use crate::world::Key;

pub const ACTION: Action = Action::issuing("AssumeRole", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    assumed_role_user: AssumedRoleUser,
    credentials: IssuedKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<&'a str>,
}

fn run(call: &mut StsCall<'_>) -> Result<Outcome, Refusal> {
    let name = call.role_name()?;
    let session = call.session_name(None)?;
    let external_id = call.parameters.text("ExternalId");
    if external_id.is_some_and(|id| !(2..=1224).contains(&id.len())) {
        return Err(malformed("ExternalId"));
    }
    let (account, key) = call.caller.ok_or_else(not_allowed)?;
    if key.user_name.is_none() && !call.world.sts.root_may_assume_roles {
        let message = "Roles may not be assumed by root accounts.";
        return Err(Refusal::new(403, "NoPermission", message));
    }
    let role = name.find(call.world).ok_or_else(|| no_such_role(&name))?;
    let expected = role.external_id.as_deref();
    if !trusts(role, &principals(account, key)) || expected.is_some() && expected != external_id {
        return Err(not_allowed());
    }
    let (credentials, assumed_role_user) = call.issue(&name, &session)?;
    Ok(Outcome::unchanged(&Response {
        assumed_role_user,
        credentials,
        source_identity: call.parameters.text("SourceIdentity"),
    }))
}

/// The names under which a trust policy may know the caller.
fn principals(account: &str, key: &Key) -> Vec<String> {
    let named = |kind: &str, name: &str| format!("acs:ram::{account}:{kind}/{name}");
    let own = match (&key.user_name, &key.security_token) {
        (Some(role), Some(_)) => Some(named("role", role)),
        (Some(user), None) => Some(named("user", user)),
        (None, _) => None,
    };
    let whole_account = format!("acs:ram::{account}:root");
    own.into_iter().chain([whole_account]).collect()
}

/// The cloud says the same of a missing permission and of a trust policy that does not name the caller.
fn not_allowed() -> Refusal {
    let message = "You are not authorized to do this action. You should be authorized by RAM.";
    Refusal::new(403, "NoPermission", message).denying("sts:AssumeRole", "AssumeRolePolicy")
}

#[cfg(test)]
mod tests;
