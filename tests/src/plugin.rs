//! `kubectl sas` as people run it: the program itself, with the kubeconfig of an identity and in the
//! namespace of a flow, alone or at a terminal.

use std::process::{Output, Stdio};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::flow::Flow;
use crate::wait;
use crate::world::Identity;

/// What a run of the plugin came to.
#[derive(Debug)]
pub struct Ran {
    /// Exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    fn from(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Standard output of a run that has to have gone well.
    pub fn well(self) -> Result<String> {
        ensure!(self.code == Some(0), "the plugin failed: {self:?}");
        Ok(self.out)
    }

    /// Fails unless the run ended with this code and these words on standard error.
    pub fn ended(&self, code: i32, words: &str) -> Result<()> {
        let said = format!("{}{}", self.out, self.err);
        ensure!(
            self.code == Some(code) && said.contains(words),
            "wanted exit code {code} and {words:?}, got {self:?}"
        );
        Ok(())
    }
}

/// Runs the plugin in the name of an identity.
pub async fn run(flow: &Flow, who: Identity, arguments: &[&str]) -> Result<Ran> {
    let output = command(flow, who)?.args(arguments).output().await;
    Ok(Ran::from(&output.context("failed to run the plugin")?))
}

fn command(flow: &Flow, who: Identity) -> Result<Command> {
    let mut command = Command::new(flow.world.plugin()?);
    command
        .args(["--namespace", &flow.namespace])
        .env("KUBECONFIG", flow.world.kubeconfig(who))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

/// The plugin at a terminal, which `script` (bsdutils) makes.
pub struct Terminal {
    process: Child,
    shown: String,
}

impl Terminal {
    /// Starts the plugin.
    pub fn start(flow: &Flow, who: Identity, arguments: &[&str]) -> Result<Self> {
        let program = flow.world.plugin()?.display().to_string();
        let line = format!("{program} --namespace {} {}", flow.namespace, arguments.join(" "));
        let process = Command::new("script")
            .args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"])
            .env("KUBECONFIG", flow.world.kubeconfig(who))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        Ok(Self {
            process: process.context("failed to start script: install bsdutils")?,
            shown: String::new(),
        })
    }

    /// Reads until the terminal shows some words; gives everything so far.
    pub async fn shows(&mut self, words: &str) -> Result<&str> {
        let read = tokio::time::timeout(wait::PATIENCE, async {
            let screen = self.process.stdout.as_mut().context("the terminal is gone")?;
            let mut bytes = [0; 4096];
            while !self.shown.contains(words) {
                let count = screen.read(&mut bytes).await?;
                ensure!(count > 0, "it ended with: {}", self.shown);
                self.shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
            Ok(())
        });
        read.await
            .with_context(|| format!("{words:?} never showed"))?
            .with_context(|| format!("{words:?} did not show"))?;
        Ok(&self.shown)
    }

    /// Types a line.
    pub async fn types(&mut self, line: &str) -> Result<()> {
        let keyboard = self.process.stdin.as_mut().context("the terminal is gone")?;
        keyboard.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(keyboard.flush().await?)
    }

    /// Waits for the end; gives the exit code and everything that was shown.
    pub async fn ended(mut self) -> Result<(Option<i32>, String)> {
        let mut rest = Vec::new();
        if let Some(screen) = &mut self.process.stdout {
            screen.read_to_end(&mut rest).await?;
        }
        self.shown.push_str(&String::from_utf8_lossy(&rest));
        let status = tokio::time::timeout(wait::PATIENCE, self.process.wait()).await;
        Ok((status.context("the plugin does not end")??.code(), self.shown))
    }
}
