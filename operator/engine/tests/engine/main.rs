//! The engine run pass by pass in a world of its own: a toy kind, a toy cloud and an API server in memory.
//! Every test asserts on what reached the cloud, not on what the engine says about it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

#[path = "../support/mod.rs"]
mod support;

mod api_faults;
mod approval;
mod budget;
mod children;
mod copies;
mod crash;
mod guard;
mod jobs;
mod large;
mod outputs;
mod refusals;
mod report;
mod secrecy;
mod standing;
mod steering;
mod stopping;
mod tampering;
mod twins;
