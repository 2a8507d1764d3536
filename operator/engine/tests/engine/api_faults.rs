//! An API server that refuses, does not answer, stores without saying so, or holds an object that somebody
//! changed. Nothing is sent without a stored intent, and what was learned is written until it is stored.

use std::collections::BTreeMap;
use std::time::Duration;

use sas_api::status::Phase;
use sas_engine::PassError;
use serde_json::json;

use crate::support::apiserver::Fault;
use crate::support::toy::ToySpec;
use crate::support::world::{TOY, World, annotate};

/// A world whose operator gives up on the API server soon.
async fn approved(items: &[&str]) -> World {
    let items = items.iter().map(|name| ((*name).to_owned(), "1".to_owned()));
    let mut world = World::new(ToySpec {
        items: items.collect::<BTreeMap<_, _>>(),
        ..Default::default()
    });
    world.approved().await;
    world.timing.api_timeout = Duration::from_secs(1);
    world
}

fn somebody_labels() -> Fault {
    Fault::Before(Box::new(|objects| {
        objects.edit(TOY, |o| annotate(o, "somebody", Some("was here")));
    }))
}

#[tokio::test]
async fn without_a_stored_intent_nothing_is_sent() {
    for fault in [Fault::Refuse, Fault::Hang, somebody_labels()] {
        let world = approved(&["a"]).await;
        world.api.fail("status", "toys", 0, fault);
        let _ = world.pass().await;
        assert_eq!(world.gateway.sent(), 0);
        assert!(world.status().gate.execution.is_none());
        world.run().await;
        assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
    }
}

#[tokio::test]
async fn an_intent_that_was_stored_without_an_answer_is_sent_later() {
    for fault in [Fault::RefuseAfterStoring, Fault::HangAfterStoring] {
        let world = approved(&["a"]).await;
        world.api.fail("status", "toys", 0, fault);
        let result = world.pass().await;
        assert!(matches!(result, Err(PassError::Store(_))), "{result:?}");
        assert_eq!(world.gateway.sent(), 0);
        let nonce = world.execution().calls[0].intent.clone().unwrap().nonce;
        world.run().await;
        assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
        assert_eq!(world.gateway.ran()[0].nonce, nonce);
    }
}

#[tokio::test]
async fn a_stale_copy_of_the_object_starts_nothing() {
    let world = approved(&["a"]).await;
    let stale = world.toy();
    world.run().await;
    assert_eq!(world.phase(), Phase::Ready);
    world.gateway.set("a", None);
    let operator = world.operator();
    for _ in 0..3 {
        world.pass_of(&operator, stale.clone()).await.unwrap();
    }
    assert_eq!(world.gateway.sent(), 1);
}

#[tokio::test]
async fn the_intent_of_a_second_call_that_was_stored_without_an_answer() {
    for fault in [
        Fault::HangAfterStoring,
        Fault::RefuseAfterStoring,
        Fault::Hang,
        Fault::Refuse,
    ] {
        let world = approved(&["a", "b", "c"]).await;
        world.api.fail("status", "toys", 1, fault);
        world.run().await;
        for item in ["a", "b", "c"] {
            assert_eq!(world.gateway.runs_of(item), 1, "{item}");
        }
        assert_eq!(world.phase(), Phase::Ready);
        let nonces: Vec<_> = world.gateway.ran().into_iter().map(|r| r.nonce).collect();
        let kept = world
            .execution()
            .calls
            .into_iter()
            .map(|c| c.intent.unwrap().nonce);
        assert_eq!(nonces, kept.collect::<Vec<_>>(), "the record shows what ran");
    }
}

/// What has to stand in the status after one call ran with a good reply.
fn assert_receipt_is_stored(world: &World) {
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
    let receipt = world.execution().calls[0].receipt.clone().unwrap();
    assert_eq!(receipt.request_id.as_deref(), Some("request-1"));
    assert_eq!(receipt.field("TaskId"), Some("task-1"));
    assert_eq!(world.status().gate.executed_generation, Some(1));
}

#[tokio::test]
async fn a_receipt_is_written_until_it_is_stored() {
    let world = approved(&["a"]).await;
    for fault in [Fault::Refuse, Fault::Hang, Fault::Refuse] {
        world.api.fail("status", "toys", 1, fault);
    }
    world.api.fail("get", "toys", 0, Fault::Refuse);
    world.pass().await.unwrap();
    assert_receipt_is_stored(&world);
}

#[tokio::test]
async fn a_receipt_that_was_stored_without_an_answer_is_recognised() {
    for fault in [Fault::HangAfterStoring, Fault::RefuseAfterStoring] {
        let world = approved(&["a"]).await;
        world.api.fail("status", "toys", 1, fault);
        world.pass().await.unwrap();
        assert_receipt_is_stored(&world);
    }
}

#[tokio::test]
async fn a_receipt_survives_a_change_of_the_object() {
    let world = approved(&["a"]).await;
    world.api.fail("status", "toys", 1, somebody_labels());
    world.pass().await.unwrap();
    assert_receipt_is_stored(&world);
}

#[tokio::test]
async fn a_receipt_survives_an_edit_of_the_spec() {
    let world = approved(&["a"]).await;
    let edit = Fault::Before(Box::new(|objects| {
        objects.edit(TOY, |o| o["spec"]["items"] = json!({"a": "1", "z": "1"}));
    }));
    world.api.fail("status", "toys", 1, edit);
    world.pass().await.unwrap();
    assert_eq!(
        world.execution().calls[0]
            .receipt
            .as_ref()
            .unwrap()
            .request_id
            .as_deref(),
        Some("request-1")
    );
    assert_eq!(world.status().gate.executed_generation, Some(1));
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::PendingApproval, 1));
}

#[tokio::test]
async fn an_effect_that_shows_while_the_api_server_is_away_is_no_unknown_outcome() {
    let world = approved(&["a"]).await;
    world.gateway.lag(30);
    let clock = world.clock.clone();
    let outage = Fault::Before(Box::new(move |objects| {
        // The outage lasts longer than an effect is awaited.
        clock.advance(3600);
        objects.edit(TOY, |o| annotate(o, "somebody", Some("was here")));
    }));
    world.api.fail("status", "toys", 1, outage);
    world.pass().await.unwrap();
    assert_receipt_is_stored(&world);
}

#[tokio::test]
async fn the_outcome_of_a_deleted_object_goes_to_an_event() {
    let world = approved(&["a"]).await;
    world.api.fail(
        "status",
        "toys",
        1,
        Fault::Before(Box::new(|objects| objects.delete(TOY))),
    );
    world.pass().await.unwrap();
    assert_eq!(world.gateway.runs_of("a"), 1);
    let events = world.api.log().into_iter().filter(|l| l.resource == "events");
    let last = events.map(|l| l.body).collect::<Vec<_>>().pop().unwrap();
    assert!(
        last.contains("was deleted") && last.contains("request-1"),
        "{last}"
    );
}

#[tokio::test]
async fn a_namesake_of_a_deleted_object_inherits_nothing() {
    let world = approved(&["a"]).await;
    let fresh = serde_json::to_value(world.toy()).unwrap();
    let recreate = Fault::Before(Box::new(move |objects| {
        let mut fresh = fresh;
        fresh.as_object_mut().unwrap().remove("status");
        objects.delete(TOY);
        objects.create(TOY, fresh);
    }));
    world.api.fail("status", "toys", 1, recreate);
    world.gateway.lag(60);
    world.pass().await.unwrap();
    assert_eq!(world.toy().status, None);
    let events = world.api.log().into_iter().filter(|l| l.resource == "events");
    assert!(
        events.into_iter().any(|l| l.body.contains("was deleted")),
        "its outcome is told"
    );
    world.run().await;
    assert_eq!(
        world.gateway.runs_of("a"),
        1,
        "the old approval names the old object"
    );
}
