//! The client on a real socket, against a server that records raw bytes and misbehaves on demand.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod clock;
mod credentials;
mod hostile;
mod memory;
mod network;
mod reads;
mod secrets;
mod server;
mod writes;
