//! The one error of this crate: what went wrong with a call, and what may be done next.
//! Its texts are safe to show: no secret, no URL, no control character, bounded length.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use crate::action::{ActionInfo, Effect};
pub use crate::code::Verdict;
use crate::code::{Class, classify};
use crate::credentials::{Credentials, CredentialsError};
use crate::sanitize;

/// Where a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// This client refused to send it.
    Refused,
    /// No credentials could be had; nothing was sent.
    Credentials,
    /// The local rate limit would not let it pass in time; nothing was sent.
    Limited,
    /// No connection; nothing was sent.
    NotSent,
    /// The connection broke before a reply.
    Lost,
    /// No complete reply before the deadline.
    Timeout,
    /// A reply that is not an answer: HTML, broken or oversized JSON, a redirect.
    Unreadable,
    /// The gateway or the service answered with an error.
    Gateway,
    /// HTTP success around an envelope that reports failure.
    Inner {
        /// The `ResultCode`, where there is one.
        result_code: Option<i64>,
    },
}

/// A failed call. All parts can be read as fields.
#[derive(Clone)]
pub struct CloudError(Box<Details>);

/// The parts of a [`CloudError`].
#[derive(Clone, Debug)]
pub struct Details {
    /// Name of the action.
    pub action: String,
    /// Where it failed.
    pub kind: ErrorKind,
    /// What may be done next.
    pub verdict: Verdict,
    /// The error code, where the answer has one.
    pub code: Option<String>,
    /// What happened, sanitised, at most 300 characters.
    pub message: String,
    /// HTTP status of the answer.
    pub http_status: Option<u16>,
    /// The cloud's id of the request.
    pub request_id: Option<String>,
    /// With [`Verdict::Forbidden`], the RAM action that is missing.
    pub ram_action: Option<String>,
    /// How long the cloud asks to wait.
    pub retry_after: Option<Duration>,
}

impl CloudError {
    /// An error of the transport or of this client itself.
    pub(crate) fn local(action: &ActionInfo, kind: ErrorKind, text: &str) -> Self {
        let verdict = match (kind, action.effect) {
            (ErrorKind::Refused | ErrorKind::Credentials, _) => Verdict::Rejected,
            (ErrorKind::Limited | ErrorKind::NotSent, _) | (_, Effect::Read) => Verdict::Retry,
            (_, Effect::Write) => Verdict::Unknown,
        };
        Self(Box::new(Details {
            action: action.name.to_owned(),
            kind,
            verdict,
            code: None,
            message: sanitize::message(text, None),
            http_status: None,
            request_id: None,
            ram_action: None,
            retry_after: None,
        }))
    }

    /// No key could be had for a call, so nothing of it was sent. Where the cloud refused to give one, the
    /// refusal is told, and its own action with it.
    pub(crate) fn without_key(action: &ActionInfo, error: CredentialsError) -> Self {
        let Some(mut cause) = error.cause else {
            let mut told = Self::local(action, ErrorKind::Credentials, &error.to_string());
            if error.transient {
                told.0.verdict = Verdict::Retry;
            }
            return told;
        };
        cause.0.kind = match cause.kind {
            ErrorKind::Lost | ErrorKind::Timeout | ErrorKind::NotSent => ErrorKind::NotSent,
            ErrorKind::Limited => ErrorKind::Limited,
            _ => ErrorKind::Credentials,
        };
        cause
    }

    /// The same error for a call that was not sent because this error would have come again.
    pub(crate) fn again(&self) -> Self {
        let mut again = self.clone();
        again.0.kind = ErrorKind::Credentials;
        again
    }

    /// Whether nothing at all was sent, by this copy or an earlier one.
    pub fn is_not_sent(&self) -> bool {
        let kinds = [
            ErrorKind::Refused,
            ErrorKind::Credentials,
            ErrorKind::Limited,
            ErrorKind::NotSent,
        ];
        kinds.contains(&self.kind) && self.verdict != Verdict::Unknown
    }

    /// Whether the access key is wrong, disabled, expired or missing.
    pub fn is_credential_problem(&self) -> bool {
        let unobtainable = self.kind == ErrorKind::Credentials && self.verdict == Verdict::Rejected;
        unobtainable || self.refuses_key()
    }

    /// Whether the cloud refused the key or its signature.
    pub(crate) fn refuses_key(&self) -> bool {
        matches!(self.class(), Some(Class::Key | Class::TokenExpired))
    }

    /// Whether the cloud may have refused a key because its time is over, or because it was withdrawn. An
    /// ended temporary key is also told as one that does not exist.
    pub(crate) fn may_tell_an_old_key(&self) -> bool {
        let code = self.code.as_deref().unwrap_or_default();
        let families = ["InvalidSecurityToken", "InvalidAccessKeyId"];
        families.iter().any(|family| code.starts_with(family))
    }

    /// Whether the cloud's clock and ours differ too much.
    pub fn is_clock_skew(&self) -> bool {
        self.class() == Some(Class::ClockSkew)
    }

    /// Whether too many calls were made.
    pub fn is_throttled(&self) -> bool {
        self.kind == ErrorKind::Limited || self.class() == Some(Class::Throttled)
    }

    /// Whether the gateway has seen the nonce: an earlier copy of the call arrived.
    pub fn is_nonce_used(&self) -> bool {
        self.class() == Some(Class::NonceUsed)
    }

    /// The same error when an earlier copy of the same call may have arrived: whatever this copy
    /// proves about itself, it proves nothing about the other one.
    pub fn after_earlier_copy(mut self) -> Self {
        self.0.verdict = Verdict::Unknown;
        self
    }

    pub(crate) fn class(&self) -> Option<Class> {
        self.code.as_deref().map(classify)
    }

    pub(crate) fn details_mut(&mut self) -> &mut Details {
        &mut self.0
    }
}

impl Deref for CloudError {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "failed to call {}: ", self.action)?;
        if let Some(code) = &self.code {
            write!(formatter, "{code}: ")?;
        }
        formatter.write_str(&self.message)?;
        match (self.http_status, &self.request_id) {
            (Some(status), Some(id)) => write!(formatter, " (HTTP {status}, request {id})"),
            (Some(status), None) => write!(formatter, " (HTTP {status})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for CloudError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for CloudError {}

/// What an answer says about a failure, before it is judged.
#[derive(Default)]
pub(crate) struct Reported<'a> {
    pub(crate) code: Option<&'a str>,
    pub(crate) message: &'a str,
    pub(crate) request_id: Option<&'a str>,
    pub(crate) denied_action: Option<&'a str>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) http_status: u16,
}

impl CloudError {
    /// An error that the cloud reported; `class` is its family.
    pub(crate) fn reported(
        action: &ActionInfo,
        kind: ErrorKind,
        class: Class,
        report: &Reported<'_>,
        credentials: &Credentials,
    ) -> Self {
        let verdict = class.verdict(action.effect);
        let denied = || {
            report
                .denied_action
                .and_then(sanitize::token)
                .unwrap_or_else(|| action.ram.to_owned())
        };
        Self(Box::new(Details {
            action: action.name.to_owned(),
            kind,
            verdict,
            code: report.code.and_then(sanitize::token),
            message: sanitize::message(report.message, Some(credentials)),
            http_status: Some(report.http_status),
            request_id: report.request_id.and_then(sanitize::token),
            ram_action: (verdict == Verdict::Forbidden).then(denied),
            retry_after: report.retry_after,
        }))
    }
}
