//! The cloud, simulated faithfully enough that the vendor's own SDKs can drive it: signatures,
//! nonces, time window, throttling and permissions of the gateway, the state machines behind the
//! actions, and faults on demand. Nothing in it knows the operator.
//!
//! [`Simulator::start`] runs it in process; the binary `sas-sim` runs it alone. Its control
//! interface over HTTP is described at [`control`], its data at [`world`].

pub mod action;
mod actions;
mod alerts;
pub mod clock;
mod container_field;
pub mod control;
mod dispatch;
mod ecs;
pub mod fault;
mod frequency;
pub mod gateway;
mod guard;
mod ids;
mod local_time;
pub mod log;
pub mod metadata;
mod page;
mod paging;
mod parameters;
mod pattern;
mod runs;
mod scanning;
mod script;
mod search;
mod selecting;
mod server;
mod simulator;
pub mod state;
pub mod sts;
#[cfg(test)]
mod testing;
mod transcript;
pub mod world;
mod xml;

pub use clock::ClockChange;
pub use fault::{FaultKind, Rule, Stage};
pub use log::Record;
pub use simulator::Simulator;
pub use world::World;
