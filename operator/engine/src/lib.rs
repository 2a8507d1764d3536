//! Plan, approval, intent, call, receipt, verification: the life of a write, for any kind and any cloud.
//! This crate knows nothing of Security Center; a kind tells it what to observe and what follows from
//! that ([`operation::Operation`]), a cloud how to send one call ([`cloud::Cloud`]).
//!
//! # What it promises
//!
//! *No write without approval.* The only way to send a write is [`cloud::Cloud::send`], which takes an
//! [`Approved`] call. Its only constructor is private to this crate and takes the object that the API
//! server returned for the write of an intent: that object must hold an open intent for this very call
//! of a plan with this very hash, and an annotation that names the full hash.
//!
//! *Exactly that write.* The hash covers every parameter of every call, the targets, the risk, the cost
//! ceiling and the identity of object and account ([`hash`]). The plan is computed anew in the pass that
//! executes it; another hash is another plan and waits for its own approval.
//!
//! *At most once.* Before a call its nonce and timestamp are stored in the status, with the
//! resourceVersion of the object that was judged. Whoever finds an intent without a receipt, after a
//! crash or because two leaders ran, sends the very same bytes, and the gateway runs a nonce once. Its
//! memory for nonces (31 minutes) is longer than the life of a timestamp (15 minutes either way), so
//! there is no moment at which a second copy could run. Afterwards a call is repeated only if the cloud
//! de-duplicates it by a client token, if the cloud proves twice that it did not run, or if the plan says
//! that a repeat does no harm. Otherwise the resource stops at `OutcomeUnknown`.
//!
//! *Nothing assumed.* A reply ends nothing: the effect has to be seen by a read.
//!
//! # The life of a write
//!
//! | Step | Stored before it | If the process dies right after it |
//! |---|---|---|
//! | publish plan | nothing | the next pass publishes the same plan |
//! | approve (a person) | plan and hash | – |
//! | store intent | plan and hash | the next pass sends the intent's bytes: first arrival |
//! | send | intent | the next pass sends the same bytes: the gateway refuses the second copy, the effect is read back |
//! | reply | intent | as above |
//! | read back, store receipt and outcome | intent | as above; after this nothing is left to do |
//!
//! # Where to read
//!
//! [`decide::decide`] is the whole behaviour as one pure function over [`facts::Facts`]; `gather` makes the facts,
//! `drive` performs one step per pass, `execute` is the only module that sends, `record` keeps what it did.

mod acting;
mod announce;
pub mod approval;
mod approved;
mod aside;
mod children;
pub mod cloud;
mod context;
pub mod decide;
mod drive;
pub mod events;
mod execute;
pub mod facts;
mod flight;
mod gather;
mod graft;
pub mod guard;
pub mod hash;
mod job;
mod lanes;
mod large;
pub mod metrics;
pub mod operation;
mod outputs;
mod pace;
mod partial;
mod project;
mod publish;
mod record;
mod report;
mod resolve;
pub mod runner;
pub mod standing;
mod stopping;
mod store;
pub mod timing;
mod trouble;
mod words;

pub use acting::{is_about_to_act, is_waiting};
pub use approved::Approved;
pub use children::{CHILDREN_PER_PASS, Child, Children, Retired, is_child};
pub use cloud::{Cloud, Reply, SendError};
pub use context::{Clock, Context, LookAtGuard, PassError};
pub use drive::reconcile;
pub use guard::Guard;
pub use job::{Ended, ended};
pub use operation::{Accounts, Blocked, Made, Operation, Planned, Report, Settled, Unavailable};
pub use report::reconcile_report;
pub use resolve::salted_digest;
pub use standing::{Coverage, Standing, Waiting};
pub use timing::Timing;
pub use words::approve_command;
