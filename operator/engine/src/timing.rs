//! The durations of the protocol in one place, with where each of them comes from.

use std::time::Duration;

/// Durations of the protocol.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// As long as this after its timestamp the same bytes may be sent again. The gateway accepts a
    /// timestamp for 15 minutes; the rest is margin for clocks and slow networks.
    pub resend_window: Duration,
    /// After this no copy of the bytes can be accepted any more: the gateway forgets a nonce after 31
    /// minutes, when the timestamp has been worthless for 16.
    pub dead_after: Duration,
    /// A plan that nobody decided about is replaced after this.
    pub plan_validity: Duration,
    /// An effect that is not visible this long after the last call is called unknown.
    pub settle_timeout: Duration,
    /// Pause between two looks while an effect is awaited.
    pub settle_poll: Duration,
    /// Time between the two looks that prove a call absent.
    pub absence_grace: Duration,
    /// Pause before a blocked resource is looked at again.
    pub blocked_recheck: Duration,
    /// Time for one request to the API server.
    pub api_timeout: Duration,
    /// First pause before an outcome that could not be stored is stored again; each further one is twice
    /// as long.
    pub store_pause: Duration,
    /// Longest of these pauses.
    pub longest_store_pause: Duration,
    /// A call whose fate is unknown is not made again after this many attempts, those that provably did
    /// not run included. A call that only did not run is made again without end, with growing pauses.
    pub max_attempts: i32,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            resend_window: Duration::from_mins(13),
            dead_after: Duration::from_mins(32),
            plan_validity: Duration::from_hours(24),
            settle_timeout: Duration::from_mins(10),
            settle_poll: Duration::from_secs(5),
            absence_grace: Duration::from_mins(1),
            blocked_recheck: Duration::from_mins(1),
            api_timeout: Duration::from_secs(15),
            store_pause: Duration::from_millis(200),
            longest_store_pause: Duration::from_secs(10),
            max_attempts: 10,
        }
    }
}
