//! Keys of a role by `AssumeRole`, which the key of another source signs. The other source may be of any
//! kind, so roles can be assumed across accounts and on top of each other.

use futures::future::BoxFuture;

use super::CredentialsError;
use super::cached::{Cached, IssueKeys, Issued};
use crate::actions::AssumeRole;
use crate::client::Client;

/// The role that temporary keys act as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Name of the role, `acs:ram::ACCOUNT:role/NAME`.
    pub arn: String,
    /// Name of the session in audit logs, 2 to 64 characters of `A-Za-z0-9.@-_`.
    pub session_name: String,
    /// Life of a key in seconds, from 900 to the maximum of the role; the cloud's default is 3600.
    pub duration_seconds: Option<i64>,
    /// Text that the role's trust policy may ask for.
    pub external_id: Option<String>,
}

/// Keys of a role for whoever the client's own credentials belong to.
pub struct RoleCredentials {
    /// Signs with the key of the source below.
    pub client: Client,
    /// Region whose STS endpoint is asked.
    pub region: String,
    /// The role.
    pub role: Role,
}

impl RoleCredentials {
    /// The keys, kept and renewed.
    pub fn cached(self) -> Cached {
        Cached::new(self)
    }
}

impl IssueKeys for RoleCredentials {
    fn issue(&self) -> BoxFuture<'_, Result<Issued, CredentialsError>> {
        Box::pin(async {
            let role = self.role.clone();
            let request = AssumeRole {
                role_arn: role.arn,
                role_session_name: role.session_name,
                duration_seconds: role.duration_seconds,
                external_id: role.external_id,
                ..AssumeRole::default()
            };
            let reply = self.client.read(&request, &self.region).await?;
            Issued::checked(reply.body.credentials, self.client.now())
        })
    }
}
