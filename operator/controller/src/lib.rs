//! The operator: the behaviour of every kind, the account of the cloud they share, and the wiring of
//! both to the engine. The binary is a thin shell around this library.

pub mod accounts;
pub mod admin;
pub mod alerts;
pub mod app;
pub mod args;
pub mod assets;
pub mod breaker;
pub mod claims;
pub mod controllers;
pub mod errand;
pub mod failure;
pub mod flight;
pub mod gauges;
pub mod guard;
pub mod in_cluster;
pub mod kinds;
pub mod kubernetes;
pub mod local;
pub mod prices;
pub mod recovery;
pub mod sas;
pub mod shared;
pub mod standing;
pub mod table;
pub mod telemetry;
pub mod triggers;
mod urgency;

pub use kinds::ram_actions;
