//! What the engine creates and removes for a resource: in the name of that one's writers, once, and never
//! in the place of what somebody else has made.

use std::sync::Arc;
use std::time::Duration;

use kube::runtime::controller::Action;
use sas_api::status::Phase;
use sas_api::{annotations, labels};
use sas_engine::{CHILDREN_PER_PASS, PassError, reconcile_report};
use serde_json::{Value, json};

use super::guard::{down, up};
use crate::support::apiserver::Fault;
use crate::support::cloud::ToyCloud;
use crate::support::toy::{Toy, ToySpec};
use crate::support::world::{Pass, World, annotate};

type Change<'a, T> = &'a dyn Fn(&T);
type Edit<'a> = &'a dyn Fn(&mut Value);

/// A toy that wants `children` toys, written by Alice and Bob, under acting policies.
fn parent(children: usize) -> World {
    let world = World::new(ToySpec {
        wanted: (0..children).map(|number| format!("child-{number:02}")).collect(),
        ..ToySpec::default()
    });
    world.guard.send_replace(up("first"));
    world.annotate(annotations::REQUESTED_BY, Some("alice,bob"));
    world.annotate(annotations::REQUESTED_GENERATION, Some("1"));
    world
}

fn child(world: &World, number: usize) -> Value {
    let key = format!("toys/ns/child-{number:02}");
    world
        .api
        .with(|objects| objects.get(&key).cloned())
        .unwrap_or_default()
}

async fn look(world: &World) -> Pass {
    Box::pin(reconcile_report::<Toy, ToyCloud, _>(
        Arc::new(world.toy()),
        world.operator(),
    ))
    .await
}

/// A pass as a kind that looks, and one as a kind that writes.
async fn both(world: &World) -> [Action; 2] {
    [look(world).await.unwrap(), world.pass().await.unwrap()]
}

fn claimed(child: &Value) -> (&str, &str) {
    let said = |key: &str| child["metadata"]["annotations"][key].as_str().unwrap_or_default();
    (
        said(annotations::REQUESTED_BY),
        said(annotations::REQUESTED_GENERATION),
    )
}

#[tokio::test]
async fn a_child_belongs_to_its_parent_and_is_written_by_its_parents_writers() {
    let world = parent(1);
    assert_eq!(look(&world).await.unwrap(), Action::requeue(Duration::ZERO));
    let child = child(&world, 0);
    let owner = &child["metadata"]["ownerReferences"][0];
    let uid = world.toy().metadata.uid.unwrap();
    assert_eq!(
        (&owner["uid"], &owner["controller"], &owner["blockOwnerDeletion"]),
        (&json!(uid), &json!(true), &json!(true))
    );
    assert_eq!(child["metadata"]["labels"][labels::CREATED_FOR], json!(uid));
    assert_eq!(claimed(&child), ("alice,bob", "1"));
    assert!(
        child.get("status").is_none(),
        "a status is the operator's later word"
    );
    // It is there now, and stays as it is.
    for _ in 0..3 {
        both(&world).await;
    }
    assert_eq!(world.api.stored("create", "toys"), 1);
    assert_ne!(look(&world).await.unwrap(), Action::requeue(Duration::ZERO));
}

#[tokio::test]
async fn writers_that_nobody_vouches_for_are_unknown() {
    let older = |world: &World| world.annotate(annotations::REQUESTED_GENERATION, Some("7"));
    let nobody = |world: &World| world.annotate(annotations::REQUESTED_BY, None);
    let unguarded = |world: &World| {
        let message = "nobody enforces anything".to_owned();
        world.guard.send_replace(sas_engine::Guard::Advisory { message });
    };
    let cases: [(&str, Change<World>); 3] =
        [("older", &older), ("nobody", &nobody), ("unguarded", &unguarded)];
    for (case, change) in cases {
        let world = parent(1);
        change(&world);
        look(&world).await.unwrap();
        assert_eq!(claimed(&child(&world, 0)), ("?", "1"), "{case}");
    }
}

#[tokio::test]
async fn nothing_is_created_while_the_policies_do_not_act() {
    let world = parent(1);
    world.guard.send_replace(down());
    both(&world).await;
    assert_eq!(world.api.stored("create", "toys"), 0);
    assert_eq!(world.reason(), "ApprovalUnguarded");
    world.guard.send_replace(up("first"));
    look(&world).await.unwrap();
    assert_eq!(world.api.stored("create", "toys"), 1);
}

#[tokio::test]
async fn one_pass_creates_a_few() {
    let world = parent(CHILDREN_PER_PASS + 3);
    look(&world).await.unwrap();
    assert_eq!(world.api.stored("create", "toys"), CHILDREN_PER_PASS);
}

/// Somebody has a toy of that name already, which looks like this one.
async fn assert_told(world: &World, theirs: Value) {
    world.api.with(|objects| {
        objects.create("toys/ns/child-00", theirs);
    });
    let before = child(world, 0);
    for pass in both(world).await {
        assert_ne!(pass, Action::requeue(Duration::ZERO));
        assert_eq!(
            (world.phase(), world.reason().as_str()),
            (Phase::Blocked, "ChildConflict")
        );
    }
    let (writes, events) = (world.status_writes(), world.events());
    both(world).await;
    assert_eq!((world.status_writes(), world.events()), (writes, events));
    assert_eq!(child(world, 0), before, "it is left alone");
}

fn toy(owner: Option<&str>, writers: &str) -> Value {
    let owners: Vec<_> = owner
        .map(|uid| json!({"apiVersion": "toys.example.com/v1", "kind": "Toy", "name": "toy", "uid": uid, "controller": true}))
        .into_iter()
        .collect();
    json!({"apiVersion": "toys.example.com/v1", "kind": "Toy", "spec": ToySpec::default(), "metadata": {
        "name": "child-00", "namespace": "ns", "ownerReferences": owners,
        "annotations": {annotations::REQUESTED_BY: writers, annotations::REQUESTED_GENERATION: "1"}}})
}

#[tokio::test]
async fn a_name_that_somebody_else_has_taken_is_told() {
    let world = parent(1);
    assert_told(&world, toy(None, "alice,bob")).await;
    let world = parent(1);
    assert_told(&world, toy(Some("uid-of-another"), "alice,bob")).await;
    // Anybody can name the parent as the owner of what he writes.
    let world = parent(1);
    let uid = world.toy().metadata.uid.unwrap();
    assert_told(&world, toy(Some(&uid), "mallory")).await;
    let world = parent(1);
    let uid = world.toy().metadata.uid.unwrap();
    assert_told(&world, toy(Some(&uid), "mallory,alice")).await;
}

/// Whoever asks to stop a child counts as one of its writers from then on, behind those who had it made.
#[tokio::test]
async fn a_child_of_an_earlier_generation_or_with_another_writer_is_still_ours() {
    for writers in ["alice", "alice,bob,mallory"] {
        let world = parent(1);
        let uid = world.toy().metadata.uid.unwrap();
        world.api.with(|objects| {
            objects.create("toys/ns/child-00", toy(Some(&uid), writers));
        });
        look(&world).await.unwrap();
        assert_eq!((world.phase(), world.reason().as_str()), (Phase::Ready, "InSync"));
    }
}

#[tokio::test]
async fn a_refusal_is_told_and_a_lost_answer_makes_no_second_child() {
    let world = parent(1);
    world.api.fail("create", "toys", 0, Fault::Forbid);
    look(&world).await.unwrap();
    assert_eq!(
        (world.phase(), world.reason().as_str()),
        (Phase::Blocked, "ChildRefused")
    );
    for fault in [Fault::RefuseAfterStoring, Fault::Refuse] {
        let world = parent(1);
        world.api.fail("create", "toys", 0, fault);
        assert!(matches!(look(&world).await, Err(PassError::Store(_))));
        look(&world).await.unwrap();
        assert_eq!(world.api.with(|objects| objects.keys("toys").len()), 2);
    }
}

/// A job of the parent that ended as it should, in the version that was stored.
fn ended(world: &World, owner: &str) -> Value {
    let mut job = toy(Some(owner), "alice,bob");
    job["metadata"]["name"] = json!("job");
    job["status"] = json!({"observedGeneration": 1, "completionTime": "2026-11-21T00:00:00Z"});
    world.api.with(|objects| objects.create("toys/ns/job", job))
}

/// What the parent thinks is over, judged as the toy looked then.
fn retire(world: &World, judged: Value) {
    // The writers of this generation are the ones of the last.
    world.edit_spec(|spec| spec.retired = vec![judged]);
    let generation = world.toy().metadata.generation.unwrap().to_string();
    world.annotate(annotations::REQUESTED_GENERATION, Some(&generation));
}

#[tokio::test]
async fn a_job_that_is_over_is_removed() {
    let world = parent(0);
    let job = ended(&world, &world.toy().metadata.uid.unwrap());
    retire(&world, job);
    look(&world).await.unwrap();
    assert_eq!(world.api.with(|objects| objects.keys("toys").len()), 1);
    // It is gone; that it is asked for again is no error.
    look(&world).await.unwrap();
    world.pass().await.unwrap();
}

#[tokio::test]
async fn only_ended_jobs_of_its_own_are_removed_and_in_the_version_that_was_judged() {
    let running = |job: &mut Value| job["status"] = json!({"observedGeneration": 1});
    let leaving = |job: &mut Value| job["metadata"]["deletionTimestamp"] = json!("2026-11-21T00:00:00Z");
    let older = |job: &mut Value| job["metadata"]["resourceVersion"] = json!("0");
    let replaced = |job: &mut Value| job["metadata"]["uid"] = json!("uid-of-another");
    let cases: [(&str, Edit); 4] = [
        ("running", &running),
        ("leaving", &leaving),
        ("older", &older),
        ("replaced", &replaced),
    ];
    for (case, change) in cases {
        let world = parent(0);
        let mut job = ended(&world, &world.toy().metadata.uid.unwrap());
        change(&mut job);
        retire(&world, job);
        look(&world).await.unwrap();
        assert_eq!(world.api.stored("delete", "toys"), 0, "{case}");
    }
    let world = parent(0);
    let foreign = ended(&world, "uid-of-another");
    retire(&world, foreign);
    look(&world).await.unwrap();
    assert_eq!(world.api.stored("delete", "toys"), 0, "somebody else's");
}

#[tokio::test]
async fn a_job_that_was_refused_is_over() {
    let world = parent(0);
    let mut job = ended(&world, "owner");
    job["status"] = json!({"conditions": [{"type": "Approved", "status": "False", "reason": "Rejected", "message": "",
        "lastTransitionTime": "2026-11-21T00:00:00Z"}]});
    let ended = |job: &Value| sas_engine::ended(&serde_json::from_value::<Toy>(job.clone()).unwrap());
    assert!(ended(&job).is_some_and(|ended| !ended.well));
    job["status"]["execution"] = json!({"hash": "h", "epoch": 1, "observedGeneration": 1,
        "startedTime": "2026-11-21T00:00:00Z", "calls": []});
    assert_eq!(ended(&job), None, "what was begun may still come to something");
}

#[tokio::test]
async fn an_edit_of_the_parent_after_it_was_read_lends_no_name() {
    // The copy at hand was written by Alice and Bob; Mallory has changed it since.
    let world = parent(1);
    let judged = world.toy();
    world.api.with(|objects| {
        objects.edit("toys/ns/toy", |o| {
            o["spec"]["wanted"] = json!(["child-00", "other"]);
            annotate(o, annotations::REQUESTED_BY, Some("alice,bob,mallory"));
            annotate(o, annotations::REQUESTED_GENERATION, Some("2"));
        });
    });
    let pass = reconcile_report::<Toy, ToyCloud, _>(Arc::new(judged), world.operator());
    let _ = Box::pin(pass).await;
    assert_eq!(claimed(&child(&world, 0)), ("alice,bob", "1"));
    let keys = world.api.with(|objects| objects.keys("toys"));
    assert!(!keys.contains(&"toys/ns/other".to_owned()), "{keys:?}");
    look(&world).await.unwrap();
    let keys = world.api.with(|objects| objects.keys("toys"));
    assert!(keys.contains(&"toys/ns/other".to_owned()), "{keys:?}");
}
