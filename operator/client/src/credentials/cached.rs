//! Keeps a temporary key and renews it. Whoever asks while the key ages gets it at once and starts its
//! renewal in the background; only without a valid key anybody waits, and many wait for one renewal.
//! A failed renewal leaves the old key in use until its end, and is tried again in growing pauses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use tokio::sync::OwnedMutexGuard;

use super::{Credentials, CredentialsError, ProvideCredentials};
use crate::actions::TemporaryKey;
use crate::circuit::{Circuit, Pauses};

/// A key is renewed so long before its end, or when two thirds of its life are over if that is later.
const RENEW_BEFORE: Duration = Duration::from_mins(15);
/// A key that is younger is not renewed because the cloud refuses it: its age is not the reason.
const YOUNG: Duration = Duration::from_secs(30);
/// After a failure that time may heal.
const AFTER_TROUBLE: Pauses = Pauses {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(30),
};
/// After a refusal, which lasts until somebody changes a setting.
const AFTER_REFUSAL: Pauses = Pauses {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(5),
};

/// Where temporary keys come from; asked once per renewal.
pub(crate) trait IssueKeys: Send + Sync + 'static {
    /// A new key.
    fn issue(&self) -> BoxFuture<'_, Result<Issued, CredentialsError>>;
}

/// A temporary key and how long it lives from now on.
pub(crate) struct Issued {
    pub(crate) key: Credentials,
    pub(crate) lifetime: Duration,
}

impl Issued {
    /// A key as the cloud sent it, at this moment by the clock of the cloud.
    pub(crate) fn checked(sent: Option<TemporaryKey>, now: Timestamp) -> Result<Self, CredentialsError> {
        let missing =
            |what: &str| CredentialsError::transient(format!("the answer of the cloud has no {what}"));
        let sent = sent.ok_or_else(|| missing("credentials"))?;
        let end = sent.expiration.ok_or_else(|| missing("expiration"))?;
        let filled = |value: &secrecy::SecretString| !value.expose_secret().is_empty();
        let id = sent
            .access_key_id
            .filter(filled)
            .ok_or_else(|| missing("key id"))?;
        let secret = sent
            .access_key_secret
            .filter(filled)
            .ok_or_else(|| missing("key secret"))?;
        let token = sent
            .security_token
            .filter(filled)
            .ok_or_else(|| missing("security token"))?;
        let lifetime = Duration::try_from(end.duration_since(now)).unwrap_or_default();
        if lifetime.is_zero() {
            let reason = "the cloud gave a key whose end is over; compare the clocks";
            return Err(CredentialsError::transient(reason));
        }
        let key = Credentials {
            security_token: Some(token),
            ..Credentials::access_key(id.expose_secret(), secret)
        };
        Ok(Self { key, lifetime })
    }
}

/// Temporary keys from a source, kept and renewed. Clones share the key.
#[derive(Clone)]
pub struct Cached(Arc<Inner>);

struct Inner {
    source: Box<dyn IssueKeys>,
    held: Mutex<Option<Held>>,
    /// Held by whoever renews.
    turn: Arc<tokio::sync::Mutex<()>>,
    circuit: Circuit<CredentialsError>,
    now: Box<dyn Fn() -> Instant + Send + Sync>,
}

#[derive(Clone)]
struct Held {
    key: Credentials,
    issued_at: Instant,
    renew_at: Instant,
    ends_at: Instant,
}

impl Cached {
    pub(crate) fn new(source: impl IssueKeys) -> Self {
        Self::timed(source, Instant::now)
    }

    fn timed(source: impl IssueKeys, now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner {
            source: Box::new(source),
            held: Mutex::new(None),
            turn: Arc::default(),
            circuit: Circuit::default(),
            now: Box::new(now),
        }))
    }

    async fn key(&self) -> Result<Credentials, CredentialsError> {
        if let Some(held) = self.0.valid() {
            if held.renew_at <= (self.0.now)() {
                self.renew_in_background();
            }
            return Ok(held.key);
        }
        // A task of its own: a caller who gives up must not end what others wait for.
        let (inner, turn) = (self.0.clone(), self.0.turn.clone());
        let renewal = tokio::spawn(async move { inner.renew(turn.lock_owned().await).await });
        let lost = |_| CredentialsError::transient("the renewal ended unexpectedly");
        renewal.await.map_err(lost)?
    }

    fn renew_in_background(&self) {
        let Ok(turn) = self.0.turn.clone().try_lock_owned() else {
            return;
        };
        if self.0.circuit.peek((self.0.now)()).is_ok() {
            let inner = self.0.clone();
            tokio::spawn(async move { inner.renew(turn).await });
        }
    }
}

impl Inner {
    /// The key, unless its end is over.
    fn valid(&self) -> Option<Held> {
        let now = (self.now)();
        self.lock().clone().filter(|held| now < held.ends_at)
    }

    /// Renews the key, unless somebody has done so before this turn came.
    async fn renew(&self, _turn: OwnedMutexGuard<()>) -> Result<Credentials, CredentialsError> {
        if let Some(held) = self.valid().filter(|held| (self.now)() < held.renew_at) {
            return Ok(held.key);
        }
        self.circuit.admit((self.now)())?;
        match self.source.issue().await {
            Ok(issued) => {
                self.circuit.close();
                let key = issued.key.clone();
                *self.lock() = Some(Held::of(issued, (self.now)()));
                Ok(key)
            }
            Err(error) => {
                tracing::warn!(%error, "failed to renew a temporary key");
                let pauses = if error.transient {
                    AFTER_TROUBLE
                } else {
                    AFTER_REFUSAL
                };
                self.circuit.open((self.now)(), error.clone(), pauses);
                self.valid().map(|held| held.key).ok_or(error)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn of(Issued { key, lifetime }: Issued, now: Instant) -> Self {
        let margin = RENEW_BEFORE.min(lifetime / 3);
        // Keys that were issued together are not renewed together.
        let margin = margin.mul_f64(1.0 + 0.2 * rand::random::<f64>());
        Self {
            key,
            issued_at: now,
            renew_at: now + lifetime.saturating_sub(margin),
            ends_at: now + lifetime,
        }
    }
}

impl ProvideCredentials for Cached {
    fn provide(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(self.key())
    }

    fn refused(&self, key: &Credentials) -> bool {
        let mut held = self.0.lock();
        match held.as_ref() {
            Some(current) if current.key.access_key_id != key.access_key_id => true,
            Some(current) if (self.0.now)() < current.issued_at + YOUNG => false,
            _ => {
                *held = None;
                true
            }
        }
    }
}

#[cfg(test)]
mod tests;
