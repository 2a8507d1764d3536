//! What a gated write costs the API server, counted.

use std::collections::BTreeMap;

use sas_api::status::Phase;

use crate::support::toy::ToySpec;
use crate::support::world::World;

#[tokio::test]
async fn a_write_of_one_call_costs_three_status_writes_and_two_events() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    assert_eq!((world.status_writes(), world.events()), (1, 1), "published");
    world.run().await;
    assert_eq!(world.phase(), Phase::Ready);
    assert_eq!(world.gateway.runs_of("a"), 1);
    assert_eq!((world.status_writes(), world.events()), (3, 2), "executed");
}

#[tokio::test]
async fn a_converged_object_costs_nothing() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.run().await;
    let writes = (world.status_writes(), world.events());
    let operator = world.operator();
    for _ in 0..50 {
        world.clock.advance(600);
        world.pass_of(&operator, world.toy()).await.unwrap();
    }
    assert_eq!((world.status_writes(), world.events()), writes);
    assert_eq!(world.gateway.sent(), 1);
}

#[tokio::test]
async fn a_waiting_object_costs_nothing_until_its_plan_is_over() {
    let world = World::new(ToySpec::default());
    for _ in 0..20 {
        world.pass().await.unwrap();
        world.clock.advance(3600);
    }
    assert_eq!((world.status_writes(), world.events()), (1, 1));
}

#[tokio::test]
async fn each_further_call_costs_one_status_write() {
    for calls in [2, 3, 7] {
        let items: BTreeMap<_, _> = (0..calls)
            .map(|n| (format!("item-{n}"), "1".to_owned()))
            .collect();
        let world = World::new(ToySpec {
            items,
            ..Default::default()
        });
        world.approved().await;
        world.run().await;
        assert_eq!(world.phase(), Phase::Ready);
        assert_eq!(world.gateway.sent(), calls);
        assert_eq!(world.status_writes(), 3 + calls as usize - 1, "{calls} calls");
        assert_eq!(world.events(), 2, "{calls} calls");
    }
}

#[tokio::test]
async fn an_effect_that_shows_late_costs_one_more_status_write() {
    let world = World::new(ToySpec::default());
    world.gateway.lag(60);
    world.approved().await;
    world.pass().await.unwrap();
    assert_eq!(world.phase(), Phase::Verifying);
    for _ in 0..5 {
        world.clock.advance(5);
        world.pass().await.unwrap();
    }
    assert_eq!(world.status_writes(), 3, "waiting costs nothing");
    world.clock.advance(60);
    world.pass().await.unwrap();
    assert_eq!(world.phase(), Phase::Ready);
    assert_eq!((world.status_writes(), world.events()), (4, 2));
}
