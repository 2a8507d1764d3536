//! Everything that a decision may look at, gathered once per pass. Facts hold no clients, no clocks and
//! no kinds, so that every row of the decision can be written down as a test.

use sas_api::Reason;
use sas_api::plan::Repeat;
use sas_api::status::Outcome;

use crate::approval::Verdict;
use crate::guard::Guard;
use crate::operation::{Blocked, Settled};

/// What a decision may look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The resource is a job that is done once.
    pub one_shot: bool,
    /// What is wrong with the spec.
    pub invalid: Option<String>,
    /// Why the cloud could not be looked at.
    pub unavailable: Option<Blocked>,
    /// Why an approved call has to wait a little: the cloud did not run the last attempt.
    pub obstacle: Option<Blocked>,
    /// Why the next call of an approved plan cannot act on its targets.
    pub unreachable: Option<String>,
    /// What the API server enforces.
    pub guard: Guard,
    /// Somebody holds all writes.
    pub paused: bool,
    /// An execution that has begun and not ended. With [`running`](Self::running), that of the plan to stop it.
    pub flight: Option<Flight>,
    /// What has begun with all its calls made, where somebody asks to stop it.
    pub running: Option<Running>,
    /// Why there is no plan to stop something, although somebody asks for it.
    pub refusal: Option<Refusal>,
    /// The end of the last execution, as long as it stands for the present spec.
    pub ended: Option<Ended>,
    /// What has to be done; absent when the cloud could not be looked at.
    pub planned: Option<Wanted>,
    /// What the annotations say about the plan that would be executed.
    pub verdict: Verdict,
    /// Why what was approved in advance does not cover a plan on which nobody has decided.
    pub uncovered: Option<String>,
}

/// What has to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing.
    Nothing,
    /// Something is missing.
    Blocked(Blocked),
    /// It cannot be done.
    Impossible(Blocked),
    /// The plan that is published already, or a new one.
    Change {
        /// The plan is not yet published as it is.
        publish: bool,
    },
}

/// The end of an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How it ended.
    pub outcome: Outcome,
    /// What the cloud said, or what is not known.
    pub message: String,
}

/// An execution that has begun and not ended.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Flight {
    /// The plan in the status is the one whose hash was approved.
    pub intact: bool,
    /// Calls of the plan.
    pub calls: usize,
    /// Calls with a receipt.
    pub receipts: usize,
    /// The call that has an intent and no receipt.
    pub open: Option<Open>,
    /// What reading back says; absent when the cloud could not be looked at.
    pub settled: Option<Settled>,
    /// The approval is still valid.
    pub approved: bool,
    /// The effect has been awaited for too long.
    pub overdue: bool,
    /// A call waits until the effect of those before it is visible.
    pub one_by_one: bool,
}

/// An execution whose calls are all made, beside a plan to stop it.
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// The plan in the status is the one whose hash was approved.
    pub intact: bool,
    /// What reading back says; absent when the cloud could not be looked at.
    pub settled: Option<Settled>,
    /// The effect has been awaited for too long.
    pub overdue: bool,
    /// It was stopped.
    pub stopped: bool,
}

/// Why there is no plan to stop something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There may be one soon: the request stands.
    Later(Blocked),
    /// This is the answer to the request.
    Final(Blocked),
}

/// A call that has an intent and no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Open {
    /// Whether it may be made again.
    pub repeat: Repeat,
    /// What its bytes are still worth.
    pub window: Window,
    /// The signing key is the one of the intent.
    pub same_key: bool,
    /// The cloud said that the bytes had arrived.
    pub arrived: bool,
    /// The effect of a call without a reply should have been visible by now.
    pub late: bool,
    /// Number of the attempt, from 1.
    pub attempt: i32,
    /// An earlier attempt may have run.
    pub repeated: bool,
    /// Attempts that one approval allows.
    pub max_attempts: i32,
    /// What two looks have said about its absence.
    pub absence: Absence,
}

/// What the bytes of an intent are still worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The gateway accepts them once.
    Open,
    /// The gateway may accept a copy that is on its way, but they must not be sent again.
    Closed,
    /// No copy can be accepted any more.
    Dead,
}

/// How well it is proved that a call did not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Not looked for yet.
    NotNoted,
    /// Seen once, too short ago to count twice.
    Noted,
    /// Seen twice with the grace time between.
    Proven,
}

/// One step. A pass takes exactly one.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The spec is invalid; wait for an edit.
    RefuseSpec {
        /// What is wrong.
        message: String,
    },
    /// The cloud is as wanted.
    InSync,
    /// Something is missing; look again later.
    Block(Blocked),
    /// A plan waits for a decision.
    AwaitApproval {
        /// It has to be published first.
        publish: bool,
        /// Why the decision at hand does not count.
        reason: Reason,
        /// The same for people.
        remark: Option<String>,
    },
    /// The plan was refused.
    StayRejected,
    /// Somebody holds all writes.
    Hold,
    /// Record an intent for a call and make it.
    Execute {
        /// Index of the call.
        call: usize,
    },
    /// Send the bytes of a recorded intent again.
    Resend {
        /// Index of the call.
        call: usize,
    },
    /// The effect of a call whose reply was lost is visible.
    Accept {
        /// Index of the call.
        call: usize,
    },
    /// The effect of a call is absent; look once more before that is believed.
    NoteAbsence {
        /// Index of the call.
        call: usize,
    },
    /// Wait for the effect.
    Verify {
        /// What has been seen.
        progress: String,
    },
    /// Wait for the effect, which takes longer than it usually does.
    VerifySlowly {
        /// What has been seen.
        progress: String,
    },
    /// It cannot be done; the job ends.
    GiveUp(Blocked),
    /// The effect is visible.
    Finish,
    /// The execution failed.
    Fail {
        /// Reason of the condition.
        reason: Reason,
        /// What happened and what to do.
        message: String,
    },
    /// Nothing proves whether a call ran.
    StopUnknown {
        /// What is not known.
        message: String,
    },
    /// The end of the last execution still stands.
    StayEnded(Ended),
    /// The execution of a plan to stop something has ended; what it was to stop goes on being followed.
    EndStop {
        /// How it ended.
        outcome: Outcome,
        /// What the cloud said, or what is not known.
        message: String,
    },
}
