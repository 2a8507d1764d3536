//! Copies, backups and templates bring no approval along.

use anyhow::{Result, ensure};
use kube::api::DeleteParams;
use sas_api::annotations;
use sas_api::kinds::SasAuthBinding;
use sas_tests::paths::{self, CREATIONS, refused};
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
    // `kubectl replace --force` deletes first; the object is gone, and its copy is refused as well.
    let developer = target.flow.as_developer::<SasAuthBinding>();
    developer.delete("web", &DeleteParams::default()).await?;
    let client = target.client(Identity::Developer).await?;
    let mut copy = copy_of(&exported, &decisions[0]);
    copy["metadata"]["name"] = json!("web");
    let answer = raw::send_full(&client, "POST", &target.collection(), copy.clone()).await?;
    refused("replace --force", &answer, WORDS)?;
    // Without the decision it comes back, and its status does not come along.
    copy["metadata"]["annotations"] = Value::Null;
    let answer = raw::send_full(&client, "POST", &target.collection(), copy).await?;
    let status = &answer.body["status"];
    ensure!(
        answer.status == 201 && status["plan"].is_null() && status["approval"].is_null(),
        "{answer:?}"
    );
    target.flow.cloud.assert_no_write();
    Ok(())
}

/// An export as `kubectl get -o yaml` gives it, with a decision and without what ties it to its object.
fn copy_of(exported: &Value, decision: &Value) -> Value {
    json!({
        "apiVersion": exported["apiVersion"], "kind": exported["kind"],
        "metadata": {"name": "copy", "annotations": decision},
        "spec": exported["spec"], "status": exported["status"],
    })
}
