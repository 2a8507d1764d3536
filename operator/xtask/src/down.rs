//! `cargo xtask down`: ends a world from another shell. It asks the process that holds the world's lock
//! through a file and never signals anybody, so a recycled process number cannot hit a stranger.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::interrupt::request_file;
use crate::up::lock_file;
use crate::world::remove;

/// End the world in DIR and wait until nothing of it is left.
#[derive(clap::Args)]
pub struct Args {
    /// The folder that was given to `up`.
    #[arg(long)]
    dir: PathBuf,
    /// How long to wait.
    #[arg(long, default_value_t = 60)]
    timeout_seconds: u64,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let deadline = Instant::now() + Duration::from_secs(args.timeout_seconds);
    if !lock_file(&args.dir).exists() {
        println!("nothing runs in {}", args.dir.display());
        return Ok(ExitCode::SUCCESS);
    }
    let request = request_file(&args.dir);
    fs::write(&request, "").with_context(|| format!("failed to write {}", request.display()))?;
    wait_unlocked(&lock_file(&args.dir), deadline)?;
    // After a sudden end of `up` the supervisor may still be ending its children.
    wait_unlocked(&args.dir.join("controlplane.lock"), deadline)?;
    remove(&request)?;
    println!("nothing runs in {} any more", args.dir.display());
    Ok(ExitCode::SUCCESS)
}

fn wait_unlocked(file: &Path, deadline: Instant) -> Result<()> {
    if !file.exists() {
        return Ok(());
    }
    let lock = File::open(file).with_context(|| format!("failed to open {}", file.display()))?;
    while lock.try_lock().is_err() {
        if Instant::now() > deadline {
            bail!("failed to end the world: {} is still held", file.display());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
