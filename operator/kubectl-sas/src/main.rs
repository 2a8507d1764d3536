//! The program: reads its command line and hands over to the library. Under the name that kubectl gives it for
//! that, it only offers candidates for a line that somebody is typing.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use kubectl_sas::args::Cli;
use kubectl_sas::complete;

fn main() -> ExitCode {
    let mut words = std::env::args();
    let name = words.next().unwrap_or_default();
    if Path::new(&name)
        .file_stem()
        .is_some_and(|name| name == complete::PROGRAM)
    {
        return complete::run(&words.collect::<Vec<_>>());
    }
    kubectl_sas::run(Cli::parse())
}
