//! Who may decide, write specs and write a status; by every path.

use anyhow::{Result, ensure};
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::api::PostParams;
use kube::{Api, Client};
use sas_api::annotations;
use sas_tests::paths::{self, CHANGES, refused};
use sas_tests::world::Identity;
use sas_tests::{World, raw, wait};
use serde_json::{Value, json};

use super::{Target, annotated};

/// Tries a change by every way; all are refused with these words.
async fn by_every_way(
    target: &Target,
    client: &Client,
    who: &str,
    changes: &Value,
    words: &str,
) -> Result<()> {
    for way in CHANGES {
        let answer = paths::change(client, way, &target.path(), changes).await?;
        refused(&format!("{who} by {way}: {changes}"), &answer, words)?;
    }
    Ok(())
}

pub async fn no_decision_without_the_right(world: World) -> Result<()> {
    let target = Target::new(&world, "rightless").await?;
    let decisions = [
        target.approval(),
        annotated(&json!({annotations::REJECTED_PLAN: target.hash})),
        annotated(&json!({annotations::APPROVED_PLAN: target.hash, annotations::APPROVED_BY: "approver"})),
        annotated(&json!({annotations::APPROVAL_NOT_AFTER: "2100-01-01T00:00:00Z"})),
        annotated(&json!({annotations::APPROVAL_COMMENT: "fine"})),
    ];
    for (who, words) in [
        (Identity::Developer, "needs the verb approve"),
        // Every right there is includes the verb, and yet no person stands behind it.
        (Identity::ArgoCd, "a service account cannot decide"),
    ] {
        let client = target.client(who).await?;
        for decision in &decisions {
            by_every_way(&target, &client, who.name(), decision, words).await?;
        }
    }
    target.assert_untouched().await
}

pub async fn an_approval_cannot_be_stretched(world: World) -> Result<()> {
    let target = Target::new(&world, "stretched").await?;
    let admin = target.flow.admin();
    let developer = target.client(Identity::Developer).await?;
    let approver = target.client(Identity::Approver).await?;
    paths::change(
        &admin,
        "merge patch",
        &target.path(),
        &annotated(&json!({annotations::PAUSED: "attack"})),
    )
    .await?;
    let mut approval = target.approval();
    approval["metadata"]["annotations"][annotations::APPROVAL_NOT_AFTER] = json!("2100-01-01T00:00:00Z");
    approval["metadata"]["annotations"][annotations::APPROVAL_COMMENT] = json!("for this week");
    let given = paths::change(&approver, "merge patch", &target.path(), &approval).await?;
    ensure!(given.status == 200, "{given:?}");
    for change in [
        json!({annotations::APPROVAL_NOT_AFTER: "2101-01-01T00:00:00Z"}),
        json!({annotations::APPROVAL_NOT_AFTER: ""}),
        json!({annotations::APPROVAL_COMMENT: "for ever"}),
        json!({annotations::REJECTED_PLAN: target.hash}),
    ] {
        by_every_way(
            &target,
            &developer,
            "developer",
            &annotated(&change),
            "verb approve",
        )
        .await?;
    }
    let nothing = json!({annotations::APPROVAL_NOT_AFTER: null});
    let answer = paths::change(&developer, "merge patch", &target.path(), &annotated(&nothing)).await?;
    refused("the end of an approval is taken away", &answer, "verb approve")?;
    // Taking all of it away is everybody's right, and leaves the name of who did.
    let whole = json!({
        annotations::APPROVED_PLAN: null, annotations::APPROVED_BY: null,
        annotations::APPROVAL_NOT_AFTER: null, annotations::APPROVAL_COMMENT: null,
    });
    let answer = paths::change(&developer, "merge patch", &target.path(), &annotated(&whole)).await?;
    let revoked_by = &answer.body["metadata"]["annotations"][annotations::REVOKED_BY];
    ensure!(
        answer.status == 200 && *revoked_by == format!("developer {}", target.hash),
        "{answer:?}"
    );
    target.flow.cloud.assert_no_write();
    Ok(())
}

pub async fn the_writer_does_not_approve(world: World) -> Result<()> {
    let target = Target::new(&world, "writer").await?;
    let admin = target.flow.admin();
    // A decision and an edit in one request.
    let mut both = target.approval();
    both["spec"] = json!({"edition": "Enterprise"});
    by_every_way(&target, &admin, "admin", &both, "cannot be one request").await?;
    // One after the other: whoever wrote, were it one field among others, does not approve.
    edit(&target, &admin, &json!({"edition": "Enterprise"})).await?;
    refused_as_writer(&target, &admin).await
}

/// The admin wrote some of the spec, and approves its plan by no way.
async fn refused_as_writer(target: &Target, admin: &Client) -> Result<()> {
    let hash = planned(target).await?;
    let approval = annotated(&json!({annotations::APPROVED_PLAN: hash}));
    by_every_way(target, admin, "admin", &approval, "you wrote this spec yourself").await?;
    target.assert_untouched().await
}

pub async fn all_writers_are_remembered(world: World) -> Result<()> {
    let target = Target::new(&world, "writers").await?;
    let admin = target.flow.admin();
    edit(&target, &admin, &json!({"edition": "Enterprise"})).await?;
    let developer = target.client(Identity::Developer).await?;
    edit(&target, &developer, &json!({"refreshIntervalSeconds": 11})).await?;
    let stored = target.stored().await?;
    assert_eq!(
        stored["metadata"]["annotations"][annotations::REQUESTED_BY],
        "developer,admin"
    );
    refused_as_writer(&target, &admin).await
}

pub async fn a_borrowed_service_account_has_no_author(world: World) -> Result<()> {
    let target = Target::new(&world, "puppet").await?;
    let namespace = &target.flow.namespace;
    let rights: RoleBinding = serde_json::from_value(json!({
        "metadata": {"name": "puppet"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "sas-editor"},
        "subjects": [{"kind": "ServiceAccount", "name": "puppet", "namespace": namespace}],
    }))?;
    Api::<RoleBinding>::namespaced(target.flow.admin(), namespace)
        .create(&PostParams::default(), &rights)
        .await?;
    let mut config = target.flow.world.config(Identity::Admin).await?;
    config.auth_info.impersonate = Some(format!("system:serviceaccount:{namespace}:puppet"));
    let puppet = Client::try_from(config)?;
    let enterprise = json!({"spec": {"edition": "Enterprise"}});
    wait::until("the puppet may write", async || {
        let answer = paths::change(&puppet, "merge patch", &target.path(), &enterprise).await?;
        Ok((answer.status == 200).then_some(()))
    })
    .await?;
    let hash = planned(&target).await?;
    let approver = target.client(Identity::Approver).await?;
    let approval = annotated(&json!({annotations::APPROVED_PLAN: hash}));
    for way in [
        "merge patch",
        "JSON patch",
        "server-side apply under the approvers' manager",
    ] {
        let answer = paths::change(&approver, way, &target.path(), &approval).await?;
        refused(
            way,
            &answer,
            "written by a service account that is not on the GitOps list",
        )?;
    }
    target.assert_untouched().await
}

pub async fn nobody_claims_another_writer(world: World) -> Result<()> {
    let target = Target::new(&world, "claim").await?;
    let approver = target.client(Identity::Approver).await?;
    let admin = target.flow.admin();
    let before = target.stored().await?["metadata"]["annotations"].clone();
    for client in [&approver, &admin] {
        let forged = json!({annotations::REQUESTED_BY: "somebody", annotations::REQUESTED_GENERATION: "1"});
        for way in CHANGES {
            // Refused, or overwritten with the truth by the API server.
            paths::change(client, way, &target.path(), &annotated(&forged)).await?;
            let after = target.stored().await?["metadata"]["annotations"].clone();
            assert_eq!(
                after[annotations::REQUESTED_BY],
                before[annotations::REQUESTED_BY],
                "{way}"
            );
        }
    }
    target.assert_untouched().await
}

pub async fn an_approver_changes_nothing_else(world: World) -> Result<()> {
    let target = Target::new(&world, "approver").await?;
    for who in [Identity::Approver, Identity::Approver2] {
        let client = target.client(who).await?;
        for (change, words) in [
            (
                json!({"spec": {"edition": "Enterprise"}}),
                "needs the verb update",
            ),
            (
                json!({"metadata": {"labels": {"a": "b"}}}),
                "only annotations may change",
            ),
            (
                json!({"metadata": {"finalizers": ["example.com/held"]}}),
                "only annotations may change",
            ),
            (
                json!({"metadata": {"ownerReferences": [
                    {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "b"},
                ]}}),
                "only annotations may change",
            ),
        ] {
            for way in ["merge patch", "JSON patch", "server-side apply"] {
                let answer = paths::change(&client, way, &target.path(), &change).await?;
                refused(&format!("{who:?} {way} {change}"), &answer, words)?;
            }
            let answer = paths::change(&client, "update", &target.path(), &change).await?;
            refused("an approver updates", &answer, "cannot update resource")?;
        }
    }
    target.assert_untouched().await
}

pub async fn only_the_operator_writes_status(world: World) -> Result<()> {
    let target = Target::new(&world, "forged").await?;
    let before = target.stored().await?["status"]["plan"].clone();
    let harmless = json!({"status": {"plan": {"summary": "nothing at all"}}});
    for (who, words) in [
        (Identity::Developer, "forbidden"),
        (Identity::Approver, "forbidden"),
        (Identity::ArgoCd, "only the operator writes status"),
        (Identity::Admin, "only the operator writes status"),
    ] {
        let client = target.client(who).await?;
        for way in ["merge patch", "update", "server-side apply"] {
            let path = format!("{}/status", target.path());
            let answer = match way {
                "server-side apply" => {
                    let whole = json!({
                        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAuthBinding",
                        "metadata": {"name": "web"}, "status": {"phase": "Ready"},
                    });
                    let path = format!("{path}?fieldManager=a-tool&force=true");
                    raw::send_as(&client, "PATCH", &path, "application/apply-patch+yaml", whole).await?
                }
                _ => paths::change(&client, way, &path, &harmless).await?,
            };
            refused(&format!("{who:?} {way} of a status"), &answer, words)?;
        }
        // Through the object itself a status is dropped.
        paths::change(&client, "merge patch", &target.path(), &harmless).await?;
    }
    assert_eq!(target.stored().await?["status"]["plan"], before);
    target.assert_untouched().await
}

async fn edit(target: &Target, client: &Client, spec: &Value) -> Result<()> {
    let answer = paths::change(client, "merge patch", &target.path(), &json!({"spec": spec})).await?;
    ensure!(answer.status == 200, "{answer:?}");
    Ok(())
}

/// Hash of the plan of the present spec.
async fn planned(target: &Target) -> Result<String> {
    Ok(target
        .flow
        .pending::<sas_api::kinds::SasAuthBinding>("web")
        .await?
        .1)
}
