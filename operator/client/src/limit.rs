//! How many calls leave per second: one token bucket per action, and a pause of the action when the
//! cloud throttles it. A client belongs to one account, so the limits are per account and action.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::{Instant, sleep_until};

/// Pause after a throttled call whose answer names none.
const DEFAULT_PAUSE: Duration = Duration::from_millis(500);

/// Calls per second, which are also the size of a burst.
#[derive(Clone, Debug)]
pub struct RateLimits {
    /// For every action; 10.
    pub per_second: NonZeroU32,
    /// For single actions, by name.
    pub overrides: BTreeMap<String, NonZeroU32>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            per_second: NonZeroU32::new(10).expect("10 is not 0"),
            overrides: BTreeMap::new(),
        }
    }
}

/// No token before this moment.
#[derive(Debug)]
pub(crate) struct NotBefore(pub(crate) Instant);

pub(crate) struct Limiter {
    limits: RateLimits,
    buckets: Mutex<HashMap<&'static str, Arc<Bucket>>>,
}

struct Bucket {
    tokens: DefaultDirectRateLimiter,
    paused_until: Mutex<Option<Instant>>,
}

impl Limiter {
    pub(crate) fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            buckets: Mutex::default(),
        }
    }

    /// Waits for a token of `action`; says when one could be had if that is after `deadline`.
    pub(crate) async fn acquire(&self, action: &'static str, deadline: Instant) -> Result<(), NotBefore> {
        let bucket = self.bucket(action);
        while let Some(free) = bucket.next_free() {
            if free >= deadline {
                return Err(NotBefore(free));
            }
            sleep_until(free).await;
        }
        Ok(())
    }

    /// Lets no call of `action` leave for as long as the cloud asked.
    pub(crate) fn pause(&self, action: &'static str, retry_after: Option<Duration>) {
        let until = Instant::now() + retry_after.unwrap_or(DEFAULT_PAUSE);
        let bucket = self.bucket(action);
        let mut paused = bucket.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = Some(paused.map_or(until, |earlier| earlier.max(until)));
    }

    fn bucket(&self, action: &'static str) -> Arc<Bucket> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = self
            .limits
            .overrides
            .get(action)
            .copied()
            .unwrap_or(self.limits.per_second);
        let new = || Bucket {
            tokens: RateLimiter::direct(Quota::per_second(rate)),
            paused_until: Mutex::default(),
        };
        Arc::clone(buckets.entry(action).or_insert_with(|| Arc::new(new())))
    }
}

impl Bucket {
    /// Takes a token, or says when the next one may be free.
    fn next_free(&self) -> Option<Instant> {
        let now = Instant::now();
        let paused = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = paused.filter(|until| *until > now) {
            return Some(until);
        }
        let refused = self.tokens.check().err()?;
        Some(now + refused.wait_time_from(DefaultClock::default().now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(per_second: u32, action: &str, special: u32) -> Limiter {
        Limiter::new(RateLimits {
            per_second: NonZeroU32::new(per_second).unwrap(),
            overrides: [(action.to_owned(), NonZeroU32::new(special).unwrap())].into(),
        })
    }

    #[tokio::test]
    async fn a_burst_passes_and_the_rest_waits() {
        let limiter = limiter(20, "Slow", 1);
        let started = Instant::now();
        for _ in 0..25 {
            limiter
                .acquire("Fast", started + Duration::from_secs(5))
                .await
                .unwrap();
        }
        let taken = started.elapsed();
        assert!(
            taken >= Duration::from_millis(200),
            "25 tokens at 20 per second took {taken:?}"
        );
    }

    #[tokio::test]
    async fn each_action_has_its_own_bucket_and_rate() {
        let limiter = limiter(100, "Slow", 1);
        let deadline = || Instant::now() + Duration::from_millis(50);
        limiter.acquire("Slow", deadline()).await.unwrap();
        assert!(limiter.acquire("Slow", deadline()).await.is_err());
        limiter.acquire("Fast", deadline()).await.unwrap();
    }

    #[tokio::test]
    async fn a_pause_holds_one_action_until_its_end() {
        let limiter = limiter(100, "Other", 100);
        let started = Instant::now();
        let soon = started + Duration::from_secs(9);
        limiter.pause("Long", Some(Duration::from_secs(10)));
        limiter.pause("Long", Some(Duration::from_millis(1)));
        let refused = limiter.acquire("Long", soon).await.unwrap_err();
        assert!(refused.0 >= started + Duration::from_secs(10));
        limiter.acquire("Other", soon).await.unwrap();
        limiter.pause("Short", Some(Duration::from_millis(120)));
        limiter.acquire("Short", soon).await.unwrap();
        assert!(started.elapsed() >= Duration::from_millis(120));
    }
}
