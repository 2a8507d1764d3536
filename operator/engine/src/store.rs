//! Reads and writes of objects at the API server. A status is written by replacement with the
//! resourceVersion of the object that was judged: an object that changed, was re-created or was
//! approved differently in between gives [`StoreError::Conflict`], and nothing is sent.

use std::time::Duration;

use kube::api::{DeleteParams, PostParams, Preconditions};
use kube::{Api, Client, ResourceExt};

use crate::operation::Reported;

/// Why the API server did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The object is not the one that was judged any more.
    #[error("the object changed in the meantime")]
    Conflict,
    /// The object is gone.
    #[error("the object is gone")]
    Gone,
    /// No answer in time: the write may have been stored.
    #[error("the API server did not answer within {seconds} s")]
    Timeout {
        /// Seconds waited.
        seconds: u64,
    },
    /// The API server does not accept the request: a right is missing, a policy or a quota forbids it, or
    /// the content is invalid.
    #[error("the API server does not accept the request: {message}")]
    Refused {
        /// What it said.
        message: String,
    },
    /// Any other error.
    #[error("the API server refused the request: {message}")]
    Other {
        /// What it said.
        message: String,
    },
}

/// Access to the objects of one kind.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) client: Client,
    pub(crate) timeout: Duration,
}

impl Store {
    pub(crate) fn api<K: Reported>(&self, namespace: &str) -> Api<K> {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// Writes `status` over that of `judged` and returns what was stored.
    pub(crate) async fn replace_status<K: Reported>(
        &self,
        judged: &K,
        status: &K::Status,
    ) -> Result<K, StoreError> {
        let mut object = judged.clone();
        *object.status_mut() = Some(status.clone());
        object.managed_fields_mut().clear();
        let api = self.api::<K>(&judged.namespace().unwrap_or_default());
        let name = judged.name_any();
        self.within(api.replace_status(&name, &PostParams::default(), &object))
            .await
    }

    /// Reads the object from the API server, not from a cache.
    pub(crate) async fn get<K: Reported>(&self, like: &K) -> Result<K, StoreError> {
        let api = self.api::<K>(&like.namespace().unwrap_or_default());
        let found: K = self.within(api.get(&like.name_any())).await?;
        if found.uid() == like.uid() {
            Ok(found)
        } else {
            Err(StoreError::Gone)
        }
    }

    /// Removes the object, unless it changed since it was judged.
    pub(crate) async fn delete<K: Reported>(&self, judged: &K) -> Result<(), StoreError> {
        let api = self.api::<K>(&judged.namespace().unwrap_or_default());
        let parameters = DeleteParams::background().preconditions(Preconditions {
            uid: judged.uid(),
            resource_version: judged.resource_version(),
        });
        self.within(api.delete(&judged.name_any(), &parameters)).await?;
        Ok(())
    }

    /// A request about an object that the judged one owns. That it is gone says nothing of the judged one.
    pub(crate) async fn within_owned<T>(
        &self,
        request: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, StoreError> {
        match self.within(request).await {
            Err(StoreError::Gone) => Err(StoreError::Conflict),
            other => other,
        }
    }

    pub(crate) async fn within<T>(
        &self,
        request: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.timeout, request).await {
            Err(_) => Err(StoreError::Timeout {
                seconds: self.timeout.as_secs(),
            }),
            Ok(Ok(value)) => Ok(value),
            Ok(Err(kube::Error::Api(status))) if status.code == 409 => Err(StoreError::Conflict),
            Ok(Err(kube::Error::Api(status))) if status.code == 404 => Err(StoreError::Gone),
            Ok(Err(kube::Error::Api(status))) if [400, 403, 422].contains(&status.code) => {
                Err(StoreError::Refused {
                    message: status.message.clone(),
                })
            }
            Ok(Err(error)) => Err(StoreError::Other {
                message: error.to_string(),
            }),
        }
    }
}
