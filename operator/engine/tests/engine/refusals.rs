//! A cloud that throttles, forbids, refuses or is away: what waits by itself, what ends, and what each says
//! about itself.

use std::time::Duration;

use sas_api::plan::Repeat;
use sas_api::status::Phase;

use crate::support::cloud::Fault;
use crate::support::toy::ToySpec;
use crate::support::world::World;

async fn approved(repeat: Repeat) -> World {
    let world = World::new(ToySpec {
        repeat,
        ..Default::default()
    });
    world.approved().await;
    world
}

/// Where a world ends and how often the call ran.
fn end(world: &World) -> (Phase, usize) {
    (world.phase(), world.gateway.runs_of("a"))
}

#[tokio::test]
async fn throttling_waits_and_then_uses_a_new_nonce_under_the_same_approval() {
    let world = approved(Repeat::Never).await;
    world.gateway.fail([Fault::Throttle(None)]);
    let (operator, hash) = (world.operator(), world.hash());
    world.pass_of(&operator, world.toy()).await.unwrap();
    assert_eq!(
        (world.phase(), world.reason().as_str()),
        (Phase::Blocked, "Throttled")
    );
    for _ in 0..5 {
        world.pass_of(&operator, world.toy()).await.unwrap();
    }
    assert_eq!(world.gateway.sent(), 1, "it waits");
    tokio::time::sleep(Duration::from_millis(1300)).await;
    world.pass_of(&operator, world.toy()).await.unwrap();
    assert_eq!((end(&world), world.gateway.sent()), ((Phase::Ready, 1), 2));
    assert_eq!((world.epoch(), world.hash()), (1, hash));
    assert_eq!(world.gateway.ran()[0].attempt, 2);
}

#[tokio::test]
async fn the_cloud_is_left_alone_as_long_as_it_asks() {
    let world = approved(Repeat::Never).await;
    world
        .gateway
        .fail([Fault::Throttle(Some(Duration::from_secs(40)))]);
    let operator = world.operator();
    let action = world.pass_of(&operator, world.toy()).await.unwrap();
    let wait = format!("{action:?}");
    assert!(wait.contains("40") || wait.contains("39."), "{wait}");
}

#[tokio::test]
async fn a_missing_permission_blocks_and_is_tried_again() {
    let world = approved(Repeat::Never).await;
    world.gateway.fail([Fault::Forbid, Fault::Forbid]);
    world.pass().await.unwrap();
    assert_eq!(
        (world.phase(), world.reason().as_str()),
        (Phase::Blocked, "PermissionDenied")
    );
    assert!(world.status().common.summary.unwrap().contains("toy:SetItem"));
    world.run().await;
    assert_eq!((end(&world), world.gateway.sent()), ((Phase::Ready, 1), 3));
    assert_eq!(world.epoch(), 1);
}

#[tokio::test]
async fn a_refusal_for_good_is_a_failure() {
    let world = approved(Repeat::ClientToken).await;
    world.gateway.fail([Fault::Reject]);
    world.run().await;
    assert_eq!((end(&world), world.gateway.sent()), ((Phase::Failed, 0), 1));
    let message = world.execution().message.unwrap();
    assert!(
        message.contains("InvalidParameter") && message.contains("request id refused"),
        "{message}"
    );
}

#[tokio::test]
async fn a_failure_that_is_seen_is_a_failure() {
    let world = approved(Repeat::Never).await;
    world.gateway.fail([Fault::Break]);
    world.run().await;
    assert_eq!(end(&world), (Phase::Failed, 1));
    assert!(world.status().common.summary.unwrap().contains("the toy broke"));
}

#[tokio::test]
async fn a_cloud_that_is_away_starts_and_ends_nothing() {
    let world = approved(Repeat::Never).await;
    world.gateway.down(true);
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::Blocked));
    world.gateway.down(false);
    world.gateway.lag(60);
    world.pass().await.unwrap();
    world.gateway.down(true);
    world.clock.advance(4 * 3600);
    world.pass().await.unwrap();
    assert_eq!(world.execution().outcome, None, "blindness is no outcome");
    world.gateway.down(false);
    world.run().await;
    assert_eq!(end(&world), (Phase::Ready, 1));
}
