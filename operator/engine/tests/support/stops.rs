//! The places at which a process can die: just before each request leaves and just after it was carried
//! out, before its answer is read. A test names the n-th such place and the pass ends there.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use super::dice::Dice;

/// Counts the places that were passed and stops at the one that was asked for.
#[derive(Default)]
pub struct Stops {
    passed: AtomicUsize,
    stop_at: AtomicUsize,
    reached: Notify,
    last: Mutex<String>,
    dice: Mutex<Option<Dice>>,
}

impl Stops {
    /// Stops at the n-th place from now, counted from 1; 0 never stops.
    pub fn arm(&self, n: usize) {
        self.passed.store(0, Ordering::SeqCst);
        self.stop_at.store(n, Ordering::SeqCst);
    }

    /// From now on operators of one test overtake each other at random places.
    pub fn shuffle(&self, seed: u64) {
        *self.dice.lock().unwrap() = Some(Dice::new(seed));
    }

    /// Passes a place, or stays there for good.
    pub async fn pass(&self, place: &str) {
        let yields = self.dice.lock().unwrap().as_mut().map_or(1, |dice| dice.below(8));
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
        let n = self.passed.fetch_add(1, Ordering::SeqCst) + 1;
        if n == self.stop_at.load(Ordering::SeqCst) {
            place.clone_into(&mut self.last.lock().unwrap());
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Runs `work` to its end, or drops it at the place that was asked for and says which one that was.
    pub async fn run<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> Result<T, String> {
        tokio::select! {
            biased;
            () = self.reached.notified() => {
                self.arm(0);
                Err(self.last.lock().unwrap().clone())
            }
            done = work => Ok(done),
        }
    }
}
