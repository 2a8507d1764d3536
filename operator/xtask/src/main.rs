//! `cargo xtask`: everything that a developer or a pipeline does with this repository, one verb each.
//! Each verb is a module with its own `Args` and a `run` that returns only errors worth one line.

mod cargo;
mod check;
mod controlplane;
mod demo;
mod down;
mod generate;
mod gobuild;
mod guard;
mod interrupt;
mod krew;
mod kubectl;
mod parts;
mod paths;
mod progress;
mod supervisor;
mod test;
mod up;
mod variant;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Work on the SAS operator: see it run, test it, check it, generate its files.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Demo(demo::Args),
    Test(test::Args),
    Check(check::Args),
    Gen(generate::Args),
    Up(up::Args),
    Down(down::Args),
    Krew(krew::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().verb {
        Verb::Demo(args) => demo::run(&args),
        Verb::Test(args) => test::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Gen(args) => generate::run(&args),
        Verb::Up(args) => up::run(&args),
        Verb::Down(args) => down::run(&args),
        Verb::Krew(args) => krew::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn command_line_is_consistent_and_every_verb_explains_itself() {
        let mut command = Cli::command();
        command.build();
        command.clone().debug_assert();
        for verb in command.get_subcommands() {
            assert!(verb.get_about().is_some(), "{}", verb.get_name());
        }
    }
}
