//! What an approver may not change, and how much anybody may put on an object.

use anyhow::{Result, ensure};
use sas_tests::World;
use sas_tests::paths::{self, refused};
use sas_tests::world::Identity;
use serde_json::{Map, Value, json};

use super::Target;

pub async fn an_approver_changes_nothing_else(world: World) -> Result<()> {
    let target = Target::new(&world, "approver").await?;
    let before = target.stored().await?;
    let edit = |who: Identity| world.edit(who.user(), &before, &json!({"edition": "Enterprise"}));
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "b"});
    for who in [Identity::Approver, Identity::Approver2] {
        let client = target.client(who).await?;
        for (change, words) in [
            (edit(who), "needs the verb update"),
            (
                json!({"metadata": {"labels": {"a": "b"}}}),
                "only annotations may change",
            ),
            (
                json!({"metadata": {"finalizers": ["example.com/held"]}}),
                "only annotations may change",
            ),
            (
                json!({"metadata": {"ownerReferences": [owner]}}),
                "only annotations may change",
            ),
        ] {
            let ways = ["merge patch", "JSON patch", "server-side apply"];
            target.refused_by(&ways, &client, &change, words).await?;
            let answer = paths::change(&client, "update", &target.path(), &change).await?;
            refused("an approver updates", &answer, "cannot update resource")?;
        }
    }
    target.assert_untouched().await
}

/// The receipt of a write has to fit on the object.
pub async fn the_operator_keeps_its_room(world: World) -> Result<()> {
    let target = Target::new(&world, "room").await?;
    let developer = target.client(Identity::Developer).await?;
    let many = |count: usize| -> Map<String, Value> {
        (0..count)
            .map(|number| (format!("example.com/n{number}"), json!("x")))
            .collect()
    };
    let finalizers: Vec<_> = many(17).keys().cloned().collect();
    for change in [
        json!({"metadata": {"labels": many(65)}}),
        json!({"metadata": {"annotations": many(65)}}),
        json!({"metadata": {"finalizers": finalizers}}),
    ] {
        let ways = ["merge patch", "JSON patch", "server-side apply", "update"];
        target
            .refused_by(&ways, &developer, &change, "at most 64 labels, 64 annotations")
            .await?;
    }
    let fitting = json!({"metadata": {"labels": many(64)}});
    target.accepted(&developer, "merge patch", &fitting).await?;
    let mut fewer = many(64);
    fewer.values_mut().for_each(|value| *value = Value::Null);
    let none = target
        .accepted(&developer, "merge patch", &json!({"metadata": {"labels": fewer}}))
        .await?;
    ensure!(none["metadata"]["labels"].is_null(), "{none}");
    target.assert_untouched().await
}
