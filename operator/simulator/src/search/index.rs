//! What was worked out about a data centre so that a search need not look at every server. Time
//! only changes what readers see at known moments; between two of them lies an era, in which equal
//! questions have equal answers. A change of the data throws all of it away
//! ([`crate::world::IndexedCentre`]), a moment that passes throws away what the era before knew.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use jiff::Timestamp;

use super::moments::moments;
use super::risks::Risks;
use crate::world::DataCentre;

/// Answers kept per era; one holds at most the uuids of all servers.
const CAPACITY: usize = 32;

/// A search as it was sent, parameter by parameter.
pub type Question = Vec<Option<String>>;

/// A server as JSON.
pub type Row = Arc<[u8]>;

/// The eras of a data centre, of which the latest one that was asked for is kept.
#[derive(Debug, Default)]
pub struct Index {
    moments: OnceLock<Vec<Timestamp>>,
    latest: Mutex<Option<(usize, Arc<Era>)>>,
}

/// What was worked out for one era.
#[derive(Debug, Default)]
pub struct Era {
    risks: OnceLock<Risks>,
    with_ai: OnceLock<BTreeSet<String>>,
    answers: Mutex<HashMap<Question, Arc<[String]>>>,
    rows: Mutex<HashMap<String, Row>>,
}

impl Index {
    /// The era that a time belongs to.
    pub fn era(&self, centre: &DataCentre, now: Timestamp) -> Arc<Era> {
        let moments = self.moments.get_or_init(|| moments(centre));
        let number = moments.partition_point(|moment| *moment <= now);
        let mut latest = locked(&self.latest);
        match &*latest {
            Some((known, era)) if *known == number => era.clone(),
            _ => latest.insert((number, Arc::default())).1.clone(),
        }
    }
}

impl Era {
    /// What is wrong with which server.
    pub fn risks(&self, centre: &DataCentre, now: Timestamp) -> &Risks {
        self.risks.get_or_init(|| Risks::known(centre, now))
    }

    /// The servers with components of AI agents.
    pub fn with_ai(&self, centre: &DataCentre, now: Timestamp) -> &BTreeSet<String> {
        self.with_ai.get_or_init(|| centre.with_ai(now))
    }

    /// The answer to a question, by a look at everything unless it is known.
    pub fn answer(&self, question: Question, look: impl FnOnce() -> Vec<String>) -> Arc<[String]> {
        if let Some(known) = locked(&self.answers).get(&question) {
            return known.clone();
        }
        let found: Arc<[String]> = look().into();
        let mut answers = locked(&self.answers);
        if answers.len() >= CAPACITY {
            answers.clear();
        }
        answers.insert(question, found.clone());
        found
    }

    /// A server as it is listed, written unless it is known.
    pub fn row(&self, uuid: &str, write: impl FnOnce() -> Vec<u8>) -> Row {
        if let Some(known) = locked(&self.rows).get(uuid) {
            return known.clone();
        }
        let row: Row = write().into();
        locked(&self.rows).insert(uuid.to_owned(), row.clone());
        row
    }
}

/// A poisoned lock guards nothing broken: an entry is inserted as a whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A copy starts knowing nothing.
impl Clone for Index {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// What was worked out is no part of what a data centre is.
impl PartialEq for Index {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
