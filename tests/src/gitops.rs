//! Argo CD and Flux as their own libraries act (`tests/gitops`), one round at a time, in the name of their
//! service accounts. A round gets what the repository holds; what it did is reported, and a round that the
//! API server refused is a report like any other.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::Flow;
use crate::world::{Identity, World};

/// Program of the tools' libraries, as `cargo xtask test flows` sets it.
pub const PROGRAM_VARIABLE: &str = "SAS_GITOPS_BIN";

/// What we tell people to put into Argo CD's settings.
const ARGO_CD_SETTINGS: (&str, &str) = (
    "--settings",
    concat!(env!("CARGO_MANIFEST_DIR"), "/../config/argocd/argocd-cm.yaml"),
);

/// A tool and how it is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Argo CD as it comes: three-way merge with the last applied configuration.
    ArgoCd,
    /// Argo CD with `ServerSideApply=true`.
    ArgoCdServerSide,
    /// Argo CD with `Replace=true`.
    ArgoCdReplace,
    /// Argo CD with `Replace=true` and `Force=true`.
    ArgoCdForceReplace,
    /// Flux with a Kustomization that leaves everything at its default.
    Flux,
}

/// Every set-up that leaves alone what it does not own.
pub const TOOLS: [Tool; 3] = [Tool::ArgoCd, Tool::ArgoCdServerSide, Tool::Flux];

/// What a round did.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether the cluster differed from the repository before. Argo CD only.
    pub out_of_sync: bool,
    /// What became of each object, by KIND/NAME.
    pub results: BTreeMap<String, Outcome>,
    /// Why the round failed.
    #[serde(default)]
    pub error: String,
}

/// What became of one object.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// The tool's word for it.
    pub action: String,
    /// What the tool says about it.
    #[serde(default)]
    pub message: String,
}

impl Tool {
    /// Its service account.
    pub fn identity(self) -> Identity {
        match self {
            Tool::Flux => Identity::Flux,
            _ => Identity::ArgoCd,
        }
    }

    /// The user name of its service account, which is on the policies' GitOps list.
    pub fn user(self) -> &'static str {
        match self {
            Tool::Flux => "system:serviceaccount:flux-system:kustomize-controller",
            _ => "system:serviceaccount:argocd:argocd-application-controller",
        }
    }

    /// One round, whatever comes of it.
    pub async fn round(self, flow: &Flow, repository: &[Value]) -> Result<Report> {
        let argo = |options| {
            let (flag, file) = ARGO_CD_SETTINGS;
            vec!["argocd", "--prune", flag, file, "--sync-options", options]
        };
        let mut arguments = match self {
            Tool::ArgoCd => argo(""),
            Tool::ArgoCdServerSide => argo("ServerSideApply=true"),
            Tool::ArgoCdReplace => argo("Replace=true"),
            Tool::ArgoCdForceReplace => argo("Replace=true,Force=true"),
            Tool::Flux => vec!["flux"],
        };
        arguments.extend(["--namespace", &flow.namespace]);
        let output = run(&flow.world, self.identity(), &arguments, &repository.into()).await?;
        serde_json::from_slice(&output).context("failed to read the tool's report")
    }

    /// One round that has to succeed.
    pub async fn sync(self, flow: &Flow, repository: &[Value]) -> Result<Report> {
        let report = self.round(flow, repository).await?;
        let failed = |outcome: &Outcome| outcome.action == "SyncFailed";
        ensure!(
            report.error.is_empty() && !report.results.values().any(failed),
            "{self:?} could not sync: {report:#?}"
        );
        Ok(report)
    }

    /// One round that the API server has to refuse, for a reason with these words.
    pub async fn refused(self, flow: &Flow, repository: &[Value], words: &str) -> Result<()> {
        let report = self.round(flow, repository).await?;
        let said = report
            .results
            .values()
            .any(|outcome| outcome.message.contains(words));
        ensure!(
            said || report.error.contains(words),
            "{self:?} was not refused with {words:?}: {report:#?}"
        );
        Ok(())
    }
}

/// What the tools take an object's state for.
#[derive(Debug, Deserialize)]
pub struct Judgement {
    /// Flux and Helm: kstatus.
    pub flux: String,
    /// Argo CD, with the health script of `config/argocd`.
    pub argocd: String,
    /// What Argo CD shows with it.
    pub message: String,
}

/// Judges an object as the tools do.
pub async fn judge(world: &World, object: &Value) -> Result<Judgement> {
    let (flag, file) = ARGO_CD_SETTINGS;
    let input = Value::Array(vec![object.clone()]);
    let output = run(world, Identity::Admin, &["health", flag, file], &input).await?;
    serde_json::from_slice(&output).context("failed to read the tools' judgement")
}

/// Runs the program and returns what it printed.
async fn run(world: &World, who: Identity, arguments: &[&str], input: &Value) -> Result<Vec<u8>> {
    let program = std::env::var_os(PROGRAM_VARIABLE)
        .map(PathBuf::from)
        .with_context(|| format!("{PROGRAM_VARIABLE} is not set: run `cargo xtask test flows`"))?;
    let mut child = Command::new(&program)
        .args(arguments)
        .env("KUBECONFIG", world.kubeconfig(who))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("failed to start {}", program.display()))?;
    let mut stdin = child.stdin.take().context("stdin is piped")?;
    stdin.write_all(&serde_json::to_vec(input)?).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    ensure!(
        output.status.success(),
        "gitops {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}
