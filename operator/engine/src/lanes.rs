//! Who may run at the same time. Objects that depend on one slow thing share a lane, and a lane has only
//! so many places: others overtake it. A whole namespace has a bound as well, so that one that makes ever
//! more lanes occupies itself and nobody else. Whoever finds no place waits outside and is woken when one
//! is free; nothing is kept for objects that wait but their name.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

/// Objects of one namespace that run at the same time, unless one lane alone may have more.
const PER_NAMESPACE: usize = 128;

/// All lanes of a kind. `R` names an object.
pub(crate) struct Lanes<R> {
    places: usize,
    per_namespace: usize,
    namespaces: Mutex<HashMap<String, Namespace<R>>>,
    woken: UnboundedSender<R>,
}

struct Namespace<R> {
    running: usize,
    lanes: HashMap<String, Lane<R>>,
    /// How many have had to wait: a number for the next.
    waited: u64,
}

struct Lane<R> {
    running: usize,
    /// By the number that each drew when it came.
    waiting: VecDeque<(u64, R)>,
    /// The same objects as in `waiting`.
    queued: HashSet<R>,
}

/// A place in a lane, until it is dropped.
pub(crate) struct Turn<R: Clone + Eq + Hash> {
    lanes: Arc<Lanes<R>>,
    namespace: String,
    lane: String,
}

impl<R: Clone + Eq + Hash> Lanes<R> {
    /// Lanes with so many places each, and the objects that are to be tried again.
    pub(crate) fn new(places: u16) -> (Arc<Self>, UnboundedReceiver<R>) {
        let (woken, awake) = unbounded();
        let places = usize::from(places).max(1);
        let lanes = Self {
            places,
            per_namespace: places.max(PER_NAMESPACE),
            namespaces: Mutex::default(),
            woken,
        };
        (Arc::new(lanes), awake)
    }

    /// A place for an object, or none: then it is named by the stream of those to be tried again.
    pub(crate) fn enter(self: &Arc<Self>, namespace: &str, lane: &str, object: R) -> Option<Turn<R>> {
        let mut namespaces = self.lock();
        let of_all = namespaces.entry(namespace.to_owned()).or_default();
        let is_full = of_all.running >= self.per_namespace;
        let of_lane = of_all.lanes.entry(lane.to_owned()).or_default();
        if is_full || of_lane.running >= self.places {
            of_all.waited += 1;
            of_lane.wait(of_all.waited, object);
            return None;
        }
        of_lane.forget(&object);
        of_lane.running += 1;
        of_all.running += 1;
        Some(Turn {
            lanes: self.clone(),
            namespace: namespace.to_owned(),
            lane: lane.to_owned(),
        })
    }

    /// Frees a place and wakes whoever may run now.
    fn leave(&self, namespace: &str, lane: &str) {
        let mut namespaces = self.lock();
        let Some(of_all) = namespaces.get_mut(namespace) else {
            return;
        };
        of_all.running -= 1;
        if let Some(of_lane) = of_all.lanes.get_mut(lane) {
            of_lane.running -= 1;
        }
        for next in of_all.next(self.per_namespace, self.places) {
            // Nobody listens any more when everything ends.
            let _ = self.woken.unbounded_send(next);
        }
        of_all.lanes.retain(|_, lane| lane.is_in_use());
        if of_all.lanes.is_empty() {
            namespaces.remove(namespace);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Namespace<R>>> {
        self.namespaces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> Default for Namespace<R> {
    fn default() -> Self {
        Self {
            running: 0,
            lanes: HashMap::new(),
            waited: 0,
        }
    }
}

impl<R> Default for Lane<R> {
    fn default() -> Self {
        Self {
            running: 0,
            waiting: VecDeque::new(),
            queued: HashSet::new(),
        }
    }
}

impl<R: Clone + Eq + Hash> Namespace<R> {
    /// One for each free place: of the lanes in which the fewest run, whoever came first. Somebody who is
    /// woken and does not come, because it was deleted, holds no place.
    fn next(&mut self, per_namespace: usize, places: usize) -> Vec<R> {
        let mut called: HashMap<String, usize> = HashMap::new();
        let mut next = Vec::new();
        while self.running + next.len() < per_namespace {
            let candidates = self.lanes.iter_mut().filter_map(|(name, lane)| {
                let busy = lane.running + called.get(name).unwrap_or(&0);
                let (number, _) = lane.waiting.front()?;
                (busy < places).then_some(((busy, *number), name, lane))
            });
            let Some((_, name, lane)) = candidates.min_by_key(|(order, ..)| *order) else {
                break;
            };
            *called.entry(name.clone()).or_default() += 1;
            next.extend(lane.next());
        }
        next
    }
}

impl<R: Clone + Eq + Hash> Lane<R> {
    fn wait(&mut self, number: u64, object: R) {
        if self.queued.insert(object.clone()) {
            self.waiting.push_back((number, object));
        }
    }

    fn next(&mut self) -> Option<R> {
        let (_, next) = self.waiting.pop_front()?;
        self.queued.remove(&next);
        Some(next)
    }

    fn forget(&mut self, object: &R) {
        if self.queued.remove(object) {
            self.waiting.retain(|(_, waiting)| waiting != object);
        }
    }

    fn is_in_use(&self) -> bool {
        self.running > 0 || !self.waiting.is_empty()
    }
}

impl<R: Clone + Eq + Hash> Drop for Turn<R> {
    fn drop(&mut self) {
        self.lanes.leave(&self.namespace, &self.lane);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Names = UnboundedReceiver<String>;

    struct World {
        lanes: Arc<Lanes<String>>,
        awake: Names,
    }

    impl World {
        fn new(places: u16) -> Self {
            let (lanes, awake) = Lanes::new(places);
            Self { lanes, awake }
        }

        fn enter(&self, namespace: &str, lane: &str, object: usize) -> Option<Turn<String>> {
            let name = format!("{namespace}/{lane}/{object}");
            self.lanes.enter(namespace, lane, name)
        }

        /// Fills a namespace with so many lanes that do not come to an end.
        fn fill(&self, namespace: &str, lanes: usize) -> Vec<Turn<String>> {
            let lanes = (0..lanes).map(|number| format!("silent-{number}"));
            lanes
                .flat_map(|lane| (0..9).map(move |object| (lane.clone(), object)))
                .filter_map(|(lane, object)| self.enter(namespace, &lane, object))
                .collect()
        }

        fn woken(&mut self) -> Option<String> {
            self.awake.try_recv().ok()
        }
    }

    #[test]
    fn a_full_lane_holds_up_itself_only() {
        let world = World::new(2);
        let _stuck: Vec<_> = (0..2)
            .map(|n| world.enter("shop", "silent", n).unwrap())
            .collect();
        assert!(world.enter("shop", "silent", 2).is_none());
        assert!(world.enter("shop", "sound", 0).is_some());
        assert!(world.enter("team", "silent", 0).is_some());
    }

    #[test]
    fn a_full_namespace_holds_up_itself_only() {
        let world = World::new(4);
        let stuck = world.fill("shop", 100);
        assert_eq!(stuck.len(), PER_NAMESPACE);
        assert!(world.enter("shop", "sound", 0).is_none());
        assert!(world.enter("team", "sound", 0).is_some());
    }

    #[test]
    fn the_first_free_place_of_a_full_namespace_goes_to_the_lane_that_has_none() {
        let mut world = World::new(4);
        let mut stuck = world.fill("shop", PER_NAMESPACE / 4);
        assert!(world.enter("shop", "sound", 0).is_none());
        stuck.pop();
        assert_eq!(world.woken().as_deref(), Some("shop/sound/0"));
        assert!(world.enter("shop", "sound", 0).is_some());
    }

    #[test]
    fn lanes_that_have_no_place_take_turns() {
        let mut world = World::new(4);
        let mut stuck = world.fill("shop", PER_NAMESPACE / 4);
        for lane in ["b", "a", "c"] {
            assert!(world.enter("shop", lane, 0).is_none());
        }
        for lane in ["b", "a", "c"] {
            stuck.pop();
            assert_eq!(world.woken(), Some(format!("shop/{lane}/0")));
            stuck.extend(world.enter("shop", lane, 0));
            assert_eq!(stuck.len(), PER_NAMESPACE);
            stuck.rotate_right(1);
        }
    }

    #[test]
    fn all_free_places_are_called_for_although_somebody_did_not_come() {
        let mut world = World::new(2);
        let mut turns: Vec<_> = (0..2).map(|object| world.enter("shop", "main", object)).collect();
        for object in 2..6 {
            assert!(world.enter("shop", "main", object).is_none());
        }
        turns.pop();
        assert_eq!(world.woken().as_deref(), Some("shop/main/2"), "and it is gone");
        turns.pop();
        let woken = [world.woken(), world.woken(), world.woken()];
        assert_eq!(
            woken,
            [Some("shop/main/3".into()), Some("shop/main/4".into()), None]
        );
    }

    #[test]
    fn who_waits_is_woken_once_and_in_order() {
        let mut world = World::new(1);
        let mut turn = world.enter("shop", "main", 0);
        for object in [1, 2, 1, 3] {
            assert!(world.enter("shop", "main", object).is_none());
        }
        for next in 1..=3 {
            drop(turn);
            assert_eq!(world.woken(), Some(format!("shop/main/{next}")));
            assert_eq!(world.woken(), None);
            turn = world.enter("shop", "main", next);
            assert!(turn.is_some());
        }
        drop(turn);
        assert_eq!(world.woken(), None);
    }

    #[test]
    fn who_comes_in_by_itself_is_not_woken_as_well() {
        let mut world = World::new(1);
        let first = world.enter("shop", "main", 0);
        assert!(world.enter("shop", "main", 1).is_none());
        assert!(world.enter("shop", "main", 2).is_none());
        drop(first);
        assert_eq!(world.woken().as_deref(), Some("shop/main/1"));
        let second = world.enter("shop", "main", 2);
        assert!(second.is_some());
        drop(second);
        assert_eq!(world.woken(), None);
    }

    #[test]
    fn nothing_is_remembered_of_lanes_that_are_left() {
        let world = World::new(4);
        drop(world.fill("shop", 9));
        let left: Vec<_> = (0..9).map(|object| world.enter("team", "main", object)).collect();
        drop(left);
        assert!(world.lanes.lock().is_empty());
    }
}
