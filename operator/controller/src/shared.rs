//! A value that many ask for at the same time and that is fetched once for all of them. Who asks says
//! how old the value may be; a failure is shared only with those who were already waiting for it.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sas_engine::Unavailable;

use crate::flight::{Flight, flight};

/// How long an answer serves others who do not insist on a fresh one.
pub const MAX_AGE: Duration = Duration::from_secs(5);

/// When somebody asked, and how old an answer may be.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    not_before: Instant,
}

impl Asked {
    /// Any answer that was asked for after this moment will do.
    pub fn fresh() -> Self {
        Self {
            not_before: Instant::now(),
        }
    }

    /// An answer of the last [`MAX_AGE`] will do, unless it is older than `floor`.
    pub fn recent(floor: Option<Instant>) -> Self {
        Self::within(MAX_AGE, floor)
    }

    /// An answer not older than `age` will do, unless it is older than `floor`.
    pub fn within(age: Duration, floor: Option<Instant>) -> Self {
        let at = Instant::now();
        let oldest = at.checked_sub(age).unwrap_or(at);
        Self {
            not_before: floor.map_or(oldest, |floor| floor.max(oldest)),
        }
    }

    /// Whether an answer that was asked for at `started` will do.
    pub fn accepts(&self, started: Instant) -> bool {
        started >= self.not_before
    }
}

/// A value with a single flight.
pub struct Shared<T> {
    latest: Mutex<Option<Flight<T>>>,
    /// Held while fetching, so that all who need a younger answer than the one that is under way wait for
    /// the same next one.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            latest: Mutex::new(None),
            turn: Arc::default(),
        }
    }
}

impl<T: Send + Sync + 'static> Shared<T> {
    /// The value; `fetch` runs if no answer that is there or under way will do.
    pub async fn get<F>(
        &self,
        asked: Asked,
        fetch: impl FnOnce() -> F + Send + 'static,
    ) -> Result<Arc<T>, Unavailable>
    where
        F: Future<Output = Result<T, Unavailable>> + Send + 'static,
    {
        self.join(asked, fetch).outcome().await
    }

    fn join<F>(&self, asked: Asked, fetch: impl FnOnce() -> F + Send + 'static) -> Flight<T>
    where
        F: Future<Output = Result<T, Unavailable>> + Send + 'static,
    {
        let mut latest = self.lock();
        if let Some(flight) = latest.as_ref().filter(|flight| flight.serves(asked)) {
            return flight.clone();
        }
        let (pilot, next) = flight();
        let turn = self.turn.clone();
        tokio::spawn(async move {
            let _turn = turn.lock().await;
            pilot.depart();
            pilot.land(fetch()).await;
        });
        latest.insert(next).clone()
    }

    /// Whether the value has outlived its use for everybody; `false` while it is being fetched.
    pub fn is_stale(&self) -> bool {
        self.lock().as_ref().is_none_or(Flight::is_stale)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Flight<T>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::BoxFuture;
    use sas_api::Reason;

    use super::*;

    fn counter() -> (Shared<usize>, Arc<AtomicUsize>) {
        Default::default()
    }

    type Fetch = Box<dyn FnOnce() -> BoxFuture<'static, Result<usize, Unavailable>> + Send>;

    /// Counts a fetch of 20 ms and gives how many there were before.
    fn count(fetches: &Arc<AtomicUsize>) -> Fetch {
        let fetches = fetches.clone();
        Box::new(|| {
            Box::pin(async move {
                let before = fetches.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(before)
            })
        })
    }

    #[tokio::test]
    async fn many_at_once_are_one_fetch() {
        let (shared, fetches) = counter();
        let asks = (0..50).map(|_| shared.get(Asked::recent(None), count(&fetches)));
        futures::future::try_join_all(asks).await.unwrap();
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn all_who_need_a_younger_answer_than_the_one_under_way_wait_for_the_same_next_one() {
        let (shared, fetches) = counter();
        let first = shared.get(Asked::fresh(), count(&fetches));
        let later = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let asks = (0..50).map(|_| shared.get(Asked::fresh(), count(&fetches)));
            futures::future::try_join_all(asks).await
        };
        let (first, later) = tokio::join!(first, later);
        assert_eq!(*first.unwrap(), 0);
        assert!(later.unwrap().iter().all(|answer| **answer == 1));
    }

    #[tokio::test]
    async fn a_fresh_answer_is_never_older_than_its_question() {
        let (shared, fetches) = counter();
        for expected in [0, 0] {
            let answer = shared.get(Asked::recent(None), count(&fetches)).await;
            assert_eq!(*answer.unwrap(), expected);
        }
        assert_eq!(*shared.get(Asked::fresh(), count(&fetches)).await.unwrap(), 1);
        let floor = Asked::recent(Some(Instant::now()));
        assert_eq!(*shared.get(floor, count(&fetches)).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn who_leaves_takes_the_answer_from_nobody() {
        let (shared, fetches) = counter();
        let first = shared.get(Asked::recent(None), count(&fetches));
        let left = tokio::time::timeout(Duration::from_millis(5), first).await;
        assert!(left.is_err());
        let answer = shared.get(Asked::recent(None), count(&fetches)).await;
        assert_eq!((*answer.unwrap(), fetches.load(Ordering::SeqCst)), (0, 1));
    }

    #[tokio::test]
    async fn a_failure_reaches_all_who_wait_and_is_not_kept() {
        let (shared, _) = counter();
        let down = || Unavailable::new(Reason::CloudUnavailable, "down");
        let asks = (0..9).map(|_| {
            shared.get(Asked::recent(None), move || async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Err(down())
            })
        });
        let answers = futures::future::join_all(asks).await;
        assert!(
            answers
                .iter()
                .all(|answer| answer.as_ref().unwrap_err() == &down())
        );
        let answer = shared.get(Asked::recent(None), async || Ok(7)).await;
        assert_eq!(*answer.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_fetch_that_panics_fails_those_who_wait_and_nobody_later() {
        let (shared, fetches) = counter();
        let panics = async || -> Result<usize, Unavailable> { std::panic::panic_any("on purpose") };
        let failed = shared.get(Asked::recent(None), panics).await.unwrap_err();
        assert!(failed.message.contains("cut short"), "{}", failed.message);
        let answer = shared.get(Asked::recent(None), count(&fetches)).await;
        assert_eq!(*answer.unwrap(), 0);
    }
}
