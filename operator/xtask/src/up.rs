//! `cargo xtask up`: runs the world in the foreground until it is interrupted.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use crate::interrupt::{Interrupt, request_file};
use crate::parts;
use crate::variant::Variant;
use crate::world::{Plan, World, remove};

/// Run a control plane with the CRDs, the simulator and the operator until Ctrl-C.
///
/// DIR gets {admin,developer,approver,approver2,namespace-admin,argocd,flux,operator}.kubeconfig, simulator.url,
/// simulator.credentials, logs, a kubectl, and, when everything is ready, the file `ready`. Nothing
/// survives the end of this command, whatever ends it.
#[derive(clap::Args)]
pub struct Args {
    /// Folder for everything the world writes; created when it is missing.
    #[arg(long)]
    dir: PathBuf,
    /// Leave a part out; may be given twice.
    #[arg(long, value_enum, value_delimiter = ',')]
    without: Vec<Part>,
    #[command(flatten)]
    variant: Variant,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Part {
    Operator,
    Simulator,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    fs::create_dir_all(&args.dir).with_context(|| format!("failed to create {}", args.dir.display()))?;
    let dir =
        fs::canonicalize(&args.dir).with_context(|| format!("failed to open {}", args.dir.display()))?;
    let lock = File::create(lock_file(&dir)).context("failed to open the world's lock")?;
    ensure!(
        lock.try_lock().is_ok(),
        "a world is already up in {0}: end it with `cargo xtask down --dir {0}`",
        dir.display()
    );
    let plan = Plan {
        dir: &dir,
        variant: args.variant,
        operator: !args.without.contains(&Part::Operator),
        simulator: !args.without.contains(&Part::Simulator),
        restart_api_server: false,
    };
    let request = request_file(&dir);
    remove(&request)?;
    remove(&dir.join("ready"))?;
    let interrupt = Interrupt::install(Some(request))?;
    let outcome = World::start(&plan, &interrupt).and_then(|world| {
        announce(&plan)?;
        let ended = world.wait(&interrupt);
        remove(&dir.join("ready"))?;
        ended
    });
    if interrupt.requested() {
        eprintln!("ended");
        return Ok(ExitCode::SUCCESS);
    }
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Held by the process that runs the world in `dir`.
pub fn lock_file(dir: &Path) -> PathBuf {
    dir.join("up.lock")
}

fn announce(plan: &Plan) -> Result<()> {
    fs::write(plan.dir.join("ready"), "ready\n").context("failed to write the file `ready`")?;
    let dir = plan.dir.display();
    println!("the world is up in {dir} ({})", plan.variant);
    println!("  try:       KUBECONFIG={dir}/developer.kubeconfig {dir}/kubectl get sas");
    println!("  approve:   cargo run -p kubectl-sas -- --kubeconfig {dir}/approver.kubeconfig pending");
    if plan.simulator {
        println!(
            "  the cloud: {dir}/{}, {dir}/{}",
            parts::SIMULATOR_URL,
            parts::SIMULATOR_CREDENTIALS
        );
    }
    println!("  end it:    Ctrl-C, or cargo xtask down --dir {dir}");
    Ok(())
}
