//! A value that many ask for at the same time and that is fetched once for all of them. Who asks says
//! how old the value may be; a failure is shared only with those who were already waiting for it.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sas_engine::Unavailable;
use tokio::sync::Mutex;

/// How long an answer serves others who do not insist on a fresh one.
pub const MAX_AGE: Duration = Duration::from_secs(5);

/// When somebody asked, and how old an answer may be.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    at: Instant,
    not_before: Instant,
}

impl Asked {
    /// Any answer that was asked for after this moment will do.
    pub fn fresh() -> Self {
        let at = Instant::now();
        Self { at, not_before: at }
    }

    /// An answer of the last [`MAX_AGE`] will do, unless it is older than `floor`.
    pub fn recent(floor: Option<Instant>) -> Self {
        let at = Instant::now();
        let oldest = at.checked_sub(MAX_AGE).unwrap_or(at);
        Self {
            at,
            not_before: floor.map_or(oldest, |floor| floor.max(oldest)),
        }
    }

    /// Whether an answer that was asked for at `started` will do.
    pub fn accepts(&self, started: Instant) -> bool {
        started >= self.not_before
    }

    /// Whether a failure that came at `finished` came while this one was waiting.
    pub fn waited_for(&self, finished: Instant) -> bool {
        finished >= self.at
    }
}

struct Fetched<T> {
    started: Instant,
    finished: Instant,
    value: Result<Arc<T>, Unavailable>,
}

/// A value with a single flight.
pub struct Shared<T>(Mutex<Option<Fetched<T>>>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Shared<T> {
    /// The value, fetched by whoever comes first.
    pub async fn get<F>(&self, asked: Asked, fetch: impl FnOnce() -> F) -> Result<Arc<T>, Unavailable>
    where
        F: Future<Output = Result<T, Unavailable>>,
    {
        let mut slot = self.0.lock().await;
        if let Some(last) = slot.as_ref() {
            match &last.value {
                Ok(value) if asked.accepts(last.started) => return Ok(value.clone()),
                Err(error) if asked.waited_for(last.finished) => return Err(error.clone()),
                _ => {}
            }
        }
        let started = Instant::now();
        let value = fetch().await.map(Arc::new);
        *slot = Some(Fetched {
            started,
            finished: Instant::now(),
            value: value.clone(),
        });
        value
    }

    /// Whether the value has outlived its use for everybody; `false` while it is being fetched.
    pub fn is_stale(&self) -> bool {
        self.0
            .try_lock()
            .is_ok_and(|slot| slot.as_ref().is_none_or(|last| last.started.elapsed() > MAX_AGE))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use sas_api::Reason;

    use super::*;

    async fn count(fetches: &AtomicUsize) -> Result<usize, Unavailable> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(fetches.fetch_add(1, Ordering::SeqCst))
    }

    #[tokio::test]
    async fn many_at_once_are_one_fetch() {
        let (shared, fetches) = (Shared::default(), AtomicUsize::new(0));
        let asks = (0..50).map(|_| shared.get(Asked::recent(None), || count(&fetches)));
        futures::future::try_join_all(asks).await.unwrap();
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_fresh_answer_is_never_older_than_its_question() {
        let (shared, fetches) = (Shared::default(), AtomicUsize::new(0));
        assert_eq!(
            *shared.get(Asked::recent(None), || count(&fetches)).await.unwrap(),
            0
        );
        assert_eq!(
            *shared.get(Asked::recent(None), || count(&fetches)).await.unwrap(),
            0
        );
        assert_eq!(*shared.get(Asked::fresh(), || count(&fetches)).await.unwrap(), 1);
        let floor = Some(Instant::now());
        assert_eq!(
            *shared
                .get(Asked::recent(floor), || count(&fetches))
                .await
                .unwrap(),
            2
        );
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let shared = Shared::<usize>::default();
        let failing = || async { Err(Unavailable::new(Reason::CloudUnavailable, "down")) };
        assert!(shared.get(Asked::recent(None), failing).await.is_err());
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(
            *shared.get(Asked::recent(None), || async { Ok(7) }).await.unwrap(),
            7
        );
    }
}
