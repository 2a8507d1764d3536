//! What a decision consists of: the annotations that belong together, and how they are written. A
//! decision is written whole by server-side apply, so that nothing of an earlier one stays in force.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use kube::core::DynamicObject;
use sas_api::text::is_hidden;
use sas_api::{APPROVER_FIELD_MANAGER, annotations};
use serde_json::{Value, json};

use crate::cluster::{Cluster, Scope};
use crate::failure;
use crate::object::{Object, resource};

/// Every annotation that a decision is made of.
const PARTS: [&str; 5] = [
    annotations::APPROVED_PLAN,
    annotations::REJECTED_PLAN,
    annotations::APPROVED_BY,
    annotations::APPROVAL_COMMENT,
    annotations::APPROVAL_NOT_AFTER,
];

/// A comment as a flag: other people read it, so all of it has to show.
pub fn comment(text: &str) -> Result<String, String> {
    match text.chars().find(|c| is_hidden(*c) && *c != '\n') {
        Some(hidden) => Err(format!(
            "it holds the character {}, which does not show; leave it out",
            hidden.escape_unicode()
        )),
        None => Ok(text.to_owned()),
    }
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The plan with this hash may be carried out.
    Approve {
        /// Full hash.
        hash: String,
        /// The approver's own user name.
        by: String,
        /// Why.
        comment: Option<String>,
        /// RFC 3339 end of validity.
        not_after: Option<String>,
    },
    /// The plan with this hash must not be carried out.
    Reject {
        /// Full hash.
        hash: String,
        /// The own user name of whoever rejects.
        by: String,
        /// Why.
        comment: Option<String>,
    },
    /// Whatever was decided is taken back.
    Revoke,
}

impl Decision {
    fn annotations(&self) -> BTreeMap<&'static str, String> {
        let parts = match self.clone() {
            Decision::Approve {
                hash,
                by,
                comment,
                not_after,
            } => [
                (annotations::APPROVED_PLAN, Some(hash)),
                (annotations::APPROVED_BY, Some(by)),
                (annotations::APPROVAL_COMMENT, comment),
                (annotations::APPROVAL_NOT_AFTER, not_after),
            ],
            Decision::Reject { hash, by, comment } => [
                (annotations::REJECTED_PLAN, Some(hash)),
                (annotations::APPROVED_BY, Some(by)),
                (annotations::APPROVAL_COMMENT, comment),
                (annotations::APPROVAL_NOT_AFTER, None),
            ],
            Decision::Revoke => return BTreeMap::new(),
        };
        parts
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }

    /// What is applied to an object. Parts of an earlier decision that this one does not have are set to
    /// nothing, which counts as absent whoever wrote them. The uid keeps a namesake from being decided
    /// about, and an object that is gone from being created.
    pub fn patch(&self, object: &Object) -> Value {
        let mut annotations = self.annotations();
        for part in PARTS {
            if object.annotation(part).is_some() {
                annotations.entry(part).or_default();
            }
        }
        let resource = resource(object.kind);
        json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": {
                "name": object.name(),
                "namespace": object.namespace(),
                "uid": object.raw.metadata.uid,
                "annotations": annotations,
            },
        })
    }
}

/// Whether two looks at an object found the same decision.
pub fn is_same(one: &Object, other: &Object) -> bool {
    PARTS
        .iter()
        .all(|part| one.annotation(part) == other.annotation(part))
}

/// Whether somebody has applied anything but a decision under the name of this program's manager. The next
/// apply under it would take that away: a pause, or a spec that the object cannot be without.
fn owns_more(object: &Object) -> bool {
    let entries = object.raw.metadata.managed_fields.iter().flatten();
    let ours = entries.filter(|entry| {
        entry.manager.as_deref() == Some(APPROVER_FIELD_MANAGER)
            && entry.operation.as_deref() == Some("Apply")
    });
    ours.filter_map(|entry| entry.fields_v1.as_ref())
        .any(|fields| !is_decision(&fields.0))
}

/// Whether a set of fields holds annotations of a decision and nothing else.
fn is_decision(fields: &Value) -> bool {
    let only = |value: &Value, wanted: &dyn Fn(&str, &Value) -> bool| {
        value
            .as_object()
            .is_some_and(|fields| fields.iter().all(|(key, value)| key == "." || wanted(key, value)))
    };
    let annotation = |key: &str, _: &Value| key.strip_prefix("f:").is_some_and(|key| PARTS.contains(&key));
    let metadata = |key: &str, value: &Value| key == "f:annotations" && only(value, &annotation);
    only(fields, &|key, value| {
        key == "f:metadata" && only(value, &metadata)
    })
}

impl Cluster {
    /// Writes a decision, or asks the API server whether it would take it. By server-side apply, unless
    /// somebody has applied more than a decision under the name of this program's manager: that would be taken
    /// away, and is not ours to take.
    pub async fn decide(
        &self,
        object: &Object,
        decision: &Decision,
        dry_run: bool,
    ) -> Result<DynamicObject, kube::Error> {
        let patch = decision.patch(object);
        let api = self.api(object.kind, &Scope::Namespace(object.namespace()));
        let (mut params, patch) = if owns_more(object) {
            let params = PatchParams {
                field_manager: Some(APPROVER_FIELD_MANAGER.to_owned()),
                ..PatchParams::default()
            };
            (params, Patch::Merge(patch))
        } else {
            (
                PatchParams::apply(APPROVER_FIELD_MANAGER).force(),
                Patch::Apply(patch),
            )
        };
        params.dry_run = dry_run;
        api.patch(&object.name(), &params, &patch).await
    }

    /// Changes annotations that steer and decide nothing; `null` takes one away. Others stay as they are.
    pub async fn steer(&self, object: &Object, annotations: &Value) -> Result<()> {
        let params = PatchParams {
            field_manager: Some(APPROVER_FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let patch = json!({"metadata": {"uid": object.raw.metadata.uid, "annotations": annotations}});
        let api = self.api(object.kind, &Scope::Namespace(object.namespace()));
        let patched = api.patch(&object.name(), &params, &Patch::Merge(&patch)).await;
        let doing = || format!("annotate {}", object.reference());
        patched
            .map(|_| ())
            .map_err(|error| failure::of_api(&doing(), error))
    }

    /// The name under which the API server knows this user.
    pub async fn user(&self) -> Result<String> {
        let reviews: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let review = reviews
            .create(&PostParams::default(), &SelfSubjectReview::default())
            .await;
        let review = review.map_err(|error| failure::of_api("ask who you are", error))?;
        let user = review
            .status
            .and_then(|status| status.user_info)
            .and_then(|user| user.username);
        user.context("failed to ask who you are: the API server names no user; try `kubectl auth whoami`")
    }

    /// The object as it is now; fails if it is gone or was created anew.
    pub async fn again(&self, object: &Object) -> Result<Object> {
        let found = self
            .find(object.kind, &object.namespace(), &object.name())
            .await?;
        found
            .filter(|now| now.raw.metadata.uid == object.raw.metadata.uid)
            .with_context(|| {
                format!(
                    "{} is gone or another one now: look at it again",
                    object.reference()
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::tests::binding;

    fn annotations_of(patch: &Value) -> &Value {
        &patch["metadata"]["annotations"]
    }

    fn approval() -> Decision {
        Decision::Approve {
            hash: "sha256:a".into(),
            by: "alice".into(),
            comment: None,
            not_after: None,
        }
    }

    #[test]
    fn a_decision_leaves_nothing_of_an_earlier_one_and_touches_nothing_else() {
        let mut object = binding();
        let earlier = [
            (annotations::REJECTED_PLAN, "sha256:old"),
            (annotations::APPROVED_BY, "bob"),
            (annotations::APPROVAL_COMMENT, ""),
            (annotations::APPROVAL_NOT_AFTER, "2020-01-01T00:00:00Z"),
            (annotations::PAUSED, "true"),
        ];
        object.raw.metadata.annotations = Some(
            earlier
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
        );
        let patch = approval().patch(&object);
        assert_eq!(
            annotations_of(&patch),
            &json!({
                annotations::APPROVED_PLAN: "sha256:a",
                annotations::APPROVED_BY: "alice",
                annotations::REJECTED_PLAN: "",
                annotations::APPROVAL_NOT_AFTER: "",
            })
        );
        assert_eq!(patch["metadata"]["uid"], json!(object.raw.metadata.uid));
        assert!(patch.get("spec").is_none() && patch.get("status").is_none());
    }

    #[test]
    fn what_somebody_applied_under_our_name_is_not_ours() {
        let applied = |manager: &str, operation: &str, fields: Value| {
            let mut object = binding();
            let entry = json!({"manager": manager, "operation": operation, "fieldsV1": fields});
            object.raw.metadata.managed_fields = Some(vec![serde_json::from_value(entry).unwrap()]);
            owns_more(&object)
        };
        let annotated =
            |key: &str| json!({"f:metadata": {"f:annotations": {".": {}, format!("f:{key}"): {}}}});
        let decision = annotated(annotations::APPROVED_PLAN);
        assert!(!applied(APPROVER_FIELD_MANAGER, "Apply", decision));
        for more in [
            annotated(annotations::PAUSED),
            json!({"f:spec": {"f:edition": {}}}),
            json!({"f:metadata": {"f:labels": {"f:team": {}}}}),
        ] {
            assert!(applied(APPROVER_FIELD_MANAGER, "Apply", more.clone()), "{more}");
            assert!(!applied("a-tool", "Apply", more.clone()), "{more}");
            // The printed command and `kubectl sas pause` write so; an apply leaves it alone.
            assert!(!applied(APPROVER_FIELD_MANAGER, "Update", more.clone()), "{more}");
        }
    }

    #[test]
    fn a_comment_shows_in_full() {
        assert_eq!(
            comment("change 4711,\n服务器").as_deref(),
            Ok("change 4711,\n服务器")
        );
        assert!(comment("fine\u{202e}").unwrap_err().contains("202e"));
    }

    #[test]
    fn revoking_empties_what_is_there() {
        let mut object = binding();
        object.raw.metadata.annotations =
            Some([(annotations::APPROVED_PLAN.to_owned(), "sha256:a".to_owned())].into());
        assert_eq!(
            annotations_of(&Decision::Revoke.patch(&object)),
            &json!({annotations::APPROVED_PLAN: ""})
        );
    }
}
