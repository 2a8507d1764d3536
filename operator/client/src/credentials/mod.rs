//! Access keys and where they come from.
//! The secret parts are zeroed when dropped and never shown; a fingerprint tells whether two keys
//! are the same without showing either.
//!
//! | Source | Gives |
//! |---|---|
//! | [`Credentials`] | a key as it is, such as that of a Secret |
//! | [`RoleCredentials`] | keys of a role, for whoever has any other source |
//! | [`OidcCredentials`] | keys of a role, for the bearer of a service account's token (RRSA) |
//! | [`EcsRoleCredentials`] | keys of the role of the server that this process runs on |
//!
//! The last three give temporary keys; [`Cached`] keeps and renews these.

use std::fmt;

use futures::future::BoxFuture;
use secrecy::SecretString;
use thiserror::Error;

use crate::error::{CloudError, Verdict};
use crate::sign::v3::body_sha256;

mod cached;
mod ecs_role;
pub mod environment;
mod oidc;
mod role;

pub use cached::Cached;
pub use ecs_role::{EcsRoleCredentials, EcsRoleError, EcsRoleOptions, METADATA_SERVICE};
pub use oidc::OidcCredentials;
pub use role::{Role, RoleCredentials};

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
#[derive(Clone, Debug, Error)]
#[error("failed to get credentials: {reason}")]
pub struct CredentialsError {
    /// What is wrong and what to do.
    pub reason: String,
    /// Whether time may heal it; otherwise somebody has to change a setting.
    pub transient: bool,
    /// The failed call, where the cloud was asked for a temporary key.
    pub cause: Option<CloudError>,
}

impl CredentialsError {
    /// A setting that somebody has to change.
    pub fn lasting(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            transient: false,
            cause: None,
        }
    }

    /// An obstacle that may go away by itself.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self {
            transient: true,
            ..Self::lasting(reason)
        }
    }
}

impl From<CloudError> for CredentialsError {
    fn from(error: CloudError) -> Self {
        Self {
            reason: error.to_string(),
            transient: error.verdict == Verdict::Retry,
            cause: Some(error),
        }
    }
}

/// A source of credentials, asked before every try of a call; it caches and refreshes by itself.
pub trait ProvideCredentials: Send + Sync {
    /// Credentials that are valid now.
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>>;

    /// Takes note that the cloud refused this key, and says whether another one can be had at once.
    fn refused(&self, key: &Credentials) -> bool {
        let _ = key;
        false
    }
}

/// A key that does not change.
impl ProvideCredentials for Credentials {
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

/// For clients whose calls need no signature.
pub struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        let error = CredentialsError::lasting("this client has none");
        Box::pin(std::future::ready(Err(error)))
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
