//! One exchange with everything around it, shared by reads and writes: rate limit, sign, send, judge,
//! measure the clock, report to the observer. It never repeats anything by itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::action::{ActionInfo, Effect};
use crate::client::Parts;
use crate::credentials::Credentials;
use crate::error::{CloudError, ErrorKind, Verdict};
use crate::limit::Urgency;
use crate::reply::{self, Answer};
use crate::request::Call;
use crate::transport::{Failure, Outgoing};

/// What became of one exchange, for metrics.
#[derive(Clone, Debug)]
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
    /// The nonce that it went with, if it was signed; the cloud's own log may name it.
    pub nonce: Option<String>,
}

/// Called once per exchange. It must not block.
pub type Observer = Arc<dyn Fn(&CallObservation) + Send + Sync>;

/// A signed call that is ready to leave, any number of times.
pub(crate) struct Prepared {
    action: ActionInfo,
    attempt: u32,
    nonce: Option<String>,
    outgoing: Outgoing,
    /// What no error text may show.
    key: Credentials,
}

impl Prepared {
    pub(crate) fn key_fingerprint(&self) -> String {
        self.key.fingerprint()
    }
}

impl Parts {
    /// Signs `call`, where it is signed, for the endpoint of `region`.
    pub(crate) async fn prepare(&self, call: &Call<'_>, region: &str) -> Result<Prepared, CloudError> {
        let action = call.action;
        let url = self.endpoints.url(action.product, region);
        let url = url.map_err(|error| CloudError::local(&action, ErrorKind::Refused, &error.to_string()))?;
        let (outgoing, key) = if action.signed {
            let key = self.credentials.provide().await;
            let key = key.map_err(|error| CloudError::without_key(&action, error))?;
            self.refused_key.admit(&key)?;
            (call.signed(self.signature, &url, &key), key)
        } else {
            (call.unsigned(&url), call.proof())
        };
        Ok(Prepared {
            action,
            attempt: call.attempt,
            nonce: action.signed.then(|| call.nonce.to_owned()),
            outgoing,
            key,
        })
    }

    /// Whether another key can be had at once, after the cloud refused the one of `prepared`.
    pub(crate) fn can_renew(&self, prepared: &Prepared, error: &CloudError) -> bool {
        prepared.action.signed && error.may_tell_an_old_key() && self.credentials.refused(&prepared.key)
    }

    /// One exchange with everything around it.
    pub(crate) async fn exchange(
        &self,
        prepared: &Prepared,
        urgency: Urgency,
        deadline: Instant,
    ) -> Result<Answer, CloudError> {
        let action = prepared.action;
        if let Err(free) = self.limiter.acquire(action.name, urgency, deadline).await {
            return Err(limited(&action, free.0));
        }
        let started = Instant::now();
        let result = self.exchange_now(prepared, deadline).await;
        if prepared.action.signed {
            self.refused_key.note(&prepared.key, &result);
        }
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
        let date = incoming.date;
        let answer = reply::read(&prepared.action, &prepared.key, incoming);
        let is_of_the_cloud = match &answer {
            Ok(_) => true,
            Err(error) => matches!(error.kind, ErrorKind::Gateway | ErrorKind::Inner { .. }),
        };
        // The page of a proxy that stands in between has that proxy's time.
        if let Some(date) = date.filter(|_| is_of_the_cloud) {
            self.clock.observe(sent, date);
        }
        answer
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
                nonce: prepared.nonce.clone(),
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
