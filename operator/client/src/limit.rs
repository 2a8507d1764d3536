//! How many calls leave per second: one token bucket per action, and a pause of the action when the
//! cloud throttles it. A client belongs to one account, so the limits are per account and action. Among
//! calls that wait for a token of the same action the most urgent one gets the next.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// How much a call is in a hurry; a higher number goes first. Calls that are equally urgent get their
/// tokens in no particular order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Urgency(pub u8);

/// No token before this moment.
#[derive(Debug)]
pub(crate) struct NotBefore(pub(crate) Instant);

pub(crate) struct Limiter {
    limits: RateLimits,
    buckets: Mutex<HashMap<&'static str, Arc<Bucket>>>,
}

struct Bucket {
    tokens: DefaultDirectRateLimiter,
    /// Time after which the next token comes.
    period: Duration,
    paused_until: Mutex<Option<Instant>>,
    /// How many calls wait, by how urgent they are.
    waiting: Mutex<BTreeMap<Urgency, usize>>,
}

/// A call that waits; it counts until it is dropped, whether it got its token or was given up.
struct Waiting<'a> {
    bucket: &'a Bucket,
    urgency: Urgency,
}

impl<'a> Waiting<'a> {
    fn new(bucket: &'a Bucket, urgency: Urgency) -> Self {
        *bucket.lock_waiting().entry(urgency).or_default() += 1;
        Self { bucket, urgency }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiting = self.bucket.lock_waiting();
        if let Some(calls) = waiting.get_mut(&self.urgency) {
            *calls -= 1;
            if *calls == 0 {
                waiting.remove(&self.urgency);
            }
        }
    }
}

impl Limiter {
    pub(crate) fn new(limits: RateLimits) -> Self {
        Self {
            limits,
            buckets: Mutex::default(),
        }
    }

    /// Waits for a token of `action`; says when one could be had if that is after `deadline`.
    pub(crate) async fn acquire(
        &self,
        action: &'static str,
        urgency: Urgency,
        deadline: Instant,
    ) -> Result<(), NotBefore> {
        let bucket = self.bucket(action);
        let _waiting = Waiting::new(&bucket, urgency);
        while let Some(free) = bucket.next_free(urgency) {
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
            period: Duration::from_secs(1) / rate.get(),
            paused_until: Mutex::default(),
            waiting: Mutex::default(),
        };
        Arc::clone(buckets.entry(action).or_insert_with(|| Arc::new(new())))
    }
}

impl Bucket {
    /// Takes a token, or says when the next one may be free.
    fn next_free(&self, urgency: Urgency) -> Option<Instant> {
        let now = Instant::now();
        let paused = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = paused.filter(|until| *until > now) {
            return Some(until);
        }
        // Whoever is more urgent takes the token that may be there.
        if self
            .lock_waiting()
            .range((Excluded(urgency), Unbounded))
            .next()
            .is_some()
        {
            return Some(now + self.period);
        }
        let refused = self.tokens.check().err()?;
        Some(now + refused.wait_time_from(DefaultClock::default().now()))
    }

    fn lock_waiting(&self) -> MutexGuard<'_, BTreeMap<Urgency, usize>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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
                .acquire("Fast", Urgency(0), started + Duration::from_secs(5))
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
        limiter.acquire("Slow", Urgency(0), deadline()).await.unwrap();
        assert!(limiter.acquire("Slow", Urgency(0), deadline()).await.is_err());
        limiter.acquire("Fast", Urgency(0), deadline()).await.unwrap();
    }

    #[tokio::test]
    async fn a_pause_holds_one_action_until_its_end() {
        let limiter = limiter(100, "Other", 100);
        let started = Instant::now();
        let soon = started + Duration::from_secs(9);
        limiter.pause("Long", Some(Duration::from_secs(10)));
        limiter.pause("Long", Some(Duration::from_millis(1)));
        let refused = limiter.acquire("Long", Urgency(0), soon).await.unwrap_err();
        assert!(refused.0 >= started + Duration::from_secs(10));
        limiter.acquire("Other", Urgency(0), soon).await.unwrap();
        limiter.pause("Short", Some(Duration::from_millis(120)));
        limiter.acquire("Short", Urgency(0), soon).await.unwrap();
        assert!(started.elapsed() >= Duration::from_millis(120));
    }

    #[tokio::test]
    async fn the_most_urgent_call_gets_the_next_token_however_many_wait() {
        let limiter = Arc::new(limiter(10, "Other", 1));
        let deadline = Instant::now() + Duration::from_secs(30);
        let order = Arc::new(Mutex::new(Vec::new()));
        let wait = |urgency: u8| {
            let (limiter, order) = (limiter.clone(), order.clone());
            tokio::spawn(async move {
                limiter.acquire("Act", Urgency(urgency), deadline).await.unwrap();
                order.lock().unwrap().push(urgency);
            })
        };
        for _ in 0..10 {
            limiter.acquire("Act", Urgency(0), deadline).await.unwrap();
        }
        let routine: Vec<_> = (0..15).map(|_| wait(0)).collect();
        tokio::task::yield_now().await;
        let already_served = order.lock().unwrap().len();
        let urgent = [wait(2), wait(9)];
        for task in routine.into_iter().chain(urgent) {
            task.await.unwrap();
        }
        let order = order.lock().unwrap();
        assert_eq!(order[already_served..already_served + 2], [9, 2], "{order:?}");
    }

    #[tokio::test]
    async fn who_gives_up_holds_nobody_back() {
        let limiter = limiter(1, "Other", 1);
        let soon = Instant::now() + Duration::from_millis(1);
        limiter.acquire("Act", Urgency(0), soon).await.unwrap();
        limiter.acquire("Act", Urgency(9), soon).await.unwrap_err();
        let later = Instant::now() + Duration::from_secs(5);
        limiter.acquire("Act", Urgency(0), later).await.unwrap();
    }
}
