//! Rows about a call that has an intent and no receipt.

use super::*;

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
