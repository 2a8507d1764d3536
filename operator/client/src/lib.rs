//! A signing RPC client for Alibaba Cloud Security Center and its neighbours.
//! It knows nothing of Kubernetes: typed reads, one door for approved writes, and an error type
//! that says what may be done next. One small file per cloud action.
//!
//! A call passes these layers, outermost first; reads and writes differ only in the first:
//!
//! | Module | Does |
//! |---|---|
//! | `read`, `write` | tries reads again with a fresh nonce; sends further copies of a write only with the same bytes |
//! | `exchange` | one exchange: waits for the rate limit, reports to the observer, measures the clock |
//! | [`credentials`], `refused_key` | the key of the moment; none leaves that the cloud has just refused |
//! | `request`, [`sign`] | parameters, nonce, time and key to bytes, without any state |
//! | `transport` | one HTTP exchange within its limits; says whether anything can have been written |
//! | `json`, `reply`, `code`, [`error`] | answer to success or to an error with its [`Verdict`] |
//!
//! `wire` says how single values are read and written, and `actions` is built on it.
//! Nothing that a server or a library says reaches an error or a log line without `sanitize`.

pub mod action;
pub mod actions;
pub mod circuit;
mod client;
mod clock;
mod code;
pub mod credentials;
pub mod endpoint;
pub mod error;
mod exchange;
mod json;
#[cfg(any(test, fuzzing))]
pub mod laws;
mod limit;
mod parameters;
mod read;
mod refused_key;
mod reply;
mod request;
mod retry;
mod sanitize;
pub mod sign;
mod transport;
pub mod wire;
mod write;

pub use client::{Client, ClientBuilder};
pub use clock::Now;
pub use credentials::{Credentials, CredentialsError, ProvideCredentials};
pub use endpoint::{EndpointError, EndpointOverrides, Network, Product, Site};
pub use error::{CloudError, ErrorKind, Verdict};
pub use exchange::{CallObservation, Observer};
pub use limit::{RateLimits, Urgency};
pub use read::Reply;
pub use request::SignatureVersion;
pub use retry::RetryPolicy;
pub use transport::{Transport, TransportError, TransportOptions};
pub use write::{RawReply, WriteRequest};
