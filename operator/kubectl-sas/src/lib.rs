//! `kubectl sas`: people read and decide about plans with it. It knows the custom resources and the API
//! server, and nothing of the cloud. Whatever it refuses, the API server refuses as well; it only says so
//! earlier and in more words.

pub mod args;
pub mod ask;
pub mod cluster;
pub mod commands;
pub mod complete;
pub mod decision;
pub mod failure;
pub mod full;
pub mod judge;
pub mod names;
pub mod object;
pub mod output;
pub mod reference;
pub mod rights;
pub mod select;
pub mod show;

use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::cluster::Cluster;
use crate::commands::steer::{self, Wish};
use crate::commands::{
    Ended, approve, can_i, completion, doctor, init, pending, plan, ram_policy, receipt, reject, status,
    undo, version, wait,
};

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
    let connection = &cli.connection;
    let connect = async || Cluster::connect(connection).await;
    match &cli.command {
        Command::Pending(args) => pending::run(args, &connect().await?).await,
        Command::Plan(args) => plan::run(args, &connect().await?).await,
        Command::Approve(args) => approve::run(args, &connect().await?).await,
        Command::Reject(args) => reject::reject(args, &connect().await?).await,
        Command::Revoke(args) => reject::revoke(args, &connect().await?).await,
        Command::Pause(args) => steer::run(args, Wish::Pause, &connect().await?).await,
        Command::Resume(args) => steer::run(args, Wish::Resume, &connect().await?).await,
        Command::Retry(args) => steer::run(args, Wish::Retry, &connect().await?).await,
        Command::Replan(args) => steer::run(args, Wish::Replan, &connect().await?).await,
        Command::Cancel(args) => steer::run(args, Wish::Cancel, &connect().await?).await,
        Command::Undo(args) => undo::run(args, &connect().await?).await,
        Command::Status(args) => status::run(args, &connect().await?).await,
        Command::Wait(args) => wait::run(args, &connect().await?).await,
        Command::Receipt(args) => receipt::run(args, &connect().await?).await,
        Command::CanI(args) => can_i::run(args, &connect().await?).await,
        Command::Doctor(args) => doctor::run(args, &connect().await?).await,
        Command::Init(args) => init::run(args, connection),
        Command::RamPolicy(args) => ram_policy::run(args),
        Command::Completion(args) => completion::run(args),
        Command::Version(args) => version::run(args, connection).await,
    }
}
