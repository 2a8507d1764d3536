//! Attacks on the gate, each in the attacker's name and by every path that can carry it, while an
//! operator waits for an approval: the API server refuses, and nothing reaches the cloud.

mod born;
mod people;
mod race;

pub use born::an_object_cannot_be_born_approved;
pub use people::{
    a_borrowed_service_account_has_no_author, all_writers_are_remembered, an_approval_cannot_be_stretched,
    an_approver_changes_nothing_else, no_decision_without_the_right, nobody_claims_another_writer,
    only_the_operator_writes_status, the_writer_does_not_approve,
};
pub use race::an_edit_never_slips_under_an_approval;

use anyhow::Result;
use kube::Client;
use sas_api::annotations;
use sas_api::kinds::SasAuthBinding;
use sas_tests::world::Identity;
use sas_tests::{Flow, World, cloud, manifests, raw};
use serde_json::{Value, json};

/// A binding `web` that waits for approval.
struct Target {
    flow: Flow,
    hash: String,
}

impl Target {
    async fn new(world: &World, name: &str) -> Result<Self> {
        let flow = Flow::start(world, name).await?;
        flow.create(&manifests::binding_of("web", "Ultimate", &[cloud::web(1)])?)
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

    /// The approval that everybody would like to smuggle in.
    fn approval(&self) -> Value {
        annotated(&json!({annotations::APPROVED_PLAN: self.hash}))
    }

    /// The object as stored.
    async fn stored(&self) -> Result<Value> {
        Ok(raw::send(&self.flow.admin(), "GET", &self.path(), Value::Null)
            .await?
            .1)
    }

    /// Nothing came of the attacks: the object has no decision on it, and the cloud was not asked.
    async fn assert_untouched(&self) -> Result<()> {
        let stored = self.stored().await?;
        let keys = stored["metadata"]["annotations"]
            .as_object()
            .into_iter()
            .flatten();
        let decisions: Vec<_> = keys.filter(|(key, _)| key.starts_with("approval.")).collect();
        anyhow::ensure!(decisions.is_empty(), "the object carries {decisions:?}");
        self.flow.cloud.assert_no_write();
        Ok(())
    }
}

fn annotated(annotations: &Value) -> Value {
    json!({"metadata": {"annotations": annotations}})
}
