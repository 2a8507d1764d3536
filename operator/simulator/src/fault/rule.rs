//! What a fault rule says: what goes wrong, for which requests, how often, and how far a request
//! gets before it does.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::action::Effect;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FaultKind {
    /// 400 `Throttling.User`, with `x-acs-retry-after` when `retryAfterMilliseconds` is given.
    Throttle,
    /// An error reply with `code`, `status` (default 400) and `message`.
    Error,
    /// As `error`, with no other fields than `code`, `message` and `requestId`, in lower case.
    LowerCaseError,
    /// An error reply with only a `status` (default 503).
    Status,
    /// No reply for `seconds` (default 3600), then the connection is reset.
    Hang,
    /// Nothing happens for `seconds` (default 5), then everything goes on as usual.
    Slow,
    /// The connection is reset before the gateway sees the request.
    ResetBefore,
    /// The action runs, then the connection is reset.
    CommitThenReset,
    /// The action runs, then as `hang`.
    CommitThenHang,
    /// The action runs, then as `status`.
    CommitThenStatus,
    /// The reply's body ends in the middle.
    TruncatedJson,
    /// The reply has the right names with values of other types.
    WrongTypes,
    /// A proxy's HTML page with `status` (default 502).
    Html,
    /// An XML error with `status` (default 503) and `code`.
    Xml,
    /// A reply of `bytes` (default 64 MiB).
    Oversize,
}

/// How far a request gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Not to the gateway: nothing is checked, the nonce stays unused.
    Front,
    /// Through all checks, the nonce is spent, the action does not run.
    Gateway,
    /// The action runs, the reply is spoilt.
    AfterCommit,
}

impl FaultKind {
    fn default_stage(self) -> Stage {
        match self {
            Self::ResetBefore => Stage::Front,
            Self::Throttle
            | Self::Error
            | Self::LowerCaseError
            | Self::Status
            | Self::Hang
            | Self::Slow
            | Self::Html
            | Self::Xml => Stage::Gateway,
            Self::CommitThenReset
            | Self::CommitThenHang
            | Self::CommitThenStatus
            | Self::TruncatedJson
            | Self::WrongTypes
            | Self::Oversize => Stage::AfterCommit,
        }
    }

    /// The kind's name as it stands in a rule and in the request log.
    pub fn name(self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.as_str().unwrap_or_default().to_owned()
    }
}

/// A rule; all filters that are given must match.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Only this action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Only this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Only reads or only writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Only dry runs or only real calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// Let so many matching requests pass first; counts down.
    #[serde(default)]
    pub skip: u64,
    /// Hit so many requests; counts down. Default 1, with a `probability` unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Hit each matching request with this probability, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// How far the request gets; each kind has its own default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// For `throttle`: milliseconds in `x-acs-retry-after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_milliseconds: Option<u64>,
    /// HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Error message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// For `hang` and `slow`: real seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// For `oversize`: size of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<usize>,
}

impl Rule {
    /// A rule that hits the next request of any kind, to be narrowed by its fields.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            action: None,
            account: None,
            effect: None,
            dry_run: None,
            skip: 0,
            count: None,
            probability: None,
            stage: None,
            retry_after_milliseconds: None,
            status: None,
            code: None,
            message: None,
            seconds: None,
            bytes: None,
        }
    }

    /// The same rule for one action only.
    pub fn on(mut self, action: &str) -> Self {
        self.action = Some(action.to_owned());
        self
    }

    /// The same rule for so many requests.
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// How far a request gets that this rule hits.
    pub fn stage(&self) -> Stage {
        self.stage.unwrap_or_else(|| self.kind.default_stage())
    }

    pub(super) fn matches(&self, target: &Target<'_>) -> bool {
        let same = |wanted: &Option<String>, actual: &str| wanted.as_deref().is_none_or(|w| w == actual);
        same(&self.action, target.action)
            && same(&self.account, target.account)
            && self.effect.is_none_or(|effect| Some(effect) == target.effect)
            && self.dry_run.is_none_or(|dry_run| dry_run == target.dry_run)
    }
}

/// What a rule is compared with.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Target<'a> {
    pub action: &'a str,
    pub account: &'a str,
    pub effect: Option<Effect>,
    pub dry_run: bool,
}
