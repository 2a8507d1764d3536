//! What an error of the cloud means for a resource: why it could not be looked at, or what became of a
//! write. Every text names the next step; none holds a secret, because the client's errors do not.

use sas_api::Reason;
use sas_client::{CloudError, Verdict};
use sas_engine::{SendError, Unavailable};

/// Why a read brought nothing. `credentials` names where the access key comes from.
pub fn unavailable(error: &CloudError, credentials: &str) -> Unavailable {
    Unavailable {
        reason: reason(error),
        message: explain(error, credentials),
        retry_after: error.retry_after,
    }
}

/// What became of a write. A refused key proves that nothing ran, and the operator goes on by itself
/// when the key is put right; so does a missing permission.
pub fn send_error(error: &CloudError, credentials: &str) -> SendError {
    let message = explain(error, credentials);
    let request_id = error.request_id.clone();
    match error.verdict {
        Verdict::Unknown => SendError::Unknown {
            message,
            arrived: error.is_nonce_used(),
        },
        Verdict::Forbidden => SendError::Forbidden { message, request_id },
        Verdict::Rejected if !error.is_credential_problem() => SendError::Rejected { message, request_id },
        Verdict::Rejected | Verdict::Retry => SendError::NotRun {
            reason: reason(error),
            message,
            request_id,
            retry_after: error.retry_after,
        },
    }
}

fn reason(error: &CloudError) -> Reason {
    if error.verdict == Verdict::Forbidden {
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
    match reason(error) {
        Reason::PermissionDenied => {
            let action = error.ram_action.as_deref().unwrap_or("(not named)");
            format!("the RAM policy lacks `{action}`; add it and the operator goes on by itself ({error})")
        }
        Reason::CredentialsNotReady => {
            format!(
                "the cloud does not accept the access key of {credentials}; put a valid one there and the operator goes on by itself ({error})"
            )
        }
        Reason::Throttled => format!("the cloud asks to slow down; the operator tries again ({error})"),
        _ => format!("the operator tries again ({error})"),
    }
}
