//! `AssumeRoleWithOIDC` of STS: a temporary key that acts as a role, for the bearer of an OIDC token such
//! as that of a service account. The token is the proof, so the call carries no key and no signature.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::{AssumedRoleUser, TemporaryKey};
use crate::action::{Action, Product, Read};

/// A key of the role for the bearer of the token.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRoleWithOidc {
    /// Name of the role, `acs:ram::ACCOUNT:role/NAME`.
    pub role_arn: String,
    /// Name of the identity provider that vouches for the token, `acs:ram::ACCOUNT:oidc-provider/NAME`.
    #[serde(rename = "OIDCProviderArn")]
    pub oidc_provider_arn: String,
    /// The token, as it is, 4 to 20,000 characters.
    #[serde(rename = "OIDCToken", serialize_with = "exposed")]
    pub oidc_token: SecretString,
    /// Name of the session in audit logs, 2 to 64 characters of `A-Za-z0-9.@-_`.
    pub role_session_name: String,
    /// Life of the key in seconds, from 900 to the maximum of the role; 3600.
    pub duration_seconds: Option<i64>,
    /// RAM policy that narrows what the key may do.
    pub policy: Option<String>,
}

fn exposed<S: Serializer>(token: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.expose_secret())
}

impl Action for AssumeRoleWithOidc {
    const PRODUCT: Product = Product::Sts;
    const NAME: &'static str = "AssumeRoleWithOIDC";
    const RAM: &'static str = "sts:AssumeRoleWithOIDC";
    const SIGNED: bool = false;
    type Effect = Read;
    type Response = AssumedRoleWithOidc;
}

/// The answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AssumedRoleWithOidc {
    /// Whom the key acts as.
    pub assumed_role_user: Option<AssumedRoleUser>,
    /// The key.
    pub credentials: Option<TemporaryKey>,
    /// What the cloud read in the token.
    #[serde(rename = "OIDCTokenInfo")]
    pub oidc_token_info: Option<OidcTokenInfo>,
}

/// What the cloud read in a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct OidcTokenInfo {
    /// Audience.
    pub client_ids: Option<String>,
    /// Issuer.
    pub issuer: Option<String>,
    /// Subject.
    pub subject: Option<String>,
    /// `Success` when the signature fits.
    pub verification_info: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::parameters;

    #[test]
    fn the_token_travels_and_is_never_shown() {
        let request = AssumeRoleWithOidc {
            oidc_token: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln".into(),
            ..Default::default()
        };
        assert_eq!(parameters(&request)["OIDCToken"], "eyJhbGciOiJSUzI1NiJ9.e30.c2ln");
        assert!(!format!("{request:?}").contains("eyJ"));
    }
}
