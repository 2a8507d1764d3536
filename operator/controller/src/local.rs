//! What a kind works with that has nothing to do in the cloud: the cluster itself, and the time. Such a kind
//! is one that only looks, and its passes are the engine's like those of any other.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::api::ListParams;
use kube::core::DeserializeGuard;
use kube::{Api, Client, ResourceExt};
use sas_api::{Reason, labels};
use sas_engine::operation::Reported;
use sas_engine::{Accounts, Clock, Unavailable, is_child};
use tokio::time::timeout;

/// Time for one request to the API server.
const API_TIMEOUT: Duration = Duration::from_secs(15);

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

    /// The resources that the operator created for `parent`.
    pub async fn children_of<P, K>(&self, parent: &P) -> Result<Vec<K>, Unavailable>
    where
        P: Reported,
        K: Reported,
    {
        let label = format!("{}={}", labels::CREATED_FOR, parent.uid().unwrap_or_default());
        let parameters = ListParams::default().labels(&label);
        let mut found = self.list(parent, &parameters).await?;
        found.retain(|child| is_child(parent, child));
        Ok(found)
    }

    /// The resource of this name, if the operator created it for `parent`.
    pub async fn child_of<P, K>(&self, parent: &P, name: &str) -> Result<Option<K>, Unavailable>
    where
        P: Reported,
        K: Reported,
    {
        let found = answered::<K, _>(self.api_beside::<P, K>(parent).get_opt(name)).await?;
        let child = found.and_then(|guarded| guarded.0.ok());
        Ok(child.filter(|child| is_child(parent, child)))
    }

    /// The resources of a kind that are in the namespace of `object`, whoever created them.
    pub async fn neighbours_of<P, K>(&self, object: &P) -> Result<Vec<K>, Unavailable>
    where
        P: Reported,
        K: Reported,
    {
        self.list(object, &ListParams::default()).await
    }

    /// As the API server has them at this moment, not as a cache remembers them.
    async fn list<P, K>(&self, beside: &P, parameters: &ListParams) -> Result<Vec<K>, Unavailable>
    where
        P: Reported,
        K: Reported,
    {
        let found = answered::<K, _>(self.api_beside::<P, K>(beside).list(parameters)).await?;
        // One that does not fit its kind is nobody's.
        Ok(found
            .items
            .into_iter()
            .filter_map(|guarded| guarded.0.ok())
            .collect())
    }

    fn api_beside<P: Reported, K: Reported>(&self, beside: &P) -> Api<DeserializeGuard<K>> {
        Api::namespaced(self.client.clone(), &beside.namespace().unwrap_or_default())
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }
}

/// What the API server answers about resources of a kind, or why it does not.
async fn answered<K: Reported, T>(
    request: impl Future<Output = Result<T, kube::Error>>,
) -> Result<T, Unavailable> {
    let why = match timeout(API_TIMEOUT, request).await {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    let message = format!(
        "the {} that this resource depends on cannot be read from the API server; the operator tries again ({why})",
        K::plural(&())
    );
    Err(Unavailable::new(Reason::CloudUnavailable, message))
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
