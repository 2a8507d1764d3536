//! The decision: one pure function from facts to one step. Its order is its meaning: an execution that
//! has begun is brought to its end before anything else is looked at, and nothing is executed without a
//! verdict that approves exactly the plan at hand.

use sas_api::Reason;
use sas_api::plan::Repeat;
use sas_api::status::Outcome;

use crate::approval::{self, Verdict};
use crate::events::cut;
use crate::facts::{Absence, Facts, Flight, Open, Running, Step, Wanted, Window};
use crate::operation::{Blocked, Settled};

/// Names the one step that the facts ask for.
pub fn decide(facts: &Facts) -> Step {
    match (&facts.flight, &facts.running) {
        (Some(flight), None) => return in_flight(facts, flight),
        (Some(flight), Some(_)) => return stopping(in_flight(facts, flight)),
        (None, Some(running)) => return beside(facts, running),
        (None, None) => {}
    }
    if let Some(message) = &facts.invalid {
        return Step::RefuseSpec {
            message: message.clone(),
        };
    }
    if let Some(obstacle) = &facts.unavailable {
        return Step::Block(obstacle.clone());
    }
    let Some(wanted) = &facts.planned else {
        return Step::Verify {
            progress: "the cloud has not been looked at yet".into(),
        };
    };
    if *wanted == Wanted::Nothing {
        return Step::InSync;
    }
    if let Some(ended) = facts
        .ended
        .as_ref()
        .filter(|ended| facts.one_shot || ended.outcome != Outcome::Succeeded)
    {
        return Step::StayEnded(ended.clone());
    }
    match wanted {
        Wanted::Nothing => Step::InSync,
        Wanted::Blocked(blocked) => Step::Block(blocked.clone()),
        Wanted::Impossible(blocked) => Step::GiveUp(blocked.clone()),
        Wanted::Change { publish } => gate(facts, *publish),
    }
}

/// A change is wanted and nothing of it has been done.
fn gate(facts: &Facts, publish: bool) -> Step {
    let wait = |reason, remark| Step::AwaitApproval {
        publish,
        reason,
        remark,
    };
    match &facts.verdict {
        Verdict::Undecided => wait(Reason::AwaitingApproval, facts.uncovered.clone()),
        Verdict::TakenAway { by } => wait(
            Reason::AwaitingApproval,
            Some(format!(
                "an approval of this plan was taken away by {} and does not count",
                shorten(by)
            )),
        ),
        Verdict::Stale { named } => wait(
            Reason::ApprovalStale,
            Some(format!(
                "the approval at hand names {}, which is not this plan",
                shorten(named)
            )),
        ),
        Verdict::Expired { not_after } => wait(
            Reason::ApprovalExpired,
            Some(format!(
                "the approval at hand was valid until {}, which is over or cannot be read",
                shorten(not_after)
            )),
        ),
        Verdict::Incomplete { message } => wait(Reason::ApprovalIncomplete, Some(message.clone())),
        Verdict::Rejected(_) => Step::StayRejected,
        // An approval can only name a plan that is published; a plan that is not goes out first.
        Verdict::Approved(_) if publish => wait(Reason::AwaitingApproval, None),
        Verdict::Approved(_) if facts.paused => Step::Hold,
        Verdict::Approved(_) => {
            let unreachable = facts.unreachable.clone().map(|message| Blocked {
                reason: Reason::AgentOffline,
                message,
            });
            match facts
                .guard
                .obstacle()
                .or(unreachable)
                .or_else(|| facts.obstacle.clone())
            {
                Some(obstacle) => Step::Block(obstacle),
                None => Step::Execute { call: 0 },
            }
        }
    }
}

/// A plan to stop something is executed: its end is not the end of what it stops.
fn stopping(step: Step) -> Step {
    let end = |outcome, message| Step::EndStop { outcome, message };
    match step {
        Step::Finish => end(Outcome::Succeeded, "the effect was read back".into()),
        Step::Fail {
            reason: Reason::Revoked,
            message,
        } => end(Outcome::Revoked, message),
        Step::Fail { message, .. } => end(Outcome::Failed, message),
        Step::StopUnknown { message } => end(Outcome::Unknown, message),
        step => step,
    }
}

/// Something has begun, and somebody asks or asked to stop it: its own end comes first.
fn beside(facts: &Facts, running: &Running) -> Step {
    if !running.intact {
        return not_intact();
    }
    let Some(settled) = &running.settled else {
        return unreadable(facts);
    };
    let following = match awaited(running.overdue, settled) {
        Step::Finish if running.stopped => return cancelled("what had ended before that keeps its results"),
        Step::Fail { message, .. } | Step::StopUnknown { message } if running.stopped => {
            return cancelled(&message);
        }
        end @ (Step::Finish | Step::Fail { .. } | Step::StopUnknown { .. }) => return end,
        following => following,
    };
    match &facts.planned {
        Some(Wanted::Change { publish }) if facts.invalid.is_none() && facts.unavailable.is_none() => {
            match gate(facts, *publish) {
                Step::StayRejected => following,
                step => step,
            }
        }
        _ => following,
    }
}

fn cancelled(message: &str) -> Step {
    Step::Fail {
        reason: Reason::Cancelled,
        message: cut(&format!("stopped as asked: {message}"), 1_000),
    }
}

fn not_intact() -> Step {
    Step::StopUnknown {
        message: "the plan in the status is not the one that was approved; somebody else wrote the status"
            .into(),
    }
}

fn unreadable(facts: &Facts) -> Step {
    let obstacle = facts.unavailable.as_ref().map(|u| u.message.clone());
    Step::Verify {
        progress: format!(
            "the effect cannot be read back at the moment: {}",
            obstacle.unwrap_or_default()
        ),
    }
}

/// An execution has begun.
fn in_flight(facts: &Facts, flight: &Flight) -> Step {
    if !flight.intact {
        return not_intact();
    }
    let Some(settled) = &flight.settled else {
        return unreadable(facts);
    };
    match &flight.open {
        Some(open) => open_call(facts, flight, open, settled),
        None if flight.receipts < flight.calls => next_call(facts, flight),
        None => awaited(flight.overdue, settled),
    }
}

/// Some calls have run, the next one has no intent yet.
fn next_call(facts: &Facts, flight: &Flight) -> Step {
    if !flight.approved {
        return Step::Fail {
            reason: Reason::Revoked,
            message: format!(
                "the approval ended after {} of {} calls; what is left needs a new plan",
                flight.receipts, flight.calls
            ),
        };
    }
    match &flight.settled {
        Some(settled) if flight.one_by_one && *settled != Settled::Done => awaited(flight.overdue, settled),
        _ => reached(facts, flight).unwrap_or_else(|| Step::Fail {
            reason: Reason::Failed,
            message: format!(
                "{}; {} of {} calls were made, what is left needs a new plan",
                facts.unreachable.as_deref().unwrap_or_default(),
                flight.receipts,
                flight.calls
            ),
        }),
    }
}

/// The next call, as soon as it can act on its targets; nothing where they have been away for too long.
fn reached(facts: &Facts, flight: &Flight) -> Option<Step> {
    match &facts.unreachable {
        None => Some(unless_held(
            facts,
            Step::Execute {
                call: flight.receipts,
            },
        )),
        Some(_) if flight.overdue => None,
        Some(message) => Some(Step::Verify {
            progress: format!("{message}; waiting until it can"),
        }),
    }
}

/// The calls made so far have a receipt, and their effect is awaited.
fn awaited(overdue: bool, settled: &Settled) -> Step {
    match settled {
        Settled::Done => Step::Finish,
        Settled::Failed(message) => Step::Fail {
            reason: Reason::Failed,
            message: message.clone(),
        },
        _ if overdue => Step::StopUnknown {
            message: "the cloud accepted every call, but the effect is not visible".into(),
        },
        Settled::Wait(progress) => Step::Verify {
            progress: progress.clone(),
        },
        Settled::Slow(progress) => Step::VerifySlowly {
            progress: progress.clone(),
        },
        Settled::NotStarted | Settled::Unproven => Step::Verify {
            progress: "no effect is visible yet".into(),
        },
    }
}

/// A call has an intent and no receipt: its sender died, or its reply was lost.
fn open_call(facts: &Facts, flight: &Flight, open: &Open, settled: &Settled) -> Step {
    let call = flight.receipts;
    match settled {
        Settled::Done => return Step::Accept { call },
        Settled::Failed(message) => {
            return Step::Fail {
                reason: Reason::Failed,
                message: message.clone(),
            };
        }
        _ => {}
    }
    let watch = |why: &str| Step::Verify {
        progress: why.to_owned(),
    };
    if open.window == Window::Open && open.same_key && !open.arrived && flight.approved {
        return unless_held(facts, Step::Resend { call });
    }
    // Where looking cannot help, only a repeat does, if it is harmless.
    let blind =
        *settled == Settled::Unproven && matches!(open.repeat, Repeat::ClientToken | Repeat::Harmless);
    if open.arrived && !open.late && !blind {
        return watch("the cloud has received the call, its reply is lost; waiting for the effect");
    }
    if let Some(step) = repeat(facts, flight, open, settled) {
        return step;
    }
    if open.window != Window::Dead {
        return watch(
            "the reply to the call is lost; waiting until the effect is visible or the call can no longer run",
        );
    }
    Step::StopUnknown {
        message: "the reply to the call is lost and nothing proves whether it ran".into(),
    }
}

/// A step that sends, unless somebody holds all writes, nobody guards the approvals, or the cloud asked to
/// wait.
fn unless_held(facts: &Facts, step: Step) -> Step {
    match facts.guard.obstacle().or_else(|| facts.obstacle.clone()) {
        _ if facts.paused => Step::Hold,
        Some(obstacle) => Step::Verify {
            progress: obstacle.message,
        },
        None => step,
    }
}

/// What may follow on an open call whose bytes are worth nothing any more, if anything may.
fn repeat(facts: &Facts, flight: &Flight, open: &Open, settled: &Settled) -> Option<Step> {
    let call = flight.receipts;
    let dead = open.window == Window::Dead;
    let allowed = match open.repeat {
        // The cloud runs the token once, whichever attempt arrives first.
        Repeat::ClientToken => true,
        Repeat::AfterProof if dead && *settled == Settled::NotStarted => match open.absence {
            Absence::NotNoted => return Some(Step::NoteAbsence { call }),
            Absence::Noted => {
                return Some(Step::Verify {
                    progress: "the call seems not to have run; looking once more".into(),
                });
            }
            Absence::Proven if !flight.approved => {
                return Some(Step::Fail {
                    reason: Reason::Revoked,
                    message: "the call did not run and its approval has ended".into(),
                });
            }
            Absence::Proven => true,
        },
        Repeat::Harmless => dead && !open.repeated,
        Repeat::AfterProof | Repeat::Never => false,
    };
    let left = open.attempt < open.max_attempts;
    (allowed && left && flight.approved)
        .then(|| reached(facts, flight))
        .flatten()
}

/// Annotation values come from people; a condition shows a bounded, printable part.
fn shorten(text: &str) -> String {
    let clean: String = approval::printable(text).chars().take(80).collect();
    format!("'{clean}'")
}

#[cfg(test)]
#[path = "decide_laws.rs"]
mod laws;
#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
