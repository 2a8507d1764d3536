//! The operator as a process of its own, watching one namespace. It ends when the test ends, and a test
//! may kill it at any moment and start it again.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::process::{Child, Command};

/// How to start the operator of a test.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Kubeconfig that leads to the proxy.
    pub kubeconfig: PathBuf,
    /// The namespace that it watches.
    pub namespace: String,
    /// Base URL of the cloud.
    pub cloud: String,
    /// Address of its metrics and probes.
    pub listen: String,
    /// Name of its replica, where replicas agree on a leader by a lease in the namespace.
    pub replica: Option<String>,
    /// Further flags.
    pub arguments: Vec<String>,
    /// Variables of its environment.
    pub variables: Vec<(String, String)>,
    /// File that gets everything it prints.
    pub log: PathBuf,
}

/// Name of the lease of a flow's replicas.
pub const LEASE: &str = "sas-operator";

/// A running operator.
#[derive(Debug)]
pub struct Operator {
    process: Child,
    log: PathBuf,
}

impl Operator {
    /// Starts the program; what it prints is added to the log.
    pub fn start(program: &Path, setup: &Setup) -> Result<Self> {
        let log = append(&setup.log)?;
        let mut command = Command::new(program);
        match &setup.replica {
            None => command.args(["--leader-elect", "false"]),
            Some(replica) => command
                .args(["--leader-elect", "true", "--identity", replica])
                .args(["--namespace", &setup.namespace, "--lease-name", LEASE]),
        };
        // The simulator tells its data centres apart by the path.
        let endpoint = format!("{}/{{region}}/", setup.cloud);
        let process = command
            .args(["--watch-namespace", &setup.namespace])
            .args(["--listen", &setup.listen])
            .args(["--sas-endpoint", &endpoint])
            .args(["--sts-endpoint", &setup.cloud])
            .args(["--log-format", "json"])
            // As much as anybody may switch on: secrets must not appear in any of it.
            .args(["--log-filter", "debug,hyper=info,h2=info,tower=info"])
            .args(&setup.arguments)
            .envs(setup.variables.iter().cloned())
            .env("KUBECONFIG", &setup.kubeconfig)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("failed to start {}", program.display()))?;
        Ok(Self {
            process,
            log: setup.log.clone(),
        })
    }

    /// Kills it at once, as a power cut would.
    pub async fn kill(mut self) -> Result<()> {
        anyhow::ensure!(
            self.process.try_wait()?.is_none(),
            "the operator had ended by itself, see {}",
            self.log.display()
        );
        self.process.kill().await.context("failed to kill the operator")
    }

    /// Asks it to end, as Kubernetes does.
    pub async fn terminate(&self) -> Result<()> {
        let pid = self.process.id().context("the operator has ended")?.to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().await?;
        anyhow::ensure!(sent.success(), "failed to send SIGTERM to the operator");
        Ok(())
    }

    /// Waits for its end and says whether it was a success.
    pub async fn ended(&mut self) -> Result<bool> {
        let ended = tokio::time::timeout(crate::wait::PATIENCE, self.process.wait()).await;
        Ok(ended.context("the operator does not end")??.success())
    }

    /// Everything that operators of this test have printed.
    pub fn printed(log: &Path) -> Result<String> {
        std::fs::read_to_string(log).with_context(|| format!("failed to read {}", log.display()))
    }
}

fn append(file: &Path) -> Result<File> {
    let opened = OpenOptions::new().create(true).append(true).open(file);
    opened.with_context(|| format!("failed to open {}", file.display()))
}
