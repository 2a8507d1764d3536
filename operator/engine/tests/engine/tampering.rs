//! Somebody with access to the status rewrites it. Admission keeps people from it; the engine still never
//! sends anything but what an annotation on the object approves by its full hash.

use sas_api::annotations;
use sas_api::status::Phase;
use sas_engine::hash;
use serde_json::{Value, json};

use crate::support::cloud::Fault;
use crate::support::toy::ToySpec;
use crate::support::world::{TOY, World};

fn rewrite(world: &World, change: impl FnOnce(&mut Value)) {
    world
        .api
        .with(|objects| objects.edit(TOY, |toy| change(&mut toy["status"])));
}

/// Another value in the first call of the plan.
fn other_value(status: &mut Value) {
    for parameter in status["plan"]["calls"][0]["parameters"].as_array_mut().unwrap() {
        if parameter["name"] == "Value" {
            parameter["value"] = json!("evil");
        }
    }
}

/// The hash that the rewritten plan of the status would have.
fn hash_of_the_rewritten_plan(world: &World) -> String {
    let toy = world.toy();
    let plan = toy.status.unwrap().gate.plan.unwrap();
    let identity = hash::Identity {
        kind: "Toy".into(),
        namespace: "ns".into(),
        name: "toy".into(),
        uid: toy.metadata.uid.unwrap(),
        account: plan.account_id.clone(),
        site: plan.site.clone(),
    };
    hash::seal(plan.plan, &identity, plan.epoch).unwrap().hash
}

/// Every part of a plan that an approver reads and the hash covers.
const REWRITES: [fn(&mut Value); 8] = [
    other_value,
    |status| status["plan"]["risk"] = json!("R1"),
    |status| status["plan"]["targets"] = json!([]),
    |status| status["plan"]["targets"][0]["name"] = json!("test-box"),
    |status| status["plan"]["targetCount"] = json!(77),
    |status| status["plan"]["callCount"] = json!(77),
    |status| status["plan"]["accountID"] = json!("test-account"),
    |status| status["plan"]["values"] = json!([{"name": "harmless", "value": "yes"}]),
];

#[tokio::test]
async fn a_waiting_plan_that_was_rewritten_cannot_be_approved_under_its_old_hash() {
    for (number, rewritten) in REWRITES.into_iter().enumerate() {
        let world = World::new(ToySpec {
            bystanders: 3,
            ..ToySpec::default()
        });
        world.approved().await;
        let approved = world.hash();
        rewrite(&world, rewritten);
        world.run().await;
        let seen = (world.gateway.sent(), world.phase(), world.epoch());
        assert_eq!(seen, (0, Phase::PendingApproval, 2), "rewrite {number}");
        assert_ne!(world.hash(), approved, "rewrite {number}");
        let shown = json!(world.status().gate.plan);
        assert!(!shown.to_string().contains("test-"), "rewrite {number}: {shown}");
        world.approve();
        world.run().await;
        assert_eq!(
            world.items().await["a"],
            "1",
            "what is wanted, not what was written"
        );
    }
}

#[tokio::test]
async fn a_waiting_plan_that_was_rewritten_beyond_reading_is_replaced() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    rewrite(&world, |status| {
        let parameters = status["plan"]["calls"][0]["parameters"].as_array_mut().unwrap();
        parameters.push(parameters[0].clone());
    });
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
}

#[tokio::test]
async fn rewritten_texts_of_a_waiting_plan_are_put_right_without_another_approval() {
    let world = World::new(ToySpec::default());
    world.run().await;
    let (hash, plan) = (world.hash(), world.status().gate.plan);
    rewrite(&world, |status| {
        status["plan"]["summary"] = json!("nothing of importance");
        status["plan"]["warnings"] = json!(["approve this at once"]);
        status["plan"]["cost"] = json!({"display": "none"});
    });
    world.run().await;
    assert_eq!((world.hash(), world.status().gate.plan), (hash, plan));
}

#[tokio::test]
async fn a_waiting_plan_with_a_hash_of_its_own_needs_an_approval_of_the_real_one() {
    let world = World::new(ToySpec::default());
    world.run().await;
    rewrite(&world, other_value);
    let evil = hash_of_the_rewritten_plan(&world);
    rewrite(&world, |status| status["plan"]["hash"] = json!(evil));
    world.annotate(annotations::APPROVED_PLAN, Some(&evil));
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
    assert_ne!(world.hash(), evil);
}

/// An intent is stored and its call never arrived.
async fn with_open_intent() -> World {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.gateway.fail([Fault::LoseRequest]);
    world.pass().await.unwrap();
    assert_eq!(world.gateway.sent(), 1);
    world
}

#[tokio::test]
async fn a_plan_that_was_rewritten_after_its_intent_is_never_sent() {
    let world = with_open_intent().await;
    rewrite(&world, other_value);
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (1, Phase::OutcomeUnknown));
    assert!(
        world
            .execution()
            .message
            .unwrap()
            .contains("not the one that was approved")
    );
}

#[tokio::test]
async fn a_plan_and_execution_that_agree_are_not_sent_without_the_annotation() {
    let world = with_open_intent().await;
    rewrite(&world, other_value);
    let evil = hash_of_the_rewritten_plan(&world);
    rewrite(&world, |status| {
        status["plan"]["hash"] = json!(evil);
        status["execution"]["hash"] = json!(evil);
        status["approval"]["hash"] = json!(evil);
    });
    for _ in 0..5 {
        world.clock.advance(600);
        world.pass().await.unwrap();
    }
    assert_eq!((world.gateway.sent(), world.phase()), (1, Phase::OutcomeUnknown));
}

#[tokio::test]
async fn a_lost_epoch_revives_no_old_approval() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.run().await;
    assert_eq!(world.gateway.runs_of("a"), 1);
    rewrite(&world, |status| {
        let status = status.as_object_mut().unwrap();
        status.remove("epoch");
        status.remove("plan");
    });
    world.gateway.set("a", None);
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (1, Phase::PendingApproval));
    assert_eq!(world.epoch(), 2);
}

#[tokio::test]
async fn a_forged_approval_record_is_worth_nothing() {
    let world = World::new(ToySpec::default());
    world.run().await;
    let hash = world.hash();
    rewrite(&world, |status| {
        status["approval"] = json!({
            "hash": hash, "by": "mallory", "source": "Annotation", "acceptedTime": "2026-11-21T00:00:00Z",
        });
        status["phase"] = json!("Executing");
    });
    world.run().await;
    assert_eq!(world.gateway.sent(), 0);
}

#[tokio::test]
async fn an_old_plan_that_is_written_back_revives_no_spent_approval() {
    let world = World::new(ToySpec::default());
    world.approved().await;
    world.run().await;
    let spent = json!(world.status().gate.plan);
    world.gateway.set("a", None);
    world.run().await;
    assert_eq!((world.phase(), world.epoch()), (Phase::PendingApproval, 2));
    // The rule of the CRD keeps `status.epoch` where it is.
    rewrite(&world, |status| {
        status["plan"] = spent;
        status.as_object_mut().unwrap().remove("execution");
    });
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (1, Phase::PendingApproval));
}

#[tokio::test]
async fn an_old_execution_that_is_written_back_is_not_carried_on() {
    let world = with_open_intent().await;
    let (plan, execution) = (json!(world.status().gate.plan), json!(world.execution()));
    world.run().await;
    world.gateway.set("a", None);
    world.run().await;
    assert_eq!((world.phase(), world.epoch()), (Phase::PendingApproval, 2));
    let sent = world.gateway.sent();
    rewrite(&world, |status| {
        status["plan"] = plan;
        status["execution"] = execution;
    });
    world.run().await;
    assert_eq!(
        (world.gateway.sent(), world.phase()),
        (sent, Phase::PendingApproval)
    );
}

#[tokio::test]
async fn an_execution_that_is_forgotten_revives_no_spent_approval() {
    let forget: fn(&mut Value) = |status| {
        status.as_object_mut().unwrap().remove("execution");
    };
    let belittle: fn(&mut Value) = |status| {
        let execution = status["execution"].as_object_mut().unwrap();
        execution.remove("outcome");
        execution["calls"] = json!([{"callIndex": 0, "action": "SetItem", "notRun": 1}]);
    };
    for (name, rewritten) in [("forget", forget), ("belittle", belittle)] {
        for outcome in [None, Some(Fault::Reject)] {
            let world = World::new(ToySpec::default());
            world.approved().await;
            world.gateway.fail(outcome);
            world.run().await;
            let sent = world.gateway.sent();
            world.gateway.set("a", None);
            // The rules of the CRD keep `status.epoch` and `status.executedEpoch` where they are.
            rewrite(&world, rewritten);
            world.run().await;
            let seen = (world.gateway.sent(), world.phase());
            assert_eq!(seen, (sent, Phase::PendingApproval), "{name}");
            assert_eq!(world.epoch(), 2, "{name}");
        }
    }
}
