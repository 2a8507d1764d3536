//! A value that somebody approved. It can be made in one place only, from the object that the API server
//! returned for the intent write, so that no call leaves without a recorded intent for exactly the
//! approved plan.
//!
//! ```compile_fail
//! // The fields are private and there is no public constructor.
//! let call: sas_api::plan::Call = todo!();
//! let forged = sas_engine::Approved { value: call };
//! ```
//!
//! ```compile_fail
//! let call: sas_api::plan::Call = todo!();
//! let forged = sas_engine::Approved::new(call);
//! ```

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use sas_api::plan::Call;

use crate::approval::{Said, Verdict};
use crate::guard::Guard;
use crate::hash::Sealed;
use crate::operation::Blocked;
use crate::operation::Gate;
use crate::partial;
use crate::resolve::{self, Unresolved};
use crate::standing::Standing;

/// A value that somebody approved, with the bytes-deciding parts of its recorded intent.
pub struct Approved<T> {
    value: T,
    parameters: BTreeMap<String, String>,
    nonce: String,
    timestamp: Timestamp,
    attempt: u32,
    key_fingerprint: String,
}

impl<T> Approved<T> {
    /// What was approved.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Parameters as they go on the wire, references resolved. They may hold secrets.
    pub fn parameters(&self) -> &BTreeMap<String, String> {
        &self.parameters
    }

    /// Signature nonce of the intent.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Signature timestamp of the intent, whole seconds.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// Number of the attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Tells which key the intent was recorded with: no other may sign the call.
    pub fn key_fingerprint(&self) -> &str {
        &self.key_fingerprint
    }
}

impl<T: fmt::Debug> fmt::Debug for Approved<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Approved")
            .field("value", &self.value)
            .field("nonce", &self.nonce)
            .finish_non_exhaustive()
    }
}

/// Why a stored intent does not authorise a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotApproved {
    #[error("the stored object has no open intent for call {call_index} of the plan")]
    NoIntent { call_index: usize },
    #[error("the stored object does not carry a valid approval of the plan")]
    NoApproval,
    #[error("the approval is not guarded at the moment: {message}")]
    Unguarded { message: String },
    #[error("the plan does not allow call {call_index} to leave out what the stored intent leaves out")]
    NotPartial { call_index: usize },
    #[error("failed to resolve the parameters of call {call_index}")]
    Unresolved {
        call_index: usize,
        #[source]
        source: Unresolved,
    },
}

impl Approved<Call> {
    /// The only constructor. `stored` is what the API server returned for the write of the intent.
    pub(crate) fn from_stored_intent<K: Gate>(
        stored: &K,
        sealed: &Sealed,
        call_index: usize,
        secrets: &resolve::Secrets,
        guard: &Guard,
        standing: &dyn Standing,
        now: Timestamp,
    ) -> Result<Self, NotApproved> {
        let no_intent = || NotApproved::NoIntent { call_index };
        let gate = stored
            .status()
            .map(sas_api::status::GatePart::gate)
            .ok_or_else(no_intent)?;
        let execution = gate.execution.as_ref().ok_or_else(no_intent)?;
        if execution.hash != sealed.hash || execution.outcome.is_some() {
            return Err(no_intent());
        }
        let record = execution
            .calls
            .get(call_index)
            .filter(|r| r.receipt.is_none())
            .ok_or_else(no_intent)?;
        let intent = record.intent.as_ref().ok_or_else(no_intent)?;
        let said = Said {
            meta: stored.meta(),
            accepted: gate.approval.as_ref(),
            guard,
            standing,
            now,
        };
        let verdict = said.verdict(&sealed.hash, sealed.plan.risk);
        if !matches!(verdict, Verdict::Approved(_)) {
            return Err(NotApproved::NoApproval);
        }
        if let Some(Blocked { message, .. }) = guard.obstacle() {
            return Err(NotApproved::Unguarded { message });
        }
        if !partial::allows(&sealed.plan, record) {
            return Err(NotApproved::NotPartial { call_index });
        }
        let call = sealed.plan.calls.get(call_index).ok_or_else(no_intent)?;
        let uid = stored.uid().unwrap_or_default();
        let parameters = resolve::parameters(call, call_index, execution, &uid, secrets)
            .map_err(|source| NotApproved::Unresolved { call_index, source })?;
        Ok(Self {
            value: call.clone(),
            parameters,
            nonce: intent.nonce.clone(),
            timestamp: intent.timestamp.0,
            attempt: u32::try_from(intent.attempt).unwrap_or(1),
            key_fingerprint: intent.key_fingerprint.clone(),
        })
    }
}

#[cfg(test)]
#[path = "approved_tests.rs"]
mod tests;
