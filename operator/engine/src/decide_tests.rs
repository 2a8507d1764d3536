//! Every row of the decision as a table: the facts that matter for it, and the step that follows.

use super::*;
use crate::approval::Decision;
use crate::facts::Ended;
use crate::guard::{Guard, Rules};
use crate::operation::Blocked;

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
fn an_open_call_whose_bytes_still_count() {
    let unapproved = flying(|f| f.approved = false);
    let mut paused = flying(|_| ());
    paused.paused = true;
    let mut throttled = flying(|_| ());
    throttled.obstacle = Some(blocked("slow"));
    check(&[
        (
            "its effect is seen",
            flying(|f| f.settled = Some(Settled::Done)),
            "Accept 0",
        ),
        (
            "its failure is seen",
            flying(|f| f.settled = Some(Settled::Failed("no".into()))),
            "Fail Failed",
        ),
        ("nothing is seen", flying(|_| ()), "Resend 0"),
        (
            "it is at work",
            flying(|f| f.settled = Some(Settled::Wait("half".into()))),
            "Resend 0",
        ),
        (
            "nothing can be said",
            flying(|f| f.settled = Some(Settled::Unproven)),
            "Resend 0",
        ),
        ("the approval ended", unapproved, "Verify"),
        ("paused", paused, "Hold"),
        ("throttled", throttled, "Verify"),
        ("it had arrived", open(|o| o.arrived = true), "Verify"),
        ("another key", open(|o| o.same_key = false), "Verify"),
        (
            "another key, with a client token",
            open(|o| {
                o.same_key = false;
                o.repeat = Repeat::ClientToken;
            }),
            "Execute 0",
        ),
        (
            "its window is over",
            open(|o| o.window = Window::Closed),
            "Verify",
        ),
        (
            "its window is over, with a client token",
            open(|o| {
                o.window = Window::Closed;
                o.repeat = Repeat::ClientToken;
            }),
            "Execute 0",
        ),
        (
            "its window is over, all attempts used",
            open(|o| {
                o.window = Window::Closed;
                o.repeat = Repeat::ClientToken;
                o.attempt = 3;
            }),
            "Verify",
        ),
        (
            "its window is over, harmless",
            open(|o| {
                o.window = Window::Closed;
                o.repeat = Repeat::Harmless;
            }),
            "Verify",
        ),
    ]);
}

/// A call of this kind that can no longer run, changed as a row says.
fn dead(repeat: Repeat, change: impl FnOnce(&mut Facts, &mut Open)) -> Facts {
    let mut facts = flying(|_| ());
    let mut open = facts.flight.as_ref().unwrap().open.unwrap();
    open.window = Window::Dead;
    open.repeat = repeat;
    change(&mut facts, &mut open);
    facts.flight.as_mut().unwrap().open = Some(open);
    facts
}

fn unapproved(facts: &mut Facts) {
    facts.flight.as_mut().unwrap().approved = false;
}

#[test]
fn a_dead_call_that_proves_nothing() {
    use Repeat::{ClientToken, Harmless, Never};
    let throttled = |f: &mut Facts| f.obstacle = Some(blocked("slow"));
    check(&[
        ("never", dead(Never, |_, _| ()), "StopUnknown"),
        (
            "never, paused",
            dead(Never, |f, _| f.paused = true),
            "StopUnknown",
        ),
        ("token", dead(ClientToken, |_, _| ()), "Execute 0"),
        ("token, paused", dead(ClientToken, |f, _| f.paused = true), "Hold"),
        (
            "token, throttled",
            dead(ClientToken, |f, _| throttled(f)),
            "Verify",
        ),
        (
            "token, approval ended",
            dead(ClientToken, |f, _| unapproved(f)),
            "StopUnknown",
        ),
        (
            "token, all attempts used",
            dead(ClientToken, |_, o| o.attempt = 3),
            "StopUnknown",
        ),
        (
            "token, arrived, not late yet",
            dead(ClientToken, |_, o| o.arrived = true),
            "Verify",
        ),
        (
            "token, arrived, and looking cannot help",
            dead(ClientToken, |f, o| {
                o.arrived = true;
                f.flight.as_mut().unwrap().settled = Some(Settled::Unproven);
            }),
            "Execute 0",
        ),
        (
            "harmless, arrived, and looking cannot help",
            dead(Harmless, |f, o| {
                o.arrived = true;
                f.flight.as_mut().unwrap().settled = Some(Settled::Unproven);
            }),
            "Execute 0",
        ),
        ("harmless", dead(Harmless, |_, _| ()), "Execute 0"),
        (
            "harmless, and its servers are away",
            dead(Harmless, |f, _| f.unreachable = Some("offline".into())),
            "Verify",
        ),
        (
            "harmless, and its servers are away for too long",
            dead(Harmless, |f, _| {
                f.unreachable = Some("offline".into());
                f.flight.as_mut().unwrap().overdue = true;
            }),
            "StopUnknown",
        ),
        (
            "harmless, a second time",
            dead(Harmless, |_, o| (o.attempt, o.repeated) = (2, true)),
            "StopUnknown",
        ),
        (
            "harmless, after an attempt that did not run",
            dead(Harmless, |_, o| o.attempt = 2),
            "Execute 0",
        ),
        ("harmless, paused", dead(Harmless, |f, _| f.paused = true), "Hold"),
    ]);
    let late = flying(|f| {
        let open = f.open.as_mut().unwrap();
        (open.arrived, open.late) = (true, true);
    });
    check(&[("arrived and late, but a copy may still come", late, "Verify")]);
}

#[test]
fn a_dead_call_that_can_be_proved_absent() {
    let call = |change: fn(&mut Facts, &mut Open)| dead(Repeat::AfterProof, change);
    let proven = |change: fn(&mut Facts, &mut Open)| {
        dead(Repeat::AfterProof, |f, o| {
            o.absence = Absence::Proven;
            change(f, o);
        })
    };
    check(&[
        ("not looked for", call(|_, _| ()), "NoteAbsence 0"),
        (
            "not looked for, paused",
            call(|f, _| f.paused = true),
            "NoteAbsence 0",
        ),
        (
            "not looked for, approval ended",
            call(|f, _| unapproved(f)),
            "NoteAbsence 0",
        ),
        ("seen once", call(|_, o| o.absence = Absence::Noted), "Verify"),
        ("seen twice", proven(|_, _| ()), "Execute 0"),
        ("seen twice, paused", proven(|f, _| f.paused = true), "Hold"),
        (
            "seen twice, approval ended",
            proven(|f, _| unapproved(f)),
            "Fail Revoked",
        ),
        (
            "seen twice, all attempts used",
            proven(|_, o| o.attempt = 3),
            "StopUnknown",
        ),
        (
            "seen twice, but nothing can be said now",
            proven(|f, _| f.flight.as_mut().unwrap().settled = Some(Settled::Unproven)),
            "StopUnknown",
        ),
        (
            "only the window is over",
            proven(|_, o| o.window = Window::Closed),
            "Verify",
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

fn running(settled: Settled) -> Running {
    Running {
        intact: true,
        settled: Some(settled),
        overdue: false,
        stopped: false,
    }
}

#[test]
fn what_is_to_be_stopped_comes_before_its_stop() {
    let going = || running(Settled::Wait("40 %".into()));
    let verify = || Step::Verify {
        progress: "40 %".into(),
    };
    let wait = Step::AwaitApproval {
        publish: false,
        reason: Reason::AwaitingApproval,
        remark: None,
    };
    let stop = |change: &dyn Fn(&mut Facts), running: Running| {
        decide(&with(|facts| {
            facts.running = Some(running);
            change(facts);
        }))
    };
    let undecided = |facts: &mut Facts| facts.verdict = Verdict::Undecided;
    assert_eq!(stop(&undecided, going()), wait);
    assert_eq!(stop(&|_| {}, going()), Step::Execute { call: 0 });
    assert_eq!(stop(&|facts| facts.paused = true, going()), Step::Hold);
    let rejected = |facts: &mut Facts| facts.verdict = Verdict::Rejected(Decision::default());
    assert_eq!(stop(&rejected, going()), verify());
    assert_eq!(stop(&|facts| facts.planned = None, going()), verify());
    assert_eq!(stop(&|_| {}, running(Settled::Done)), Step::Finish);
    let failed = stop(&|_| {}, running(Settled::Failed("no".into())));
    assert!(
        matches!(
            failed,
            Step::Fail {
                reason: Reason::Failed,
                ..
            }
        ),
        "{failed:?}"
    );
    let forged = Running {
        intact: false,
        ..going()
    };
    assert!(matches!(stop(&|_| {}, forged), Step::StopUnknown { .. }));
}

#[test]
fn what_was_stopped_is_not_done() {
    for settled in [Settled::Done, Settled::Failed("terminated".into())] {
        let step = decide(&with(|facts| {
            facts.running = Some(Running {
                stopped: true,
                ..running(settled)
            });
        }));
        assert!(
            matches!(
                step,
                Step::Fail {
                    reason: Reason::Cancelled,
                    ..
                }
            ),
            "{step:?}"
        );
    }
}

#[test]
fn the_end_of_a_stop_is_not_the_end_of_what_it_stops() {
    let step = decide(&flying(|flight| {
        (flight.receipts, flight.open, flight.settled) = (2, None, Some(Settled::Done));
    }));
    assert_eq!(step, Step::Finish);
    let mut facts = flying(|flight| {
        (flight.receipts, flight.open, flight.settled) = (2, None, Some(Settled::Done));
    });
    facts.running = Some(running(Settled::Wait("40 %".into())));
    let ended = decide(&facts);
    let succeeded = Outcome::Succeeded;
    assert!(
        matches!(ended, Step::EndStop { outcome, .. } if outcome == succeeded),
        "{ended:?}"
    );
}
