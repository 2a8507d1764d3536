//! Keeps one endpoint that does not answer from occupying every worker: after a call that waited in vain,
//! others fail at once for a while, then a single one tries. Answers that are errors cost no time and do
//! not count. There is one per account and endpoint.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sas_client::CloudError;
use sas_engine::Unavailable;

use crate::failure;

/// How long others fail at once after a call that waited in vain.
const PAUSE: Duration = Duration::from_secs(5);
/// How long others fail at once while a single call tries; longer than any call may take.
const TRIAL: Duration = Duration::from_mins(1);

/// Whether an endpoint answers to one account.
#[derive(Default)]
pub struct Breaker(Mutex<Option<Open>>);

struct Open {
    until: Instant,
    failure: Unavailable,
}

impl Breaker {
    /// Whether a call would fail at once now.
    pub fn peek(&self) -> Result<(), Unavailable> {
        match self.lock().as_ref().filter(|open| Instant::now() < open.until) {
            Some(open) => Err(open.failure.clone()),
            None => Ok(()),
        }
    }

    /// Lets a call pass, or fails at once. Whoever passes after a failure passes alone.
    pub fn admit(&self) -> Result<(), Unavailable> {
        let now = Instant::now();
        match self.lock().as_mut() {
            Some(open) if now < open.until => Err(open.failure.clone()),
            Some(open) => {
                open.until = now + TRIAL;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Notes how an admitted call ended, and says what a failure means. `credentials` names where the
    /// access key comes from.
    pub fn note<T>(&self, answer: Result<T, CloudError>, credentials: &str) -> Result<T, Unavailable> {
        answer.inspect(|_| self.close()).map_err(|error| {
            let failure = failure::unavailable(&error, credentials);
            if failure::is_silence(&error) {
                self.open(failure.clone());
            } else {
                self.close();
            }
            failure
        })
    }

    fn close(&self) {
        *self.lock() = None;
    }

    fn open(&self, failure: Unavailable) {
        let until = Instant::now() + PAUSE;
        *self.lock() = Some(Open { until, failure });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use sas_api::Reason;

    use super::*;

    #[test]
    fn after_silence_one_call_tries_for_all() {
        let breaker = Breaker::default();
        let failure = Unavailable::new(Reason::CloudUnavailable, "no reply");
        assert!(breaker.admit().is_ok() && breaker.admit().is_ok());
        breaker.open(failure.clone());
        assert_eq!(breaker.admit(), Err(failure.clone()));
        // The pause is over.
        breaker.lock().as_mut().unwrap().until = Instant::now();
        assert!(breaker.peek().is_ok());
        assert!(breaker.admit().is_ok());
        assert_eq!(
            (breaker.peek(), breaker.admit()),
            (Err(failure.clone()), Err(failure))
        );
        breaker.close();
        assert!(breaker.admit().is_ok() && breaker.peek().is_ok());
    }
}
