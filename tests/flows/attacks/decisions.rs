//! Who may decide, in whose name, and that a decision stays what it was.

use anyhow::{Result, ensure};
use sas_api::annotations;
use sas_tests::paths::{self, CHANGES, PATCHES, refused};
use sas_tests::world::Identity;
use sas_tests::{World, cloud, rights};
use serde_json::{Value, json};

use super::{Target, annotated};

pub async fn no_decision_without_the_right(world: World) -> Result<()> {
    let target = Target::new(&world, "rightless").await?;
    let namespace = &target.flow.namespace;
    let ruler = Identity::NamespaceAdmin.user();
    rights::give(&target.flow.admin(), namespace, ruler, rights::ADMIN).await?;
    let decisions = [
        json!({annotations::APPROVED_PLAN: target.hash}),
        json!({annotations::REJECTED_PLAN: target.hash}),
        json!({annotations::APPROVED_PLAN: target.hash, annotations::APPROVED_BY: "approver"}),
        json!({annotations::APPROVAL_NOT_AFTER: "2100-01-01T00:00:00Z"}),
        json!({annotations::APPROVAL_COMMENT: "fine"}),
    ];
    for (who, words) in [
        (Identity::Developer, "needs the verb approve"),
        (Identity::NamespaceAdmin, "needs the verb approve"),
        // Every right there is includes the verb, and yet no person stands behind it.
        (Identity::ArgoCd, "a service account cannot decide"),
    ] {
        let client = target.client(who).await?;
        for decision in &decisions {
            target
                .refused_by_every_way(&client, &annotated(decision), words)
                .await?;
        }
    }
    target.assert_untouched().await
}

pub async fn nobody_decides_in_another_name(world: World) -> Result<()> {
    let target = Target::new(&world, "name").await?;
    target.pause().await?;
    let approver = target.client(Identity::Approver).await?;
    for key in [annotations::APPROVED_PLAN, annotations::REJECTED_PLAN] {
        let foreign = annotated(&json!({key: target.hash, annotations::APPROVED_BY: "approver2"}));
        for way in PATCHES {
            let answer = paths::change(&approver, way, &target.path(), &foreign).await?;
            if !world.stamped {
                refused(way, &answer, "must be your own user name, approver")?;
                continue;
            }
            // The API server writes the truth over it.
            let by = &answer.body["metadata"]["annotations"][annotations::APPROVED_BY];
            ensure!(answer.status == 200 && by == "approver", "{way}: {answer:?}");
            let none = annotated(&json!({key: null}));
            target.accepted(&approver, "merge patch", &none).await?;
        }
    }
    target.flow.cloud.assert_no_write();
    Ok(())
}

pub async fn an_approval_cannot_be_stretched(world: World) -> Result<()> {
    let target = Target::new(&world, "stretched").await?;
    let developer = target.client(Identity::Developer).await?;
    let approver = target.client(Identity::Approver).await?;
    target.pause().await?;
    let approval = target.decision(
        Identity::Approver,
        &json!({
            annotations::APPROVED_PLAN: target.hash,
            annotations::APPROVAL_NOT_AFTER: "2100-01-01T00:00:00Z",
            annotations::APPROVAL_COMMENT: "for this week",
        }),
    );
    target.accepted(&approver, "merge patch", &approval).await?;
    for change in [
        json!({annotations::APPROVAL_NOT_AFTER: "2101-01-01T00:00:00Z"}),
        json!({annotations::APPROVAL_NOT_AFTER: ""}),
        json!({annotations::APPROVAL_COMMENT: "for ever"}),
        json!({annotations::REJECTED_PLAN: target.hash}),
    ] {
        target
            .refused_by_every_way(&developer, &annotated(&change), "verb approve")
            .await?;
    }
    let endless = annotated(&json!({annotations::APPROVAL_NOT_AFTER: null}));
    target
        .refused_by(&["merge patch", "update"], &developer, &endless, "verb approve")
        .await?;
    // Taking all of it away is everybody's right, and leaves the name of who did.
    let whole = annotated(&json!({
        annotations::APPROVED_PLAN: null, annotations::APPROVED_BY: null,
        annotations::APPROVAL_NOT_AFTER: null, annotations::APPROVAL_COMMENT: null,
    }));
    let revoked = target.accepted(&developer, "merge patch", &whole).await?;
    let revoked_by = &revoked["metadata"]["annotations"][annotations::REVOKED_BY];
    let wanted = world.stamped.then(|| format!("developer {}", target.hash));
    ensure!(*revoked_by == json!(wanted), "{revoked_by}");
    target.flow.cloud.assert_no_write();
    Ok(())
}

/// Nobody says that somebody else took an approval away, and nobody says it of none.
pub async fn nobody_revokes_in_another_name(world: World) -> Result<()> {
    let target = Target::new(&world, "revoked").await?;
    target.pause().await?;
    let developer = target.client(Identity::Developer).await?;
    let gitops = format!("{} {}", Identity::ArgoCd.user(), target.hash);
    let forged = json!({annotations::REVOKED_BY: gitops});
    let approver = target.client(Identity::Approver).await?;
    let not_forged = async |way: &str, change: Value| {
        let answer = paths::change(&developer, way, &target.path(), &change).await?;
        let stored = target.stored().await?;
        let said = &stored["metadata"]["annotations"][annotations::REVOKED_BY];
        ensure!(*said != json!(gitops), "{way} {change}: {answer:?}");
        anyhow::Ok(())
    };
    for way in CHANGES {
        not_forged(way, annotated(&forged)).await?;
    }
    let taken_away = json!({
        annotations::APPROVED_PLAN: "", annotations::APPROVED_BY: "",
        annotations::REVOKED_BY: gitops,
    });
    for way in CHANGES {
        let approval = target.approval(Identity::Approver);
        target.accepted(&approver, "merge patch", &approval).await?;
        not_forged(way, annotated(&forged)).await?;
        not_forged(way, annotated(&taken_away)).await?;
    }
    target.flow.cloud.assert_no_write();
    Ok(())
}

/// What was said for an approval that was taken away does not count for the next one.
pub async fn a_comment_counts_once(world: World) -> Result<()> {
    let target = Target::new_in(&world, "comment", cloud::bound_world()?, "Free").await?;
    target.pause().await?;
    ensure!(target.stored().await?["status"]["plan"]["risk"] == "R4");
    let approver = target.client(Identity::Approver).await?;
    let approve = |comment: Value| {
        let mut annotations = json!({annotations::APPROVED_PLAN: target.hash});
        if !comment.is_null() {
            annotations[annotations::APPROVAL_COMMENT] = comment;
        }
        target.decision(Identity::Approver, &annotations)
    };
    let words = "comment";
    target
        .refused_by(&PATCHES, &approver, &approve(Value::Null), words)
        .await?;
    target
        .refused_by(&PATCHES, &approver, &approve(json!("")), words)
        .await?;
    target
        .accepted(&approver, "merge patch", &approve(json!("decommissioned")))
        .await?;
    let revoked = annotated(&json!({annotations::APPROVED_PLAN: null, annotations::APPROVED_BY: null}));
    let revoked = target.accepted(&approver, "merge patch", &revoked).await?;
    let left = &revoked["metadata"]["annotations"][annotations::APPROVAL_COMMENT];
    ensure!(
        left == "decommissioned",
        "the comment is not there any more: {left}"
    );
    target
        .refused_by(&["merge patch"], &approver, &approve(Value::Null), words)
        .await?;
    target
        .refused_by(
            &PATCHES,
            &approver,
            &approve(json!("decommissioned")),
            "from an earlier decision: word it differently",
        )
        .await?;
    target
        .accepted(&approver, "merge patch", &approve(json!("still decommissioned")))
        .await?;
    target.flow.cloud.assert_no_write();
    Ok(())
}
