//! What a kind works with that has nothing to do in the cloud: the cluster itself, and the time. Such a kind
//! is one that only looks, and its passes are the engine's like those of any other.

use std::sync::Arc;

use jiff::Timestamp;
use kube::Client;
use sas_engine::operation::Reported;
use sas_engine::{Accounts, Clock, Unavailable};

/// The cluster and the time.
#[derive(Clone)]
pub struct Local {
    /// The API server.
    pub client: Client,
    clock: Clock,
}

impl Local {
    /// The cluster behind `client`, at the time of `clock`.
    pub fn new(client: Client, clock: Clock) -> Self {
        Self { client, clock }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// The same for every object: no account is behind it.
pub struct NoAccount(Arc<Local>);

impl NoAccount {
    /// Gives every object the same.
    pub fn new(local: Local) -> Self {
        Self(Arc::new(local))
    }
}

impl<K: Reported> Accounts<K, Local> for NoAccount {
    async fn cloud(&self, _object: &K) -> Result<Arc<Local>, Unavailable> {
        Ok(self.0.clone())
    }
}
