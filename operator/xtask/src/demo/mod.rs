//! `cargo xtask demo`: the main job from end to end on this machine. A developer asks for something, the
//! operator says what it would do, somebody else approves exactly that, and the cloud's own request log
//! shows what happened.

mod evidence;
mod http;
mod object;
mod report;
mod samples;
mod show;
mod story;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::interrupt::Interrupt;
use crate::paths;
use report::Report;
use story::Story;

/// Run the main job on this machine: apply, plan, approve, execute, verify, drift.
///
/// Needs Rust and Go. The first run builds everything, which takes some minutes; later ones take less than
/// one. Nothing is left running.
#[derive(clap::Args)]
pub struct Args {
    /// Wait for your own approvals and print the commands to type.
    #[arg(long)]
    interactive: bool,
    /// Write the steps and what they found as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Keep kubeconfigs and logs in this folder.
    #[arg(long)]
    dir: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let dir = folder(args.dir.as_deref())?;
    let interrupt = Interrupt::install(None)?;
    let mut report = Report::new();
    let outcome = Story::begin(&dir, &interrupt, &mut report)
        .and_then(|story| story.play(args.interactive, &mut report));
    let seconds = report.finish();
    if let Some(file) = &args.report {
        report.write(file)?;
    }
    if let Err(error) = outcome {
        println!("\nlogs: {}", dir.display());
        return Err(error);
    }
    println!("\nDone in {seconds:.0} s. Nothing is left running.");
    if args.dir.is_none() {
        fs::remove_dir_all(&dir).with_context(|| format!("failed to remove {}", dir.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn folder(wanted: Option<&Path>) -> Result<PathBuf> {
    let Some(dir) = wanted else {
        return paths::scratch("demo");
    };
    fs::create_dir_all(dir).with_context(|| format!("failed to create {}", dir.display()))?;
    fs::canonicalize(dir).with_context(|| format!("failed to open {}", dir.display()))
}
