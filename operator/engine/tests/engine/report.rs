//! A kind that only looks: it reports what it sees, costs nothing while nothing changes, and never sends.

use std::sync::Arc;
use std::time::Duration;

use kube::runtime::controller::Action;
use sas_api::status::Phase;
use sas_engine::reconcile_report;

use crate::support::apiserver::Fault;
use crate::support::cloud::ToyCloud;
use crate::support::toy::{Toy, ToySpec};
use crate::support::world::{Pass, TOY, World, annotate};

async fn look(world: &World) -> Pass {
    let pass = reconcile_report::<Toy, ToyCloud, _>(Arc::new(world.toy()), world.operator());
    Box::pin(pass).await
}

#[tokio::test]
async fn it_writes_what_changed_and_nothing_else() {
    let world = World::new(ToySpec::default());
    for _ in 0..5 {
        look(&world).await.unwrap();
    }
    assert_eq!((world.status_writes(), world.status().present), (1, Some(0)));
    assert_eq!((world.phase(), world.events()), (Phase::Ready, 0));
    world.gateway.set("a", Some("1"));
    for _ in 0..5 {
        look(&world).await.unwrap();
    }
    assert_eq!((world.status_writes(), world.status().present), (2, Some(1)));
    assert_eq!(world.gateway.sent(), 0);
}

#[tokio::test]
async fn a_cloud_that_is_away_is_told_once() {
    let world = World::new(ToySpec::default());
    look(&world).await.unwrap();
    world.gateway.down(true);
    for _ in 0..5 {
        look(&world).await.unwrap();
    }
    assert_eq!(
        (world.phase(), world.reason().as_str()),
        (Phase::Blocked, "CloudUnavailable")
    );
    assert_eq!((world.status_writes(), world.events()), (2, 1));
    assert_eq!(world.status().present, Some(0), "what was seen last stays");
    world.gateway.down(false);
    look(&world).await.unwrap();
    assert_eq!(world.phase(), Phase::Ready);
}

#[tokio::test]
async fn a_look_of_several_passes_leaves_what_was_seen_last() {
    let world = World::new(ToySpec::default());
    world.gateway.take_longer(2);
    for _ in 0..2 {
        assert_eq!(look(&world).await.unwrap(), Action::requeue(Duration::ZERO));
        assert_eq!((world.phase(), world.status_writes()), (Phase::Looking, 1));
    }
    look(&world).await.unwrap();
    world.gateway.take_longer(1);
    assert_eq!(look(&world).await.unwrap(), Action::requeue(Duration::ZERO));
    assert_eq!(
        (world.phase(), world.status().present, world.events()),
        (Phase::Ready, Some(0), 0)
    );
}

#[tokio::test]
async fn a_changed_or_deleted_object_is_no_error() {
    let world = World::new(ToySpec::default());
    let change = Fault::Before(Box::new(|objects| {
        objects.edit(TOY, |o| annotate(o, "somebody", Some("was here")));
    }));
    world.api.fail("status", "toys", 0, change);
    look(&world).await.unwrap();
    assert_eq!(world.status_writes(), 0);
    world.api.fail(
        "status",
        "toys",
        0,
        Fault::Before(Box::new(|objects| objects.delete(TOY))),
    );
    assert_eq!(look(&world).await.unwrap(), Action::await_change());
}
