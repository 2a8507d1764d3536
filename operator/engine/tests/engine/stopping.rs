//! Stopping what was begun: a plan of its own, under an approval of its own, that is executed once. What runs
//! is followed all the while, and the approval of the one never counts for the other.

use sas_api::plan::Repeat;
use sas_api::status::{Outcome, Phase};
use sas_api::{annotations, condition};

use crate::support::cloud::Fault;
use crate::support::toy::{LINGER, STOP, ToySpec};
use crate::support::world::World;

/// More places than a life of a stop has.
const ENOUGH: usize = 200;
/// So long nothing of what was begun shows.
const LONG: i64 = 10_000_000;

fn job(repeat: Repeat) -> ToySpec {
    ToySpec {
        once: true,
        stoppable: true,
        patience: Some(LONG.unsigned_abs()),
        repeat,
        ..Default::default()
    }
}

/// A job whose call is made and whose effect does not show.
async fn running(spec: ToySpec) -> World {
    let world = World::new(spec);
    world.gateway.lag(LONG);
    world.approved().await;
    passes(&world, 3).await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Verifying, 1));
    world.gateway.lag(0);
    world
}

async fn passes(world: &World, number: usize) {
    for _ in 0..number {
        // A pass that the API server fails is tried again.
        let _ = world.pass().await;
        world.clock.advance(10);
    }
}

/// One that is asked to stop, with the plan for that.
async fn asked(spec: ToySpec) -> World {
    let world = running(spec).await;
    world.annotate(annotations::CANCEL, Some("1"));
    passes(&world, 2).await;
    assert_eq!((world.phase(), world.epoch()), (Phase::PendingApproval, 2));
    world
}

/// Status and reason of the condition that answers whoever asked.
fn answer(world: &World) -> Option<(String, String)> {
    let conditions = world.status().common.conditions;
    let said = conditions.into_iter().find(|c| c.type_ == condition::CANCELLED);
    said.map(|said| (said.status, said.reason))
}

fn is_answered(world: &World, status: &str, reason: &str) {
    let expected = Some((status.to_owned(), reason.to_owned()));
    assert_eq!(answer(world), expected, "{:?}", world.status().common);
}

fn is_stopped(world: &World, what: &str) {
    assert_eq!(world.phase(), Phase::Failed, "{what}");
    is_answered(world, "True", "Cancelled");
    let gate = world.status().gate;
    assert!(gate.running.is_none(), "{what}: it still stands aside");
    let begun = gate.execution.unwrap();
    assert_eq!((begun.epoch, begun.outcome), (1, Some(Outcome::Failed)), "{what}");
    assert!(begun.calls[0].receipt.is_some(), "{what}: a receipt is lost");
    let stop = gate.stopped_by.last().unwrap();
    assert_eq!(stop.outcome, Some(Outcome::Succeeded), "{what}");
    assert_eq!(Some(stop.epoch), gate.executed_epoch, "{what}");
    assert!(stop.approval.is_some() && begun.approval.is_some(), "{what}");
}

/// The effect of the first call is awaited before the second is made: nobody may ask to stop it meanwhile.
#[tokio::test]
async fn what_waits_between_two_calls_is_still_executing() {
    let world = World::new(ToySpec {
        items: [("a".into(), "1".into()), ("b".into(), "1".into())].into(),
        one_by_one: true,
        ..job(Repeat::Never)
    });
    world.gateway.lag(LONG);
    world.approved().await;
    passes(&world, 4).await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Executing, 1));
    assert!(world.execution().calls[0].receipt.is_some());
    world.gateway.lag(0);
    world.gateway.set("a", Some("1"));
    world.gateway.lag(LONG);
    passes(&world, 4).await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Verifying, 2));
}

#[tokio::test]
async fn a_stop_has_a_plan_and_an_approval_of_its_own() {
    let world = running(job(Repeat::Never)).await;
    let begun = world.hash();
    world.annotate(annotations::CANCEL, Some("1"));
    passes(&world, 5).await;
    assert_eq!(world.phase(), Phase::PendingApproval);
    is_answered(&world, "Unknown", "AwaitingApproval");
    let gate = world.status().gate;
    let aside = gate.running.unwrap();
    assert_eq!(
        (aside.plan.hash.as_str(), aside.execution.calls.len()),
        (begun.as_str(), 1)
    );
    assert!(gate.execution.is_none() && gate.approval.is_none());
    assert_ne!(world.hash(), begun);
    // The approval of what runs stands there still, and is written once more.
    world.annotate(annotations::APPROVED_PLAN, None);
    world.annotate(annotations::APPROVED_PLAN, Some(&begun));
    passes(&world, 5).await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::PendingApproval, 1));
    world.approve();
    passes(&world, 5).await;
    is_stopped(&world, "approved");
    assert_eq!((world.gateway.sent(), world.gateway.runs_of(STOP)), (2, 1));
    // What was approved for the stop does not begin anything anew.
    world.annotate(annotations::RETRY, Some("1"));
    world.gateway.set(STOP, None);
    passes(&world, 5).await;
    assert_eq!(
        (world.phase(), world.epoch(), world.gateway.sent()),
        (Phase::PendingApproval, 3, 2)
    );
}

/// Asks, approves and goes on to the end.
async fn live(world: &World) {
    for _ in 0..60 {
        let _ = world.pass().await;
        match world.phase() {
            Phase::PendingApproval if world.epoch() == 2 => world.approve(),
            Phase::Failed => return,
            _ => {}
        }
        world.clock.advance(10);
    }
}

#[tokio::test]
async fn a_crash_anywhere_stops_once_and_loses_nothing() {
    for repeat in [
        Repeat::Never,
        Repeat::AfterProof,
        Repeat::ClientToken,
        Repeat::Harmless,
    ] {
        let mut places = 0;
        for n in 1..ENOUGH {
            let world = running(job(repeat)).await;
            world.annotate(annotations::CANCEL, Some("1"));
            world.stops.arm(n);
            let Err(place) = world.stops.run(live(&world)).await else {
                break;
            };
            live(&world).await;
            let what = format!("{repeat:?}, place {n}: {place}");
            is_stopped(&world, &what);
            assert_eq!(
                (world.gateway.runs_of("a"), world.gateway.runs_of(STOP)),
                (1, 1),
                "{what}"
            );
            places = n;
        }
        assert!(places > 8, "{repeat:?}: {places} places");
    }
}

#[tokio::test]
async fn a_lost_reply_or_request_stops_once() {
    for fault in [
        Fault::LoseReply,
        Fault::LoseRequest,
        Fault::NoConnection,
        Fault::Throttle(None),
    ] {
        let world = asked(job(Repeat::Never)).await;
        let what = format!("{fault:?}");
        world.gateway.fail([fault]);
        world.approve();
        live(&world).await;
        is_stopped(&world, &what);
        assert_eq!(world.gateway.runs_of(STOP), 1, "{what}");
    }
}

#[tokio::test]
async fn what_ends_by_itself_needs_no_stop() {
    let world = asked(job(Repeat::Never)).await;
    let stop = world.hash();
    world.gateway.set("a", Some("1"));
    world.run().await;
    assert_eq!(world.phase(), Phase::Succeeded);
    is_answered(&world, "False", "NothingToStop");
    world.annotate(annotations::APPROVED_PLAN, Some(&stop));
    passes(&world, 5).await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Succeeded, 1));
    let gate = world.status().gate;
    assert!(gate.running.is_none() && gate.stopped_by.is_empty());
    assert_eq!(gate.approval.unwrap().hash, gate.execution.unwrap().hash);
}

#[tokio::test]
async fn it_may_end_while_an_approved_stop_is_held() {
    let world = asked(job(Repeat::Never)).await;
    world.annotate(annotations::PAUSED, Some("true"));
    world.approve();
    passes(&world, 3).await;
    assert_eq!(world.reason(), "Paused");
    world.gateway.set("a", Some("1"));
    passes(&world, 2).await;
    world.annotate(annotations::PAUSED, None);
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Succeeded, 1));
}

#[tokio::test]
async fn a_request_that_is_withdrawn_or_refused_leaves_it_alone() {
    for reject in [true, false] {
        let world = asked(job(Repeat::Never)).await;
        let stop = world.hash();
        if reject {
            world.annotate(annotations::REJECTED_PLAN, Some(&stop));
        } else {
            world.annotate(annotations::CANCEL, None);
        }
        passes(&world, 3).await;
        assert_eq!(world.phase(), Phase::Verifying);
        if reject {
            is_answered(&world, "False", "Rejected");
            world.annotate(annotations::REJECTED_PLAN, None);
        } else {
            assert_eq!(answer(&world), None);
        }
        let gate = world.status().gate;
        assert!(gate.plan.is_none() && gate.running.is_some());
        world.annotate(annotations::APPROVED_PLAN, Some(&stop));
        passes(&world, 3).await;
        assert_eq!((world.phase(), world.gateway.sent()), (Phase::Verifying, 1));
        // Asked again, by another plan.
        world.annotate(annotations::CANCEL, Some(if reject { "2" } else { "1" }));
        passes(&world, 3).await;
        assert_eq!((world.phase(), world.epoch()), (Phase::PendingApproval, 3));
        world.annotate(annotations::CANCEL, None);
        world.gateway.set("a", Some("1"));
        world.run().await;
        assert_eq!((world.phase(), world.gateway.sent()), (Phase::Succeeded, 1));
        assert_eq!(answer(&world), None, "nobody asks any more");
    }
}

#[tokio::test]
async fn a_stop_that_the_cloud_refuses_is_told_and_asked_for_anew() {
    let world = asked(job(Repeat::Never)).await;
    world.gateway.fail([Fault::Reject]);
    world.approve();
    passes(&world, 5).await;
    assert_eq!(world.phase(), Phase::Verifying);
    is_answered(&world, "False", "Failed");
    world.annotate(annotations::CANCEL, Some("2"));
    passes(&world, 2).await;
    assert_eq!((world.phase(), world.epoch()), (Phase::PendingApproval, 3));
    world.approve();
    passes(&world, 5).await;
    is_stopped(&world, "asked twice");
    assert_eq!(world.gateway.runs_of(STOP), 1);
    let stops = world.status().gate.stopped_by;
    let ends: Vec<_> = stops.iter().map(|stop| (stop.epoch, stop.outcome)).collect();
    assert_eq!(ends, [(2, Some(Outcome::Failed)), (3, Some(Outcome::Succeeded))]);
}

/// What a first stop has brought about counts, although a second one is refused before it shows.
#[tokio::test]
async fn what_was_stopped_counts_whatever_is_asked_then() {
    let world = asked(job(Repeat::Never)).await;
    world.gateway.set(LINGER, Some("1"));
    world.approve();
    passes(&world, 3).await;
    assert_eq!(
        (world.phase(), world.gateway.runs_of(STOP)),
        (Phase::Verifying, 1)
    );
    world.annotate(annotations::CANCEL, Some("2"));
    passes(&world, 2).await;
    assert_eq!((world.phase(), world.epoch()), (Phase::PendingApproval, 3));
    world.gateway.fail([Fault::Reject]);
    world.approve();
    passes(&world, 3).await;
    assert_eq!(world.phase(), Phase::Verifying);
    world.gateway.set(LINGER, None);
    passes(&world, 2).await;
    assert_eq!(
        (world.phase(), world.reason()),
        (Phase::Failed, "Cancelled".to_owned())
    );
    is_answered(&world, "True", "Cancelled");
    let stops = world.status().gate.stopped_by;
    let ends: Vec<_> = stops.iter().map(|stop| (stop.epoch, stop.outcome)).collect();
    assert_eq!(ends, [(2, Some(Outcome::Succeeded)), (3, Some(Outcome::Failed))]);
}

/// The same value counts anew after it was taken away, of a job that has ended too.
#[tokio::test]
async fn a_request_that_is_made_anew_is_answered_anew() {
    let world = running(job(Repeat::Never)).await;
    world.gateway.set("a", Some("1"));
    world.run().await;
    let before = world.events();
    for (request, events) in [(Some("1"), 1), (None, 1), (Some("1"), 2)] {
        world.annotate(annotations::CANCEL, request);
        passes(&world, 3).await;
        is_answered(&world, "False", "NothingToStop");
        assert_eq!(world.events() - before, events, "{request:?}");
    }
}

#[tokio::test]
async fn a_stop_whose_outcome_is_not_known_is_told_and_not_repeated() {
    let world = asked(ToySpec {
        provable: false,
        ..job(Repeat::Never)
    })
    .await;
    world.gateway.fail([Fault::LoseRequest]);
    world.approve();
    passes(&world, 1).await;
    world.rotate_key("key-2");
    for _ in 0..20 {
        world.clock.advance(600);
        world.pass().await.unwrap();
    }
    is_answered(&world, "False", "OutcomeUnknown");
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Verifying, 2));
}

#[tokio::test]
async fn a_missing_permission_is_named_and_the_stop_goes_on_with_it() {
    let world = asked(job(Repeat::Never)).await;
    world.gateway.fail([Fault::Forbid]);
    world.approve();
    passes(&world, 1).await;
    assert_eq!(
        (world.phase(), world.reason()),
        (Phase::Blocked, "PermissionDenied".to_owned())
    );
    live(&world).await;
    is_stopped(&world, "with the permission");
}

#[tokio::test]
async fn where_nothing_runs_nothing_is_stopped() {
    let world = World::new(job(Repeat::Never));
    world.annotate(annotations::CANCEL, Some("1"));
    world.run().await;
    assert_eq!((world.phase(), world.epoch()), (Phase::PendingApproval, 1));
    is_answered(&world, "False", "NothingToStop");
    world.approve();
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Succeeded, 1));
    world.annotate(annotations::CANCEL, Some("2"));
    world.run().await;
    is_answered(&world, "False", "NothingToStop");
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Succeeded, 1));

    let fixed = running(ToySpec {
        stoppable: false,
        ..job(Repeat::Never)
    })
    .await;
    fixed.annotate(annotations::CANCEL, Some("1"));
    passes(&fixed, 3).await;
    is_answered(&fixed, "False", "NotStoppable");
    assert_eq!((fixed.phase(), fixed.gateway.sent()), (Phase::Verifying, 1));
}

#[tokio::test]
async fn a_plan_that_somebody_rewrote_stops_nothing() {
    let world = asked(job(Repeat::Never)).await;
    world.approve();
    world.api.with(|objects| {
        objects.edit(crate::support::world::TOY, |o| {
            let call = &mut o["status"]["running"]["plan"]["calls"][0];
            call["parameters"][0]["value"] = "other".into();
        });
    });
    passes(&world, 3).await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::OutcomeUnknown, 1));
}

#[tokio::test]
async fn one_request_gets_one_event() {
    let world = running(ToySpec {
        stoppable: false,
        ..job(Repeat::Never)
    })
    .await;
    let before = world.events();
    for (request, events) in [("1", 1), ("1", 1), ("2", 2)] {
        world.annotate(annotations::CANCEL, Some(request));
        passes(&world, 3).await;
        assert_eq!(world.events() - before, events, "request {request}");
    }
}
