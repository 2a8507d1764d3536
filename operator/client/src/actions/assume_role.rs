//! `AssumeRole` of STS: a temporary key that acts as a role. It changes nothing in the cloud, so it is a
//! read. The keys in the answer are secret types that are never shown.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::action::{Action, Product, Read};
use crate::lenient;

/// A key of the role for the caller.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssumeRole {
    /// Name of the role, `acs:ram::ACCOUNT:role/NAME`.
    pub role_arn: String,
    /// Name of the session in audit logs, 2 to 64 characters of `A-Za-z0-9.@-_`.
    pub role_session_name: String,
    /// Life of the key in seconds, from 900 to the maximum of the role; 3600.
    pub duration_seconds: Option<i64>,
    /// RAM policy that narrows what the key may do.
    pub policy: Option<String>,
    /// Text that the role's trust policy may ask for.
    pub external_id: Option<String>,
    /// Who is behind the session, for audit logs.
    pub source_identity: Option<String>,
}

impl Action for AssumeRole {
    const PRODUCT: Product = Product::Sts;
    const NAME: &'static str = "AssumeRole";
    const RAM: &'static str = "sts:AssumeRole";
    type Effect = Read;
    type Response = AssumedRole;
}

/// The answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AssumedRole {
    /// Whom the key acts as.
    pub assumed_role_user: Option<AssumedRoleUser>,
    /// The key.
    pub credentials: Option<TemporaryKey>,
    /// As it was asked for.
    pub source_identity: Option<String>,
}

/// A role session.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AssumedRoleUser {
    /// Full name of the session.
    pub arn: Option<String>,
    /// Id of role and session.
    pub assumed_role_id: Option<String>,
}

/// A temporary key.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct TemporaryKey {
    /// Public half of the key.
    #[serde(deserialize_with = "lenient::secret")]
    pub access_key_id: Option<SecretString>,
    /// Secret half of the key.
    #[serde(deserialize_with = "lenient::secret")]
    pub access_key_secret: Option<SecretString>,
    /// Token that has to travel with the key; its length has no limit.
    #[serde(deserialize_with = "lenient::secret")]
    pub security_token: Option<SecretString>,
    /// When the key ends.
    pub expiration: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn reads_the_key_and_never_shows_it() {
        let answer: AssumedRole = serde_json::from_str(
            r#"{"RequestId":"6894B13B-6D71-4EF5-88FA-F32781734A7F",
            "AssumedRoleUser":{"AssumedRoleId":"34458433936495****:alice","Arn":"acs:ram::123456789012****:role/alice"},
            "Credentials":{"SecurityToken":"CAIStoken","Expiration":"2026-04-09T11:52:19Z",
            "AccessKeySecret":"wyLTSmsyPGP1ohvvw8xYgB29dlGI8KMiH2pK","AccessKeyId":"STS.NUgYrLnoC37mZZCNnAbez"}}"#,
        )
        .unwrap();
        let shown = format!("{answer:?}");
        let key = answer.credentials.unwrap();
        for secret in [key.access_key_id, key.access_key_secret, key.security_token] {
            assert!(!shown.contains(secret.unwrap().expose_secret()), "{shown}");
        }
        assert_eq!(key.expiration.unwrap().to_string(), "2026-04-09T11:52:19Z");
    }
}
