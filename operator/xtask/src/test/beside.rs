//! All steps side by side: what compiles is compiled first, then steps that mostly wait run beside steps that
//! mostly compute. Each is a run of this program, whose lines are shown in one piece.

use std::io::{BufRead, BufReader, Read, Stdout, pipe, stdout};
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use super::Step;
use super::pages::Pages;
use super::tally::{self, Tally};
use crate::interrupt::Interrupt;
use crate::variant::Variant;
use crate::{cargo, guard};

/// What runs at the same time; the steps of a lane follow one another.
const LANES: [&[Step]; 2] = [&[Step::Flows, Step::Admission], &[Step::Unit, Step::Conformance]];

pub fn run(variant: Variant, supervisor: &Path, interrupt: &Interrupt) -> Result<Tally> {
    build(supervisor)?;
    let pages = Pages::new(Step::value_variants().len(), stdout());
    let lane = |steps: &[Step]| {
        let mut total = Tally::default();
        for step in steps {
            total += step_of_its_own(*step, variant, supervisor, interrupt, &pages).unwrap_or_else(|error| {
                pages.line(*step as usize, &format!("failed to run this step: {error:#}"));
                Tally::FAILURE
            });
            pages.complete(*step as usize);
        }
        total
    };
    Ok(thread::scope(|scope| {
        let running = LANES.map(|steps| scope.spawn(move || lane(steps)));
        let mut total = Tally::default();
        for lane in running {
            total += lane.join().unwrap_or(Tally::FAILURE);
        }
        total
    }))
}

/// Compiles what all steps need in one go: while tests run, no compiler takes their time.
fn build(supervisor: &Path) -> Result<()> {
    let mut build = cargo::command(supervisor);
    build.args(["test", "--workspace", "--no-run"]);
    let status = build.status().context("failed to run cargo")?;
    ensure!(
        status.success(),
        "failed to build the tests: cargo's messages are above"
    );
    Ok(())
}

fn step_of_its_own(
    step: Step,
    variant: Variant,
    supervisor: &Path,
    interrupt: &Interrupt,
    pages: &Pages<Stdout>,
) -> Result<Tally> {
    interrupt.check()?;
    // Itself, even when it was compiled anew meanwhile.
    let this = format!("/proc/{}/exe", std::process::id());
    let mut run = guard::command(supervisor, this);
    run.args(["test", &step.name()]);
    if step == Step::Flows {
        run.args(variant.flags());
    }
    let (output, printed) = pipe().context("failed to make a pipe")?;
    run.stdout(printed.try_clone().context("failed to share a pipe")?)
        .stderr(printed);
    let mut child = run.spawn().context("failed to start this program again")?;
    drop(run); // it holds the other end of the pipe
    let mut tally = sum(output, |line| pages.line(step as usize, line))?;
    let status = child.wait().context("failed to wait for the step")?;
    if !status.success() && tally.failed == 0 {
        pages.line(
            step as usize,
            &format!("the step could not run to its end: {status}"),
        );
        tally += Tally::FAILURE;
    }
    Ok(tally)
}

/// Shows what a step prints, but for the last line, which sums it up.
fn sum(output: impl Read, show: impl Fn(&str)) -> Result<Tally> {
    let mut tally = Tally::default();
    for line in BufReader::new(output).lines() {
        let line = line.context("failed to read a step's output")?;
        match tally::summary(&line) {
            Some(summary) => tally += summary,
            None => show(&line),
        }
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn what_a_step_has_summed_up_counts_once() {
        let result =
            "test result: ok. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        let printed = format!("{result}\n3 passed, 1 failed, 0 skipped\n");
        let shown = RefCell::new(Vec::new());
        let tally = sum(printed.as_bytes(), |line| {
            shown.borrow_mut().push(line.to_owned());
        })
        .unwrap();
        assert_eq!(tally.to_string(), "3 passed, 1 failed, 0 skipped");
        assert_eq!(shown.into_inner(), [result]);
    }
}
