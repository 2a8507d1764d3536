//! How many signed reads `sas-sim` answers per second on one core with 10,000 servers. The program
//! and the load run in processes of their own, each pinned to a core; every request is signed by
//! `sas-client` and every answer read to its end.
//!
//! `cargo bench -p sas-sim`; `-- --help` lists the options. `requests/s` is what the clock says and
//! needs two idle cores; `us/request` is the CPU time that the simulator spends, and `per busy
//! core/s` what follows from it.

mod load;
mod program;
mod shape;

use std::time::Duration;

use anyhow::ensure;
use clap::Parser as _;

use load::{Load, Measured, Signature};
use program::Program;
use shape::Shape;

/// Measures signed reads per second.
#[derive(clap::Parser)]
struct Arguments {
    /// Only shapes whose name contains this text.
    shape: Option<String>,
    /// Requests under way at once.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Seconds of each measurement, after one second to warm up.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// Fails when a shape stays below so many requests per second.
    #[arg(long, default_value_t = 0.0)]
    minimum: f64,
    /// What cargo passes to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let program = Program::start()?;
    program::pin_self()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    println!(
        "{:<16} {:>9} {:>12} {:>9} {:>9} {:>12} {:>14}",
        "shape", "signature", "requests/s", "p50 us", "p99 us", "us/request", "per busy core/s"
    );
    let mut slowest = f64::INFINITY;
    for shape in Shape::ALL {
        if arguments
            .shape
            .as_ref()
            .is_some_and(|text| !shape.name().contains(text.as_str()))
        {
            continue;
        }
        for signature in [Signature::V1, Signature::V3] {
            let load = Load {
                program: &program,
                signature,
                shape,
            };
            let run = |seconds| load.run(arguments.connections, Duration::from_secs_f64(seconds));
            runtime.block_on(run(1.0))?;
            let cpu = program.cpu_seconds()?;
            let measured = runtime.block_on(run(arguments.seconds))?;
            let cpu = program.cpu_seconds()? - cpu;
            slowest = slowest.min(print(&load, &measured, cpu));
        }
    }
    ensure!(
        slowest >= arguments.minimum,
        "failed to reach {} requests per second: the slowest shape has {slowest:.0}",
        arguments.minimum
    );
    Ok(())
}

fn print(load: &Load<'_>, measured: &Measured, cpu_seconds: f64) -> f64 {
    let rate = measured.per_second();
    let each = cpu_seconds / measured.requests();
    println!(
        "{:<16} {:>9} {rate:>12.0} {:>9} {:>9} {:>12.1} {:>14.0}",
        load.shape.name(),
        format!("{:?}", load.signature),
        measured.percentile(50),
        measured.percentile(99),
        each * 1e6,
        1.0 / each
    );
    rate
}
