//! An approval and an edit at the same moment.

use std::time::Duration;

use anyhow::{Result, ensure};
use sas_api::annotations;
use sas_api::kinds::SasAuthBinding;
use sas_tests::approve::annotate;
use sas_tests::paths;
use sas_tests::world::Identity;
use sas_tests::{World, wait};
use serde_json::{Value, json};

use super::{Target, annotated};

const ROUNDS: usize = 300;

/// An approval that is accepted is always one of the spec that stands at that moment.
pub async fn an_edit_never_slips_under_an_approval(world: World) -> Result<()> {
    let target = Target::new(&world, "race").await?;
    let developer = target.client(Identity::Developer).await?;
    let decider = target.client(Identity::Approver).await?;
    // Held, so that an accepted approval is not carried out while the race goes on.
    target.pause().await?;
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let edition = ["Enterprise", "Ultimate"][round % 2];
        let before = target.stored().await?;
        let hash = &before["status"]["plan"]["hash"];
        let edit = world.edit("developer", &before, &json!({"edition": edition}));
        let approval = target.decision(Identity::Approver, &json!({annotations::APPROVED_PLAN: hash}));
        let path = target.path();
        let (edited, approved) = futures::join!(
            paths::change(&developer, "merge patch", &path, &edit),
            paths::change(&decider, "merge patch", &path, &approval),
        );
        ensure!(edited?.status == 200, "the edit was refused");
        let approved = approved?;
        if approved.status == 200 {
            accepted += 1;
            let object = &approved.body;
            ensure!(
                object["status"]["plan"]["observedGeneration"] == object["metadata"]["generation"],
                "round {round}: an approval was accepted for a spec that nobody had planned: {object}"
            );
        } else {
            refused += 1;
        }
        let none = annotated(&json!({annotations::APPROVED_PLAN: null, annotations::APPROVED_BY: null}));
        paths::change(&decider, "merge patch", &path, &none).await?;
        if round % 10 == 0 {
            target.flow.pending::<SasAuthBinding>("web").await?;
        }
    }
    ensure!(
        accepted > 0 && refused > 0,
        "{accepted} accepted and {refused} refused: this was no race"
    );
    let paused = [(annotations::PAUSED, Value::Null)];
    annotate(&target.flow.api::<SasAuthBinding>(), "web", &paused).await?;
    wait::never("a write", Duration::from_secs(12), || {
        !target.flow.cloud.write_attempts().is_empty()
    })
    .await
}
