//! Access keys and where they come from.
//! The secret parts are zeroed when dropped and never shown; a fingerprint tells whether two keys
//! are the same without showing either.

use std::fmt;

use futures::future::BoxFuture;
use secrecy::SecretString;
use thiserror::Error;

use crate::sign::v3::body_sha256;

/// An access key, with a token when it is a temporary one.
#[derive(Clone)]
pub struct Credentials {
    /// Public half of the key.
    pub access_key_id: String,
    /// Secret half of the key.
    pub secret: SecretString,
    /// Token that temporary keys need.
    pub security_token: Option<SecretString>,
}

impl Credentials {
    /// A permanent access key.
    pub fn access_key(access_key_id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret: secret.into(),
            security_token: None,
        }
    }

    /// The first 16 hex digits of the SHA-256 of the access key id.
    pub fn fingerprint(&self) -> String {
        let mut digest = body_sha256(self.access_key_id.as_bytes());
        digest.truncate(16);
        digest
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("fingerprint", &self.fingerprint())
            .field("temporary", &self.security_token.is_some())
            .finish_non_exhaustive()
    }
}

/// Why no credentials could be had. The text reaches conditions, so it never quotes a secret.
#[derive(Debug, Error)]
#[error("failed to get credentials: {reason}")]
pub struct CredentialsError {
    /// What is wrong and what to do.
    pub reason: String,
}

/// A source of credentials, asked before every try of a call; it caches and refreshes by itself.
pub trait ProvideCredentials: Send + Sync {
    /// Credentials that are valid now.
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>>;
}

/// A key that does not change.
impl ProvideCredentials for Credentials {
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_half_of_the_key() {
        let mut credentials = Credentials::access_key("LTAIexample", "s3cretvalue");
        credentials.security_token = Some("t0kenvalue".into());
        let shown = format!("{credentials:?}");
        for hidden in ["LTAIexample", "s3cretvalue", "t0kenvalue"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert!(shown.contains(&credentials.fingerprint()), "{shown}");
    }

    #[test]
    fn the_fingerprint_is_that_of_the_key_id() {
        // printf testid | sha256sum
        assert_eq!(
            Credentials::access_key("testid", "x").fingerprint(),
            "2fb40a7920d6d38a"
        );
    }
}
