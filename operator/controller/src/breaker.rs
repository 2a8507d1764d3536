//! Keeps one endpoint that does not answer from holding up those who could do without it: after a call
//! that waited in vain, others fail at once for a while, then a single one tries. Answers that are errors cost no time and do
//! not count. There is one per account and endpoint.

use std::time::{Duration, Instant};

use sas_client::CloudError;
use sas_client::circuit::{Circuit, Pauses};
use sas_engine::Unavailable;

use crate::failure;

/// How long others fail at once after a call that waited in vain, and after each further one.
const PAUSES: Pauses = Pauses {
    first: Duration::from_secs(5),
    longest: Duration::from_mins(1),
};

/// Whether an endpoint answers to one account.
#[derive(Default)]
pub struct Breaker(Circuit<Unavailable>);

impl Breaker {
    /// Whether a call would fail at once now.
    pub fn peek(&self) -> Result<(), Unavailable> {
        self.0.peek(Instant::now())
    }

    /// Lets a call pass, or fails at once. Whoever passes after a failure passes alone.
    pub fn admit(&self) -> Result<(), Unavailable> {
        self.0.admit(Instant::now())
    }

    /// Notes how an admitted call ended, and says what a failure means. `credentials` names where the
    /// access key comes from.
    pub fn note<T>(&self, answer: Result<T, CloudError>, credentials: &str) -> Result<T, Unavailable> {
        answer.inspect(|_| self.0.close()).map_err(|error| {
            let failure = failure::unavailable(&error, credentials);
            if failure::is_silence(&error) {
                self.0.open(Instant::now(), failure.clone(), PAUSES);
            } else {
                self.0.close();
            }
            failure
        })
    }
}
