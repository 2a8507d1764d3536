//! AssumeRoleWithOIDC: a key of a role for the bearer of a token, which is the only proof there is: the
//! call carries no access key and no signature.

use serde::Serialize;

use crate::action::{Action, Outcome};
use crate::gateway::Refusal;
use crate::pattern::matches;
use crate::sts::{AssumedRoleUser, Claims, IssuedKey, StsCall, no_such_role, trusts};
use crate::world::{OidcProvider, World};

pub const ACTION: Action = Action {
    signed: false,
    needs_permission: false,
    ..Action::issuing("AssumeRoleWithOIDC", run)
};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    assumed_role_user: AssumedRoleUser,
    credentials: IssuedKey,
    #[serde(rename = "OIDCTokenInfo")]
    oidc_token_info: TokenInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TokenInfo {
    client_ids: String,
    expiration_time: String,
    issuance_time: String,
    issuer: String,
    subject: String,
    verification_info: &'static str,
}

fn run(call: &mut StsCall<'_>) -> Result<Outcome, Refusal> {
    let name = call.role_name()?;
    let provider_arn = call.needed("OIDCProviderArn")?;
    let token = call.needed("OIDCToken")?;
    let session = call.session_name(Some("oidc"))?;
    let denied = |message| Refusal::new(403, "AuthenticationFail.NoPermission", message);
    let provider = provider(call.world, provider_arn);
    let provider = provider.ok_or_else(|| denied("No such OIDC Provider registered."))?;
    let claims = Claims::read(token)?;
    claims.check(provider, call.now)?;
    let role = name.find(call.world).ok_or_else(|| no_such_role(&name))?;
    let subject = role.subjects.is_empty() || role.subjects.iter().any(|own| matches(own, &claims.sub));
    let listed = |audience: &&str| role.audiences.iter().any(|own| own == audience);
    let audience = role.audiences.is_empty() || claims.audiences().iter().any(listed);
    if !(trusts(role, &[provider_arn.to_owned()]) && subject && audience) {
        let refusal = denied("There is no permission");
        return Err(refusal.denying("sts:AssumeRole", "AssumeRolePolicy"));
    }
    let (credentials, assumed_role_user) = call.issue(&name, &session)?;
    let (expiration_time, issuance_time) = claims.times();
    Ok(Outcome::unchanged(&Response {
        assumed_role_user,
        credentials,
        oidc_token_info: TokenInfo {
            client_ids: claims.audiences().join(","),
            expiration_time,
            issuance_time,
            issuer: claims.iss.clone(),
            subject: claims.sub.clone(),
            verification_info: "Success",
        },
    }))
}

/// The provider of the name `acs:ram::ACCOUNT:oidc-provider/NAME`.
fn provider<'a>(world: &'a World, arn: &str) -> Option<&'a OidcProvider> {
    let (account, name) = arn.strip_prefix("acs:ram::")?.split_once(":oidc-provider/")?;
    world.accounts.get(account)?.oidc_providers.get(name)
}

#[cfg(test)]
mod tests;
