//! One fetch that many wait for. It runs on a task of its own, so that whoever waits may leave without
//! harm to the others, and its failure reaches those who wait for it and nobody who asks later.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use sas_api::Reason;
use sas_engine::Unavailable;
use tokio::sync::watch;

use crate::shared::{Asked, MAX_AGE};

/// How far a fetch is.
enum Stage<T> {
    /// Not asked yet; whoever joins now gets an answer that is younger than the question.
    Waiting,
    Departed {
        started: Instant,
    },
    Landed {
        started: Instant,
        value: Result<Arc<T>, Unavailable>,
    },
}

/// The end that waits. Clones wait for the same fetch.
pub struct Flight<T>(watch::Receiver<Stage<T>>);

/// The end that fetches.
pub struct Pilot<T>(watch::Sender<Stage<T>>);

impl<T> Clone for Flight<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A fetch that nobody has begun.
pub fn flight<T>() -> (Pilot<T>, Flight<T>) {
    let (sender, receiver) = watch::channel(Stage::Waiting);
    (Pilot(sender), Flight(receiver))
}

impl<T> Pilot<T> {
    /// Begins: whoever joins from now on may get an answer that is older than the question.
    pub fn depart(&self) {
        let started = Instant::now();
        self.0.send_replace(Stage::Departed { started });
    }

    /// Fetches, and hands the outcome to all who wait.
    pub async fn land(self, fetch: impl Future<Output = Result<T, Unavailable>>) {
        let value = fetch.await.map(Arc::new);
        self.0.send_modify(|stage| {
            let started = match stage {
                Stage::Departed { started } | Stage::Landed { started, .. } => *started,
                Stage::Waiting => Instant::now(),
            };
            *stage = Stage::Landed { started, value };
        });
    }
}

impl<T> Flight<T> {
    /// Whether its answer will do for a question.
    pub fn serves(&self, asked: Asked) -> bool {
        match &*self.0.borrow() {
            Stage::Waiting => !self.is_abandoned(),
            Stage::Departed { started } => asked.accepts(*started) && !self.is_abandoned(),
            Stage::Landed { started, value } => value.is_ok() && asked.accepts(*started),
        }
    }

    /// Whether nobody can use it any more.
    pub fn is_stale(&self) -> bool {
        match &*self.0.borrow() {
            Stage::Waiting | Stage::Departed { .. } => self.is_abandoned(),
            Stage::Landed { started, value } => value.is_err() || started.elapsed() > MAX_AGE,
        }
    }

    /// The outcome, when it is there.
    pub async fn outcome(mut self) -> Result<Arc<T>, Unavailable> {
        let landed = self.0.wait_for(|stage| matches!(stage, Stage::Landed { .. }));
        match landed.await.as_deref() {
            Ok(Stage::Landed { value, .. }) => value.clone(),
            // Only a panic or the end of the process leaves a fetch without an outcome.
            _ => Err(Unavailable::new(
                Reason::CloudUnavailable,
                "a look at the cloud was cut short; the operator tries again",
            )),
        }
    }

    fn is_abandoned(&self) -> bool {
        self.0.has_changed().is_err()
    }
}
