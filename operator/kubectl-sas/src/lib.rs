//! `kubectl sas`: people read and decide about plans with it. It knows the custom resources and the API
//! server, and nothing of the cloud. Whatever it refuses, the API server refuses as well; it only says so
//! earlier and in more words.

pub mod args;
pub mod cluster;
pub mod commands;
pub mod failure;
pub mod names;
pub mod object;
pub mod output;

use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::cluster::Cluster;
use crate::commands::{Ended, pending, version};

/// Runs a command line and prints what came of it.
pub fn run(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::report(&anyhow::Error::new(error).context("failed to start")),
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(ended) => ended.into(),
        Err(error) => failure::report(&error),
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<Ended> {
    let connection = cli.connection;
    match cli.command {
        Command::Pending(args) => pending::run(&args, &Cluster::connect(&connection).await?).await,
        Command::Version(args) => version::run(&args, &connection).await,
    }
}
