//! When an object may be acted on again, per object, in memory only: exponential backoff after errors,
//! and the time that the cloud asked to be left alone. A restart forgets it, which costs one early try.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::operation::Blocked;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

/// Pace of all objects of a kind, by uid.
#[derive(Default)]
pub(crate) struct Pace(Mutex<HashMap<String, Entry>>);

#[derive(Default)]
struct Entry {
    failures: u32,
    obstacle: Option<(Instant, Blocked)>,
}

impl Pace {
    /// Notes a failure and says how long to wait; `at_least` is what the other side asked for.
    pub(crate) fn failed(&self, uid: &str, at_least: Option<Duration>) -> Duration {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.entry(uid.to_owned()).or_default();
        entry.failures = entry.failures.saturating_add(1);
        let backoff = FIRST
            .saturating_mul(1 << (entry.failures - 1).min(9))
            .min(LONGEST);
        let jittered = backoff.mul_f64(0.8 + 0.4 * rand::random::<f64>());
        jittered.max(at_least.unwrap_or_default())
    }

    /// Notes that a call has to wait and says how long.
    pub(crate) fn hold_back(&self, uid: &str, obstacle: Blocked, at_least: Option<Duration>) -> Duration {
        let wait = self.failed(uid, at_least);
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get_mut(uid) {
            entry.obstacle = Some((Instant::now() + wait, obstacle));
        }
        wait
    }

    /// Why a call has to wait at the moment, and for how long.
    pub(crate) fn obstacle(&self, uid: &str) -> Option<(Duration, Blocked)> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, obstacle) = entries.get(uid)?.obstacle.as_ref()?;
        let left = until.checked_duration_since(Instant::now())?;
        Some((left, obstacle.clone()))
    }

    /// Notes that all is well.
    pub(crate) fn succeeded(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_are_forgotten_on_success() {
        let pace = Pace::default();
        let first = pace.failed("a", None);
        for _ in 0..12 {
            pace.failed("a", None);
        }
        let late = pace.failed("a", None);
        assert!(
            first < Duration::from_secs(2)
                && late > Duration::from_secs(200)
                && late <= Duration::from_mins(6)
        );
        assert!(pace.failed("b", Some(Duration::from_mins(15))) >= Duration::from_mins(15));
        pace.succeeded("a");
        assert!(pace.failed("a", None) < Duration::from_secs(2));
    }

    #[test]
    fn an_obstacle_lasts_until_its_time() {
        let pace = Pace::default();
        let blocked = Blocked {
            reason: sas_api::Reason::Throttled,
            message: "slow down".into(),
        };
        pace.hold_back("a", blocked.clone(), None);
        assert_eq!(pace.obstacle("a").map(|(_, b)| b), Some(blocked));
        assert!(pace.obstacle("b").is_none());
        pace.succeeded("a");
        assert!(pace.obstacle("a").is_none());
    }
}
