//! What the operator asked of the API server, as the proxy saw it, and the counts that budgets are
//! about: writes of a status and events of one object.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;

/// A request to the API server.
#[derive(Clone)]
pub struct Asked {
    /// When it came.
    pub at: Instant,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Query without `?`.
    pub query: String,
    /// Body, `null` where it is no JSON.
    pub body: Value,
    /// Status of the answer, once there is one.
    pub status: Option<u16>,
}

impl Asked {
    /// Whether it writes the status of the object.
    pub fn writes_status_of(&self, plural: &str, name: &str) -> bool {
        matches!(self.method.as_str(), "PUT" | "PATCH")
            && self.path.ends_with(&format!("/{plural}/{name}/status"))
    }

    /// Whether it publishes an event about the object.
    pub fn publishes_event_about(&self, kind: &str, name: &str) -> bool {
        let about = &self.body["regarding"];
        matches!(self.method.as_str(), "POST" | "PATCH")
            && self.path.contains("/events")
            && about["kind"] == kind
            && about["name"] == name
    }

    /// Whether it changes anything.
    pub fn is_write(&self) -> bool {
        let reads = matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS");
        !reads && !self.query.contains("dryRun=All")
    }

    /// The records of the calls in a status that is being written.
    fn calls(&self) -> &[Value] {
        let calls = self.body["status"]["execution"]["calls"].as_array();
        calls.map_or(&[], Vec::as_slice)
    }

    /// Index of the call in the status that has an intent and no receipt.
    pub fn open_call(&self) -> Option<usize> {
        self.calls()
            .iter()
            .position(|call| call["intent"].is_object() && !call["receipt"].is_object())
    }

    /// Whether the status has a call with an intent and without a receipt.
    pub fn has_open_intent(&self) -> bool {
        self.open_call().is_some()
    }

    /// Whether the status has a receipt for this call.
    pub fn has_receipt_of(&self, call: usize) -> bool {
        let record = self.calls().get(call);
        record.is_some_and(|record| record["receipt"].is_object())
    }

    /// Whether the status has a receipt for every call that was begun.
    pub fn has_receipt(&self) -> bool {
        !self.calls().is_empty() && self.calls().iter().all(|call| call["receipt"].is_object())
    }
}

/// One line: what was asked, what came of it, and what the status or event says.
impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {:?}", self.method, self.path, self.status)?;
        let status = &self.body["status"];
        for part in [
            &status["phase"],
            &status["summary"],
            &self.body["reason"],
            &self.body["note"],
        ] {
            if let Some(text) = part.as_str() {
                write!(f, "; {text}")?;
            }
        }
        Ok(())
    }
}

/// All requests so far.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<Vec<Asked>>);

impl Traffic {
    /// Notes a request that is forwarded; returns its number.
    pub(crate) fn begin(&self, asked: Asked) -> usize {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(asked);
        all.len() - 1
    }

    /// Notes the status of its answer.
    pub(crate) fn answered(&self, index: usize, status: u16) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asked) = all.get_mut(index) {
            asked.status = Some(status);
        }
    }

    /// How many requests there were: a mark for [`Self::since`].
    pub fn mark(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The requests after a mark, oldest first.
    pub fn since(&self, mark: usize) -> Vec<Asked> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().skip(mark).cloned().collect()
    }

    /// Writes of the object's status after a mark, those that were refused included.
    pub fn status_writes(&self, mark: usize, plural: &str, name: &str) -> Vec<Asked> {
        let mut asked = self.since(mark);
        asked.retain(|a| a.writes_status_of(plural, name));
        asked
    }

    /// Writes of the object's status after a mark that were stored. A pass over an outdated copy is
    /// refused and changes nothing: it is not part of a budget.
    pub fn stored_status_writes(&self, mark: usize, plural: &str, name: &str) -> Vec<Asked> {
        let mut asked = self.status_writes(mark, plural, name);
        asked.retain(|a| a.status != Some(409));
        asked
    }

    /// Events about the object after a mark.
    pub fn events(&self, mark: usize, kind: &str, name: &str) -> Vec<Asked> {
        let mut asked = self.since(mark);
        asked.retain(|a| a.publishes_event_about(kind, name));
        asked
    }
}
