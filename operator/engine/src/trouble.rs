//! What a call without a good answer means. A copy that was refused proves that the call did not run only
//! if it is the only copy there ever was: an earlier one may have run before its reply was lost.

use std::time::Duration;

use sas_api::Reason;
use sas_api::status::{CallRecord, Intent};

use crate::cloud::SendError;

/// What a call without a good answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) fate: Fate,
    /// Reason of the condition while it has to wait.
    pub(crate) reason: Reason,
    /// What was said, with the request id.
    pub(crate) message: String,
    /// How long to leave the cloud alone.
    pub(crate) retry_after: Option<Duration>,
}

/// What is known of a call without a good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It did not run and may be made again.
    NotRun,
    /// It did not run and will not.
    Refused,
    /// It may have run.
    Open {
        /// The cloud said that these bytes had arrived before.
        arrived: bool,
    },
}

impl Trouble {
    /// `alone` says that no other copy of the call can have run; `recheck` is the pause after which a
    /// missing permission is tried again.
    pub(crate) fn of(error: SendError, alone: bool, recheck: Duration) -> Self {
        let trouble = |fate, reason, message: String, id: Option<String>, retry_after| Self {
            fate: if alone {
                fate
            } else {
                Fate::Open { arrived: false }
            },
            reason,
            message: match id {
                Some(id) => format!("{message} (request id {id})"),
                None => message,
            },
            retry_after,
        };
        match error {
            SendError::NotRun {
                reason,
                message,
                request_id,
                retry_after,
            } => trouble(Fate::NotRun, reason, message, request_id, retry_after),
            SendError::Forbidden { message, request_id } => trouble(
                Fate::NotRun,
                Reason::PermissionDenied,
                message,
                request_id,
                Some(recheck),
            ),
            SendError::Rejected { message, request_id } => {
                trouble(Fate::Refused, Reason::Failed, message, request_id, None)
            }
            SendError::Unknown { message, arrived } => Self {
                fate: Fate::Open { arrived },
                reason: Reason::CloudUnavailable,
                message,
                retry_after: None,
            },
        }
    }
}

/// Whether the copy that was just sent is the only one that can have run: its bytes were not sent before,
/// and every earlier attempt provably did not run.
pub(crate) fn is_alone(record: &CallRecord) -> bool {
    let sent_before = |intent: &Intent| intent.resends.is_some();
    !is_repeat(record) && record.intent.as_ref().is_some_and(|intent| !sent_before(intent))
}

/// Whether an attempt before the present one may have run.
pub(crate) fn is_repeat(record: &CallRecord) -> bool {
    let attempt = record.intent.as_ref().map_or(0, |intent| intent.attempt);
    attempt > record.not_run.unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
    use k8s_openapi::jiff::Timestamp;

    fn refusals() -> [SendError; 3] {
        let message = || "no".to_owned();
        [
            SendError::NotRun {
                reason: Reason::Throttled,
                message: message(),
                request_id: Some("id".into()),
                retry_after: Some(Duration::from_secs(9)),
            },
            SendError::Forbidden {
                message: message(),
                request_id: None,
            },
            SendError::Rejected {
                message: message(),
                request_id: None,
            },
        ]
    }

    #[test]
    fn a_refused_copy_speaks_for_the_call_only_when_it_is_alone() {
        let fates = |alone| refusals().map(|e| Trouble::of(e, alone, Duration::ZERO).fate);
        assert_eq!(fates(true), [Fate::NotRun, Fate::NotRun, Fate::Refused]);
        assert_eq!(fates(false), [Fate::Open { arrived: false }; 3]);
        let [throttled, ..] = refusals();
        let throttled = Trouble::of(throttled, false, Duration::ZERO);
        assert_eq!(throttled.message, "no (request id id)");
        assert_eq!(throttled.retry_after, Some(Duration::from_secs(9)));
    }

    #[test]
    fn a_copy_is_alone_after_attempts_that_did_not_run() {
        let time = Time(Timestamp::UNIX_EPOCH);
        let record = |attempt: i32, not_run: Option<i32>, resends: Option<i32>| CallRecord {
            call_index: 0,
            action: "A".into(),
            left_out: Vec::new(),
            intent: Some(Intent {
                attempt,
                client_token: None,
                nonce: "n".into(),
                timestamp: time.clone(),
                started_time: time.clone(),
                key_fingerprint: "k".into(),
                resends,
                arrived: None,
                absent_time: None,
            }),
            receipt: None,
            not_run,
            last_error: None,
        };
        assert!(is_alone(&record(1, None, None)));
        assert!(is_alone(&record(3, Some(2), None)));
        assert!(!is_alone(&record(1, None, Some(1))), "sent before");
        assert!(
            !is_alone(&record(2, None, None)),
            "the first attempt may have run"
        );
        assert!(
            !is_alone(&record(3, Some(1), None)),
            "the second attempt may have run"
        );
    }
}
