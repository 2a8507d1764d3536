//! The engine run pass by pass in a world of its own: a toy kind, a toy cloud and an API server in memory.
//! Every test asserts on what reached the cloud, not on what the engine says about it.

#[path = "../support/mod.rs"]
mod support;

mod api_faults;
mod approval;
mod budget;
mod cloud_faults;
mod steering;
