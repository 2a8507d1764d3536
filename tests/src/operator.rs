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
    /// File that gets everything it prints.
    pub log: PathBuf,
}

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
        let process = Command::new(program)
            .args(["--watch-namespace", &setup.namespace])
            .args(["--leader-elect", "false"])
            .args(["--listen", "127.0.0.1:0"])
            .args(["--sas-endpoint", &setup.cloud])
            .args(["--sts-endpoint", &setup.cloud])
            .args(["--log-format", "json"])
            // As much as anybody may switch on: secrets must not appear in any of it.
            .args(["--log-filter", "debug,hyper=info,h2=info,tower=info"])
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

    /// Everything that operators of this test have printed.
    pub fn printed(log: &Path) -> Result<String> {
        std::fs::read_to_string(log).with_context(|| format!("failed to read {}", log.display()))
    }
}

fn append(file: &Path) -> Result<File> {
    let opened = OpenOptions::new().create(true).append(true).open(file);
    opened.with_context(|| format!("failed to open {}", file.display()))
}
