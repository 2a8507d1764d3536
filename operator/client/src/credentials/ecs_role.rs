//! Keys of the RAM role of the server that this process runs on, from the instance metadata service: with
//! a token of the service first, and plainly where it gives none and that is allowed. Plain HTTP on a
//! link-local address; whoever can reach it there has the same role.

use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use super::CredentialsError;
use super::cached::{Cached, IssueKeys, Issued};
use crate::actions::TemporaryKey;
use crate::clock::{Clock, Now};
use crate::sanitize;
use crate::transport::{Failure, Incoming, Outgoing, Transport, TransportError, TransportOptions};

/// Where every server finds the service.
pub const METADATA_SERVICE: &str = "http://100.100.100.200";
/// The service is one hop away or absent.
const PATIENCE: Duration = Duration::from_secs(1);
/// Life of a token of the service.
const TOKEN_SECONDS: &str = "21600";
const ROLES: &str = "latest/meta-data/ram/security-credentials/";

/// Keys of the role of this server.
pub struct EcsRoleCredentials {
    transport: Transport,
    clock: Clock,
    service: Url,
    role: Option<String>,
    plain_allowed: bool,
}

/// What to ask the metadata service for.
#[derive(Clone, Debug)]
pub struct EcsRoleOptions {
    /// Base URL of the service; [`METADATA_SERVICE`] unless the process's own flags say otherwise.
    pub service: String,
    /// Name of the role; without it the service is asked for it.
    pub role: Option<String>,
    /// Whether the service may be asked without a token of its own when it gives none.
    pub plain_allowed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    code: String,
    #[serde(flatten)]
    key: TemporaryKey,
}

impl EcsRoleCredentials {
    /// A source with these options; `now` is the local clock.
    pub fn new(options: &EcsRoleOptions, now: Now) -> Result<Self, EcsRoleError> {
        let service = Url::parse(&options.service).map_err(|_| EcsRoleError::Service)?;
        let role = options.role.clone().filter(|role| !role.is_empty());
        if role.as_deref().is_some_and(|role| !is_role_name(role)) {
            return Err(EcsRoleError::Role);
        }
        let limits = TransportOptions {
            connect_timeout: PATIENCE,
            exchange_timeout: PATIENCE,
            max_response_bytes: 64 * 1024,
            ..TransportOptions::default()
        };
        Ok(Self {
            transport: Transport::new(&limits)?,
            clock: Clock::new(now),
            service,
            role,
            plain_allowed: options.plain_allowed,
        })
    }

    /// The keys, kept and renewed.
    pub fn cached(self) -> Cached {
        Cached::new(self)
    }

    async fn token(&self) -> Result<Option<SecretString>, CredentialsError> {
        let lifetime = ("x-aliyun-ecs-metadata-token-ttl-seconds", TOKEN_SECONDS);
        let answer = self.ask(Method::PUT, "latest/api/token", Some(lifetime)).await;
        let token = answer.ok().filter(|answer| answer.status == 200);
        let token = token.and_then(|answer| String::from_utf8(answer.body).ok());
        match token.map(SecretString::from) {
            Some(token) if is_header_value(token.expose_secret().trim()) => {
                Ok(Some(token.expose_secret().trim().into()))
            }
            _ if self.plain_allowed => Ok(None),
            _ => Err(CredentialsError::transient(
                "the metadata service gives no token, and asking without one is switched off",
            )),
        }
    }

    async fn get(&self, path: &str, token: Option<&SecretString>) -> Result<Vec<u8>, CredentialsError> {
        let header = token.map(|token| ("x-aliyun-ecs-metadata-token", token.expose_secret()));
        let answer = self.ask(Method::GET, path, header).await?;
        match answer.status {
            200 => Ok(answer.body),
            404 => Err(CredentialsError::lasting(
                "the metadata service knows no such role; attach a RAM role to the server",
            )),
            status => Err(CredentialsError::transient(format!(
                "the metadata service answered with HTTP {status}"
            ))),
        }
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        header: Option<(&str, &str)>,
    ) -> Result<Incoming, CredentialsError> {
        let absent = || CredentialsError::transient("the metadata service does not answer");
        let request = Outgoing {
            method,
            url: self.service.join(path).map_err(|_| absent())?,
            headers: header
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into_iter()
                .collect(),
            body: String::new(),
        };
        let sent = self.clock.local();
        let answer = self.transport.exchange(&request, Instant::now() + PATIENCE).await;
        let answer = answer.map_err(|failure| match failure {
            Failure::Unreadable { .. } => {
                CredentialsError::transient("the answer of the metadata service cannot be read")
            }
            _ => absent(),
        })?;
        if let Some(date) = answer.date {
            self.clock.observe(sent, date);
        }
        Ok(answer)
    }

    async fn role(&self, token: Option<&SecretString>) -> Result<String, CredentialsError> {
        if let Some(role) = &self.role {
            return Ok(role.clone());
        }
        let body = self.get(ROLES, token).await?;
        let name = String::from_utf8_lossy(&body).trim().to_owned();
        if is_role_name(&name) {
            return Ok(name);
        }
        Err(CredentialsError::lasting(
            "the metadata service names no role; attach a RAM role to the server",
        ))
    }
}

impl IssueKeys for EcsRoleCredentials {
    fn issue(&self) -> BoxFuture<'_, Result<Issued, CredentialsError>> {
        Box::pin(async {
            let token = self.token().await?;
            let role = self.role(token.as_ref()).await?;
            let body = self.get(&format!("{ROLES}{role}"), token.as_ref()).await?;
            let unfit = || CredentialsError::transient("the metadata service's answer has no key in it");
            let answer: Answer = serde_json::from_slice(&body).map_err(|_| unfit())?;
            if answer.code != "Success" {
                let code = sanitize::token(&answer.code).unwrap_or_default();
                return Err(CredentialsError::transient(format!(
                    "the metadata service has no key of the role {role} ({code})"
                )));
            }
            Issued::checked(Some(answer.key), self.clock.now())
        })
    }
}

fn is_role_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('.')
}

fn is_header_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Why a source could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum EcsRoleError {
    /// The base URL of the service is not a URL.
    #[error("failed to read the address of the metadata service: expected http://host[:port]/")]
    Service,
    /// The name of the role has characters that no role name has.
    #[error("failed to read the name of the server's role: expected 1 to 64 of A-Za-z0-9._-")]
    Role,
    /// The way to the service could not be set up.
    #[error("failed to set up the way to the metadata service")]
    Transport {
        /// Why.
        #[from]
        source: TransportError,
    },
}
