//! Runs the world's own kubectl as one of its identities.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// A kubectl that signs in as one identity.
pub struct Kubectl {
    dir: PathBuf,
    kubeconfig: PathBuf,
}

impl Kubectl {
    /// For the identity `name` of the world in `dir`.
    pub fn new(dir: &Path, name: &str) -> Self {
        Self {
            dir: dir.to_owned(),
            kubeconfig: dir.join(format!("{name}.kubeconfig")),
        }
    }

    /// Standard output of a run that succeeded.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.output(arguments)?;
        if !output.status.success() {
            bail!(
                "failed to run kubectl {}: {}",
                arguments.join(" "),
                tail(&output.stderr)
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Result of a run, whatever it is.
    pub fn output(&self, arguments: &[&str]) -> Result<Output> {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .context("failed to start kubectl")
    }

    /// Result of a run that reads `input`, whatever it is.
    pub fn input(&self, arguments: &[&str], input: &str) -> Result<Output> {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("failed to start kubectl")?;
        let mut stdin = child.stdin.take().expect("stdin is piped");
        let written = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().context("failed to wait for kubectl")?;
        // A kubectl that failed has said why; that it read no further is no news.
        if output.status.success() {
            written.context("failed to pass manifests to kubectl")?;
        }
        Ok(output)
    }

    /// Server-side apply of manifests.
    pub fn apply(&self, manifests: &str) -> Result<()> {
        let output = self.input(&["apply", "--server-side", "--filename=-"], manifests)?;
        if !output.status.success() {
            bail!("failed to apply manifests: {}", tail(&output.stderr));
        }
        // Such as "unrecognized format": whoever writes the manifests has to see it.
        for warning in String::from_utf8_lossy(&output.stderr).lines() {
            eprintln!("  {warning}");
        }
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.dir.join("kubectl"));
        command
            .args(arguments)
            .env("KUBECONFIG", &self.kubeconfig)
            .env("KUBECACHEDIR", self.dir.join("controlplane/kubectl-cache"))
            .env("KUBERC", "off") // the user's own preferences must not change what happens here
            .env("CONTROLPLANE_DIE_WITH_PARENT", "1");
        command
    }
}

/// What a person needs of an error output: its text on one line.
fn tail(stderr: &[u8]) -> String {
    String::from_utf8_lossy(stderr).trim().replace('\n', "; ")
}
