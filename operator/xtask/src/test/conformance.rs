//! The vendor's own SDKs against the simulator: a virtual environment with exactly the packages of
//! tests/conformance/requirements.txt, made once per content, and its driver.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::count;
use super::tally::Tally;
use crate::gobuild::hex;
use crate::interrupt::Interrupt;
use crate::supervisor::Supervisor;
use crate::{cargo, guard, parts, paths};

pub fn run(supervisor: &Path, interrupt: &Interrupt, filter: Option<&str>) -> Result<Tally> {
    let folder = paths::root().join("tests/conformance");
    let python = environment(&folder.join("requirements.txt"), supervisor)?;
    let dir = paths::scratch("conformance")?;
    let [program] = cargo::build(["sas-sim"], supervisor)?;
    let mut world = Supervisor::start(supervisor)?;
    world.process(&parts::simulator(&dir, &program), interrupt)?;
    let url =
        fs::read_to_string(dir.join(parts::SIMULATOR_URL)).context("failed to read the simulator's URL")?;
    let mut driver = guard::command(supervisor, python);
    driver
        .arg(folder.join("drive.py"))
        .args(["--url", url.trim(), "--credentials"])
        .arg(dir.join(parts::SIMULATOR_CREDENTIALS))
        .env("PYTHONUNBUFFERED", "1");
    if let Some(filter) = filter {
        driver.args(["--only", filter]);
    }
    let tally = count(driver)?;
    drop(world);
    fs::remove_dir_all(&dir).with_context(|| format!("failed to remove {}", dir.display()))?;
    Ok(tally)
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
    eprintln!("installing the vendor's Python SDKs (once)");
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
