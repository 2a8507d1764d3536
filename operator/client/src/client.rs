//! The client of one account: credentials, endpoints, limits and clock behind a cheap handle.
//! [`Client::read`] sends typed reads; [`Client::send_write`] is the only door for writes.

use std::sync::Arc;

use jiff::Timestamp;

use crate::action::ActionInfo;
use crate::actions::GetCallerIdentity;
use crate::clock::{Clock, Now};
use crate::credentials::ProvideCredentials;
use crate::endpoint::{EndpointOverrides, Endpoints, Network};
use crate::error::CloudError;
use crate::exchange::Observer;
use crate::limit::{Limiter, RateLimits, Urgency};
use crate::refused_key::RefusedKey;
use crate::request::SignatureVersion;
use crate::retry::RetryPolicy;
use crate::transport::Transport;

/// A client of one account. Clones share everything but how urgent their calls are.
#[derive(Clone)]
pub struct Client {
    pub(crate) parts: Arc<Parts>,
    pub(crate) urgency: Urgency,
}

pub(crate) struct Parts {
    pub(crate) transport: Transport,
    pub(crate) credentials: Arc<dyn ProvideCredentials>,
    pub(crate) refused_key: RefusedKey,
    pub(crate) endpoints: Endpoints,
    pub(crate) signature: SignatureVersion,
    pub(crate) limiter: Limiter,
    pub(crate) clock: Clock,
    pub(crate) retry: RetryPolicy,
    pub(crate) observer: Option<Observer>,
}

/// Settings of a [`Client`]; see the methods for the defaults.
pub struct ClientBuilder {
    parts: Parts,
}

impl ClientBuilder {
    /// The network on which endpoints are reached; public.
    pub fn network(mut self, network: Network) -> Self {
        self.parts.endpoints.network = network;
        self
    }

    /// Base URLs from the process's own flags; none.
    pub fn endpoint_overrides(mut self, overrides: EndpointOverrides) -> Self {
        self.parts.endpoints.overrides = overrides;
        self
    }

    /// The signature version; V1.
    pub fn signature(mut self, signature: SignatureVersion) -> Self {
        self.parts.signature = signature;
        self
    }

    /// Calls per second and action; 10.
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.parts.limiter = Limiter::new(limits);
        self
    }

    /// Tries, pauses and the deadline of a call.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.parts.retry = retry;
        self
    }

    /// The local clock; the system's.
    pub fn now(mut self, now: Now) -> Self {
        self.parts.clock = Clock::new(now);
        self
    }

    /// Called once per exchange; nobody.
    pub fn observer(mut self, observer: Observer) -> Self {
        self.parts.observer = Some(observer);
        self
    }

    /// The client.
    pub fn build(self) -> Client {
        Client {
            parts: Arc::new(self.parts),
            urgency: Urgency::default(),
        }
    }
}

impl Client {
    /// A client that travels by `transport` and acts with `credentials`.
    pub fn builder(transport: Transport, credentials: Arc<dyn ProvideCredentials>) -> ClientBuilder {
        let parts = Parts {
            transport,
            credentials,
            refused_key: RefusedKey::default(),
            endpoints: Endpoints::default(),
            signature: SignatureVersion::default(),
            limiter: Limiter::new(RateLimits::default()),
            clock: Clock::new(Arc::new(Timestamp::now)),
            retry: RetryPolicy::default(),
            observer: None,
        };
        ClientBuilder { parts }
    }

    /// The same client, whose calls are as urgent as this.
    #[must_use]
    pub fn with_urgency(&self, urgency: Urgency) -> Self {
        Self {
            parts: self.parts.clone(),
            urgency,
        }
    }

    /// The cloud's time as far as it is known. Intents take their timestamp from here.
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Fingerprint of the key that the next call would use; see
    /// [`Credentials::fingerprint`](crate::Credentials::fingerprint).
    /// A failure is that of asking whose key it is, unless the cloud refused to give a key.
    pub async fn key_fingerprint(&self) -> Result<String, CloudError> {
        let key = self.parts.credentials.provide().await;
        let asked_for = ActionInfo::of::<GetCallerIdentity>();
        let key = key.map_err(|error| CloudError::without_key(&asked_for, error))?;
        Ok(key.fingerprint())
    }
}
