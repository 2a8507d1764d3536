//! The whole state of a running simulator behind one lock. A request holds the lock only while it
//! is being dealt with, never while it waits, so answers depend on nothing but their order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::Clock;
use crate::fault::Faults;
use crate::gateway::Memory;
use crate::ids::Ids;
use crate::log::RequestLog;
use crate::metadata::Tokens;
use crate::sts::Sessions;
use crate::world::World;

/// World, clock, faults, log and what the gateway remembers.
#[derive(Debug)]
pub struct State {
    /// The cloud's data.
    pub world: World,
    /// The simulated time.
    pub clock: Clock,
    /// Source of all ids.
    pub ids: Ids,
    /// Fault rules.
    pub faults: Faults,
    /// Request log.
    pub log: RequestLog,
    /// Nonces, rate limits and client tokens.
    pub memory: Memory,
    /// Temporary keys that were handed out.
    pub sessions: Sessions,
    /// Tokens of the metadata service.
    pub metadata_tokens: Tokens,
}

/// State shared between connections and the owner of the simulator.
#[derive(Debug, Clone)]
pub struct Shared(Arc<Mutex<State>>);

impl Shared {
    /// A fresh cloud over this world.
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(State {
            ids: Ids::seeded(world.seed),
            world,
            clock: Clock::default(),
            faults: Faults::default(),
            log: RequestLog::default(),
            memory: Memory::default(),
            sessions: Sessions::default(),
            metadata_tokens: Tokens::default(),
        })))
    }

    /// Exclusive access. A panic of another holder does not take the simulator down: each change
    /// of the state is one assignment deep, and the request that panicked is lost anyway.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
