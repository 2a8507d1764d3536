//! The Secret that a resource gives out: there when the resource is ready, restored when it is gone or
//! changed, and never one that belongs to somebody else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::runtime::controller::Action;
use sas_api::status::Phase;
use serde_json::{Value, json};

use crate::support::apiserver::Fault as ApiFault;
use crate::support::toy::{OUTPUT, ToySpec};
use crate::support::world::World;

const SECRET: &str = "secrets/ns/out";

async fn ready() -> World {
    let world = World::new(ToySpec {
        output: Some("out".into()),
        ..Default::default()
    });
    world.approved().await;
    world.pass().await.unwrap();
    world
}

fn secret(world: &World) -> Option<Value> {
    world.api.with(|objects| objects.get(SECRET).cloned())
}

fn assert_is_ours(world: &World) {
    let secret = secret(world).unwrap();
    assert_eq!(secret["data"], json!({"token": STANDARD.encode(OUTPUT)}));
    assert_eq!(
        secret["metadata"]["ownerReferences"][0]["uid"].as_str().unwrap(),
        world.toy().metadata.uid.unwrap()
    );
}

#[tokio::test]
async fn it_is_there_when_the_resource_is_ready() {
    let world = ready().await;
    assert_eq!(world.phase(), Phase::Ready);
    assert_is_ours(&world);
    let requests = |world: &World| world.api.log().iter().filter(|l| l.verb != "get").count();
    let before = requests(&world);
    for _ in 0..10 {
        world.pass().await.unwrap();
    }
    assert_eq!(requests(&world), before, "and then it is only read");
}

#[tokio::test]
async fn it_is_restored() {
    let world = ready().await;
    world.api.with(|objects| objects.delete(SECRET));
    world.run().await;
    assert_is_ours(&world);
    world.api.with(|objects| {
        objects.edit(SECRET, |s| s["data"] = json!({"token": "AAAA", "more": "AAAA"}));
    });
    world.run().await;
    let secret = secret(&world).unwrap();
    assert_eq!(secret["data"]["token"], json!(STANDARD.encode(OUTPUT)));
    assert!(secret["data"].get("more").is_none_or(Value::is_null));
    assert_eq!(world.phase(), Phase::Ready);
}

fn foreign() -> Value {
    json!({"metadata": {"name": "out", "namespace": "ns"}, "data": {"theirs": "AAAA"}})
}

#[tokio::test]
async fn somebody_elses_is_left_alone() {
    let world = World::new(ToySpec {
        output: Some("out".into()),
        ..Default::default()
    });
    world.gateway.set("a", Some("1"));
    world.api.with(|objects| objects.create(SECRET, foreign()));
    world.run().await;
    assert_eq!(
        (world.phase(), world.reason().as_str()),
        (Phase::Blocked, "OutputSecretConflict")
    );
    assert_eq!(secret(&world).unwrap()["data"], foreign()["data"]);
    world.api.with(|objects| objects.delete(SECRET));
    world.run().await;
    assert_is_ours(&world);
}

#[tokio::test]
async fn one_that_appears_between_look_and_write_is_left_alone() {
    let world = World::new(ToySpec {
        output: Some("out".into()),
        ..Default::default()
    });
    world.gateway.set("a", Some("1"));
    for verb in ["create", "patch"] {
        let appear = ApiFault::Before(Box::new(|objects| {
            objects.create(SECRET, foreign());
        }));
        world.api.fail(verb, "secrets", 0, appear);
    }
    world.pass().await.unwrap();
    world.run().await;
    assert_eq!(world.reason(), "OutputSecretConflict");
    assert_eq!(secret(&world).unwrap()["data"], foreign()["data"]);
}

#[tokio::test]
async fn one_that_was_exchanged_between_look_and_write_is_left_alone() {
    let world = ready().await;
    world.api.with(|objects| {
        objects.edit(SECRET, |s| s["data"] = json!({"token": "AAAA"}));
    });
    let exchange = ApiFault::Before(Box::new(|objects| {
        objects.delete(SECRET);
        objects.create(SECRET, foreign());
    }));
    world.api.fail("patch", "secrets", 0, exchange);
    world.pass().await.unwrap();
    world.run().await;
    assert_eq!(world.reason(), "OutputSecretConflict");
    assert_eq!(secret(&world).unwrap()["data"], foreign()["data"]);
}

#[tokio::test]
async fn a_secret_that_a_policy_forbids_is_said_and_written_when_it_may_be() {
    let world = ready().await;
    world.api.with(|objects| objects.delete(SECRET));
    for round in 1..=2 {
        world.api.fail("create", "secrets", 0, ApiFault::Forbid);
        world.pass().await.unwrap();
        assert_eq!(
            (world.phase(), world.reason().as_str()),
            (Phase::Blocked, "OutputSecretRefused"),
            "round {round}"
        );
    }
    let ready = world.status().common.summary.unwrap();
    assert!(
        ready.contains("Secret out cannot be written: refused with 403"),
        "{ready}"
    );
    world.pass().await.unwrap();
    assert_eq!(world.phase(), Phase::Ready);
    assert_is_ours(&world);
}

#[tokio::test]
async fn a_secret_that_vanishes_while_it_is_changed_is_made_anew() {
    let world = ready().await;
    world
        .api
        .with(|objects| objects.edit(SECRET, |secret| secret["data"]["token"] = json!("b2xk")));
    let vanish = ApiFault::Before(Box::new(|objects| objects.delete(SECRET)));
    world.api.fail("patch", "secrets", 0, vanish);
    let action = world.pass().await.unwrap();
    assert_ne!(action, Action::await_change(), "the toy itself is still there");
    world.pass().await.unwrap();
    assert_is_ours(&world);
}
