//! While a plan is carried out, its spec stands still.

use anyhow::{Result, ensure};
use sas_api::annotations;
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_tests::paths::{CHANGES, PATCHES};
use sas_tests::world::Identity;
use sas_tests::{World, cloud};
use serde_json::json;

use super::Target;

pub async fn the_spec_stands_still_meanwhile(world: World) -> Result<()> {
    // Long enough to try every way; what is not tried while it verifies proves nothing.
    let slow = cloud::lagging_world(12);
    let target = Target::new_in(&world, "frozen", slow, "Ultimate").await?;
    let flow = &target.flow;
    flow.approve::<SasAuthBinding>("web", &target.hash).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Verifying).await?;
    let (who, writer) = target.writing_approver().await?;
    let edit = world.edit(
        who.user(),
        &target.stored().await?,
        &json!({"edition": "Enterprise"}),
    );
    target
        .refused_by(
            &CHANGES,
            &writer,
            &edit,
            "the spec is frozen while the operator executes",
        )
        .await?;
    ensure!(
        target.stored().await?["status"]["phase"] == "Verifying",
        "it was over before every way was tried"
    );
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    // Now it may change again, and the writer of the first spec has nothing to do with the next one.
    target
        .edit(&writer, who.user(), &json!({"edition": "Enterprise"}))
        .await?;
    let stored = target.stored().await?;
    assert_eq!(
        stored["metadata"]["annotations"][annotations::REQUESTED_BY],
        who.user()
    );
    Ok(())
}

/// The approval that was spent is on the object; nobody uses it again.
pub async fn a_spent_approval_is_spent(world: World) -> Result<()> {
    let target = Target::new(&world, "spent").await?;
    let flow = &target.flow;
    flow.approve::<SasAuthBinding>("web", &target.hash).await?;
    flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
    flow.cloud.only_write(cloud::BIND);
    flow.cloud.set_edition(1, sas_sim::world::Edition::FREE);
    let next = target.planned().await?;
    ensure!(next != target.hash, "the new plan has the old hash");
    let approver = target.client(Identity::Approver).await?;
    // Taken away and given again.
    let none = json!({"metadata": {"annotations": {
        annotations::APPROVED_PLAN: null, annotations::APPROVED_BY: null,
    }}});
    target.accepted(&approver, "merge patch", &none).await?;
    let words = "must be the full hash of the published plan";
    target
        .refused_by(&PATCHES, &approver, &target.approval(Identity::Approver), words)
        .await?;
    flow.cloud.only_write(cloud::BIND);
    Ok(())
}
