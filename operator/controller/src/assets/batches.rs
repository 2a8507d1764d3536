//! Which ids go together into which call. Pure bookkeeping: an id joins a call that answers its question,
//! or the open one, which leaves with everything that has gathered. No clock, no call.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Notify;

use super::server::Server;
use super::{Id, PAGE};
use crate::flight::{Flight, Pilot, flight};
use crate::shared::{Asked, MAX_AGE};

/// What a call found of the ids it was about. Several servers can have the same instance id.
pub type Found = HashMap<Id, Vec<Arc<Server>>>;

/// A call that has to leave when it is full, or soon.
pub struct Opened {
    number: u64,
    pub pilot: Pilot<Found>,
    /// Notified once when no further id fits in.
    pub full: Arc<Notify>,
    /// When the last call of the same sort left.
    pub last_departure: Option<Instant>,
}

/// What each id has to wait for, and what was opened for them.
pub struct Joined<'a> {
    pub flights: Vec<(&'a Id, Flight<Found>)>,
    pub opened: Vec<Opened>,
}

/// A call that gathers ids.
struct Open {
    ids: BTreeSet<Id>,
    flight: Flight<Found>,
    full: Arc<Notify>,
}

/// One sort of id: the cloud takes them by different filters.
#[derive(Default)]
struct Sort {
    /// The number of the call that ids still join.
    open: Option<u64>,
    last_departure: Option<Instant>,
}

/// All calls: those that gather, those under way, and the recent ones.
#[derive(Default)]
pub struct Batches {
    by_uuid: Sort,
    by_instance: Sort,
    gathering: HashMap<u64, Open>,
    latest: HashMap<Id, Flight<Found>>,
    next_number: u64,
    tidied: Option<Instant>,
}

impl Batches {
    /// Joins each id to a call that answers the question.
    pub fn join<'a>(&mut self, ids: &'a BTreeSet<Id>, asked: Asked) -> Joined<'a> {
        let mut opened = Vec::new();
        let mut flights = Vec::with_capacity(ids.len());
        for id in ids {
            let known = self.latest.get(id).filter(|flight| flight.serves(asked));
            let flight = match known {
                Some(flight) => flight.clone(),
                None => self.add(id, &mut opened),
            };
            flights.push((id, flight));
        }
        Joined { flights, opened }
    }

    /// Puts an id into the open call, which is opened if there is none.
    fn add(&mut self, id: &Id, opened: &mut Vec<Opened>) -> Flight<Found> {
        let number = self.sort(id).open.unwrap_or_else(|| self.open(id, opened));
        let open = self.gathering.get_mut(&number).expect("an open call gathers");
        open.ids.insert(id.clone());
        let flight = open.flight.clone();
        if open.ids.len() >= PAGE {
            open.full.notify_one();
            self.sort(id).open = None;
        }
        self.latest.insert(id.clone(), flight.clone());
        flight
    }

    /// The ids of a call that leaves now.
    pub fn depart(&mut self, call: &Opened, now: Instant) -> BTreeSet<Id> {
        let ids = self.gathering.remove(&call.number).map(|open| open.ids);
        let ids = ids.unwrap_or_default();
        if let Some(id) = ids.first() {
            let sort = self.sort(id);
            sort.last_departure = Some(now);
            sort.open.take_if(|open| *open == call.number);
        }
        call.pilot.depart();
        self.tidy(now);
        ids
    }

    /// Opens a call for ids of this sort.
    fn open(&mut self, id: &Id, opened: &mut Vec<Opened>) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        let sort = self.sort(id);
        sort.open = Some(number);
        let last_departure = sort.last_departure;
        let (pilot, flight) = flight();
        let full = Arc::new(Notify::new());
        opened.push(Opened {
            number,
            pilot,
            full: full.clone(),
            last_departure,
        });
        let ids = BTreeSet::new();
        self.gathering.insert(number, Open { ids, flight, full });
        number
    }

    fn sort(&mut self, id: &Id) -> &mut Sort {
        match id {
            Id::Uuid(_) => &mut self.by_uuid,
            Id::Instance(_) => &mut self.by_instance,
        }
    }

    /// Forgets answers that nobody can use any more.
    fn tidy(&mut self, now: Instant) {
        if self.tidied.is_none_or(|last| now.duration_since(last) > MAX_AGE) {
            self.tidied = Some(now);
            self.latest.retain(|_, flight| !flight.is_stale());
        }
    }
}
