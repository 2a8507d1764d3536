//! What an error of the cloud means for a resource: why it could not be looked at, or what became of a
//! write. Every text names the next step and none holds a secret, because the client's errors do not.
//! The same failure always gives the same text: one that changed with every try would be a new status
//! each time, and each new status a new try. Request ids and times therefore go to the log.

use sas_api::Reason;
use sas_client::action::Action;
use sas_client::actions::{AssumeRole, AssumeRoleWithOidc};
use sas_client::{CloudError, ErrorKind, Verdict};
use sas_engine::{SendError, Unavailable};

/// Why a read brought nothing. `credentials` names where the access key comes from.
pub fn unavailable(error: &CloudError, credentials: &str) -> Unavailable {
    tracing::info!(%error, "the cloud could not be looked at");
    Unavailable {
        reason: reason(error),
        message: explain(error, credentials),
        retry_after: error.retry_after,
        unfinished: false,
    }
}

/// Whether a call waited in vain: the next one would wait as long.
pub fn is_silence(error: &CloudError) -> bool {
    matches!(
        error.kind,
        ErrorKind::NotSent | ErrorKind::Lost | ErrorKind::Timeout
    )
}

/// What became of a write. A refused key proves that nothing ran, and the operator goes on by itself
/// when the key is put right; so does a missing permission.
pub fn send_error(error: &CloudError, credentials: &str) -> SendError {
    let message = explain(error, credentials);
    let request_id = error.request_id.clone();
    match error.verdict {
        Verdict::Unknown => SendError::Unknown {
            message: what_happened(error),
            arrived: error.is_nonce_used(),
        },
        Verdict::Forbidden => SendError::Forbidden { message, request_id },
        Verdict::Rejected if !error.is_credential_problem() => SendError::Rejected {
            message: what_happened(error),
            request_id,
        },
        Verdict::Rejected | Verdict::Retry => SendError::NotRun {
            reason: reason(error),
            message,
            request_id,
            retry_after: error.retry_after,
        },
    }
}

/// Whether the cloud refused to give a key of a role; these actions are called for nothing else.
fn withholds_key(error: &CloudError) -> bool {
    let asks_for_key = [AssumeRole::NAME, AssumeRoleWithOidc::NAME].contains(&error.action.as_str());
    asks_for_key && error.verdict != Verdict::Retry && !error.is_throttled()
}

fn reason(error: &CloudError) -> Reason {
    if withholds_key(error) {
        Reason::CredentialsNotReady
    } else if error.verdict == Verdict::Forbidden {
        Reason::PermissionDenied
    } else if error.is_credential_problem() {
        Reason::CredentialsNotReady
    } else if error.is_throttled() {
        Reason::Throttled
    } else {
        Reason::CloudUnavailable
    }
}

fn explain(error: &CloudError, credentials: &str) -> String {
    let what = what_happened(error);
    match reason(error) {
        Reason::PermissionDenied => {
            let action = error.ram_action.as_deref().unwrap_or("(not named)");
            format!("the RAM policy lacks `{action}`; add it and the operator goes on by itself ({what})")
        }
        Reason::CredentialsNotReady if withholds_key(error) => {
            let why = why_withheld(error);
            format!(
                "the cloud gives no key of {credentials}: {why}; put it right and the operator goes on by itself ({what})"
            )
        }
        Reason::CredentialsNotReady if error.code.is_none() => {
            format!("there is no key of {credentials}; the operator tries again ({what})")
        }
        Reason::CredentialsNotReady => format!(
            "the cloud does not accept the access key of {credentials}; put a valid one there and the operator goes on by itself ({what})"
        ),
        Reason::Throttled => format!("the cloud asks to slow down; the operator tries again ({what})"),
        _ => format!("the cloud cannot be used; the operator tries again ({what})"),
    }
}

fn why_withheld(error: &CloudError) -> String {
    let by_token = error.action == AssumeRoleWithOidc::NAME;
    match &error.ram_action {
        Some(_) if by_token => "its trust policy does not let this token in".to_owned(),
        Some(action) => format!("the caller lacks `{action}`, or the role's trust policy does not name it"),
        None if by_token => "the role, its identity provider or the token is wrong".to_owned(),
        None => "the role or the key that asks for it is wrong".to_owned(),
    }
}

/// The failure in words that do not change from one try to the next.
fn what_happened(error: &CloudError) -> String {
    let action = &error.action;
    if error.kind == ErrorKind::Credentials && error.code.is_none() {
        return error.message.clone();
    }
    let plain = match error.kind {
        ErrorKind::Refused | ErrorKind::Credentials | ErrorKind::Gateway | ErrorKind::Inner { .. } => None,
        ErrorKind::Limited => Some("the operator's own rate limit let no call pass in time"),
        ErrorKind::NotSent => Some("no connection"),
        ErrorKind::Lost => Some("the connection broke before a reply"),
        ErrorKind::Timeout => Some("no complete reply in time"),
        ErrorKind::Unreadable => Some("the reply cannot be read"),
    };
    if let Some(plain) = plain {
        return format!("{action}: {plain}");
    }
    // Texts of the cloud with numbers in them tend to hold times and ids.
    let is_steady = !error.message.chars().any(|c| c.is_ascii_digit());
    let code = error.code.as_deref().filter(|code| !code.is_empty());
    match (code, is_steady) {
        (Some(code), true) => format!("{action}: {code}: {}", error.message),
        (Some(code), false) => format!("{action}: {code}"),
        (None, _) => format!("{action}: {}", error.message),
    }
}

#[cfg(test)]
mod tests;
