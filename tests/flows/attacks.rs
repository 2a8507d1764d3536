//! Attacks on the gate, each in the attacker's name and by every path that can carry it, while an
//! operator waits for an approval: the API server refuses, and nothing reaches the cloud.

mod born;
mod decisions;
mod execution;
mod grants;
mod kubectl;
mod limits;
mod mutation;
mod race;
mod standing;
mod statuses;
mod stopping;
mod strict;
mod writers;

pub use born::{a_deleted_object_takes_its_approval_along, an_object_cannot_be_born_approved};
pub use decisions::{
    a_comment_counts_once, an_approval_cannot_be_stretched, no_decision_without_the_right,
    nobody_decides_in_another_name, nobody_revokes_in_another_name,
};
pub use execution::{a_spent_approval_is_spent, the_spec_stands_still_meanwhile};
pub use grants::a_namespace_admin_gives_no_right_away;
pub use kubectl::kubectl_brings_no_decision;
pub use limits::{an_approver_changes_nothing_else, the_operator_keeps_its_room};
pub use mutation::a_later_policy_hides_no_writer;
pub use race::an_edit_never_slips_under_an_approval;
pub use standing::{
    a_policy_covers_what_is_harmless_and_says_since_when,
    a_role_for_everything_is_none_to_approve_in_advance, nobody_approves_himself_in_advance,
    only_approvers_approve_in_advance,
};
pub use statuses::{
    a_lost_status_subresource_opens_nothing, a_status_carries_no_annotation,
    breaking_the_glass_approves_nothing, breaking_the_glass_repeats_nothing, only_the_operator_writes_status,
};
pub use stopping::{
    an_approval_of_a_scan_is_none_of_its_stop, nobody_asks_between_two_calls, nobody_asks_in_another_name,
    who_asks_to_stop_a_scan_does_not_approve_it,
};
pub use strict::{
    a_borrowed_identity_decides_nothing, a_right_for_everything_is_none_to_approve,
    a_right_for_everything_of_one_name_is_none_to_approve, a_spec_names_its_writers,
    only_administrators_name_approvers,
};
pub use writers::{
    a_borrowed_service_account_has_no_author, a_name_with_a_comma_is_one_writer, all_writers_are_remembered,
    nobody_claims_another_writer, the_writer_does_not_approve, two_names_of_one_person,
};

use anyhow::{Result, ensure};
use kube::Client;
use sas_api::annotations;
use sas_api::kinds::SasAuthBinding;
use sas_tests::paths::{self, CHANGES, refused};
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, raw, rights};
use serde_json::{Value, json};

/// A binding `web` that waits for approval.
struct Target {
    flow: Flow,
    hash: String,
}

impl Target {
    async fn new(world: &World, name: &str) -> Result<Self> {
        Self::new_in(world, name, cloud::world(), "Ultimate").await
    }

    /// In a cloud that looks like this, for this edition.
    async fn new_in(world: &World, name: &str, cloud: sas_sim::World, edition: &str) -> Result<Self> {
        let flow = Flow::start_in(world, name, cloud).await?;
        flow.create(&manifests::binding_of("web", edition, &[cloud::web(1)])?)
            .await?;
        let (_, hash) = flow.pending::<SasAuthBinding>("web").await?;
        Ok(Self { flow, hash })
    }

    fn collection(&self) -> String {
        raw::path("sasauthbindings", &self.flow.namespace, "")
    }

    fn path(&self) -> String {
        raw::path("sasauthbindings", &self.flow.namespace, "/web")
    }

    async fn client(&self, who: Identity) -> Result<Client> {
        self.flow.world.client(who).await
    }

    /// An approver who may write specs as well.
    async fn writing_approver(&self) -> Result<(Identity, Client)> {
        let who = Identity::Approver2;
        rights::give(
            &self.flow.admin(),
            &self.flow.namespace,
            who.user(),
            rights::SAS_EDITOR,
        )
        .await?;
        Ok((who, self.client(who).await?))
    }

    /// A decision as this identity sends it.
    fn decision(&self, who: Identity, annotations: &Value) -> Value {
        self.flow.world.decision(who.user(), annotations)
    }

    /// The approval that everybody would like to smuggle in.
    fn approval(&self, who: Identity) -> Value {
        self.decision(who, &json!({annotations::APPROVED_PLAN: self.hash}))
    }

    /// The object as stored.
    async fn stored(&self) -> Result<Value> {
        Ok(raw::send(&self.flow.admin(), "GET", &self.path(), Value::Null)
            .await?
            .1)
    }

    /// Changes the spec in the name of a user, who says so where nobody else does.
    async fn edit(&self, client: &Client, user: &str, spec: &Value) -> Result<()> {
        let change = self.flow.world.edit(user, &self.stored().await?, spec);
        self.accepted(client, "merge patch", &change).await?;
        Ok(())
    }

    /// Hash of the plan of the present spec.
    async fn planned(&self) -> Result<String> {
        Ok(self.flow.pending::<SasAuthBinding>("web").await?.1)
    }

    /// Holds the operator, so that an approval is not carried out.
    async fn pause(&self) -> Result<()> {
        let pause = annotated(&json!({annotations::PAUSED: "attack"}));
        self.accepted(&self.flow.admin(), "merge patch", &pause).await?;
        Ok(())
    }

    /// Makes a change that is allowed and returns the object.
    async fn accepted(&self, client: &Client, way: &str, changes: &Value) -> Result<Value> {
        let answer = paths::change(client, way, &self.path(), changes).await?;
        ensure!(answer.status == 200, "{way} {changes}: {answer:?}");
        Ok(answer.body)
    }

    /// Tries a change by these ways; all are refused with these words.
    async fn refused_by(&self, ways: &[&str], client: &Client, changes: &Value, words: &str) -> Result<()> {
        for way in ways {
            let answer = paths::change(client, way, &self.path(), changes).await?;
            refused(&format!("{way}: {changes}"), &answer, words)?;
        }
        Ok(())
    }

    /// Tries a change by every way.
    async fn refused_by_every_way(&self, client: &Client, changes: &Value, words: &str) -> Result<()> {
        self.refused_by(&CHANGES, client, changes, words).await
    }

    /// Nothing came of the attacks: the object has no decision on it, and the cloud was not asked.
    async fn assert_untouched(&self) -> Result<()> {
        let stored = self.stored().await?;
        let keys = stored["metadata"]["annotations"]
            .as_object()
            .into_iter()
            .flatten();
        let decisions: Vec<_> = keys.filter(|(key, _)| key.starts_with("approval.")).collect();
        ensure!(decisions.is_empty(), "the object carries {decisions:?}");
        self.flow.cloud.assert_no_write();
        Ok(())
    }
}

fn annotated(annotations: &Value) -> Value {
    json!({"metadata": {"annotations": annotations}})
}
