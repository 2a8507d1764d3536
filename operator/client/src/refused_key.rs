//! Lets no call leave with a key that the cloud has just refused, so that a wrong key makes one call per
//! pause and not one per question. Another key starts afresh.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::circuit::{Circuit, Pauses};
use crate::credentials::Credentials;
use crate::error::{CloudError, Verdict};
use crate::reply::Answer;

/// A key stays wrong until somebody puts it right at the cloud.
const PAUSES: Pauses = Pauses {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(5),
};

/// The key that was refused last, by its fingerprint, and when it may be tried again.
#[derive(Default)]
pub(crate) struct RefusedKey(Mutex<Option<(String, Arc<Circuit<CloudError>>)>>);

impl RefusedKey {
    /// Fails as the last call with this key did, while its pause lasts.
    pub(crate) fn admit(&self, key: &Credentials) -> Result<(), CloudError> {
        self.circuit(key)
            .map_or(Ok(()), |circuit| circuit.admit(Instant::now()))
    }

    /// Takes note of how a call with this key ended.
    pub(crate) fn note(&self, key: &Credentials, result: &Result<Answer, CloudError>) {
        match result {
            Err(error) if error.refuses_key() => {
                let circuit = self.circuit(key).unwrap_or_default();
                circuit.open(Instant::now(), error.again(), PAUSES);
                *self.lock() = Some((key.fingerprint(), circuit));
            }
            Ok(_) => self.forget(key),
            // These the cloud says only to whom it knows.
            Err(error) if error.is_throttled() || error.verdict == Verdict::Forbidden => self.forget(key),
            Err(_) => {}
        }
    }

    fn circuit(&self, key: &Credentials) -> Option<Arc<Circuit<CloudError>>> {
        let known = self.lock();
        let (fingerprint, circuit) = known.as_ref()?;
        (*fingerprint == key.fingerprint()).then(|| circuit.clone())
    }

    fn forget(&self, key: &Credentials) {
        if self.circuit(key).is_some() {
            *self.lock() = None;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(String, Arc<Circuit<CloudError>>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
