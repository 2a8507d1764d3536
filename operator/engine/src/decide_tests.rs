//! Every row of the decision as a table: the facts that matter for it, and the step that follows.

use super::*;
use crate::approval::Decision;
use crate::facts::Ended;
use crate::guard::{Guard, Rules};
use crate::operation::Blocked;

#[path = "decide_tests/open_call.rs"]
mod open_call;
#[path = "decide_tests/stopping.rs"]
mod stopping;

/// A change that is published and approved, with nothing in its way.
fn facts() -> Facts {
    Facts {
        one_shot: false,
        invalid: None,
        unavailable: None,
        obstacle: None,
        unreachable: None,
        guard: Guard::Up(Rules::default()),
        paused: false,
        flight: None,
        running: None,
        refusal: None,
        ended: None,
        planned: Some(Wanted::Change { publish: false }),
        verdict: Verdict::Approved(Decision::default()),
        uncovered: None,
    }
}

pub(super) fn blocked(message: &str) -> Blocked {
    Blocked {
        reason: Reason::Throttled,
        message: message.into(),
    }
}

pub(super) fn ended(outcome: Outcome) -> Ended {
    Ended {
        outcome,
        message: "why".into(),
    }
}

/// A plan of two calls, the first of which has an intent and no receipt.
fn flight() -> Flight {
    Flight {
        intact: true,
        calls: 2,
        receipts: 0,
        open: Some(Open {
            repeat: Repeat::Never,
            window: Window::Open,
            same_key: true,
            arrived: false,
            late: false,
            attempt: 1,
            repeated: false,
            max_attempts: 3,
            absence: Absence::NotNoted,
        }),
        settled: Some(Settled::NotStarted),
        approved: true,
        overdue: false,
        one_by_one: false,
    }
}

fn with(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = facts();
    change(&mut facts);
    facts
}

fn flying(change: impl FnOnce(&mut Flight)) -> Facts {
    let mut flight = flight();
    change(&mut flight);
    with(|f| f.flight = Some(flight))
}

/// As [`flying`], for the open call.
fn open(change: impl FnOnce(&mut Open)) -> Facts {
    flying(|f| change(f.open.as_mut().unwrap()))
}

/// A step in one word, with the number that matters.
fn name(step: &Step) -> String {
    match step {
        Step::RefuseSpec { message } => format!("RefuseSpec {message}"),
        Step::InSync => "InSync".into(),
        Step::Block(blocked) => format!("Block {}", blocked.message),
        Step::AwaitApproval { publish, reason, .. } => format!("AwaitApproval {publish} {reason}"),
        Step::StayRejected => "StayRejected".into(),
        Step::Hold => "Hold".into(),
        Step::Execute { call } => format!("Execute {call}"),
        Step::Resend { call } => format!("Resend {call}"),
        Step::Accept { call } => format!("Accept {call}"),
        Step::NoteAbsence { call } => format!("NoteAbsence {call}"),
        Step::Verify { .. } => "Verify".into(),
        Step::VerifySlowly { .. } => "VerifySlowly".into(),
        Step::GiveUp(blocked) => format!("GiveUp {}", blocked.message),
        Step::Finish => "Finish".into(),
        Step::Fail { reason, .. } => format!("Fail {reason}"),
        Step::StopUnknown { .. } => "StopUnknown".into(),
        Step::StayEnded(ended) => format!("StayEnded {:?}", ended.outcome),
        Step::EndStop { outcome, .. } => format!("EndStop {outcome:?}"),
    }
}

fn check(rows: &[(&str, Facts, &str)]) {
    for (what, facts, expected) in rows {
        assert_eq!(name(&decide(facts)), *expected, "{what}");
    }
}

#[test]
fn before_a_plan_is_looked_at() {
    check(&[
        (
            "the spec is invalid",
            with(|f| f.invalid = Some("size".into())),
            "RefuseSpec size",
        ),
        (
            "the spec is invalid and the cloud is away",
            with(|f| {
                f.invalid = Some("size".into());
                f.unavailable = Some(blocked("away"));
            }),
            "RefuseSpec size",
        ),
        (
            "the cloud is away",
            with(|f| f.unavailable = Some(blocked("away"))),
            "Block away",
        ),
        ("nothing was looked at", with(|f| f.planned = None), "Verify"),
        (
            "nothing is wanted",
            with(|f| f.planned = Some(Wanted::Nothing)),
            "InSync",
        ),
        (
            "nothing is wanted after a failure",
            with(|f| {
                f.planned = Some(Wanted::Nothing);
                f.ended = Some(ended(Outcome::Unknown));
            }),
            "InSync",
        ),
        (
            "something is missing",
            with(|f| f.planned = Some(Wanted::Blocked(blocked("quota")))),
            "Block quota",
        ),
        (
            "something is missing after a failure",
            with(|f| {
                f.planned = Some(Wanted::Blocked(blocked("quota")));
                f.ended = Some(ended(Outcome::Failed));
            }),
            "StayEnded Failed",
        ),
        (
            "the last execution failed",
            with(|f| f.ended = Some(ended(Outcome::Failed))),
            "StayEnded Failed",
        ),
        (
            "the last execution is unknown",
            with(|f| f.ended = Some(ended(Outcome::Unknown))),
            "StayEnded Unknown",
        ),
        (
            "drift after a success",
            with(|f| f.ended = Some(ended(Outcome::Succeeded))),
            "Execute 0",
        ),
        (
            "a job that succeeded, whatever the cloud shows later",
            with(|f| {
                f.one_shot = true;
                f.ended = Some(ended(Outcome::Succeeded));
            }),
            "StayEnded Succeeded",
        ),
    ]);
}

#[test]
fn at_the_gate() {
    let verdict = |verdict: Verdict| with(|f| f.verdict = verdict);
    let unpublished = |verdict: Verdict| {
        with(|f| {
            f.verdict = verdict;
            f.planned = Some(Wanted::Change { publish: true });
        })
    };
    let approved = || Verdict::Approved(Decision::default());
    let expired = Verdict::Expired {
        not_after: "then".into(),
    };
    let incomplete = Verdict::Incomplete {
        message: "comment".into(),
    };
    check(&[
        (
            "nobody has decided",
            verdict(Verdict::Undecided),
            "AwaitApproval false AwaitingApproval",
        ),
        (
            "nobody has decided, new plan",
            unpublished(Verdict::Undecided),
            "AwaitApproval true AwaitingApproval",
        ),
        (
            "somebody took the approval away",
            verdict(Verdict::TakenAway { by: "x".into() }),
            "AwaitApproval false AwaitingApproval",
        ),
        (
            "another plan is named",
            verdict(Verdict::Stale { named: "x".into() }),
            "AwaitApproval false ApprovalStale",
        ),
        (
            "the approval is over",
            verdict(expired),
            "AwaitApproval false ApprovalExpired",
        ),
        (
            "the approval lacks something",
            verdict(incomplete),
            "AwaitApproval false ApprovalIncomplete",
        ),
        (
            "rejected",
            verdict(Verdict::Rejected(Decision::default())),
            "StayRejected",
        ),
        ("approved", verdict(approved()), "Execute 0"),
        (
            "approved before it was published",
            unpublished(approved()),
            "AwaitApproval true AwaitingApproval",
        ),
        ("approved and paused", with(|f| f.paused = true), "Hold"),
        (
            "approved and throttled",
            with(|f| f.obstacle = Some(blocked("slow"))),
            "Block slow",
        ),
        (
            "approved, and its servers are away",
            with(|f| f.unreachable = Some("offline".into())),
            "Block offline",
        ),
        (
            "approved, paused and throttled",
            with(|f| {
                f.paused = true;
                f.obstacle = Some(blocked("slow"));
            }),
            "Hold",
        ),
        (
            "waiting and paused",
            with(|f| {
                f.paused = true;
                f.verdict = Verdict::Undecided;
            }),
            "AwaitApproval false AwaitingApproval",
        ),
    ]);
}

#[test]
fn a_flight_comes_first() {
    let away = |f: &mut Flight| f.settled = None;
    let mut everything = flying(|f| f.settled = Some(Settled::Done));
    everything.invalid = Some("size".into());
    everything.verdict = Verdict::Rejected(Decision::default());
    everything.planned = Some(Wanted::Nothing);
    everything.ended = Some(ended(Outcome::Failed));
    check(&[
        ("whatever else is the case", everything, "Accept 0"),
        (
            "the plan was exchanged",
            flying(|f| f.intact = false),
            "StopUnknown",
        ),
        ("the cloud is away", flying(away), "Verify"),
        (
            "the cloud is away and it is late",
            flying(|f| {
                away(f);
                f.overdue = true;
                f.open = None;
            }),
            "Verify",
        ),
    ]);
}

#[test]
fn between_two_calls() {
    let between = |change: &dyn Fn(&mut Facts)| {
        let mut facts = flying(|f| {
            f.receipts = 1;
            f.open = None;
        });
        change(&mut facts);
        facts
    };
    check(&[
        ("the next call is due", between(&|_| ()), "Execute 1"),
        (
            "the approval ended",
            between(&|f| f.flight.as_mut().unwrap().approved = false),
            "Fail Revoked",
        ),
        ("paused", between(&|f| f.paused = true), "Hold"),
        (
            "throttled",
            between(&|f| f.obstacle = Some(blocked("slow"))),
            "Verify",
        ),
        (
            "it is late, which is no matter between calls",
            between(&|f| f.flight.as_mut().unwrap().overdue = true),
            "Execute 1",
        ),
        (
            "the effect is there before the second call",
            between(&|f| f.flight.as_mut().unwrap().settled = Some(Settled::Done)),
            "Execute 1",
        ),
        (
            "each call waits for the one before it, whose effect is not there",
            between(&|f| f.flight.as_mut().unwrap().one_by_one = true),
            "Verify",
        ),
        (
            "each call waits for the one before it, whose effect is there",
            between(&|f| cautious(f, Settled::Done)),
            "Execute 1",
        ),
        (
            "its servers are away",
            between(&|f| f.unreachable = Some("offline".into())),
            "Verify",
        ),
        (
            "its servers are away for too long",
            between(&|f| {
                f.unreachable = Some("offline".into());
                f.flight.as_mut().unwrap().overdue = true;
            }),
            "Fail Failed",
        ),
        (
            "each call waits for the one before it, which failed",
            between(&|f| cautious(f, Settled::Failed("no".into()))),
            "Fail Failed",
        ),
        (
            "each call waits for the one before it, for too long",
            between(&|f| {
                cautious(f, Settled::Wait("half".into()));
                f.flight.as_mut().unwrap().overdue = true;
            }),
            "StopUnknown",
        ),
    ]);
}

fn cautious(facts: &mut Facts, settled: Settled) {
    let flight = facts.flight.as_mut().unwrap();
    flight.one_by_one = true;
    flight.settled = Some(settled);
}

#[test]
fn after_the_last_call() {
    let after = |settled: Settled, overdue: bool| {
        flying(|f| {
            f.receipts = 2;
            f.open = None;
            f.settled = Some(settled);
            f.overdue = overdue;
        })
    };
    let wait = || Settled::Wait("half".into());
    check(&[
        ("done", after(Settled::Done, false), "Finish"),
        ("done, late", after(Settled::Done, true), "Finish"),
        (
            "failed",
            after(Settled::Failed("no".into()), false),
            "Fail Failed",
        ),
        ("half done", after(wait(), false), "Verify"),
        ("nothing yet", after(Settled::NotStarted, false), "Verify"),
        ("nothing to see", after(Settled::Unproven, false), "Verify"),
        (
            "half done, slowly",
            after(Settled::Slow("half".into()), false),
            "VerifySlowly",
        ),
        ("half done, late", after(wait(), true), "StopUnknown"),
        (
            "half done, slowly and late",
            after(Settled::Slow("half".into()), true),
            "StopUnknown",
        ),
        (
            "nothing yet, late",
            after(Settled::NotStarted, true),
            "StopUnknown",
        ),
        (
            "nothing to see, late",
            after(Settled::Unproven, true),
            "StopUnknown",
        ),
    ]);
}

#[test]
fn texts_of_annotations_are_bounded_and_printable() {
    let named = format!("\u{1b}[31m{}\n", "x".repeat(10_000));
    let Step::AwaitApproval {
        remark: Some(remark), ..
    } = decide(&with(|f| f.verdict = Verdict::Stale { named }))
    else {
        panic!("a stale approval waits with a remark");
    };
    assert!(
        remark.len() < 200 && !remark.chars().any(char::is_control),
        "{remark}"
    );
}
