//! The operator's program: reads its flags, starts logging and hands over to the library.

use std::process::ExitCode;

use clap::Parser;
use sas_operator::args::Args;
use sas_operator::{app, telemetry};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    if let Err(error) = telemetry::start_logs(&args.log) {
        eprintln!("sas-operator: {error:#}");
        return ExitCode::from(2);
    }
    // Both TLS users of the process take the provider from here.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::warn!("another TLS provider is installed already");
    }
    match app::run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the operator ends");
            // At once: whoever lost the lease must not go on while the runtime winds down.
            std::process::exit(1)
        }
    }
}
