//! The demo's steps, on the screen while they run and as JSON for a machine afterwards.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

/// What one step did and found.
#[derive(Serialize)]
struct Step {
    title: String,
    seconds: f64,
    passed: bool,
    #[serde(skip_serializing_if = "Value::is_null")]
    facts: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// All steps so far.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    passed: bool,
    seconds: f64,
    steps: Vec<Step>,
    #[serde(skip)]
    started: Instant,
}

impl Report {
    /// Starts the clock.
    pub fn new() -> Self {
        Self {
            passed: false,
            seconds: 0.0,
            steps: Vec::new(),
            started: Instant::now(),
        }
    }

    /// Runs a step under its heading. What it returns beside its result goes into the report.
    pub fn step<T>(&mut self, title: &str, work: impl FnOnce() -> Result<(T, Value)>) -> Result<T> {
        println!("\n{}. {title}", self.steps.len() + 1);
        let started = Instant::now();
        let (result, facts) = match work() {
            Ok((result, facts)) => (Ok(result), facts),
            Err(error) => (Err(error), Value::Null),
        };
        let seconds = started.elapsed().as_secs_f64();
        println!("   ({seconds:.1} s)");
        let error = result.as_ref().err().map(|error| format!("{error:#}"));
        self.steps.push(Step {
            title: title.to_owned(),
            seconds,
            passed: error.is_none(),
            facts,
            error,
        });
        result
    }

    /// Stops the clock; `passed` is false when a step failed.
    pub fn finish(&mut self) -> f64 {
        self.passed = self.steps.iter().all(|step| step.passed);
        self.seconds = self.started.elapsed().as_secs_f64();
        self.seconds
    }

    /// Writes the steps as JSON.
    pub fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("failed to write the report")?;
        fs::write(file, text + "\n").with_context(|| format!("failed to write {}", file.display()))
    }
}
