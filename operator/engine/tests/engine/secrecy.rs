//! Secrets in parameters and replies: they reach the cloud and the owned Secret, and nothing else. Every
//! request to the API server, every log line and every stored object is searched for them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sas_api::plan::{Repeat, SecretKey};
use sas_api::status::Phase;
use sas_engine::salted_digest;
use serde_json::json;

use crate::support::cloud::{Fault, REPLY_CANARY};
use crate::support::logs;
use crate::support::toy::{OUTPUT, ToySpec};
use crate::support::world::World;

const VALUE: &str = "parameter-canary-d41d";
const SECRET: &str = "secrets/ns/in";

/// A world whose call takes its value from a Secret.
fn world() -> World {
    let uid = World::new(ToySpec::default()).toy().metadata.uid.unwrap();
    let world = World::new(ToySpec {
        secret: Some(SecretKey {
            name: "in".into(),
            key: "value".into(),
            salted_digest: salted_digest(&uid, VALUE.as_bytes()),
        }),
        output: Some("out".into()),
        ..Default::default()
    });
    assert_eq!(world.toy().metadata.uid.unwrap(), uid);
    world.api.with(|objects| {
        let secret = json!({"metadata": {"name": "in"}, "data": {"value": STANDARD.encode(VALUE)}});
        objects.create(SECRET, secret)
    });
    world
}

fn change_secret(world: &World, value: &str) {
    world.api.with(|objects| {
        objects.edit(SECRET, |s| s["data"]["value"] = json!(STANDARD.encode(value)));
    });
}

/// A text in the forms in which it could get away.
fn forms(secret: &str) -> Vec<String> {
    let hex = secret
        .bytes()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .concat();
    // Base64 of a text inside a longer one depends on where it stands; the middle is the same in one of three.
    let shifted = ["", "x", "xx"].map(|pad| {
        let encoded = STANDARD.encode(format!("{pad}{secret}"));
        encoded[4..encoded.len() - 4].to_owned()
    });
    [vec![secret.to_owned(), hex], shifted.to_vec()].concat()
}

fn assert_absent(text: &str, secret: &str, place: &str) {
    for form in forms(secret) {
        assert!(!text.contains(&form), "{secret} as {form} in {place}: {text}");
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for text in [
        VALUE.to_owned(),
        STANDARD.encode(format!("{{\"Value\":\"{VALUE}\"}}")),
    ] {
        assert!(forms(VALUE).iter().any(|form| text.contains(form)), "{text}");
    }
}

#[tokio::test]
async fn secrets_reach_the_cloud_and_nothing_else() {
    logs::keep();
    let world = world();
    world.gateway.fail([Fault::LoseRequest, Fault::Throttle(None)]);
    world.approved().await;
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
    let items = world.items().await;
    assert_eq!(items["a"], VALUE, "the cloud got it");
    let log = logs::kept();
    for secret in [VALUE, REPLY_CANARY, OUTPUT] {
        assert_absent(&log, secret, "the log");
        for request in world.api.log() {
            let own = request.resource == "secrets" && request.name == "out" && secret == OUTPUT;
            if !own {
                assert_absent(
                    &request.body,
                    secret,
                    &format!("{} {}", request.verb, request.resource),
                );
            }
        }
    }
    assert!(log.contains("sending"), "the log was kept");
}

#[tokio::test]
async fn a_secret_that_changed_after_the_approval_is_not_sent() {
    let world = world();
    world.approved().await;
    change_secret(&world, "another-value");
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::Failed));
    let message = world.execution().message.unwrap();
    assert!(message.contains("key value of Secret in changed"), "{message}");
}

#[tokio::test]
async fn a_secret_that_is_gone_is_named() {
    let world = world();
    world.approved().await;
    world.api.with(|objects| objects.delete(SECRET));
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::Failed));
    assert!(
        world
            .execution()
            .message
            .unwrap()
            .contains("Secret in has no key value")
    );
}

#[tokio::test]
async fn a_secret_that_changed_after_the_intent_does_not_close_it() {
    // The first copy may have run with the old value.
    let world = world();
    world.approved().await;
    world.gateway.lag(200);
    world.gateway.fail([Fault::LoseReply]);
    world.pass().await.unwrap();
    change_secret(&world, "another-value");
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
    assert_eq!(world.toy().spec.repeat, Repeat::Never);
}
