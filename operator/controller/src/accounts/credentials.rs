//! Where the key of an account comes from: a Secret, or what the operator itself is (its service account,
//! its server), and a role on top. Whoever may write a SasAccount must not thereby become the operator, so
//! its own identity is only for namespaces that the operator's flags name.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::Client as Kube;
use sas_api::Reason;
use sas_api::kinds::account::{AssumedRole, CredentialsSource, ServerRole, ServiceAccountRole};
use sas_client::credentials::environment::{ServerIdentity, ServiceAccountIdentity};
use sas_client::credentials::{
    EcsRoleCredentials, EcsRoleOptions, NoCredentials, OidcCredentials, Role, RoleCredentials,
};
use sas_client::{ClientBuilder, Credentials, Network, ProvideCredentials};
use sas_engine::Unavailable;

mod secret;
#[cfg(test)]
mod tests;

pub(super) use secret::Version;

/// Name of a session of a role where nobody names it.
const SESSION_NAME: &str = "sas-operator";

/// Gives keys, asked before every try of a call.
pub(super) type Provider = Arc<dyn ProvideCredentials>;

/// Who the operator itself is, and who may act as it.
#[derive(Clone, Debug, Default)]
pub struct OwnIdentity {
    /// The operator's own namespace.
    pub namespace: String,
    /// Further namespaces whose accounts may use it; `*` allows all.
    pub allowed_namespaces: Vec<String>,
    /// The role of its service account.
    pub service_account: ServiceAccountIdentity,
    /// The role of its server.
    pub server: ServerIdentity,
    /// Base URL of the metadata service of its server.
    pub metadata_service: String,
}

/// The source below all roles, as it is now.
#[derive(Debug)]
pub(super) enum Base {
    Secret(Credentials, Version),
    ServiceAccount,
    Server,
}

impl Base {
    /// Looks the source up: reads the Secret, or makes sure that the namespace may be the operator.
    pub(super) async fn find(
        kube: &Kube,
        namespace: &str,
        source: &CredentialsSource,
        own: &OwnIdentity,
        limit: Duration,
    ) -> Result<Self, Unavailable> {
        if let Some(secret) = &source.secret_ref {
            let (credentials, version) = secret::read(kube, namespace, &secret.name, limit).await?;
            return Ok(Self::Secret(credentials, version));
        }
        let (field, found) = match &source.rrsa {
            Some(_) => ("rrsa", Self::ServiceAccount),
            None => ("ecsRole", Self::Server),
        };
        own.admit(namespace, field)?;
        Ok(found)
    }

    /// Which state of the Secret it is, where it is one.
    pub(super) fn version(&self) -> Option<&Version> {
        match self {
            Self::Secret(_, version) => Some(version),
            Self::ServiceAccount | Self::Server => None,
        }
    }
}

impl OwnIdentity {
    fn admit(&self, namespace: &str, field: &str) -> Result<(), Unavailable> {
        let mut allowed = self.allowed_namespaces.iter();
        if namespace == self.namespace || allowed.any(|allowed| allowed == "*" || allowed == namespace) {
            return Ok(());
        }
        Err(not_ready(format!(
            "`spec.credentials.{field}` is the operator's own identity, which accounts in the namespace {namespace} may not use; name a Secret in `spec.credentials.secretRef`, or start the operator with --own-identity-namespaces={namespace}"
        )))
    }
}

/// Everything that a provider of keys is made of.
pub(super) struct Parts<'a> {
    /// Namespace of the account.
    pub(super) namespace: &'a str,
    pub(super) source: &'a CredentialsSource,
    pub(super) own: &'a OwnIdentity,
    /// Region whose STS endpoint is asked.
    pub(super) region: &'a str,
    /// A client that acts with these keys.
    pub(super) client: &'a dyn Fn(Provider) -> ClientBuilder,
}

impl Parts<'_> {
    /// The provider of the account's keys, and what messages call it.
    pub(super) fn provider(&self, base: Base) -> Result<(Provider, String), Unavailable> {
        let (provider, name): (Provider, String) = match base {
            Base::Secret(credentials, _) => (Arc::new(credentials), self.secret_name()),
            Base::ServiceAccount => self.service_account()?,
            Base::Server => self.server()?,
        };
        Ok(match &self.source.assume_role {
            Some(role) => self.assumed(role, provider, &name),
            None => (provider, name),
        })
    }

    fn secret_name(&self) -> String {
        let secret = self.source.secret_ref.as_ref();
        format!(
            "Secret {}/{}",
            self.namespace,
            secret.map_or("", |secret| &secret.name)
        )
    }

    fn service_account(&self) -> Result<(Provider, String), Unavailable> {
        let environment = &self.own.service_account;
        let ServiceAccountRole {
            role_arn,
            oidc_provider_arn,
            session_name,
            duration_seconds,
        } = self.source.rrsa.clone().unwrap_or_default();
        let missing = |what: &str, variable: &str| {
            not_ready(format!(
                "the operator's service account has no {what}: {variable} is not set; let the pod identity webhook inject it (RRSA)"
            ))
        };
        let role_arn = role_arn.or_else(|| environment.role_arn.clone());
        let role_arn = role_arn.ok_or_else(|| missing("role", "ALIBABA_CLOUD_ROLE_ARN"))?;
        let provider_arn = oidc_provider_arn.or_else(|| environment.provider_arn.clone());
        let token_file = environment.token_file.clone();
        let mut client = (self.client)(Arc::new(NoCredentials));
        if environment.vpc {
            client = client.network(Network::Vpc);
        }
        let name = format!("role {role_arn} of the operator's service account");
        let source = OidcCredentials {
            client: client.build(),
            region: environment
                .sts_region
                .as_deref()
                .unwrap_or(self.region)
                .to_owned(),
            provider_arn: provider_arn
                .ok_or_else(|| missing("identity provider", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN"))?,
            token_file: token_file.ok_or_else(|| missing("token", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"))?,
            role: Role {
                arn: role_arn,
                session_name: session_name
                    .or_else(|| environment.session_name.clone())
                    .unwrap_or_else(|| SESSION_NAME.to_owned()),
                duration_seconds,
                external_id: None,
            },
        };
        Ok((Arc::new(source.cached()), name))
    }

    fn server(&self) -> Result<(Provider, String), Unavailable> {
        let environment = &self.own.server;
        if environment.disabled {
            let message = "the role of the operator's server is switched off by ALIBABA_CLOUD_ECS_METADATA_DISABLED; name another source in `spec.credentials`";
            return Err(not_ready(message.to_owned()));
        }
        let ServerRole { role_name } = self.source.ecs_role.clone().unwrap_or_default();
        let options = EcsRoleOptions {
            service: self.own.metadata_service.clone(),
            role: role_name.or_else(|| environment.role.clone()),
            plain_allowed: !environment.token_only,
        };
        let source = EcsRoleCredentials::new(&options, Arc::new(Timestamp::now))
            .map_err(|error| not_ready(error.to_string()))?;
        Ok((
            Arc::new(source.cached()),
            "the role of the operator's server".to_owned(),
        ))
    }

    fn assumed(&self, role: &AssumedRole, below: Provider, name: &str) -> (Provider, String) {
        let source = RoleCredentials {
            client: (self.client)(below).build(),
            region: self.region.to_owned(),
            role: Role {
                arn: role.role_arn.clone(),
                session_name: role
                    .session_name
                    .clone()
                    .unwrap_or_else(|| SESSION_NAME.to_owned()),
                duration_seconds: role.duration_seconds,
                external_id: role.external_id.clone(),
            },
        };
        let name = format!("role {} by way of {name}", role.role_arn);
        (Arc::new(source.cached()), name)
    }
}

fn not_ready(message: String) -> Unavailable {
    Unavailable::new(Reason::CredentialsNotReady, message)
}
