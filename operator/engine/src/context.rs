//! What every pass of one kind needs, and why a pass may end early.

use std::sync::Arc;

use futures::future::BoxFuture;
use k8s_openapi::jiff::Timestamp;
use kube::Client;
use tokio::sync::watch;

use crate::events::Events;
use crate::guard::Guard;
use crate::hash::HashError;
use crate::metrics::Metrics;
use crate::pace::Pace;
use crate::standing::{self, Standing};
use crate::store::{Store, StoreError};
use crate::timing::Timing;

/// Looks at the admission policies, so that what is known of them afterwards is younger than the question.
/// Says whether they could be looked at.
pub type LookAtGuard = Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// The clock of all decisions.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What every pass of one kind needs.
pub struct Context<A> {
    pub(crate) store: Store,
    pub(crate) accounts: Arc<A>,
    pub(crate) events: Arc<Events>,
    pub(crate) metrics: Metrics,
    pub(crate) timing: Timing,
    pub(crate) clock: Clock,
    pub(crate) guard: watch::Receiver<Guard>,
    pub(crate) standing: Arc<dyn Standing>,
    look_at_guard: LookAtGuard,
    pub(crate) pace: Pace,
}

impl<A> Context<A> {
    /// A context over a client that does not retry by itself.
    pub fn new(
        client: Client,
        accounts: Arc<A>,
        events: Arc<Events>,
        metrics: Metrics,
        timing: Timing,
        clock: Clock,
        guard: watch::Receiver<Guard>,
    ) -> Self {
        let store = Store {
            client,
            timeout: timing.api_timeout,
        };
        Self {
            store,
            accounts,
            events,
            metrics,
            timing,
            clock,
            guard,
            standing: Arc::new(standing::Nobody),
            look_at_guard: Arc::new(|| Box::pin(std::future::ready(true))),
            pace: Pace::default(),
        }
    }

    /// The same, where some plans are approved in advance.
    #[must_use]
    pub fn with_standing(mut self, standing: Arc<dyn Standing>) -> Self {
        self.standing = standing;
        self
    }

    /// The same, with a way to look at the admission policies at once instead of waiting for their watch.
    #[must_use]
    pub fn with_look_at_guard(mut self, look: LookAtGuard) -> Self {
        self.look_at_guard = look;
        self
    }

    /// Looks at the admission policies now, after the approval was read, and says whether they are those
    /// that `judged` speaks of. While they were away anybody could have approved, and a watch is late.
    pub(crate) async fn confirm_guard(&self, judged: &Guard) -> bool {
        (self.look_at_guard)().await && self.guard() == *judged
    }

    /// What the API server enforces at this moment.
    pub(crate) fn guard(&self) -> Guard {
        self.guard.borrow().clone()
    }

    /// Now, in whole seconds as the API server stores them.
    pub(crate) fn now(&self) -> Timestamp {
        let now = (self.clock)();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }
}

/// Why a pass ended early. It is tried again with a growing pause.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The API server.
    #[error("failed to use the API server: {0}")]
    Store(#[from] StoreError),
    /// The plan cannot be hashed: a mistake in a kind.
    #[error("failed to hash the plan: {0}")]
    Hash(#[from] HashError),
}
