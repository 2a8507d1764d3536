//! Keys of a role by `AssumeRoleWithOIDC`, for the bearer of the token in a file (RRSA). The file is read
//! at every renewal, because the kubelet replaces the token before it ends.

use std::path::PathBuf;

use futures::future::BoxFuture;
use secrecy::SecretString;

use super::cached::{Cached, IssueKeys, Issued};
use super::{CredentialsError, Role};
use crate::actions::AssumeRoleWithOidc;
use crate::client::Client;

/// What the cloud takes for a token, in characters.
const TOKEN_LENGTH: std::ops::RangeInclusive<usize> = 4..=20_000;

/// Keys of a role for the bearer of a token.
pub struct OidcCredentials {
    /// Any client; the call is not signed.
    pub client: Client,
    /// Region whose STS endpoint is asked.
    pub region: String,
    /// The role; an external id has no meaning here.
    pub role: Role,
    /// Name of the identity provider that vouches for the token, `acs:ram::ACCOUNT:oidc-provider/NAME`.
    pub provider_arn: String,
    /// File with the token.
    pub token_file: PathBuf,
}

impl OidcCredentials {
    /// The keys, kept and renewed.
    pub fn cached(self) -> Cached {
        Cached::new(self)
    }

    async fn token(&self) -> Result<SecretString, CredentialsError> {
        let file = self.token_file.display();
        let text = tokio::fs::read_to_string(&self.token_file).await;
        let text = text.map(SecretString::from).map_err(|error| {
            CredentialsError::lasting(format!("the token file {file} cannot be read ({})", error.kind()))
        })?;
        let token = secrecy::ExposeSecret::expose_secret(&text).trim();
        if TOKEN_LENGTH.contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(SecretString::from(token));
        }
        Err(CredentialsError::lasting(format!(
            "the token file {file} does not hold a token"
        )))
    }
}

impl IssueKeys for OidcCredentials {
    fn issue(&self) -> BoxFuture<'_, Result<Issued, CredentialsError>> {
        Box::pin(async {
            let role = self.role.clone();
            let request = AssumeRoleWithOidc {
                role_arn: role.arn,
                oidc_provider_arn: self.provider_arn.clone(),
                oidc_token: self.token().await?,
                role_session_name: role.session_name,
                duration_seconds: role.duration_seconds,
                policy: None,
            };
            let reply = self.client.read(&request, &self.region).await?;
            Issued::checked(reply.body.credentials, self.client.now())
        })
    }
}
