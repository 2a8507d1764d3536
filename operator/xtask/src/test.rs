//! `cargo xtask test`: every test there is, in four steps. What a step prints is shown in one piece; the counts
//! of all steps are summed into the one last line.

mod admission;
mod beside;
mod conformance;
mod flows;
mod pages;
mod tally;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::interrupt::Interrupt;
use crate::variant::Variant;
use crate::{cargo, guard};
use flows::Suite;
use tally::Tally;

/// Run all tests, or one step of them.
///
/// `unit` is all of the crates' own tests, `flows` are the tests of the package sas-tests on a real control
/// plane, `admission` are those of them about who may do what, on other versions of Kubernetes and with
/// other policies, `conformance` lets the vendor's own clients drive the simulator. All steps together are
/// built first and then run side by side; what each prints is shown in one piece. The last line sums up all
/// steps: `N passed, N failed, N skipped`.
#[derive(clap::Args)]
pub struct Args {
    /// The step to run; all of them when it is left out.
    #[arg(value_enum)]
    step: Option<Step>,
    /// Only the tests of the step whose name contains this text.
    #[arg(requires = "step")]
    filter: Option<String>,
    /// The world of the flows.
    #[command(flatten)]
    variant: Variant,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Step {
    Unit,
    Flows,
    Admission,
    Conformance,
}

impl Step {
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let supervisor = guard::supervisor()?;
    let interrupt = Interrupt::install(None)?;
    let total = match args.step {
        None => beside::run(args.variant, &supervisor, &interrupt).unwrap_or_else(|error| {
            println!("{error:#}");
            Tally::FAILURE
        }),
        Some(step) => alone(step, args, &supervisor, &interrupt),
    };
    println!("{total}");
    Ok(if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn alone(step: Step, args: &Args, supervisor: &Path, interrupt: &Interrupt) -> Tally {
    let filter = args.filter.as_deref();
    println!("== {}", step.name());
    let outcome = match step {
        Step::Unit => unit(supervisor, filter),
        Step::Flows => flows::run(Suite::All, args.variant, supervisor, interrupt, filter),
        Step::Admission => admission::run(supervisor, interrupt, filter),
        Step::Conformance => conformance::run(supervisor, filter),
    };
    outcome.unwrap_or_else(|error| {
        println!("failed to run the step {}: {error:#}", step.name());
        Tally::FAILURE
    })
}

fn unit(supervisor: &Path, filter: Option<&str>) -> Result<Tally> {
    let mut tests = cargo::command(supervisor);
    tests.args(["test", "--workspace", "--exclude", "sas-tests", "--no-fail-fast"]);
    tests.args(filter);
    count(tests)
}

/// Runs a command, shows what it prints and sums up the results in it. A command that fails without
/// having counted a failure counts as one: it could not do its work.
fn count(mut command: Command) -> Result<Tally> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("failed to start the tests")?;
    let output = child.stdout.take().expect("stdout is piped");
    let mut tally = Tally::default();
    for line in BufReader::new(output).lines() {
        let line = line.context("failed to read the tests' output")?;
        if let Some(summary) = tally::summary(&line) {
            tally += summary;
            continue;
        }
        tally += tally::libtest(&line).unwrap_or_default();
        println!("{line}");
    }
    let status = child.wait().context("failed to wait for the tests")?;
    if !status.success() && tally.failed == 0 {
        println!("the tests could not run to their end: {status}");
        tally.failed = 1;
    }
    Ok(tally)
}
