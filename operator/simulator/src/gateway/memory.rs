//! What the gateway remembers between requests: used nonces, token buckets, and the answers to
//! client tokens. None of it is part of the world; exchanging the world fills the buckets and does
//! not make a nonce fresh again.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher as _, RandomState};

use jiff::{SignedDuration, Timestamp};

use super::refusal::Refusal;
use crate::world::{Rate, RateLimits};

/// The vendor refuses a nonce for 31 minutes, longer than the 30 minutes in which one timestamp
/// can be valid: identical bytes never run twice.
const NONCE_LIFETIME: SignedDuration = SignedDuration::from_mins(31);

/// How long a client token answers for its first call. The vendor states nothing for Security
/// Center; other products state 24 hours.
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// All memory of the gateway.
#[derive(Debug, Default)]
pub struct Memory {
    nonces: HashSet<Digest>,
    nonce_order: VecDeque<(Moment, Digest)>,
    digest: [RandomState; 2],
    buckets: HashMap<(String, String), Bucket>,
    tokens: HashMap<(String, &'static str, String), Answered>,
}

/// Stands for a key and one of its nonces. A client that sends thousands of requests per second
/// leaves millions of nonces behind in half an hour; 128 bits under a random key still never meet
/// by chance.
type Digest = (u64, u64);

/// One moment by both clocks. A timestamp of either may be accepted, so a nonce is kept until its time is
/// over by both: a clock that was stepped forward must not make real bytes good for a second run.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// By the simulated clock.
    pub simulated: Timestamp,
    /// By the machine's own.
    pub real: Timestamp,
}

impl Moment {
    fn is_within(self, lifetime: SignedDuration, now: Self) -> bool {
        now.simulated.duration_since(self.simulated) < lifetime
            || now.real.duration_since(self.real) < lifetime
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

#[derive(Debug)]
struct Answered {
    parameters: BTreeMap<String, String>,
    body: Vec<u8>,
    at: Timestamp,
}

impl Memory {
    /// Marks the nonce of a key as used; false when it already was.
    pub fn use_nonce(&mut self, access_key_id: &str, nonce: &str, now: Moment) -> bool {
        while let Some((at, digest)) = self.nonce_order.front() {
            if at.is_within(NONCE_LIFETIME, now) {
                break;
            }
            self.nonces.remove(digest);
            self.nonce_order.pop_front();
        }
        let [first, second] = &self.digest;
        let pair = (access_key_id, nonce);
        let digest = (first.hash_one(pair), second.hash_one(pair));
        let fresh = self.nonces.insert(digest);
        if fresh {
            self.nonce_order.push_back((now, digest));
        }
        fresh
    }

    /// Takes a token for the account and one for the action, or refuses.
    pub fn throttle(
        &mut self,
        account: &str,
        action: &str,
        limits: &RateLimits,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let of_action = limits.actions.get(action).or(limits.per_action.as_ref());
        let buckets = [
            ("", limits.per_account.as_ref(), "Throttling.User"),
            (action, of_action, "Throttling.Api"),
        ];
        for (name, rate, code) in buckets {
            let Some(rate) = rate else { continue };
            let bucket = self
                .buckets
                .entry((account.to_owned(), name.to_owned()))
                .or_insert(Bucket {
                    tokens: rate.burst,
                    at: now,
                });
            if let Err(milliseconds) = bucket.take(*rate, now) {
                let message = "Request was denied due to flow control.";
                return Err(Refusal {
                    retry_after_milliseconds: limits.retry_after.then_some(milliseconds),
                    ..Refusal::new(400, code, message)
                });
            }
        }
        Ok(())
    }

    /// Fills all token buckets, for a world that was exchanged.
    pub fn refill(&mut self) {
        self.buckets.clear();
    }

    /// The answer that a client token already has: the body of the first call, or a refusal when
    /// the parameters are others.
    pub fn answered(
        &mut self,
        account: &str,
        action: &'static str,
        token: &str,
        parameters: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Option<Result<Vec<u8>, Refusal>> {
        let key = (account.to_owned(), action, token.to_owned());
        let answered = self.tokens.get(&key)?;
        if now.duration_since(answered.at) >= TOKEN_LIFETIME {
            self.tokens.remove(&key);
            return None;
        }
        if answered.parameters == *parameters {
            return Some(Ok(answered.body.clone()));
        }
        let message = "The request uses the same client token as a previous, but non-identical request.";
        Some(Err(Refusal::new(400, "IdempotentParameterMismatch", message)))
    }

    /// Keeps the answer of a call that was carried out.
    pub fn remember(
        &mut self,
        account: &str,
        action: &'static str,
        token: &str,
        parameters: &BTreeMap<String, String>,
        body: &[u8],
        now: Timestamp,
    ) {
        let answered = Answered {
            parameters: parameters.clone(),
            body: body.to_vec(),
            at: now,
        };
        self.tokens
            .insert((account.to_owned(), action, token.to_owned()), answered);
    }
}

impl Bucket {
    /// Takes one token, or says in how many milliseconds there is one.
    fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), u64> {
        let elapsed = now.duration_since(self.at).as_secs_f64().max(0.0);
        self.tokens = (self.tokens + elapsed * rate.per_second).min(rate.burst);
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - self.tokens) / rate.per_second.max(1e-3) * 1000.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 1,000,000 by construction"
        )]
        Err(wait.ceil() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn moment(simulated: i64, real: i64) -> Moment {
        Moment {
            simulated: at(simulated),
            real: at(real),
        }
    }

    #[test]
    fn a_nonce_is_used_for_31_minutes_and_per_key() {
        let mut memory = Memory::default();
        let at = |seconds| moment(seconds, seconds);
        assert!(memory.use_nonce("a", "n", at(0)));
        assert!(!memory.use_nonce("a", "n", at(31 * 60 - 1)));
        assert!(memory.use_nonce("b", "n", at(1)));
        assert!(memory.use_nonce("a", "n", at(31 * 60)));
        assert!(!memory.use_nonce("a", "n", at(32 * 60)));
    }

    #[test]
    fn a_stepped_clock_frees_no_nonce_whose_real_time_is_still_good() {
        let mut memory = Memory::default();
        assert!(memory.use_nonce("a", "n", moment(0, 0)));
        assert!(!memory.use_nonce("a", "n", moment(3600, 1)));
        assert!(!memory.use_nonce("a", "n", moment(1, 3600)));
        assert!(memory.use_nonce("a", "n", moment(3600, 3600)));
    }

    #[test]
    fn buckets_refill_and_say_when() {
        let mut memory = Memory::default();
        let limits = RateLimits {
            per_action: Some(Rate {
                per_second: 10.0,
                burst: 2.0,
            }),
            ..RateLimits::default()
        };
        let mut take = |action, seconds| memory.throttle("1", action, &limits, at(seconds));
        assert!(take("A", 0).is_ok() && take("A", 0).is_ok());
        let refused = take("A", 0).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.retry_after_milliseconds),
            ("Throttling.Api", Some(100))
        );
        assert!(take("B", 0).is_ok());
        assert!(take("A", 1).is_ok());
    }

    #[test]
    fn an_account_bucket_counts_all_actions() {
        let mut memory = Memory::default();
        let limits = RateLimits {
            per_account: Some(Rate {
                per_second: 1.0,
                burst: 1.0,
            }),
            retry_after: false,
            ..RateLimits::default()
        };
        assert!(memory.throttle("1", "A", &limits, at(0)).is_ok());
        let refused = memory.throttle("1", "B", &limits, at(0)).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.retry_after_milliseconds),
            ("Throttling.User", None)
        );
        assert!(memory.throttle("2", "A", &limits, at(0)).is_ok());
    }
}
