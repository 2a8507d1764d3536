//! Whoever wrote some of a spec does not approve its plan, and nobody is named as a writer who is none.

use anyhow::{Result, ensure};
use kube::Client;
use sas_api::annotations;
use sas_tests::paths::{self, CHANGES, CREATIONS, PATCHES};
use sas_tests::world::Identity;
use sas_tests::{World, rights};
use serde_json::json;

use super::{Target, annotated};

const OWN: &str = "you wrote this spec yourself";

pub async fn the_writer_does_not_approve(world: World) -> Result<()> {
    let target = Target::new(&world, "writer").await?;
    let (who, writer) = target.writing_approver().await?;
    // A decision and an edit in one request.
    let spec = json!({"edition": "Enterprise"});
    let mut both = world.edit(who.user(), &target.stored().await?, &spec);
    paths::merge(&mut both, &target.approval(who));
    target
        .refused_by_every_way(&writer, &both, "cannot be one request")
        .await?;
    // One after the other: whoever wrote, were it one field among others, does not approve.
    target
        .edit(&writer, who.user(), &json!({"edition": "Enterprise"}))
        .await?;
    refused_as_writer(&target, who, &writer).await
}

/// Somebody wrote some of the spec, and approves its plan by no way.
async fn refused_as_writer(target: &Target, who: Identity, writer: &Client) -> Result<()> {
    let approval = json!({annotations::APPROVED_PLAN: target.planned().await?});
    target
        .refused_by_every_way(writer, &target.decision(who, &approval), OWN)
        .await?;
    target.assert_untouched().await
}

pub async fn all_writers_are_remembered(world: World) -> Result<()> {
    let target = Target::new(&world, "writers").await?;
    let (who, writer) = target.writing_approver().await?;
    target
        .edit(&writer, who.user(), &json!({"edition": "Enterprise"}))
        .await?;
    let developer = target.client(Identity::Developer).await?;
    target
        .edit(&developer, "developer", &json!({"refreshIntervalSeconds": 11}))
        .await?;
    let stored = target.stored().await?;
    assert_eq!(
        stored["metadata"]["annotations"][annotations::REQUESTED_BY],
        "developer,approver2"
    );
    refused_as_writer(&target, who, &writer).await
}

/// Certificates of one RAM user differ in what follows the dash.
pub async fn two_names_of_one_person(world: World) -> Result<()> {
    let target = Target::new(&world, "person").await?;
    let admin = target.flow.admin();
    let namespace = &target.flow.namespace;
    let (writer, approver) = ("200000000000000016-1700000001", "200000000000000016-1700000002");
    rights::give(&admin, namespace, writer, rights::SAS_EDITOR).await?;
    rights::give(&admin, namespace, approver, rights::SAS_APPROVER).await?;
    let client = world.client_as(writer).await?;
    target
        .edit(&client, writer, &json!({"edition": "Enterprise"}))
        .await?;
    let approval = json!({annotations::APPROVED_PLAN: target.planned().await?});
    let client = world.client_as(approver).await?;
    target
        .refused_by(&PATCHES, &client, &world.decision(approver, &approval), OWN)
        .await?;
    target.assert_untouched().await
}

/// A comma in a user's name does not make two writers of one.
pub async fn a_name_with_a_comma_is_one_writer(world: World) -> Result<()> {
    let target = Target::new(&world, "comma").await?;
    let writer = "somebody,approver";
    rights::give(
        &target.flow.admin(),
        &target.flow.namespace,
        writer,
        rights::SAS_EDITOR,
    )
    .await?;
    let client = world.client_as(writer).await?;
    target
        .edit(&client, writer, &json!({"edition": "Enterprise"}))
        .await?;
    let stored = target.stored().await?;
    assert_eq!(
        stored["metadata"]["annotations"][annotations::REQUESTED_BY],
        "developer,somebody%2Capprover"
    );
    // The approver, who wrote nothing, is not kept from approving.
    let approval = json!({annotations::APPROVED_PLAN: target.planned().await?});
    let approver = target.client(Identity::Approver).await?;
    let approval = target.decision(Identity::Approver, &approval);
    target
        .accepted(&approver, "merge patch, dry run", &approval)
        .await?;
    Ok(())
}

pub async fn a_borrowed_service_account_has_no_author(world: World) -> Result<()> {
    let target = Target::new(&world, "puppet").await?;
    let namespace = &target.flow.namespace;
    let puppet = format!("system:serviceaccount:{namespace}:puppet");
    rights::give(&target.flow.admin(), namespace, &puppet, rights::SAS_EDITOR).await?;
    let client = world.client_as(&puppet).await?;
    target
        .edit(&client, &puppet, &json!({"edition": "Enterprise"}))
        .await?;
    let approval = json!({annotations::APPROVED_PLAN: target.planned().await?});
    let approver = target.client(Identity::Approver).await?;
    let approval = target.decision(Identity::Approver, &approval);
    let words = "written by a service account that is not on the GitOps list";
    target.refused_by(&PATCHES, &approver, &approval, words).await?;
    target.assert_untouched().await
}

pub async fn nobody_claims_another_writer(world: World) -> Result<()> {
    let target = Target::new(&world, "claim").await?;
    let before = target.stored().await?["metadata"]["annotations"].clone();
    let forged = json!({annotations::REQUESTED_BY: "somebody", annotations::REQUESTED_GENERATION: "1"});
    for who in [Identity::Approver, Identity::Developer, Identity::Admin] {
        let client = target.client(who).await?;
        for way in CHANGES {
            // Refused, or overwritten with the truth by the API server.
            paths::change(&client, way, &target.path(), &annotated(&forged)).await?;
            let after = target.stored().await?["metadata"]["annotations"].clone();
            assert_eq!(
                after[annotations::REQUESTED_BY],
                before[annotations::REQUESTED_BY],
                "{way}"
            );
        }
    }
    let developer = target.client(Identity::Developer).await?;
    let mut template = target.stored().await?;
    for (number, way) in CREATIONS.into_iter().enumerate() {
        template["metadata"] = json!({"name": format!("copy-{number}"), "annotations": forged});
        let answer = paths::create(&developer, way, &target.collection(), &template).await?;
        let named = &answer.body["metadata"]["annotations"][annotations::REQUESTED_BY];
        ensure!(
            if world.stamped {
                named == "developer"
            } else {
                answer.status == 422
            },
            "{way}: {answer:?}"
        );
    }
    target.assert_untouched().await
}
