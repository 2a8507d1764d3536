//! The client of one account: credentials, endpoints, limits and clock behind a cheap handle.
//! [`Client::read`] sends typed reads; [`Client::send_write`] is the only door for writes. Both share
//! the steps below: rate limit, sign, exchange, judge, measure the clock, report to the observer.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::action::{ActionInfo, Effect};
use crate::clock::{Clock, Now};
use crate::credentials::{Credentials, CredentialsError, ProvideCredentials};
use crate::endpoint::{EndpointOverrides, Endpoints, Network};
use crate::error::{CloudError, ErrorKind, Verdict};
use crate::limit::{Limiter, RateLimits};
use crate::reply::{self, Answer};
use crate::request::{Call, SignatureVersion};
use crate::transport::{Failure, Outgoing, Transport};

/// What became of one exchange, for metrics.
#[derive(Clone, Copy, Debug)]
pub struct CallObservation {
    /// Name of the action.
    pub action: &'static str,
    /// How it was sent; a dry run is a read.
    pub effect: Effect,
    /// `None` when it went well.
    pub verdict: Option<Verdict>,
    /// Time from sending to the judged answer.
    pub elapsed: Duration,
    /// Which try it was, from 1.
    pub attempt: u32,
}

/// Called once per exchange. It must not block.
pub type Observer = Arc<dyn Fn(&CallObservation) + Send + Sync>;

/// How often and how long a call is tried.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Tries of a read, the first included; 4. Copies of a write are limited elsewhere, to 3.
    pub tries: u32,
    /// Mean of the pause before the second try; it doubles with each further one; 200 ms.
    pub pause: Duration,
    /// Longest pause, unless the cloud asks for more; 5 s.
    pub max_pause: Duration,
    /// Longest time of a call with all its tries and pauses; 30 s.
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 4,
            pause: Duration::from_millis(200),
            max_pause: Duration::from_secs(5),
            deadline: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// A random pause after the `failed`th try (from 1), or what the cloud asks for and a little more.
    pub(crate) fn pause_after(&self, failed: u32, retry_after: Option<Duration>) -> Duration {
        let doubled = self.pause.saturating_mul(1 << failed.min(16)).min(self.max_pause);
        match retry_after {
            Some(asked) => asked + self.pause.mul_f64(rand::random::<f64>()),
            None => doubled.mul_f64(rand::random::<f64>()),
        }
    }
}

/// A client of one account. Clones share everything.
#[derive(Clone)]
pub struct Client {
    pub(crate) parts: Arc<Parts>,
}

pub(crate) struct Parts {
    transport: Transport,
    credentials: Arc<dyn ProvideCredentials>,
    endpoints: Endpoints,
    signature: SignatureVersion,
    limiter: Limiter,
    pub(crate) clock: Clock,
    pub(crate) retry: RetryPolicy,
    observer: Option<Observer>,
}

/// Settings of a [`Client`]; see the methods for the defaults.
pub struct ClientBuilder {
    transport: Transport,
    credentials: Arc<dyn ProvideCredentials>,
    endpoints: Endpoints,
    signature: SignatureVersion,
    limits: RateLimits,
    now: Now,
    retry: RetryPolicy,
    observer: Option<Observer>,
}

impl ClientBuilder {
    /// The network on which endpoints are reached; public.
    pub fn network(mut self, network: Network) -> Self {
        self.endpoints.network = network;
        self
    }

    /// Base URLs from the process's own flags; none.
    pub fn endpoint_overrides(mut self, overrides: EndpointOverrides) -> Self {
        self.endpoints.overrides = overrides;
        self
    }

    /// The signature version; V1.
    pub fn signature(mut self, signature: SignatureVersion) -> Self {
        self.signature = signature;
        self
    }

    /// Calls per second and action; 10.
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Tries, pauses and the deadline of a call.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The local clock; the system's.
    pub fn now(mut self, now: Now) -> Self {
        self.now = now;
        self
    }

    /// Called once per exchange; nobody.
    pub fn observer(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// The client.
    pub fn build(self) -> Client {
        Client {
            parts: Arc::new(Parts {
                transport: self.transport,
                credentials: self.credentials,
                endpoints: self.endpoints,
                signature: self.signature,
                limiter: Limiter::new(self.limits),
                clock: Clock::new(self.now),
                retry: self.retry,
                observer: self.observer,
            }),
        }
    }
}

impl Client {
    /// A client that travels by `transport` and acts with `credentials`.
    pub fn builder(transport: Transport, credentials: Arc<dyn ProvideCredentials>) -> ClientBuilder {
        ClientBuilder {
            transport,
            credentials,
            endpoints: Endpoints::default(),
            signature: SignatureVersion::default(),
            limits: RateLimits::default(),
            now: Arc::new(Timestamp::now),
            retry: RetryPolicy::default(),
            observer: None,
        }
    }

    /// The cloud's time as far as it is known. Intents take their timestamp from here.
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Fingerprint of the key that the next call would use; see [`Credentials::fingerprint`].
    pub async fn key_fingerprint(&self) -> Result<String, CredentialsError> {
        Ok(self.parts.credentials.provide().await?.fingerprint())
    }
}

/// A signed call that is ready to leave, any number of times.
pub(crate) struct Prepared {
    action: ActionInfo,
    attempt: u32,
    outgoing: Outgoing,
    key: Credentials,
}

impl Parts {
    /// Signs `call` for the endpoint of `region`.
    pub(crate) async fn prepare(&self, call: &Call<'_>, region: &str) -> Result<Prepared, CloudError> {
        let action = call.action;
        let url = self.endpoints.url(action.product, region);
        let url = url.map_err(|error| CloudError::local(&action, ErrorKind::Refused, &error.to_string()))?;
        let key = self.credentials.provide().await;
        let key =
            key.map_err(|error| CloudError::local(&action, ErrorKind::Credentials, &error.to_string()))?;
        let outgoing = call.signed(self.signature, &url, &key);
        Ok(Prepared {
            action,
            attempt: call.attempt,
            outgoing,
            key,
        })
    }

    /// One exchange with everything around it.
    pub(crate) async fn exchange(
        &self,
        prepared: &Prepared,
        deadline: Instant,
    ) -> Result<Answer, CloudError> {
        let action = prepared.action;
        if let Err(free) = self.limiter.acquire(action.name, deadline).await {
            return Err(limited(&action, free.0));
        }
        let started = Instant::now();
        let result = self.exchange_now(prepared, deadline).await;
        if let Err(error) = result.as_ref()
            && error.is_throttled()
        {
            self.limiter.pause(action.name, error.retry_after);
        }
        self.report(prepared, started.elapsed(), &result);
        result
    }

    async fn exchange_now(&self, prepared: &Prepared, deadline: Instant) -> Result<Answer, CloudError> {
        let sent = self.clock.local();
        let exchanged = self.transport.exchange(&prepared.outgoing, deadline).await;
        let incoming = exchanged.map_err(|failure| failed(prepared, failure))?;
        if let Some(date) = incoming.date {
            self.clock.observe(sent, date);
        }
        reply::read(&prepared.action, &prepared.key, incoming)
    }

    fn report(&self, prepared: &Prepared, elapsed: Duration, result: &Result<Answer, CloudError>) {
        let (action, attempt) = (prepared.action.name, prepared.attempt);
        match result {
            Ok(answer) => {
                tracing::debug!(
                    action,
                    attempt,
                    ?elapsed,
                    request_id = answer.request_id,
                    "cloud call answered"
                );
            }
            Err(error) => tracing::debug!(action, attempt, ?elapsed, %error, "cloud call failed"),
        }
        if let Some(observer) = &self.observer {
            let verdict = result.as_ref().err().map(|error| error.verdict);
            observer(&CallObservation {
                action,
                effect: prepared.action.effect,
                verdict,
                elapsed,
                attempt,
            });
        }
    }
}

fn limited(action: &ActionInfo, free: Instant) -> CloudError {
    let mut error = CloudError::local(
        action,
        ErrorKind::Limited,
        "the rate limit lets no call pass in time",
    );
    error.details_mut().retry_after = Some(free.saturating_duration_since(Instant::now()));
    error
}

fn failed(prepared: &Prepared, failure: Failure) -> CloudError {
    let (kind, status, text) = match failure {
        Failure::NotSent(reason) => (ErrorKind::NotSent, None, format!("no connection: {reason}")),
        Failure::Lost(reason) => (
            ErrorKind::Lost,
            None,
            format!("the connection broke before a reply: {reason}"),
        ),
        Failure::Timeout(after) => (
            ErrorKind::Timeout,
            None,
            format!("no complete reply within {} ms", after.as_millis()),
        ),
        Failure::Unreadable { status, reason } => (
            ErrorKind::Unreadable,
            Some(status),
            format!("the reply cannot be read: {reason}"),
        ),
    };
    let mut error = CloudError::local(&prepared.action, kind, &text);
    error.details_mut().http_status = status;
    error
}
