//! What people can do while a plan waits or runs: hold it, refuse it, take the approval back, ask again.

use std::collections::BTreeMap;
use std::time::Duration;

use kube::runtime::controller::Action;
use sas_api::annotations;
use sas_api::status::Phase;

use crate::support::apiserver::Fault as ApiFault;
use crate::support::cloud::Fault;
use crate::support::toy::ToySpec;
use crate::support::world::{TOY, World, annotate};

fn two_items() -> ToySpec {
    ToySpec {
        items: BTreeMap::from([("a".into(), "1".into()), ("b".into(), "1".into())]),
        ..Default::default()
    }
}

fn runs(world: &World) -> (usize, usize) {
    (world.gateway.runs_of("a"), world.gateway.runs_of("b"))
}

/// Changes an annotation just before the intent of the second call arrives.
fn between_the_calls(world: &World, key: &'static str, value: Option<String>) {
    let change = ApiFault::Before(Box::new(move |objects| {
        objects.edit(TOY, |o| annotate(o, key, value.as_deref()));
    }));
    world.api.fail("status", "toys", 1, change);
}

#[tokio::test]
async fn a_pause_holds_an_approved_plan() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.annotate(annotations::PAUSED, Some("change freeze"));
    world.run().await;
    assert_eq!((world.gateway.sent(), world.reason().as_str()), (0, "Paused"));
    world.annotate(annotations::PAUSED, None);
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
}

#[tokio::test]
async fn a_pause_between_two_calls_holds_the_second() {
    let world = World::new(two_items());
    world.approved().await;
    between_the_calls(&world, annotations::PAUSED, Some("stop".into()));
    world.run().await;
    assert_eq!((runs(&world), world.reason().as_str()), ((1, 0), "Paused"));
    assert_eq!(world.phase(), Phase::Executing);
    world.clock.advance(7200);
    world.run().await;
    world.annotate(annotations::PAUSED, None);
    world.run().await;
    assert_eq!((runs(&world), world.phase()), ((1, 1), Phase::Ready));
}

#[tokio::test]
async fn a_pause_holds_an_open_call_without_giving_it_up() {
    let world = World::new(ToySpec {
        repeat: sas_api::plan::Repeat::ClientToken,
        ..Default::default()
    });
    world.approved().await;
    world.gateway.fail([Fault::LoseRequest]);
    world.pass().await.unwrap();
    world.annotate(annotations::PAUSED, Some("incident"));
    for _ in 0..5 {
        world.clock.advance(1200);
        world.pass().await.unwrap();
        assert_eq!((world.gateway.sent(), world.reason().as_str()), (1, "Paused"));
    }
    world.annotate(annotations::PAUSED, None);
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
}

#[tokio::test]
async fn an_approval_taken_back_between_two_calls_stops_the_second() {
    let world = World::new(two_items());
    world.approved().await;
    between_the_calls(&world, annotations::APPROVED_PLAN, None);
    world.run().await;
    assert_eq!((runs(&world), world.reason().as_str()), ((1, 0), "Revoked"));
    assert!(world.execution().message.unwrap().contains("after 1 of 2 calls"));
    world.annotate(annotations::RETRY, Some("1"));
    world.run().await;
    assert_eq!((runs(&world), world.phase()), ((1, 0), Phase::PendingApproval));
    assert_eq!(world.status().gate.plan.unwrap().call_count, 1, "what is left");
    world.approve();
    world.run().await;
    assert_eq!((runs(&world), world.phase()), ((1, 1), Phase::Ready));
}

#[tokio::test]
async fn a_rejection_between_two_calls_stops_the_second() {
    let world = World::new(two_items());
    world.approved().await;
    between_the_calls(&world, annotations::REJECTED_PLAN, Some(world.hash()));
    world.run().await;
    assert_eq!((runs(&world), world.phase()), ((1, 0), Phase::Failed));
}

#[tokio::test]
async fn an_approval_taken_back_before_the_intent_stops_all() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    let revoke = ApiFault::Before(Box::new(|objects| {
        objects.edit(TOY, |o| annotate(o, annotations::APPROVED_PLAN, None));
    }));
    world.api.fail("status", "toys", 0, revoke);
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
}

#[tokio::test]
async fn a_rejected_plan_is_never_executed() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    let rejected = world.hash();
    world.annotate(annotations::REJECTED_PLAN, Some(&rejected));
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::Rejected));
    world.annotate(annotations::REPLAN, Some("1"));
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
    assert_eq!(world.epoch(), 2);
    world.approve();
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
}

#[tokio::test]
async fn a_rejected_plan_is_not_asked_for_again_when_its_time_is_over() {
    let world = World::new(ToySpec::default());
    world.run().await;
    let rejected = world.hash();
    world.annotate(annotations::REJECTED_PLAN, Some(&rejected));
    world.run().await;
    world.clock.advance(30 * 86_400);
    world.run().await;
    assert_eq!((world.phase(), world.hash()), (Phase::Rejected, rejected));
}

#[tokio::test]
async fn a_request_of_any_length_is_answered_once() {
    let world = World::new(ToySpec::default());
    world.run().await;
    let long = "é".repeat(5_000);
    for (value, epoch) in [(&long, 2), (&long, 2), (&format!("{long}!"), 3)] {
        world.annotate(annotations::REPLAN, Some(value));
        world.run().await;
        assert_eq!(world.epoch(), epoch);
        let handled = world.status().gate.handled_replan.unwrap();
        assert!(handled.chars().count() <= 253, "{handled}");
    }
}

#[tokio::test]
async fn a_replan_is_answered_once() {
    let world = World::new(ToySpec::default());
    world.run().await;
    world.annotate(annotations::REPLAN, Some("please"));
    for _ in 0..4 {
        world.run().await;
        assert_eq!(world.epoch(), 2);
    }
    assert_eq!(world.status().gate.handled_replan.as_deref(), Some("please"));
}

#[tokio::test]
async fn a_retry_is_a_new_plan_with_its_own_approval() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.gateway.fail([Fault::Reject]);
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Failed, 1));
    assert!(
        world
            .status()
            .common
            .summary
            .unwrap()
            .contains(annotations::RETRY)
    );
    world.clock.advance(7200);
    world.run().await;
    assert_eq!(world.gateway.sent(), 1, "nothing happens by itself");
    world.annotate(annotations::RETRY, Some("1"));
    world.run().await;
    assert_eq!((world.phase(), world.epoch()), (Phase::PendingApproval, 2));
    assert_eq!(world.gateway.sent(), 1, "the spent approval does not count");
    world.approve();
    world.gateway.fail([Fault::Reject]);
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Failed, 2));
    world.run().await;
    assert_eq!(world.epoch(), 2, "one retry, one new plan");
}

#[tokio::test]
async fn a_retry_waits_for_the_cloud() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.gateway.fail([Fault::Reject]);
    world.run().await;
    world.gateway.down(true);
    world.annotate(annotations::RETRY, Some("1"));
    world.run().await;
    assert_eq!(world.phase(), Phase::Blocked);
    world.gateway.down(false);
    world.run().await;
    assert_eq!((world.phase(), world.epoch()), (Phase::PendingApproval, 2));
}

#[tokio::test]
async fn nothing_but_an_edit_leads_past_an_unknown_outcome() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.gateway.fail([Fault::LoseRequest]);
    world.pass().await.unwrap();
    world.clock.advance(2400);
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::OutcomeUnknown, 1));
    let hash = world.hash();
    for (key, value) in [
        (annotations::RETRY, "1"),
        (annotations::REPLAN, "1"),
        (annotations::APPROVED_PLAN, &hash),
    ] {
        world.annotate(key, Some(value));
        world.clock.advance(60);
        world.run().await;
        assert_eq!(
            (world.phase(), world.gateway.sent()),
            (Phase::OutcomeUnknown, 1),
            "{key}"
        );
    }
    world.edit_spec(|spec| {
        spec.items.insert("b".into(), "1".into());
    });
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::PendingApproval, 1));
}

#[tokio::test]
async fn a_wrong_spec_is_refused_even_when_approved() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.edit_spec(|spec| spec.mistake = Some("`spec.items`: too shiny; remove one".into()));
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::Failed));
    assert_eq!(world.reason(), "InvalidSpec");
    assert!(world.status().common.summary.unwrap().contains("too shiny"));
}

#[tokio::test]
async fn a_look_of_several_passes_changes_no_status_and_waits_for_nothing() {
    let world = World::new(ToySpec::default());
    world.gateway.take_longer(2);
    assert_eq!(world.pass().await.unwrap(), Action::requeue(Duration::ZERO));
    assert_eq!(
        (world.phase(), world.reason()),
        (Phase::Looking, "LookingUp".into())
    );
    let first = world.toy().metadata;
    assert_eq!(world.pass().await.unwrap(), Action::requeue(Duration::ZERO));
    assert_eq!(world.toy().metadata, first);

    world.approved().await;
    let waiting = world.toy().metadata;
    world.gateway.take_longer(3);
    for _ in 0..3 {
        assert_eq!(world.pass().await.unwrap(), Action::requeue(Duration::ZERO));
    }
    assert_eq!((world.toy().metadata, world.gateway.sent()), (waiting, 0));
    world.run().await;
    assert_eq!((world.phase(), world.gateway.runs_of("a")), (Phase::Ready, 1));
}
