//! Stops asking somebody who keeps refusing: after a failure others fail at once with the same failure for
//! a while, then a single one tries. The pauses grow while the tries fail. The time is the caller's.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long others fail at once while a single one tries; longer than any try may take.
const TRIAL: Duration = Duration::from_mins(1);

/// Lengths of the pauses; each is twice the one before, with up to a fifth more or less.
#[derive(Clone, Copy, Debug)]
pub struct Pauses {
    /// After the first failure.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
}

/// Whether it is worth trying, and the failure to tell when it is not.
#[derive(Debug)]
pub struct Circuit<E>(Mutex<Option<Open<E>>>);

#[derive(Debug)]
struct Open<E> {
    until: Instant,
    pause: Duration,
    /// A single one is trying.
    trying: bool,
    failure: E,
}

impl<E> Default for Circuit<E> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<E: Clone> Circuit<E> {
    /// Whether a try would fail at once.
    pub fn peek(&self, now: Instant) -> Result<(), E> {
        match self.lock().as_ref().filter(|open| now < open.until) {
            Some(open) => Err(open.failure.clone()),
            None => Ok(()),
        }
    }

    /// Lets a try pass, or fails at once. Whoever passes after a failure passes alone.
    pub fn admit(&self, now: Instant) -> Result<(), E> {
        match self.lock().as_mut() {
            Some(open) if now < open.until => Err(open.failure.clone()),
            Some(open) => {
                (open.until, open.trying) = (now + TRIAL, true);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Notes a failed try. Who was on the way already when a pause began does not lengthen it.
    pub fn open(&self, now: Instant, failure: E, pauses: Pauses) {
        let mut state = self.lock();
        let pause = match state.as_ref() {
            Some(open) if !open.trying => return,
            Some(open) => (open.pause * 2).clamp(pauses.first, pauses.longest),
            None => pauses.first,
        };
        *state = Some(Open {
            until: now + pause.mul_f64(0.8 + 0.4 * rand::random::<f64>()),
            pause,
            trying: false,
            failure,
        });
    }

    /// Notes that all is well.
    pub fn close(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Open<E>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSES: Pauses = Pauses {
        first: Duration::from_secs(5),
        longest: Duration::from_secs(15),
    };

    #[test]
    fn after_a_failure_one_tries_for_all() {
        let (circuit, now) = (Circuit::default(), Instant::now());
        assert!(circuit.admit(now).is_ok() && circuit.admit(now).is_ok());
        circuit.open(now, "silence", PAUSES);
        assert_eq!(circuit.admit(now), Err("silence"));
        let later = now + PAUSES.first * 2;
        assert!(circuit.peek(later).is_ok() && circuit.admit(later).is_ok());
        assert_eq!(
            (circuit.peek(later), circuit.admit(later)),
            (Err("silence"), Err("silence"))
        );
        circuit.close();
        assert!(circuit.admit(later).is_ok() && circuit.peek(later).is_ok());
    }

    #[test]
    fn pauses_grow_with_each_failed_trial_and_not_with_company() {
        let (circuit, mut now) = (Circuit::default(), Instant::now());
        for expected in [5.0, 10.0, 15.0, 15.0] {
            circuit.admit(now).unwrap();
            circuit.open(now, "refused", PAUSES);
            circuit.open(now, "refused", PAUSES);
            let begun = now;
            while circuit.peek(now).is_err() {
                now += Duration::from_millis(100);
            }
            let length = (now - begun).as_secs_f64();
            assert!((length / expected - 1.0).abs() < 0.25, "{length} for {expected}");
        }
    }

    #[test]
    fn a_trial_that_never_ends_does_not_lock_everybody_out() {
        let (circuit, now) = (Circuit::default(), Instant::now());
        circuit.open(now, "silence", PAUSES);
        let trial = now + PAUSES.longest;
        circuit.admit(trial).unwrap();
        assert!(circuit.admit(trial + TRIAL / 2).is_err());
        assert!(circuit.admit(trial + TRIAL).is_ok());
    }
}
