//! Argo CD and Flux keep a namespace in step with a repository while people approve: what a round of
//! theirs does to a decision, and what a repository can say about decisions. The tools are their own
//! libraries, see `sas_tests::gitops`.

mod health;
mod replaced;
mod repository;
mod stripped;
mod survives;

pub use health::{
    a_hook_ends_with_the_write, a_sync_wave_waits_for_the_approval, the_tools_read_every_state,
};
pub use replaced::{
    a_pruned_object_comes_back_unapproved, a_replacement_takes_an_approval_away,
    a_reverted_edit_needs_a_new_approval, a_whole_manifest_cannot_carry_an_approval,
    a_whole_manifest_leaves_an_approval_alone,
};
pub use repository::{a_commit_decides_nothing, a_pause_belongs_into_the_repository};
pub use stripped::{
    a_recorded_approval_outlives_the_tool, a_rejection_stops_the_tool, anybody_else_revokes,
    what_kubectl_wrote_is_stripped, what_was_stripped_can_still_be_refused,
};
pub use survives::an_approval_survives;

use anyhow::{Context, Result, ensure};
use kube::ResourceExt;
use sas_api::annotations;
use sas_api::kinds::SasAuthBinding;
use sas_api::status::Phase;
use sas_tests::gitops::{Report, Tool};
use sas_tests::plugin::{self, Ran};
use sas_tests::world::Identity;
use sas_tests::{Flow, World, approve, cloud, manifests, wait};
use serde_json::Value;

/// A namespace that a tool keeps in step with a repository.
struct Repository {
    flow: Flow,
    tool: Tool,
    manifests: Vec<Value>,
}

impl Repository {
    /// A repository with a binding of one web server each, which wait for approval.
    async fn new(world: &World, tool: Tool, bindings: &[&str]) -> Result<Self> {
        let flow = Flow::start(world, "gitops").await?;
        let mut manifests = Vec::new();
        for (name, number) in bindings.iter().zip(1..) {
            let binding = manifests::binding_of(name, "Ultimate", &[cloud::web(number)])?;
            manifests.push(serde_json::to_value(binding)?);
        }
        let repository = Self {
            flow,
            tool,
            manifests,
        };
        repository.sync().await?;
        for name in bindings {
            repository.flow.pending::<SasAuthBinding>(name).await?;
        }
        Ok(repository)
    }

    /// One round of the tool, which has to succeed.
    async fn sync(&self) -> Result<Report> {
        self.tool.sync(&self.flow, &self.manifests).await
    }

    /// The binding as it is stored.
    async fn stored(&self, name: &str) -> Result<SasAuthBinding> {
        self.flow.get(name).await
    }

    /// An annotation of the binding as it is stored; `""` where it is absent.
    async fn annotation(&self, name: &str, key: &str) -> Result<String> {
        Ok(self
            .stored(name)
            .await?
            .annotations()
            .get(key)
            .cloned()
            .unwrap_or_default())
    }

    /// The hash that the binding's annotations approve; `""` where they approve none.
    async fn approved(&self, name: &str) -> Result<String> {
        self.annotation(name, annotations::APPROVED_PLAN).await
    }

    /// The command that the binding's condition gives to an approver, and the hash of its plan.
    async fn printed_command(&self, name: &str) -> Result<(String, String)> {
        let (waiting, hash) = self.flow.pending::<SasAuthBinding>(name).await?;
        let message = sas_tests::wait::ready(&waiting).context("Ready is missing")?.2;
        Ok((approve::command_in(&message)?.to_owned(), hash))
    }

    /// Runs the command that the binding's condition gives to an approver; returns the hash.
    async fn approve_by_command(&self, name: &str) -> Result<String> {
        let (command, hash) = self.printed_command(name).await?;
        self.shell(Identity::Approver, &command).await?;
        Ok(hash)
    }

    /// Runs `kubectl sas` as the approver.
    async fn plugin(&self, arguments: &[&str]) -> Result<Ran> {
        plugin::run(&self.flow, Identity::Approver, arguments).await
    }

    /// Sets or removes the pause under a field manager that no tool takes for its own.
    async fn pause(&self, value: Value) -> Result<()> {
        let api = self.flow.as_developer::<SasAuthBinding>();
        approve::annotate(&api, "web", &[(annotations::PAUSED, value)]).await?;
        Ok(())
    }

    /// Runs kubectl in the namespace, which has to succeed.
    async fn kubectl(&self, who: Identity, arguments: &str) -> Result<()> {
        let command = format!("kubectl --namespace={} {arguments}", self.flow.namespace);
        self.shell(who, &command).await
    }

    async fn shell(&self, who: Identity, command: &str) -> Result<()> {
        let output = approve::run(&self.flow.world, who, command).await?;
        ensure!(
            output.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// The operator comes to its end, with this one write.
    async fn assert_carried_out(&self) -> Result<()> {
        self.flow.phase::<SasAuthBinding>("web", Phase::Ready).await?;
        self.flow.cloud.only_write(cloud::BIND);
        Ok(())
    }

    /// The operator looks twice more, and writes nothing.
    async fn assert_nothing_written(&self) -> Result<()> {
        let mark = self.flow.cloud.mark();
        let looks = || {
            let requests = self.flow.cloud.requests_of(cloud::LIST_SERVERS);
            requests.iter().filter(|request| request.seq > mark).count()
        };
        wait::until_true("two more looks at the cloud", || looks() >= 2).await?;
        self.flow.cloud.assert_no_write();
        Ok(())
    }
}
