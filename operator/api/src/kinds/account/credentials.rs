//! Where the access key of an account comes from: one source, and a role on top of it if it is to act as
//! one. No field can hold a key, and none names a file or an address.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where credentials are: exactly one of `secretRef`, `rrsa` and `ecsRole`, and `assumeRole` on top of any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new("[has(self.secretRef), has(self.rrsa), has(self.ecsRole)].exists_one(given, given)")
    .message("exactly one of `secretRef`, `rrsa` and `ecsRole` must say where the access key comes from"))]
pub struct CredentialsSource {
    /// A Secret in this namespace with the keys `accessKeyID`, `accessKeySecret` and, for temporary
    /// credentials, `securityToken`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_ref: Option<SecretRef>,
    /// The operator's own service account (RAM Roles for Service Accounts). Only for namespaces that the
    /// operator's flag `--own-identity-namespaces` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rrsa: Option<ServiceAccountRole>,
    /// The RAM role of the server that the operator runs on, which all other pods there have too. Only for
    /// namespaces that the operator's flag `--own-identity-namespaces` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecs_role: Option<ServerRole>,
    /// A role that the source above assumes, in the same account or another one; then it is that role that
    /// acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role: Option<AssumedRole>,
}

/// Name of a Secret in the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretRef {
    /// Name of the Secret.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

/// The role that the operator's service account takes. What is left out comes from the environment of the
/// operator, where the pod identity webhook of ACK puts it; the token is always the operator's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceAccountRole {
    /// The role, `acs:ram::ACCOUNT:role/NAME`. Left out, that of `ALIBABA_CLOUD_ROLE_ARN`.
    #[serde(default, rename = "roleARN", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256), regex(pattern = r"^acs:ram::[0-9]+:role/[A-Za-z0-9._-]+$"))]
    pub role_arn: Option<String>,
    /// The identity provider that stands for this cluster, `acs:ram::ACCOUNT:oidc-provider/NAME`. Left out,
    /// that of `ALIBABA_CLOUD_OIDC_PROVIDER_ARN`.
    #[serde(default, rename = "oidcProviderARN", skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 256),
        regex(pattern = r"^acs:ram::[0-9]+:oidc-provider/[A-Za-z0-9._-]+$")
    )]
    pub oidc_provider_arn: Option<String>,
    /// Name of the session in the cloud's audit log. Left out, that of `ALIBABA_CLOUD_ROLE_SESSION_NAME`,
    /// else `sas-operator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = r"^[A-Za-z0-9.@_-]+$"))]
    pub session_name: Option<String>,
    /// Seconds that a temporary key lives, up to the maximum of the role. Left out, 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 900, max = 43_200))]
    pub duration_seconds: Option<i64>,
}

/// The role of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServerRole {
    /// Name of the role. Left out, that of `ALIBABA_CLOUD_ECS_METADATA`, else the one that the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$"))]
    pub role_name: Option<String>,
}

/// A role that another source assumes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssumedRole {
    /// The role, `acs:ram::ACCOUNT:role/NAME`.
    #[serde(rename = "roleARN")]
    #[schemars(length(max = 256), regex(pattern = r"^acs:ram::[0-9]+:role/[A-Za-z0-9._-]+$"))]
    pub role_arn: String,
    /// Name of the session in the cloud's audit log. Left out, `sas-operator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = r"^[A-Za-z0-9.@_-]+$"))]
    pub session_name: Option<String>,
    /// Seconds that a temporary key lives, up to the maximum of the role. Left out, 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 900, max = 43_200))]
    pub duration_seconds: Option<i64>,
    /// What the trust policy of the role asks for as `sts:ExternalId`. It is no secret.
    #[serde(default, rename = "externalID", skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 1224), regex(pattern = r"^[A-Za-z0-9=,.@:/_-]+$"))]
    pub external_id: Option<String>,
}
