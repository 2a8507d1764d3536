//! `kubectl sas completion`: a script for a shell. kubectl itself completes `kubectl sas` by another program,
//! `kubectl_complete-sas`, which is this one under that name.

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use super::Ended;
use crate::args::Cli;
use crate::output;

/// Flags of `completion`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
For `kubectl sas`, kubectl asks the program kubectl_complete-sas, which is a link to this one:
  ln -s \"$(command -v kubectl-sas)\" ~/.local/bin/kubectl_complete-sas
It completes names of objects, namespaces and kinds as well. The scripts are for `kubectl-sas` itself.")]
pub struct Args {
    /// Shell.
    shell: Shell,
}

/// Prints the script.
pub fn run(args: &Args) -> Result<Ended> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kubectl-sas", &mut script);
    output::verbatim(&String::from_utf8_lossy(&script))?;
    Ok(Ended::Well)
}
