//! `AssumeRole` of STS: a temporary key that acts as a role. It changes nothing in the cloud, so it is a
//! read. The keys in the answer are secret types that are never shown.

use jiff::Timestamp;
use secrecy::SecretString;

action! {
    /// A key of the role for the caller.
    pub struct AssumeRole: Read<Sts> -> AssumedRole {
        /// Name of the role, `acs:ram::ACCOUNT:role/NAME`.
        role_arn: String,
        /// Name of the session in audit logs, 2 to 64 characters of `A-Za-z0-9.@-_`.
        role_session_name: String,
        /// Life of the key in seconds, from 900 to the maximum of the role; 3600.
        duration_seconds: Option<i64>,
        /// RAM policy that narrows what the key may do.
        policy: Option<String>,
        /// Text that the role's trust policy may ask for.
        external_id: Option<String>,
        /// Who is behind the session, for audit logs.
        source_identity: Option<String>,
    }
}

reply! {
    /// The answer.
    pub struct AssumedRole {
        /// Whom the key acts as.
        assumed_role_user: Option<AssumedRoleUser>,
        /// The key.
        credentials: Option<TemporaryKey>,
        /// As it was asked for.
        source_identity: Option<String>,
    }

    /// A role session.
    pub struct AssumedRoleUser {
        /// Full name of the session.
        arn: Option<String>,
        /// Id of role and session.
        assumed_role_id: Option<String>,
    }

    /// A temporary key.
    pub struct TemporaryKey {
        /// Public half of the key.
        access_key_id: Option<SecretString>,
        /// Secret half of the key.
        access_key_secret: Option<SecretString>,
        /// Token that has to travel with the key; its length has no limit.
        security_token: Option<SecretString>,
        /// When the key ends.
        expiration: Option<Timestamp>,
    }
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
