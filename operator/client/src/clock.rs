//! Time as the cloud sees it: the local clock plus the skew measured from `Date` headers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Differences up to this are network delay and the header's resolution of one second.
const TOLERANCE_MS: i64 = 2_000;

/// Where the local time comes from.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

pub(crate) struct Clock {
    local: Now,
    skew_ms: AtomicI64,
}

impl Clock {
    pub(crate) fn new(local: Now) -> Self {
        Self {
            local,
            skew_ms: AtomicI64::new(0),
        }
    }

    pub(crate) fn local(&self) -> Timestamp {
        (self.local)()
    }

    /// Local time plus skew.
    pub(crate) fn now(&self) -> Timestamp {
        let skew = SignedDuration::from_millis(self.skew_ms.load(Ordering::Relaxed));
        self.local().saturating_add(skew).unwrap_or_else(|_| self.local())
    }

    /// Takes the cloud's time of an answer to a request that was made at `sent` and is read now.
    pub(crate) fn observe(&self, sent: Timestamp, date: Timestamp) {
        let (sent, received) = (sent.as_millisecond(), self.local().as_millisecond());
        let halfway = sent + (received - sent) / 2;
        // The header drops the fraction of its second.
        let skew = date.as_millisecond() + 500 - halfway;
        let skew = if skew.abs() <= TOLERANCE_MS { 0 } else { skew };
        self.skew_ms.store(skew, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_differences_move_the_clock_and_small_ones_do_not() {
        let local = Timestamp::from_second(1_000_000).unwrap();
        let clock = Clock::new(Arc::new(move || local));
        let after = |seconds: i64| Timestamp::from_second(1_000_000 + seconds).unwrap();
        clock.observe(local, after(1));
        assert_eq!(clock.now(), local);
        clock.observe(local, after(3600));
        assert_eq!(clock.now().as_millisecond(), after(3600).as_millisecond() + 500);
        clock.observe(local, after(-3600));
        assert_eq!(clock.now().as_millisecond(), after(-3600).as_millisecond() + 500);
        clock.observe(local, after(0));
        assert_eq!(clock.now(), local);
    }
}
