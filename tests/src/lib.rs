//! What flow tests are made of: a namespace of their own on a shared real control plane, a simulated
//! cloud, the operator as a process, and a proxy between the operator and the API server that counts
//! what the operator writes and can stop it at any boundary. Nothing here knows how the operator works
//! inside: it is driven and judged from outside only.

pub mod alerts;
pub mod approve;
pub mod claims;
pub mod cloud;
pub mod flow;
pub mod gitops;
pub mod kstatus;
pub mod manifests;
pub mod operator;
pub mod paths;
pub mod plugin;
pub mod proxy;
pub mod raw;
pub mod rights;
pub mod rush;
pub mod schema;
pub mod secrecy;
pub mod traffic;
pub mod wait;
pub mod world;

pub use flow::Flow;
pub use world::World;
