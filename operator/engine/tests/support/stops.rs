//! The places at which a process can die: just before each request leaves and just after it was carried
//! out, before its answer is read. A test names the n-th such place and the pass ends there.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

/// Counts the places that were passed and stops at the one that was asked for.
#[derive(Default)]
pub struct Stops {
    passed: AtomicUsize,
    stop_at: AtomicUsize,
    reached: Notify,
    last: Mutex<String>,
}

impl Stops {
    /// Stops at the n-th place from now, counted from 1; 0 never stops.
    pub fn arm(&self, n: usize) {
        self.passed.store(0, Ordering::SeqCst);
        self.stop_at.store(n, Ordering::SeqCst);
    }

    /// Passes a place, or stays there for good.
    pub async fn pass(&self, place: &str) {
        // Lets other operators of the same test get ahead here.
        tokio::task::yield_now().await;
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
