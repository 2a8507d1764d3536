//! A data centre as a reader sees it at one time. What takes a look at everything is worked out
//! once for the whole era in which nothing changes, and shared by all readers of that era.

use std::sync::Arc;

use jiff::Timestamp;

use super::index::{Era, Question, Row};
use super::risks::Risk;
use crate::world::{Asset, Authorisation, Client, DataCentre};

/// A data centre at one time.
#[derive(Debug)]
pub struct View<'a> {
    pub centre: &'a DataCentre,
    pub now: Timestamp,
    era: Arc<Era>,
}

impl<'a> View<'a> {
    /// The view of an era that the time belongs to.
    pub fn new(centre: &'a DataCentre, now: Timestamp, era: Arc<Era>) -> Self {
        Self { centre, now, era }
    }

    /// Whether the server is listed.
    pub fn lists(&self, asset: &Asset) -> bool {
        asset.is_listed(self.now)
    }

    /// The server's agent.
    pub fn client(&self, asset: &Asset) -> Client {
        self.centre.visible_client(asset, self.now)
    }

    /// The server's authorisation.
    pub fn authorisation(&self, asset: &Asset) -> Authorisation {
        self.centre.visible_authorisation(asset, self.now)
    }

    /// What is known to be wrong with the server.
    pub fn risk(&self, uuid: &str) -> &Risk {
        self.era.risks(self.centre, self.now).of(uuid)
    }

    /// Whether components of AI agents are known on the server.
    pub fn has_ai(&self, uuid: &str) -> bool {
        self.era.with_ai(self.centre, self.now).contains(uuid)
    }

    /// A server as the one listing of servers shows it, written unless it is known.
    pub fn row(&self, uuid: &str, write: impl FnOnce() -> Vec<u8>) -> Row {
        self.era.row(uuid, write)
    }

    /// The answer to a question about this era, found by a look at everything unless it was asked
    /// before.
    pub fn answer(&self, question: Question, look: impl FnOnce() -> Vec<String>) -> Arc<[String]> {
        self.era.answer(question, look)
    }
}
