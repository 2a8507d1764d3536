//! Plans with more targets than a status holds: the full list lies in ConfigMaps, the hash covers all of it,
//! and a list that is gone or changed is worth no approval.

use k8s_openapi::api::core::v1::ConfigMap;
use sas_api::status::Phase;
use serde_json::json;

use crate::support::apiserver::Fault as ApiFault;
use crate::support::cloud::Fault;
use crate::support::toy::ToySpec;
use crate::support::world::World;

/// A thousand targets, published.
async fn published() -> World {
    let world = World::new(ToySpec {
        bystanders: 999,
        ..Default::default()
    });
    world.run().await;
    world
}

fn config_maps(world: &World) -> Vec<String> {
    world.api.with(|objects| objects.keys("configmaps"))
}

#[tokio::test]
async fn all_targets_can_be_read_and_are_covered_by_the_hash() {
    let world = published().await;
    let plan = world.status().gate.plan.unwrap();
    assert_eq!((plan.target_count, plan.plan.targets.len()), (1000, 50));
    assert_eq!(config_maps(&world).len(), plan.full_plan_config_maps.len());
    let mut lines = Vec::new();
    for name in &plan.full_plan_config_maps {
        let stored = world
            .api
            .with(|objects| objects.get(&format!("configmaps/ns/{name}")).cloned());
        let map: ConfigMap = serde_json::from_value(stored.unwrap()).unwrap();
        assert_eq!(map.immutable, Some(true));
        assert_eq!(
            map.metadata.owner_references.unwrap()[0].uid,
            world.toy().metadata.uid.unwrap()
        );
        let text = map.data.unwrap().remove("targets").unwrap_or_default();
        lines.extend(text.lines().map(str::to_owned));
    }
    assert_eq!(lines.len(), 1000);
    assert!(lines.iter().any(|line| line.contains("\"bystander-0998\"")));

    let other = World::new(ToySpec {
        bystanders: 999,
        ..Default::default()
    });
    other.gateway.set("bystander-0998", Some("another state"));
    other.run().await;
    assert_ne!(other.hash(), plan.hash, "the last target changes the hash");
}

#[tokio::test]
async fn a_large_plan_is_executed_once() {
    let world = published().await;
    world.approve();
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
    assert_eq!((world.status_writes(), world.events()), (3, 2));
}

#[tokio::test]
async fn a_list_that_is_gone_makes_a_new_plan() {
    let world = published().await;
    world.approve();
    let old = config_maps(&world);
    world
        .api
        .with(|objects| old.iter().for_each(|key| objects.delete(key)));
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
    assert_eq!((world.epoch(), world.reason().as_str()), (2, "ApprovalStale"));
    assert!(config_maps(&world).iter().all(|key| !old.contains(key)));
    world.approve();
    world.run().await;
    assert_eq!(world.gateway.runs_of("a"), 1);
}

#[tokio::test]
async fn a_changed_list_is_not_executed() {
    let world = published().await;
    world.approve();
    let key = config_maps(&world).remove(0);
    world.api.with(|objects| {
        objects.edit(&key, |map| {
            let text = map["data"]["targets"]
                .as_str()
                .unwrap()
                .replace("bystander-0001", "somebody-else");
            map["data"]["targets"] = json!(text);
        })
    });
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (0, Phase::PendingApproval));
    assert_eq!(world.epoch(), 2);
}

#[tokio::test]
async fn a_list_that_cannot_be_read_for_a_moment_ends_nothing() {
    let world = published().await;
    world.approve();
    world.gateway.lag(60);
    world.api.fail("get", "configmaps", 0, ApiFault::Refuse);
    assert!(world.pass().await.is_err());
    assert_eq!(world.gateway.sent(), 0);
    // Read for the pass, and not again for its end.
    world.api.fail("get", "configmaps", 1, ApiFault::Refuse);
    world.pass().await.unwrap();
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Verifying));
    assert!(world.pass().await.is_err());
    world.run().await;
    assert_eq!((world.gateway.runs_of("a"), world.phase()), (1, Phase::Ready));
}

#[tokio::test]
async fn a_list_that_is_gone_while_a_call_is_open_stops_for_good() {
    let world = published().await;
    world.approve();
    world.gateway.fail([Fault::LoseRequest]);
    world.pass().await.unwrap();
    for key in config_maps(&world) {
        world.api.with(|objects| objects.delete(&key));
    }
    world.run().await;
    assert_eq!((world.gateway.sent(), world.phase()), (1, Phase::OutcomeUnknown));
}

#[tokio::test]
async fn a_publication_that_stopped_half_way_is_finished() {
    let world = World::new(ToySpec {
        bystanders: 999,
        ..Default::default()
    });
    world.api.fail("status", "toys", 0, ApiFault::Refuse);
    assert!(world.pass().await.is_err());
    let written = config_maps(&world);
    assert!(!written.is_empty());
    world.run().await;
    assert_eq!((config_maps(&world), world.epoch()), (written, 1));
}

#[tokio::test]
async fn a_namesake_of_another_kind_does_not_stand_in_the_way() {
    let world = World::new(ToySpec {
        bystanders: 999,
        ..Default::default()
    });
    world.api.with(|objects| {
        for name in ["toy-plan-1-0", "toy-plan-1-1"] {
            let map = json!({"metadata": {"name": name}, "data": {"targets": "another kind's"}});
            objects.create(&format!("configmaps/ns/{name}"), map);
        }
    });
    world.run().await;
    assert_eq!(world.phase(), Phase::PendingApproval);
}
