//! Runs cargo for other verbs, with its progress visible.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{guard, paths};

/// Cargo in the repository's root; it ends when this process does, see [`guard`].
pub fn command(supervisor: &Path) -> Command {
    let mut command = guard::command(supervisor, program());
    command.current_dir(paths::root());
    command
}

/// The cargo that runs this program, or the one on the PATH.
fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The lines of `cargo build --message-format=json` that matter.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

/// Builds the binary `name` of the package with the same name and returns where it is.
pub fn build(name: &str, supervisor: &Path) -> Result<PathBuf> {
    eprintln!("building {name}");
    let mut cargo = command(supervisor)
        .args(["build", "--package", name, "--bin", name])
        .arg("--message-format=json-render-diagnostics")
        .stdout(Stdio::piped())
        .spawn()
        .context("failed to run cargo")?;
    let output = cargo.stdout.take().expect("stdout is piped");
    let mut built = None;
    for line in BufReader::new(output).lines() {
        let line = line.context("failed to read cargo's messages")?;
        if let Ok(Message {
            executable: Some(path),
        }) = serde_json::from_str(&line)
        {
            built = Some(path);
        }
    }
    let status = cargo.wait().context("failed to wait for cargo")?;
    match built {
        Some(path) if status.success() => Ok(path),
        _ => bail!("failed to build {name}: cargo's messages are above"),
    }
}
