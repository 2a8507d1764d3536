//! `cargo xtask check`: everything that can be said about the sources without running them.

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::{cargo, generate, gobuild, guard, paths};

/// Check formatting, lints, generated files, dependencies and the Go modules.
#[derive(clap::Args)]
pub struct Args {}

/// A check: its name and the command, `None` when its tool is not installed.
type Step = (&'static str, Option<Command>);

pub fn run(_: &Args) -> Result<ExitCode> {
    let guard = guard::supervisor()?;
    let mut failed = Vec::new();
    for (name, command) in steps(&guard) {
        let Some(mut command) = command else {
            println!("skipped: {name} (not installed: cargo install --locked cargo-deny)");
            continue;
        };
        println!("checking: {name}");
        if !command
            .status()
            .with_context(|| format!("failed to run {name}"))?
            .success()
        {
            failed.push(name);
        }
    }
    if generate::run(&generate::Args { check: true })? != ExitCode::SUCCESS {
        failed.push("generated files");
    }
    if failed.is_empty() {
        println!("all checks passed");
        return Ok(ExitCode::SUCCESS);
    }
    println!("failed: {}", failed.join(", "));
    Ok(ExitCode::FAILURE)
}

/// A macro declares the files of actions, so `cargo fmt` does not find them.
fn format_of_actions(guard: &Path) -> Command {
    let mut command = guard::command(guard, "sh");
    let script = "rustfmt --check --edition 2024 operator/client/src/actions/*.rs";
    command.args(["-c", script]).current_dir(paths::root());
    command
}

fn steps(guard: &Path) -> Vec<Step> {
    let cargo = |arguments: &[&str]| {
        let mut command = cargo::command(guard);
        command.args(arguments);
        command
    };
    let mut steps = vec![
        ("format", Some(cargo(&["fmt", "--all", "--check"]))),
        ("format of actions", Some(format_of_actions(guard))),
        (
            "lints",
            Some(cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "--deny",
                "warnings",
            ])),
        ),
        (
            "dependencies",
            installed("cargo-deny").then(|| cargo(&["deny", "check", "bans", "licenses", "sources"])),
        ),
    ];
    for module in gobuild::MODULES {
        let go = |program: &str, arguments: &[&str]| {
            let mut command = guard::command(guard, program);
            command
                .args(arguments)
                .current_dir(paths::root().join(module))
                .env("CGO_ENABLED", "0");
            Some(command)
        };
        // gofmt lists files and succeeds; `! grep .` turns a list into a failure and shows it.
        steps.push(("format of Go", go("sh", &["-c", "! gofmt -l . | grep ."])));
        // Compiled as for the programs, so that what they compiled is used.
        let vet = ["vet", "-trimpath", "-tags", "supervise_only", "."];
        steps.push(("vet of Go", go("go", &vet)));
    }
    steps
}

/// Whether a program is on the PATH.
fn installed(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}
