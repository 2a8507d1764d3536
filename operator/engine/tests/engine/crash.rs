//! A process that dies at any request: before it leaves, or after it was carried out and before its answer
//! is read. The next process knows only what is stored. Whatever the place, each call runs exactly once.

use std::collections::BTreeMap;

use sas_api::plan::Repeat;
use sas_api::status::Phase;

use crate::support::apiserver::Fault as ApiFault;
use crate::support::cloud::Fault;
use crate::support::toy::ToySpec;
use crate::support::world::World;

const ITEMS: [&str; 3] = ["a", "b", "c"];
/// More places than any of these lives has.
const ENOUGH: usize = 200;

/// One life of a plan, with what goes wrong in it besides the crash.
#[derive(Clone)]
struct Life {
    repeat: Repeat,
    calls: usize,
    chained: bool,
    lag: i64,
    faults: Vec<Fault>,
}

impl Life {
    fn of(repeat: Repeat, calls: usize) -> Self {
        Self {
            repeat,
            calls,
            chained: false,
            lag: 0,
            faults: Vec::new(),
        }
    }

    fn world(&self) -> World {
        let items = ITEMS
            .iter()
            .take(self.calls)
            .map(|n| ((*n).to_owned(), "1".to_owned()));
        let world = World::new(ToySpec {
            items: items.collect::<BTreeMap<_, _>>(),
            repeat: self.repeat,
            chained: self.chained,
            ..Default::default()
        });
        world.gateway.lag(self.lag);
        world.gateway.fail(self.faults.clone());
        world
    }

    fn runs(&self, world: &World) -> Vec<usize> {
        ITEMS[..self.calls]
            .iter()
            .map(|item| world.gateway.runs_of(item))
            .collect()
    }

    /// Lives with a crash at the n-th place, then `later` seconds of nothing. Says where it died, or
    /// nothing if there is no such place.
    async fn with_crash(&self, n: usize, later: i64) -> (World, Option<String>) {
        let world = self.world();
        world.stops.arm(n);
        let place = match world.stops.run(live(&world)).await {
            Ok(()) => None,
            Err(place) => {
                world.clock.advance(later);
                live(&world).await;
                Some(place)
            }
        };
        (world, place)
    }
}

/// Publishes, approves and runs to the end.
async fn live(world: &World) {
    for _ in 0..40 {
        // A pass that the API server fails is tried again.
        let _ = world.pass().await;
        let status = world.status();
        if status.common.phase == Some(Phase::PendingApproval) {
            world.approve();
        }
        if matches!(
            status.common.phase,
            Some(Phase::Ready | Phase::OutcomeUnknown | Phase::Failed)
        ) {
            return;
        }
        world.clock.advance(10);
    }
    for _ in 0..20 {
        world.clock.advance(600);
        world.pass().await.unwrap();
    }
}

/// Crashes at every place of the life and gives each world to `judge`. Returns the number of places.
async fn everywhere(life: &Life, later: i64, judge: impl Fn(&World, &str)) -> usize {
    for n in 1..ENOUGH {
        let (world, place) = life.with_crash(n, later).await;
        let Some(place) = place else { return n - 1 };
        judge(
            &world,
            &format!("{:?}, {} calls, place {n}: {place}", life.repeat, life.calls),
        );
    }
    panic!("a life has fewer than {ENOUGH} places");
}

fn exactly_once(life: &Life) -> impl Fn(&World, &str) {
    move |world, what| {
        assert_eq!(life.runs(world), vec![1; life.calls], "{what}");
        assert_eq!(world.phase(), Phase::Ready, "{what}");
        let execution = world.execution();
        assert!(execution.calls.iter().all(|c| c.receipt.is_some()), "{what}");
        assert_eq!(world.epoch(), 1, "{what}: one approval was enough");
    }
}

#[tokio::test]
async fn every_kind_of_call_runs_exactly_once() {
    for repeat in [
        Repeat::ClientToken,
        Repeat::AfterProof,
        Repeat::Never,
        Repeat::Harmless,
    ] {
        for calls in [1, 3] {
            let life = Life::of(repeat, calls);
            let places = everywhere(&life, 5, exactly_once(&life)).await;
            // At least two looks, the intent, the call, its outcome and two events, each before and after.
            assert!(places >= 12 + 4 * (calls - 1), "{places} places");
        }
    }
}

#[tokio::test]
async fn calls_that_need_the_reply_of_the_one_before() {
    let life = Life {
        chained: true,
        ..Life::of(Repeat::Never, 3)
    };
    everywhere(&life, 5, |world, what| {
        let runs = life.runs(world);
        assert!(runs.iter().all(|n| *n <= 1), "{what}: {runs:?}");
        // A lost reply takes the task's name with it: the plan stops there and says so.
        let stopped = world.phase() == Phase::Failed
            && world
                .execution()
                .message
                .is_some_and(|m| m.contains("has no field TaskId"));
        assert!(
            runs == [1, 1, 1] && world.phase() == Phase::Ready || stopped,
            "{what}: {:?}",
            world.phase()
        );
    })
    .await;
}

#[tokio::test]
async fn with_lost_replies_and_late_effects() {
    for repeat in [Repeat::ClientToken, Repeat::AfterProof, Repeat::Never] {
        for fault in [Fault::LoseReply, Fault::LoseRequest, Fault::Throttle(None)] {
            for lag in [0, 60] {
                let life = Life {
                    lag,
                    faults: vec![fault.clone()],
                    ..Life::of(repeat, 3)
                };
                everywhere(&life, 5, exactly_once(&life)).await;
            }
        }
    }
}

#[tokio::test]
async fn with_a_long_time_until_somebody_looks() {
    for later in [14 * 60, 20 * 60, 40 * 60] {
        for repeat in [Repeat::ClientToken, Repeat::AfterProof] {
            let life = Life::of(repeat, 3);
            everywhere(&life, later, exactly_once(&life)).await;
        }
        let life = Life::of(Repeat::Never, 3);
        everywhere(&life, later, |world, what| {
            let runs = life.runs(world);
            assert!(runs.iter().all(|n| *n <= 1), "{what}: {runs:?}");
            // Between intent and arrival nothing proves that the call did not run.
            let lost = runs != [1, 1, 1];
            assert_eq!(world.phase() == Phase::OutcomeUnknown, lost, "{what}: {runs:?}");
            assert!(lost || world.phase() == Phase::Ready, "{what}");
        })
        .await;
    }
}

#[tokio::test]
async fn with_two_crashes() {
    for repeat in [Repeat::ClientToken, Repeat::AfterProof, Repeat::Never] {
        let life = Life::of(repeat, 1);
        for first in 1..ENOUGH {
            let mut survived = false;
            for second in 1..ENOUGH {
                let world = life.world();
                world.stops.arm(first);
                if world.stops.run(live(&world)).await.is_ok() {
                    survived = true;
                    break;
                }
                world.stops.arm(second);
                let Err(place) = world.stops.run(live(&world)).await else {
                    break;
                };
                live(&world).await;
                exactly_once(&life)(&world, &format!("{repeat:?}, {first} then {second}: {place}"));
            }
            if survived {
                break;
            }
        }
    }
}

#[tokio::test]
async fn while_the_outcome_cannot_be_stored() {
    let life = Life::of(Repeat::Never, 1);
    for n in 1..ENOUGH {
        let world = life.world();
        world.approved().await;
        world.api.fail("status", "toys", 1, ApiFault::Refuse);
        world.stops.arm(n);
        if world.stops.run(world.pass()).await.is_ok() {
            assert!(n > 6);
            return;
        }
        live(&world).await;
        exactly_once(&life)(&world, &format!("place {n}"));
    }
}
