//! A small world to run the engine in: a kind of its own, a cloud that behaves like a gateway, an API
//! server in memory, one clock for all, and a way to end a pass at any of its requests.

pub mod apiserver;
pub mod cloud;
pub mod dice;
pub mod logs;
pub mod stops;
pub mod toy;
pub mod world;
