//! Two operators at once: a lease that two processes believe to hold, caches of different age, copies that
//! race each other. Each call runs once, and neither operator loses what the other one learned.

use std::collections::BTreeMap;
use std::time::Duration;

use sas_api::annotations;
use sas_api::plan::Repeat;
use sas_api::status::Phase;

use crate::support::apiserver::Fault as ApiFault;
use crate::support::cloud::Fault;
use crate::support::dice::Dice;
use crate::support::toy::{Toy, ToySpec};
use crate::support::world::{TOY, World, annotate};

const ITEMS: [&str; 3] = ["a", "b", "c"];
/// Random lives that are tried.
const LIVES: u32 = 100;

fn world(repeat: Repeat, calls: usize) -> World {
    let items = ITEMS
        .iter()
        .take(calls)
        .map(|n| ((*n).to_owned(), "1".to_owned()));
    World::new(ToySpec {
        items: items.collect::<BTreeMap<_, _>>(),
        repeat,
        ..Default::default()
    })
}

fn most_runs(world: &World) -> usize {
    ITEMS
        .iter()
        .map(|item| world.gateway.runs_of(item))
        .max()
        .unwrap_or_default()
}

#[tokio::test]
async fn two_operators_with_the_same_object() {
    for repeat in [Repeat::ClientToken, Repeat::AfterProof, Repeat::Never] {
        for seed in 0..30 {
            let world = world(repeat, 2);
            world.approved().await;
            world.stops.shuffle(seed);
            let (one, two) = (world.operator(), world.operator());
            let (first, second) =
                tokio::join!(world.pass_of(&one, world.toy()), world.pass_of(&two, world.toy()));
            first.unwrap();
            second.unwrap();
            world.run().await;
            assert_eq!(
                (most_runs(&world), world.phase()),
                (1, Phase::Ready),
                "{repeat:?}, seed {seed}"
            );
            assert_eq!(world.gateway.runs_of("b"), 1);
        }
    }
}

#[tokio::test]
async fn a_second_operator_that_sees_the_intent_sends_the_same_bytes() {
    for seed in 0..60 {
        let world = world(Repeat::Never, 1);
        world.approved().await;
        world.gateway.lag(60);
        world.stops.shuffle(seed);
        // The first one stops right after its intent; a second one finds it; the first one goes on.
        let (one, two) = (world.operator(), world.operator());
        let second = async {
            while world.status().gate.execution.is_none() {
                tokio::task::yield_now().await;
            }
            world.pass_of(&two, world.toy()).await
        };
        let (first, second) = tokio::join!(world.pass_of(&one, world.toy()), second);
        first.unwrap();
        second.unwrap();
        assert_eq!(world.gateway.runs_of("a"), 1, "seed {seed}");
        world.run().await;
        assert_eq!(
            (most_runs(&world), world.phase()),
            (1, Phase::Ready),
            "seed {seed}"
        );
    }
}

#[tokio::test]
async fn a_refusal_of_one_copy_does_not_close_the_intent_of_the_other() {
    for faults in [
        [Fault::Throttle(None), Fault::LoseReply],
        [Fault::LoseReply, Fault::Throttle(None)],
    ] {
        for seed in 0..60 {
            let world = world(Repeat::Never, 1);
            world.approved().await;
            world.gateway.lag(120);
            world.gateway.fail(faults.clone());
            world.stops.shuffle(seed);
            let (one, two) = (world.operator(), world.operator());
            let second = async {
                while world.status().gate.execution.is_none() {
                    tokio::task::yield_now().await;
                }
                world.pass_of(&two, world.toy()).await
            };
            let (first, second) = tokio::join!(world.pass_of(&one, world.toy()), second);
            first.unwrap();
            second.unwrap();
            world.run().await;
            assert_eq!(
                (most_runs(&world), world.phase()),
                (1, Phase::Ready),
                "{faults:?}, seed {seed}"
            );
        }
    }
}

#[tokio::test]
async fn an_operator_that_wakes_up_late_loses_nothing() {
    // It sleeps before it stores its receipt; meanwhile another one accepts the effect and goes on.
    let world = std::sync::Arc::new(world(Repeat::Never, 2));
    world.approved().await;
    let operator = world.operator();
    let mut sleeper = Box::pin(world.pass_of(&operator, world.toy()));
    while world.gateway.sent() == 0 {
        tokio::select! { biased; _ = &mut sleeper => panic!("it is not done yet"), () = tokio::task::yield_now() => {} }
    }
    world.run().await;
    assert_eq!((world.gateway.sent() >= 2, world.phase()), (true, Phase::Ready));
    let recorded = world.execution();
    sleeper.await.unwrap();
    assert_eq!(world.execution().calls[1], recorded.calls[1]);
    assert_eq!(world.execution().outcome, recorded.outcome);
    world.run().await;
    assert_eq!((most_runs(&world), world.gateway.runs_of("b")), (1, 1));
}

/// One random life with everything that can go wrong in it; every decision comes from the dice. Returns
/// how many calls ran.
async fn chaos(seed: u64) -> usize {
    let mut dice = Dice::new(seed);
    let repeat = [Repeat::ClientToken, Repeat::AfterProof, Repeat::Never][dice.below(3)];
    let mut world = world(repeat, 1 + dice.below(3));
    world.timing.api_timeout = Duration::from_millis(20);
    world.gateway.lag([0, 0, 30, 300][dice.below(4)]);
    world.stops.shuffle(seed);
    let mut caches: Vec<Toy> = vec![world.toy()];
    for _ in 0..25 {
        disturb(&world, &mut dice);
        caches.push(world.toy());
        let view = |dice: &mut Dice| caches[caches.len() - 1 - dice.below(caches.len().min(3))].clone();
        let (one, two) = (world.operator(), world.operator());
        let (first, second) = (view(&mut dice), view(&mut dice));
        let both = async { tokio::join!(world.pass_of(&one, first), world.pass_of(&two, second)) };
        world
            .stops
            .arm(if dice.below(2) == 0 { 1 + dice.below(30) } else { 0 });
        let _ = world.stops.run(both).await;
        world.stops.arm(0);
        world.clock.advance([1, 5, 60, 600, 1000][dice.below(5)]);
        assert!(most_runs(&world) <= 1, "seed {seed}: {:?}", world.gateway.ran());
    }
    world.gateway.ran().len()
}

fn disturb(world: &World, dice: &mut Dice) {
    let fault = match dice.below(16) {
        0 => Some(Fault::LoseReply),
        1 => Some(Fault::LoseRequest),
        2 => Some(Fault::Delay),
        3 => Some(Fault::ServerError),
        4 => Some(Fault::Throttle(None)),
        5 => Some(Fault::Forbid),
        6 => Some(Fault::NoConnection),
        _ => None,
    };
    world.gateway.fail(fault);
    match dice.below(16) {
        0 => world.api.fail("status", "toys", dice.below(3), ApiFault::Refuse),
        1 => world
            .api
            .fail("status", "toys", dice.below(3), ApiFault::RefuseAfterStoring),
        2 => world
            .api
            .fail("status", "toys", dice.below(3), ApiFault::HangAfterStoring),
        3 => {
            let label = ApiFault::Before(Box::new(|objects| {
                objects.edit(TOY, |o| annotate(o, "somebody", Some("was here")));
            }));
            world.api.fail("status", "toys", dice.below(3), label);
        }
        4 => world.annotate(annotations::PAUSED, Some("hold")),
        5 | 6 => world.annotate(annotations::PAUSED, None),
        7 => world.gateway.deliver(),
        8 => world.rotate_key(["key-1", "key-2"][dice.below(2)]),
        _ => {}
    }
    // One approval only: whatever runs has to run under it.
    if world.status().gate.plan.is_some_and(|p| p.epoch == 1) {
        world.approve();
    }
}

#[tokio::test]
async fn no_call_runs_twice_whatever_happens() {
    let mut ran = 0;
    for seed in 0..LIVES {
        ran += chaos(u64::from(seed)).await;
    }
    // On a slow machine more of the short timeouts are over before anything happens.
    assert!(
        ran > LIVES as usize / 4,
        "the lives are not so bad that nothing happens: {ran}"
    );
}
