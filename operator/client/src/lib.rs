//! A signing RPC client for Alibaba Cloud Security Center and its neighbours.
//! It knows nothing of Kubernetes: typed reads, one door for approved writes, and an error type
//! that says what may be done next. One small file per cloud action.

pub mod action;
pub mod actions;
pub mod credentials;
pub mod endpoint;
mod lenient;
mod parameters;
pub mod sign;
