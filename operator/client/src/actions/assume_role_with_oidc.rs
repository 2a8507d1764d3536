//! `AssumeRoleWithOIDC` of STS: a temporary key that acts as a role, for the bearer of an OIDC token such
//! as that of a service account. The token is the proof, so the call carries no key and no signature.

use secrecy::SecretString;

use super::{AssumedRoleUser, TemporaryKey};

action! {
    /// A key of the role for the bearer of the token.
    pub struct AssumeRoleWithOidc: Read<Sts> -> AssumedRoleWithOidc, name "AssumeRoleWithOIDC", signed false {
        /// Name of the role, `acs:ram::ACCOUNT:role/NAME`.
        role_arn: String,
        /// Name of the identity provider that vouches for the token, `acs:ram::ACCOUNT:oidc-provider/NAME`.
        #[serde(rename = "OIDCProviderArn")]
        oidc_provider_arn: String,
        /// The token, as it is, 4 to 20,000 characters.
        #[serde(rename = "OIDCToken")]
        oidc_token: SecretString,
        /// Name of the session in audit logs, 2 to 64 characters of `A-Za-z0-9.@-_`.
        role_session_name: String,
        /// Life of the key in seconds, from 900 to the maximum of the role; 3600.
        duration_seconds: Option<i64>,
        /// RAM policy that narrows what the key may do.
        policy: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct AssumedRoleWithOidc {
        /// Whom the key acts as.
        assumed_role_user: Option<AssumedRoleUser>,
        /// The key.
        credentials: Option<TemporaryKey>,
        /// What the cloud read in the token.
        #[serde(rename = "OIDCTokenInfo")]
        oidc_token_info: Option<OidcTokenInfo>,
    }

    /// What the cloud read in a token.
    #[derive(PartialEq, Eq)]
    pub struct OidcTokenInfo {
        /// Audience.
        client_ids: Option<String>,
        /// Issuer.
        issuer: Option<String>,
        /// Subject.
        subject: Option<String>,
        /// `Success` when the signature fits.
        verification_info: Option<String>,
    }
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
