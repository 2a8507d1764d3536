//! The program: reads its command line and hands over to the library.

use std::process::ExitCode;

use clap::Parser;
use kubectl_sas::args::Cli;

fn main() -> ExitCode {
    kubectl_sas::run(Cli::parse())
}
