//! Rows about what is to be stopped, and about its stop.

use super::*;

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
