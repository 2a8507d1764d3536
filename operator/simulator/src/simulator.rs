//! A running simulator for whoever starts one in process: an HTTP server on a thread and a
//! runtime of its own, so that it neither shares nor blocks the runtime of a test. Dropping it
//! ends the server at once and closes its connections.

use std::io;
use std::net::SocketAddr;
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::clock::{ClockChange, ClockError};
use crate::fault::{Rule, RuleError};
use crate::log::Record;
use crate::server;
use crate::state::{Shared, State};
use crate::world::World;

/// A simulator that answers on a loopback port.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts on a free loopback port.
    pub fn start(world: World) -> io::Result<Self> {
        Self::start_at(world, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Starts on this address; port 0 takes a free one.
    pub fn start_at(world: World, address: SocketAddr) -> io::Result<Self> {
        Self::start_with_names(world, address, Vec::new())
    }

    /// Starts on this address. The page and the control interface answer to addresses, to
    /// `localhost` and to these names.
    pub fn start_with_names(world: World, address: SocketAddr, names: Vec<String>) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let shared = Shared::new(world);
        let (stop, stopped) = oneshot::channel();
        let served = shared.clone();
        let thread = std::thread::Builder::new()
            .name("sas-sim".to_owned())
            .spawn(move || {
                let work = async {
                    let listener = TcpListener::from_std(listener)?;
                    tokio::select! {
                        result = server::serve(listener, served, names.into()) => result,
                        _ = stopped => Ok(()),
                    }
                };
                if let Err(error) = runtime.block_on(work) {
                    tracing::error!(%error, "failed to serve");
                }
            })?;
        Ok(Self {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The base URL, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Reads or changes the whole state; the cloud stands still meanwhile.
    pub fn with<R>(&self, work: impl FnOnce(&mut State) -> R) -> R {
        work(&mut self.shared.lock())
    }

    /// All requests still in the log, oldest first.
    pub fn requests(&self) -> Vec<Record> {
        self.with(|state| state.log.after(0).requests.into_iter().cloned().collect())
    }

    /// Adds a fault rule and returns its id.
    pub fn add_fault(&self, rule: Rule) -> Result<String, RuleError> {
        self.with(|state| state.faults.add(rule))
    }

    /// Changes the simulated time.
    pub fn change_clock(&self, change: &ClockChange) -> Result<(), ClockError> {
        self.with(|state| state.clock.change(change))
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone when the server has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
