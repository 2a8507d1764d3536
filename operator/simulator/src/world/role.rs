//! RAM roles, the identity providers whose tokens may assume them, and the metadata service that hands
//! the role of a server to whoever runs on it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A role that others assume.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Role {
    /// Who may assume it, `*` matches any run of characters: `acs:ram::ACCOUNT:root` (whoever belongs to
    /// that account), `acs:ram::ACCOUNT:user/NAME`, `acs:ram::ACCOUNT:role/NAME`,
    /// `acs:ram::ACCOUNT:oidc-provider/NAME`, and `ecs.aliyuncs.com` for servers.
    pub trust: Vec<String>,
    /// `oidc:sub` of tokens that may assume it, with `*`; empty means any.
    pub subjects: Vec<String>,
    /// `oidc:aud` of tokens that may assume it; empty means any that the provider takes.
    pub audiences: Vec<String>,
    /// `ExternalId` that AssumeRole has to bring.
    #[serde(rename = "externalID", skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Longest life of its keys.
    pub max_session_seconds: i64,
    /// RAM actions its keys may call; `*` matches any run of characters.
    pub allow: Vec<String>,
    /// RAM actions its keys may not call, stronger than `allow`.
    pub deny: Vec<String>,
}

impl Default for Role {
    fn default() -> Self {
        Self {
            trust: Vec::new(),
            subjects: Vec::new(),
            audiences: Vec::new(),
            external_id: None,
            max_session_seconds: 3600,
            allow: vec!["*".to_owned()],
            deny: Vec::new(),
        }
    }
}

/// An OIDC identity provider, such as a cluster with RRSA.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct OidcProvider {
    /// `iss` of its tokens.
    #[serde(rename = "issuerURL")]
    pub issuer_url: String,
    /// Audiences that its tokens may have.
    #[serde(rename = "clientIDs")]
    pub client_ids: Vec<String>,
}

/// The Security Token Service where the published sources leave it open or a test wants it otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Sts {
    /// Let the account's own key assume roles, which the cloud refuses.
    pub root_may_assume_roles: bool,
    /// Let keys end after this many seconds, whatever was asked for: below the cloud's least of 900.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_seconds: Option<i64>,
}

/// The metadata service of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MetadataService {
    /// Account of the server.
    pub account: String,
    /// Role that is attached to the server; without one there are no credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Answer `PUT /latest/api/token`.
    pub token_mode: bool,
    /// Answer requests that bring no token.
    pub plain_mode: bool,
}

impl Default for MetadataService {
    fn default() -> Self {
        Self {
            account: String::new(),
            role: None,
            token_mode: true,
            plain_mode: true,
        }
    }
}

/// Roles by their name.
pub type Roles = BTreeMap<String, Role>;
/// Providers by their name.
pub type OidcProviders = BTreeMap<String, OidcProvider>;
