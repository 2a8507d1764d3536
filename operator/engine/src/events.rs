//! Events for people: on transitions only, with the reason of the condition, best effort. A token bucket
//! keeps a run of many thousand writes from becoming as many extra writes at the API server.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource};
use sas_api::Reason;

/// Longest note that the API accepts, with room for a mark that it was cut.
const NOTE_BYTES: usize = 1000;

/// Publishes events.
pub struct Events {
    client: Client,
    reporter: Reporter,
    limiter: DefaultDirectRateLimiter,
    timeout: Duration,
}

impl Events {
    /// A publisher in the name of `controller`, with at most `per_second` events per second and ten times
    /// as many at once.
    pub fn new(client: Client, controller: &str, per_second: NonZeroU32, timeout: Duration) -> Self {
        let burst = per_second.saturating_mul(NonZeroU32::new(10).unwrap_or(NonZeroU32::MIN));
        Self {
            client,
            reporter: Reporter::from(controller),
            limiter: RateLimiter::direct(Quota::per_second(per_second).allow_burst(burst)),
            timeout,
        }
    }

    /// Publishes one event; a failure is logged and forgotten.
    pub async fn publish<K>(&self, object: &K, warning: bool, reason: Reason, note: &str)
    where
        K: Resource<DynamicType = ()>,
    {
        if self.limiter.check().is_err() {
            tracing::debug!(%reason, "event left out: too many at once");
            return;
        }
        let event = Event {
            type_: if warning {
                EventType::Warning
            } else {
                EventType::Normal
            },
            reason: reason.as_str().to_owned(),
            note: Some(cut(note, NOTE_BYTES)),
            action: "Reconcile".to_owned(),
            secondary: None,
        };
        let reference = object.object_ref(&());
        // A recorder that lives longer repeats the note of an earlier event of the same reason, and with
        // it the hash of an earlier plan.
        let recorder = Recorder::new(self.client.clone(), self.reporter.clone());
        match tokio::time::timeout(self.timeout, recorder.publish(&event, &reference)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%reason, %error, "failed to publish an event"),
            Err(_) => tracing::warn!(%reason, "failed to publish an event in time"),
        }
    }
}

/// Cuts a text to `bytes` bytes on a character boundary and marks the cut.
pub(crate) fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mark = '…';
    let mut end = bytes.saturating_sub(mark.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{mark}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_cut_on_a_character_boundary() {
        assert_eq!(cut("short", 10), "short");
        let long = "é".repeat(600);
        let note = cut(&long, NOTE_BYTES);
        assert!(note.len() <= NOTE_BYTES && note.ends_with('…'));
    }
}
