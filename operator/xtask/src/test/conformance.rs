//! The vendor's own clients against the simulator, and the vendor's own signing code against the client:
//! pytest in a virtual environment with exactly the packages of tests/conformance/requirements.txt, and the
//! vendor's Go cores, each made once per content.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::count;
use super::tally::Tally;
use crate::gobuild::{self, Build, hex};
use crate::{cargo, guard, paths};

pub fn run(supervisor: &Path, filter: Option<&str>) -> Result<Tally> {
    let folder = paths::root().join("tests/conformance");
    let python = environment(&folder.join("requirements.txt"), supervisor)?;
    let vendor_go = gobuild::ensure(&Build {
        module: gobuild::VENDOR_CORES,
        module_file: gobuild::MODULE_FILE,
        name: "vendor-cores",
        takes: "less than a minute",
        tags: "",
        linker_flags: "-s -w",
        guard: Some(supervisor),
    })?;
    let programs = ["sas-sim", "every_action"];
    #[rustfmt::skip]
    let arguments = ["--package=xtask", "--package=sas-sim", "--package=sas-client", "--bins", "--example=every_action"];
    let [simulator, sender] = cargo::executables(&arguments, programs, supervisor)?;
    let mut tests = guard::command(supervisor, python);
    tests
        // -B: nothing is written beside the sources. -rs: says why a test was skipped.
        .args(["-B", "-m", "pytest", "-q", "-rs"])
        .arg(&folder)
        .arg(option("--sas-sim", &simulator))
        .arg(option("--vendor-go", &vendor_go))
        .arg(option("--every-action", &sender));
    if let Some(filter) = filter {
        tests.args(["-k", filter]);
    }
    count(tests)
}

/// `NAME=PATH`, which pytest cannot take for a folder with tests.
fn option(name: &str, path: &Path) -> String {
    format!("{name}={}", path.display())
}

/// The Python of the virtual environment for these requirements.
fn environment(requirements: &Path, supervisor: &Path) -> Result<PathBuf> {
    let content =
        fs::read(requirements).with_context(|| format!("failed to read {}", requirements.display()))?;
    let mut hash = Sha256::new();
    hash.update(python_version()?);
    hash.update(content);
    let dir = paths::cache()?.join(format!("conformance-{}", hex(&hash.finalize()[..8])));
    let python = dir.join("bin/python");
    let complete = dir.join("complete");
    if complete.exists() {
        return Ok(python);
    }
    eprintln!("installing pytest and the vendor's Python SDKs (once)");
    run_quietly(
        guard::command(supervisor, "python3")
            .args(["-m", "venv", "--clear"])
            .arg(&dir),
    )
    .context("failed to make a virtual environment: is the package python3-venv installed?")?;
    let mut pip = guard::command(supervisor, &python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--require-hashes",
        "--requirement",
    ]);
    run_quietly(pip.arg(requirements))
        .context("failed to install the SDKs: check the network or pip's index")?;
    fs::write(&complete, "").with_context(|| format!("failed to write {}", complete.display()))?;
    Ok(python)
}

fn python_version() -> Result<Vec<u8>> {
    match Command::new("python3").arg("--version").output() {
        Ok(output) if output.status.success() => Ok(output.stdout),
        _ => bail!("Python is not installed: install python3 and python3-venv to run the vendor's SDKs"),
    }
}

/// Runs a command and shows what it printed only when it failed.
fn run_quietly(command: &mut Command) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("failed to start it")?;
    if output.status.success() {
        return Ok(());
    }
    eprint!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    bail!("{}", output.status)
}
