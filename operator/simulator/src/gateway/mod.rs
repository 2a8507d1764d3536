//! The gateway in front of all actions: it reads a request of either signature version, checks it
//! in the cloud's order (form, action, key, token, time, signature, nonce, rate, permission), runs
//! the action and answers. It also applies fault rules and writes the request log.

mod admission;
mod answer;
mod envelope;
mod memory;
mod passage;
mod ram;
mod refusal;
mod region;
#[cfg(test)]
mod tests;
mod types;
mod v3;

use std::time::Duration;

pub use answer::{Answer, Delivery, http_date};
pub use envelope::{PUBLIC, Received};
pub use memory::Memory;
pub use refusal::Refusal;
pub use region::{INTERNATIONAL, MAINLAND};

use crate::fault::{FaultKind, Rule, Stage};
use crate::state::Shared;
use passage::Passage;

/// Deals with one request from its arrival to its answer. Whoever calls this must let it end even
/// when the client hangs up: a cloud does not stop because nobody listens any more.
pub async fn handle(shared: &Shared, received: &Received) -> Answer {
    let passage = Passage::begin(shared, received);
    if let Some(rule) = passage.fault(shared, &[Stage::Front]) {
        match slow(&rule) {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return passage.stop(shared, &rule),
        }
    }
    if let Err(refusal) = passage.admit(shared) {
        return passage.refuse(shared, &refusal);
    }
    let fault = passage.fault(shared, &[Stage::Gateway, Stage::AfterCommit]);
    match fault {
        Some(rule) if rule.stage() == Stage::Gateway => match slow(&rule) {
            Some(wait) => {
                tokio::time::sleep(wait).await;
                passage.run(shared, Some(&rule), None)
            }
            None => passage.stop(shared, &rule),
        },
        spoiling => passage.run(shared, spoiling.as_ref(), spoiling.as_ref()),
    }
}

fn slow(rule: &Rule) -> Option<Duration> {
    let seconds = rule.seconds.unwrap_or(5.0);
    (rule.kind == FaultKind::Slow).then(|| Duration::from_secs_f64(seconds))
}
