//! Resources that are done once: they end, stay ended, and go when their time is over.

use std::collections::BTreeMap;

use sas_api::annotations;
use sas_api::status::Phase;

use crate::support::cloud::Fault;
use crate::support::toy::{GATE, ToySpec};
use crate::support::world::{TOY, World};

fn job() -> ToySpec {
    ToySpec {
        once: true,
        ..Default::default()
    }
}

fn cautious() -> ToySpec {
    ToySpec {
        items: BTreeMap::from([("a".into(), "1".into()), ("b".into(), "1".into())]),
        one_by_one: true,
        ..job()
    }
}

async fn executed(spec: ToySpec) -> World {
    let world = World::new(spec);
    world.approved().await;
    world.run().await;
    world
}

fn exists(world: &World) -> bool {
    world.api.with(|objects| objects.get(TOY).is_some())
}

#[tokio::test]
async fn a_job_that_is_done_stays_done_whatever_the_cloud_shows() {
    let world = executed(job()).await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Succeeded));
    let before = world.toy();
    world.gateway.set("a", None);
    for asked in [annotations::RETRY, annotations::REPLAN] {
        world.annotate(asked, Some("again"));
        world.clock.advance(86_400);
        world.run().await;
    }
    world.gateway.down(true);
    world.run().await;
    assert_eq!(
        (world.gateway.runs_of("a"), world.toy().status),
        (1, before.status)
    );
}

#[tokio::test]
async fn a_job_without_anything_to_do_is_done_for_good() {
    let world = World::new(job());
    world.gateway.set("a", Some("1"));
    world.run().await;
    assert_eq!(world.phase(), Phase::Succeeded);
    world.gateway.set("a", None);
    world.clock.advance(86_400);
    world.run().await;
    assert_eq!((world.phase(), world.gateway.sent()), (Phase::Succeeded, 0));
}

#[tokio::test]
async fn a_finished_job_goes_when_its_time_is_over_and_not_before() {
    let world = executed(ToySpec {
        keep: Some(60),
        ..job()
    })
    .await;
    let ended = world.status().gate.completion_time.unwrap().0;
    let elapsed = world.clock.now().duration_since(ended).as_secs();
    world.clock.advance(59 - elapsed);
    world.pass().await.unwrap();
    assert!(exists(&world));
    let outdated = world.toy();
    world.annotate("example.com/note", Some("somebody is reading this"));
    world.clock.advance(1);
    world.pass_of(&world.operator(), outdated).await.unwrap();
    assert!(exists(&world), "an object that changed is judged again first");
    world.pass().await.unwrap();
    assert!(!exists(&world));
}

#[tokio::test]
async fn a_failed_job_needs_a_new_plan_and_its_approval() {
    let world = World::new(ToySpec {
        keep: Some(3_600),
        ..job()
    });
    world.approved().await;
    world.gateway.fail([Fault::Reject]);
    world.run().await;
    assert_eq!(world.phase(), Phase::Failed);
    world.annotate(annotations::RETRY, Some("1"));
    world.run().await;
    assert_eq!(
        (world.gateway.runs_of("a"), world.phase()),
        (0, Phase::PendingApproval)
    );
    assert_eq!(world.status().gate.completion_time, None, "it is alive again");
    world.clock.advance(7_200);
    world.run().await;
    assert!(exists(&world), "nobody removes what waits");
    world.approve();
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Succeeded));
}

#[tokio::test]
async fn a_job_of_unknown_outcome_is_kept() {
    let world = World::new(ToySpec {
        keep: Some(60),
        provable: false,
        ..job()
    });
    world.approved().await;
    world.gateway.fail([Fault::LoseRequest]);
    world.pass().await.unwrap();
    world.clock.advance(2_400);
    world.run().await;
    assert_eq!(world.phase(), Phase::OutcomeUnknown);
    world.clock.advance(86_400);
    world.run().await;
    assert!(exists(&world));
    world.gateway.set("a", Some("1"));
    world.run().await;
    assert_eq!(world.phase(), Phase::Succeeded, "its effect showed up");
}

#[tokio::test]
async fn a_cautious_job_sees_one_effect_before_the_next_call() {
    let world = World::new(cautious());
    world.approved().await;
    world.gateway.lag(30);
    world.pass().await.unwrap();
    world.clock.advance(5);
    world.pass().await.unwrap();
    assert_eq!((world.gateway.runs_of("a"), world.gateway.runs_of("b")), (1, 0));
    world.run().await;
    assert_eq!((world.gateway.runs_of("b"), world.phase()), (1, Phase::Succeeded));
}

#[tokio::test]
async fn a_cautious_job_stops_at_the_first_failure() {
    let world = World::new(cautious());
    world.approved().await;
    world.gateway.fail([Fault::Break]);
    world.run().await;
    assert_eq!((world.gateway.runs_of("b"), world.phase()), (0, Phase::Failed));
    world.clock.advance(86_400);
    world.run().await;
    assert_eq!(world.gateway.runs_of("b"), 0);
}

#[tokio::test]
async fn a_kind_decides_how_long_an_effect_may_take() {
    let after = async |patience: u64, seconds: i64| {
        let world = World::new(ToySpec {
            patience: Some(patience),
            ..job()
        });
        world.approved().await;
        world.gateway.lag(7_200);
        world.pass().await.unwrap();
        world.clock.advance(seconds);
        world.pass().await.unwrap();
        world.phase()
    };
    assert_eq!(after(3_600, 3_500).await, Phase::Verifying);
    assert_eq!(after(3_600, 3_700).await, Phase::OutcomeUnknown);
    assert_eq!(after(60, 90).await, Phase::OutcomeUnknown);
}

/// An approved job that minds the gate, with the gate in this state.
async fn gated(state: &str) -> World {
    let world = World::new(ToySpec { gated: true, ..job() });
    world.approved().await;
    world.gateway.set(GATE, Some(state));
    world
}

#[tokio::test]
async fn a_last_look_ends_what_must_not_run_any_more() {
    let world = gated("taken").await;
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::Failed));
    let message = world.execution().message.unwrap();
    assert!(message.contains("the gate is shut"), "{message}");
    world.gateway.set(GATE, None);
    world.annotate(annotations::RETRY, Some("1"));
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
    world.approve();
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Succeeded));
}

#[tokio::test]
async fn a_last_look_holds_back_what_may_run_later() {
    let world = gated("busy").await;
    world.pass().await.unwrap();
    assert_eq!(world.gateway.sent(), 0);
    assert_eq!(world.execution().calls[0].not_run, Some(1));
    world.gateway.set(GATE, None);
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Succeeded));
}

#[tokio::test]
async fn what_cannot_be_done_ends_before_anybody_is_asked() {
    let world = World::new(ToySpec {
        gated: true,
        keep: Some(3_600),
        ..job()
    });
    world.gateway.set(GATE, Some("impossible"));
    world.run().await;
    assert_eq!(
        (world.phase(), world.reason()),
        (Phase::Failed, "NoTargets".into())
    );
    assert!(world.status().gate.plan.is_none());
    world.gateway.set(GATE, None);
    world.run().await;
    assert_eq!(
        world.phase(),
        Phase::Failed,
        "only a person asks for a new attempt"
    );
    world.annotate(annotations::RETRY, Some("1"));
    world.run().await;
    assert_eq!(world.phase(), Phase::PendingApproval);
}
