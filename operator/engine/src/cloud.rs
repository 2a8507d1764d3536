//! The one seam to the cloud: an identity, a clock, and a single way to send a write, which takes an
//! [`Approved`] call and nothing else.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use sas_api::plan::Call;

use crate::approved::Approved;

/// One account of the cloud.
pub trait Cloud: Send + Sync + 'static {
    /// Id of the account, as the cloud itself said it.
    fn account_id(&self) -> &str;
    /// Site of the account.
    fn site(&self) -> &str;
    /// Tells whether the signing key is still the same, without showing it. A temporary key becomes another
    /// one with each renewal.
    fn key_fingerprint(&self) -> String;
    /// Now by the cloud's clock.
    fn now(&self) -> Timestamp;
    /// Sends a write with exactly the nonce, timestamp and parameters that `call` holds, signed by the key
    /// that it names; without that key nothing may be sent.
    fn send(&self, call: &Approved<Call>) -> impl Future<Output = Result<Reply, SendError>> + Send;
}

/// The cloud's answer to a write that it accepted. `Debug` shows no body.
#[derive(Clone)]
pub struct Reply {
    /// Id of the request.
    pub request_id: String,
    /// The answer; it may hold secrets and never goes into a status as it is.
    pub body: serde_json::Value,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Why a write has no good answer. Texts are free of secrets.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SendError {
    /// The cloud provably did not run it and may be asked again, as a new attempt.
    #[error("the call did not run: {message}")]
    NotRun {
        /// Reason of the condition.
        reason: sas_api::Reason,
        /// What the cloud or the transport said.
        message: String,
        /// Id of the request.
        request_id: Option<String>,
        /// How long the cloud wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The RAM policy does not allow the action; it did not run.
    #[error("not permitted: {message}")]
    Forbidden {
        /// What the cloud said, with the missing RAM action.
        message: String,
        /// Id of the request.
        request_id: Option<String>,
    },
    /// The cloud refused the call for good; it did not run.
    #[error("the call was refused: {message}")]
    Rejected {
        /// What the cloud said.
        message: String,
        /// Id of the request.
        request_id: Option<String>,
    },
    /// Nobody knows whether it ran.
    #[error("the outcome is unknown: {message}")]
    Unknown {
        /// What happened.
        message: String,
        /// The cloud said that exactly these bytes had arrived before.
        arrived: bool,
    },
}
