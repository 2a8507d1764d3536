//! Runs cargo for other verbs, with its progress visible.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::{guard, paths};

/// Cargo in the repository's root; it ends when this process does, see [`guard`].
pub fn command(supervisor: &Path) -> Command {
    let mut command = guard::command(supervisor, program());
    command.current_dir(paths::root());
    // `cargo run` tells this program about its package. Build scripts that read such variables (ring's
    // does) would run again for every change between a cargo of the user and one of ours.
    for (name, _) in env::vars_os() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_"]
            .iter()
            .any(|own| name.to_string_lossy().starts_with(own))
        {
            command.env_remove(name);
        }
    }
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

/// Builds the binaries of the packages `names`, each called like its package, and returns their paths in
/// the same order. One call for all of them, because cargo compiles a dependency anew for each set of
/// features that is asked for; with this program's own package the set is the one it was built with.
pub fn build<const N: usize>(names: [&str; N], supervisor: &Path) -> Result<[PathBuf; N]> {
    let packages: Vec<String> = names.iter().map(|name| format!("--package={name}")).collect();
    let mut arguments = vec!["--bins", "--package=xtask"];
    arguments.extend(packages.iter().map(String::as_str));
    executables(&arguments, names, supervisor)
}

/// Runs `cargo build` with the arguments and returns the paths of the programs `names`.
pub fn executables<const N: usize>(
    arguments: &[&str],
    names: [&str; N],
    supervisor: &Path,
) -> Result<[PathBuf; N]> {
    eprintln!("building {}", names.join(" and "));
    let mut command = command(supervisor);
    command.args(["build", "--message-format=json-render-diagnostics"]);
    command.args(arguments);
    let mut cargo = command
        .stdout(Stdio::piped())
        .spawn()
        .context("failed to run cargo")?;
    let output = cargo.stdout.take().expect("stdout is piped");
    let mut built = Vec::new();
    for line in BufReader::new(output).lines() {
        let line = line.context("failed to read cargo's messages")?;
        if let Ok(Message {
            executable: Some(path),
        }) = serde_json::from_str(&line)
        {
            built.push(path);
        }
    }
    let status = cargo.wait().context("failed to wait for cargo")?;
    ensure!(
        status.success(),
        "failed to build {}: cargo's messages are above",
        names.join(" and ")
    );
    let path = |name: &str| built.iter().find(|path| path.ends_with(name)).cloned();
    let paths = names.map(|name| path(name).with_context(|| format!("cargo built no program {name}")));
    let paths: Vec<PathBuf> = paths.into_iter().collect::<Result<_>>()?;
    Ok(paths.try_into().expect("one path for each name"))
}
