//! What holds for any facts at all, tried on thousands of made-up ones. Each law is stated on its own,
//! without looking at how the decision is written.

use proptest::option;
use proptest::prelude::*;

use super::tests::blocked;
use super::*;
use crate::approval::Decision;
use crate::guard::{Guard, Rules};
use crate::operation::Blocked;

fn any_blocked() -> impl Strategy<Value = Option<Blocked>> {
    option::of(Just(blocked("something")))
}

fn any_guard() -> impl Strategy<Value = Guard> {
    let message = || "gone".to_owned();
    prop_oneof![
        4 => Just(Guard::Up(Rules::default())),
        1 => Just(Guard::Down { message: message() }),
        1 => Just(Guard::Advisory { message: message() }),
    ]
}

fn any_settled() -> impl Strategy<Value = Settled> {
    prop_oneof![
        Just(Settled::Done),
        Just(Settled::Wait("half".into())),
        Just(Settled::Slow("half".into())),
        Just(Settled::Failed("no".into())),
        Just(Settled::NotStarted),
        Just(Settled::Unproven),
    ]
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        Just(Verdict::Undecided),
        Just(Verdict::TakenAway { by: "x".into() }),
        Just(Verdict::Stale { named: "x".into() }),
        Just(Verdict::Incomplete { message: "x".into() }),
        Just(Verdict::Expired {
            not_after: "x".into()
        }),
        Just(Verdict::Rejected(Decision::default())),
        Just(Verdict::Approved(Decision::default())),
    ]
}

fn any_planned() -> impl Strategy<Value = Option<Wanted>> {
    option::of(prop_oneof![
        Just(Wanted::Nothing),
        Just(Wanted::Blocked(blocked("quota"))),
        Just(Wanted::Impossible(blocked("nothing ready"))),
        any::<bool>().prop_map(|publish| Wanted::Change { publish }),
    ])
}

prop_compose! {
    fn any_open()(
        repeat in prop::sample::select(vec![Repeat::ClientToken, Repeat::AfterProof, Repeat::Harmless, Repeat::Never]),
        window in prop::sample::select(vec![Window::Open, Window::Closed, Window::Dead]),
        absence in prop::sample::select(vec![Absence::NotNoted, Absence::Noted, Absence::Proven]),
        same_key in any::<bool>(),
        arrived in any::<bool>(),
        late in any::<bool>(),
        attempt in 1..5_i32,
        repeated in any::<bool>(),
        max_attempts in 1..5_i32,
    ) -> Open {
        Open { repeat, window, same_key, arrived, late, attempt, repeated, max_attempts, absence }
    }
}

prop_compose! {
    fn any_flight()(
        open in option::of(any_open()),
        settled in option::of(any_settled()),
        calls in 1..4_usize,
        receipts in 0..4_usize,
        intact in any::<bool>(),
        approved in any::<bool>(),
        overdue in any::<bool>(),
        one_by_one in any::<bool>(),
    ) -> Flight {
        let receipts = if open.is_some() { receipts.min(calls - 1) } else { receipts.min(calls) };
        Flight { intact, calls, receipts, open, settled, approved, overdue, one_by_one }
    }
}

prop_compose! {
    fn any_running()(
        settled in option::of(any_settled()),
        intact in any::<bool>(),
        overdue in any::<bool>(),
        stopped in any::<bool>(),
    ) -> Running {
        Running { intact, settled, overdue, stopped }
    }
}

prop_compose! {
    fn any_facts()(
        invalid in option::of(Just("size".to_owned())),
        unavailable in any_blocked(),
        obstacle in any_blocked(),
        unreachable in option::of(Just("offline".to_owned())),
        guard in any_guard(),
        paused in any::<bool>(),
        flight in option::of(any_flight()),
        ended in option::of(prop::sample::select(vec![Outcome::Succeeded, Outcome::Failed, Outcome::Revoked, Outcome::Unknown])),
        planned in any_planned(),
        running in option::of(any_running()),
        verdict in any_verdict(),
        one_shot in any::<bool>(),
    ) -> Facts {
        // Nobody can have read an effect back from a cloud that could not be looked at.
        let flight = flight.map(|f| Flight { settled: f.settled.filter(|_| unavailable.is_none()), ..f });
        let running = running.map(|r| Running { settled: r.settled.filter(|_| unavailable.is_none()), ..r });
        // What runs has not ended.
        let ended = ended.filter(|_| running.is_none());
        let planned = planned.filter(|_| unavailable.is_none());
        Facts { one_shot, invalid, unavailable, obstacle, unreachable, guard, paused, flight, running, refusal: None, ended: ended.map(super::tests::ended), planned, verdict, uncovered: None }
    }
}

fn sends(step: &Step) -> bool {
    matches!(step, Step::Execute { .. } | Step::Resend { .. })
}

/// Whether a fresh call may follow on this open one.
fn may_be_repeated(open: &Open, settled: &Settled) -> bool {
    let worthless = open.window != Window::Open || !open.same_key || open.arrived;
    let dead = open.window == Window::Dead;
    let kind = match open.repeat {
        Repeat::ClientToken => worthless,
        Repeat::AfterProof => dead && *settled == Settled::NotStarted && open.absence == Absence::Proven,
        Repeat::Harmless => dead && !open.repeated,
        Repeat::Never => false,
    };
    kind && open.attempt < open.max_attempts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_sent_without_an_approval(facts in any_facts()) {
        let step = decide(&facts);
        if sends(&step) {
            let approved = match &facts.flight {
                Some(flight) => flight.approved && flight.intact,
                None => matches!(facts.verdict, Verdict::Approved(_))
                    && facts.planned == Some(Wanted::Change { publish: false })
                    && facts.invalid.is_none(),
            };
            prop_assert!(approved, "{step:?}");
        }
    }

    #[test]
    fn nothing_is_sent_while_paused_or_held_back_or_blind_or_unguarded(facts in any_facts()) {
        let unguarded = matches!(facts.guard, Guard::Down { .. });
        if facts.paused || facts.obstacle.is_some() || facts.unavailable.is_some() || unguarded {
            let step = decide(&facts);
            prop_assert!(!sends(&step), "{step:?}");
        }
    }

    #[test]
    fn no_call_begins_while_its_targets_are_away(facts in any_facts()) {
        let begins = matches!(decide(&facts), Step::Execute { .. });
        prop_assert!(facts.unreachable.is_none() || !begins);
    }

    #[test]
    fn an_open_call_is_made_anew_only_where_that_is_safe(facts in any_facts()) {
        let open = facts.flight.as_ref().and_then(|f| Some((f, f.open.as_ref()?, f.settled.as_ref()?)));
        match (decide(&facts), open) {
            (Step::Execute { call }, Some((flight, open, settled))) => {
                prop_assert!(may_be_repeated(open, settled));
                prop_assert_eq!(call, flight.receipts);
                prop_assert!(open.late || !open.arrived || *settled == Settled::Unproven);
            }
            (Step::Execute { call }, None) => {
                let flight = facts.flight.as_ref();
                prop_assert!(flight.is_none_or(|f| f.open.is_none() && f.receipts < f.calls));
                prop_assert_eq!(call, flight.map_or(0, |f| f.receipts));
            }
            _ => {}
        }
    }

    #[test]
    fn a_cautious_kind_sees_one_effect_before_the_next_call(facts in any_facts()) {
        if let (Step::Execute { call: 1.. }, Some(flight)) = (decide(&facts), &facts.flight)
            && flight.one_by_one && flight.open.is_none()
        {
            prop_assert_eq!(&flight.settled, &Some(Settled::Done));
        }
    }

    #[test]
    fn only_bytes_that_the_gateway_takes_once_are_sent_again(facts in any_facts()) {
        if let Step::Resend { call } = decide(&facts) {
            let flight = facts.flight.as_ref().unwrap();
            let open = flight.open.as_ref().unwrap();
            prop_assert_eq!(open.window, Window::Open);
            prop_assert!(open.same_key && !open.arrived && !facts.paused);
            prop_assert_eq!(call, flight.receipts);
        }
    }

    #[test]
    fn what_has_ended_or_was_refused_stays_so(facts in any_facts()) {
        let step = decide(&facts);
        if facts.flight.is_none() {
            let failed = facts.ended.as_ref().is_some_and(|e| facts.one_shot || e.outcome != Outcome::Succeeded);
            let refused = matches!(facts.verdict, Verdict::Rejected(_));
            if failed || refused {
                prop_assert!(!sends(&step), "{step:?}");
            }
        }
    }

    #[test]
    fn nothing_wanted_and_nothing_begun_is_in_sync(facts in any_facts()) {
        let quiet = facts.invalid.is_none() && facts.unavailable.is_none() && facts.flight.is_none() && facts.running.is_none();
        if quiet && facts.planned == Some(Wanted::Nothing) {
            prop_assert_eq!(decide(&facts), Step::InSync);
        }
    }

    #[test]
    fn success_is_only_what_was_seen(facts in any_facts()) {
        match decide(&facts) {
            Step::InSync => prop_assert_eq!(facts.planned, Some(Wanted::Nothing)),
            Step::Finish if facts.flight.is_none() => {
                let running = facts.running.unwrap();
                prop_assert!(running.intact && !running.stopped);
                prop_assert_eq!(running.settled, Some(Settled::Done));
            }
            Step::Finish => {
                prop_assert!(facts.running.is_none());
                let flight = facts.flight.unwrap();
                prop_assert!(flight.intact && flight.open.is_none() && flight.receipts == flight.calls);
                prop_assert_eq!(flight.settled, Some(Settled::Done));
            }
            Step::Accept { .. } => {
                let flight = facts.flight.unwrap();
                prop_assert!(flight.intact && flight.open.is_some());
                prop_assert_eq!(flight.settled, Some(Settled::Done));
            }
            _ => {}
        }
    }
}
