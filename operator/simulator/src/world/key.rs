//! An access key and what it may do. A key with a security token is a temporary one, as STS
//! issues it; the two pattern lists stand for the RAM policies of whoever holds the key.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One access key. `Debug` shows neither secret nor token.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Key {
    /// What requests are signed with.
    pub access_key_secret: String,
    /// Makes the key a temporary one that must be sent with this token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_token: Option<String>,
    /// When a temporary key ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether the key is switched on.
    pub active: bool,
    /// RAM actions the key may call; `*` matches any run of characters. `ACTION on RESOURCE`
    /// is for some servers only, where RAM tells them apart:
    /// `yundun-sas:UpdatePostPaidBindRel on acs:yundun-sas:*:*:assetbind/UUID`.
    pub allow: Vec<String>,
    /// RAM actions the key may not call, stronger than `allow`.
    pub deny: Vec<String>,
    /// RAM user, or role of a temporary key; without it the key is the account's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Session name of a temporary key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
    /// RAM actions that a session policy leaves of `allow`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narrowed_to: Option<Vec<String>>,
}

impl Default for Key {
    fn default() -> Self {
        Self {
            access_key_secret: String::new(),
            security_token: None,
            expires_at: None,
            active: true,
            allow: vec!["*".to_owned()],
            deny: Vec::new(),
            user_name: None,
            session_name: None,
            narrowed_to: None,
        }
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Key")
            .field("user_name", &self.user_name)
            .field("active", &self.active)
            .field("expires_at", &self.expires_at)
            .field("allow", &self.allow)
            .field("deny", &self.deny)
            .finish_non_exhaustive()
    }
}
