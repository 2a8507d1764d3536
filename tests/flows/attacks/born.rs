//! Copies, backups and templates bring no approval along.

use anyhow::{Result, ensure};
use sas_api::annotations;
use sas_tests::paths::{self, CREATIONS, PATCHES, refused};
use sas_tests::world::Identity;
use sas_tests::{World, raw};
use serde_json::{Value, json};

use super::Target;

const WORDS: &str = "cannot be created with a decision";

pub async fn an_object_cannot_be_born_approved(world: World) -> Result<()> {
    let target = Target::new(&world, "born").await?;
    let exported = target.stored().await?;
    let decisions = [
        json!({annotations::APPROVED_PLAN: target.hash}),
        json!({annotations::APPROVED_PLAN: ""}),
        json!({annotations::REJECTED_PLAN: target.hash}),
        json!({annotations::APPROVED_BY: "approver"}),
        json!({annotations::APPROVAL_NOT_AFTER: "2100-01-01T00:00:00Z"}),
        json!({annotations::REVOKED_BY: "somebody"}),
    ];
    for who in [Identity::Developer, Identity::ArgoCd, Identity::Admin] {
        let client = target.client(who).await?;
        for decision in &decisions {
            for way in CREATIONS {
                let copy = copy_of(&exported, decision);
                let answer = paths::create(&client, way, &target.collection(), &copy).await?;
                refused(&format!("{who:?} {way} {decision}"), &answer, WORDS)?;
            }
        }
    }
    target.flow.cloud.assert_no_write();
    Ok(())
}

/// Deleted by name or all at once (`kubectl replace --force`, a deleted collection, a restored backup): the
/// object is gone, its copy is refused as well, and without the decision it has to be approved anew.
pub async fn a_deleted_object_takes_its_approval_along(world: World) -> Result<()> {
    let target = Target::new(&world, "again").await?;
    let client = target.client(Identity::Developer).await?;
    let approver = target.client(Identity::Approver).await?;
    for path in [target.path(), target.collection()] {
        target.pause().await?;
        let approval = json!({annotations::APPROVED_PLAN: target.planned().await?});
        let approval = target.decision(Identity::Approver, &approval);
        let exported = target.accepted(&approver, "merge patch", &approval).await?;
        let answer = raw::send_full(&client, "DELETE", &path, Value::Null).await?;
        ensure!(answer.status == 200, "{path}: {answer:?}");
        let mut copy = copy_of(&exported, &exported["metadata"]["annotations"]);
        copy["metadata"]["name"] = json!("web");
        let answer = raw::send_full(&client, "POST", &target.collection(), copy.clone()).await?;
        refused("a copy of the deleted object", &answer, WORDS)?;
        // Without the decision it comes back, and its status does not come along.
        copy["metadata"]["annotations"] = json!(world.claim_of_new("developer"));
        let answer = raw::send_full(&client, "POST", &target.collection(), copy).await?;
        let status = &answer.body["status"];
        ensure!(
            answer.status == 201 && status["plan"].is_null() && status["approval"].is_null(),
            "{answer:?}"
        );
        let old = &approval["metadata"]["annotations"][annotations::APPROVED_PLAN];
        ensure!(
            *old != target.planned().await?,
            "two objects of one name have one hash"
        );
        let words = "must be the full hash of the published plan";
        target.refused_by(&PATCHES, &approver, &approval, words).await?;
    }
    target.assert_untouched().await
}

/// An export as `kubectl get -o yaml` gives it, with a decision and without what ties it to its object.
fn copy_of(exported: &Value, decision: &Value) -> Value {
    json!({
        "apiVersion": exported["apiVersion"], "kind": exported["kind"],
        "metadata": {"name": "copy", "annotations": decision},
        "spec": exported["spec"], "status": exported["status"],
    })
}
