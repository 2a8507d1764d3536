//! How many signed reads `sas-sim` answers per second on one core with 10,000 servers. The program
//! and the load run in processes of their own, each pinned to a core; the load is `sas-client`, so
//! that every request is signed and every answer is read as the operator would.
//!
//! `cargo bench -p sas-sim`; `-- --help` lists the options. Without two idle cores the requests per
//! second say little; `us/request`, the CPU time the simulator spends, still does.

mod load;
mod program;

use std::time::Duration;

use anyhow::ensure;
use clap::Parser as _;
use sas_client::SignatureVersion;
use sas_client::actions::{DescribeCloudCenterInstances, GetAuthSummary};

use load::{Load, Measured};
use program::Program;

/// Servers of the world.
const SERVERS: usize = 10_000;

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
    let program = Program::start(SERVERS)?;
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
        for (name, signature) in [("V1", SignatureVersion::V1), ("V3", SignatureVersion::V3)] {
            let load = Load::new(&program, signature, shape)?;
            let run = |seconds| load.run(arguments.connections, Duration::from_secs_f64(seconds));
            runtime.block_on(run(1.0))?;
            let cpu = program.cpu_time()?;
            let measured = runtime.block_on(run(arguments.seconds))?;
            let cpu = program.cpu_time()? - cpu;
            slowest = slowest.min(print(shape, name, &measured, cpu));
        }
    }
    ensure!(
        slowest >= arguments.minimum,
        "failed to reach {} requests per second: the slowest shape has {slowest:.0}",
        arguments.minimum
    );
    Ok(())
}

fn print(shape: Shape, signature: &str, measured: &Measured, cpu: Duration) -> f64 {
    let rate = measured.per_second();
    let each = cpu.as_secs_f64() / measured.requests() as f64;
    println!(
        "{:<16} {signature:>9} {rate:>12.0} {:>9} {:>9} {:>12.1} {:>14.0}",
        shape.name(),
        measured.percentile(50),
        measured.percentile(99),
        each * 1e6,
        1.0 / each
    );
    rate
}

/// What is asked for; `n` makes one request differ from the next.
#[derive(Clone, Copy)]
enum Shape {
    Uuid,
    InstanceId,
    HundredUuids,
    FirstPage,
    PageOf100,
    NextToken,
    Offline,
    Summary,
}

/// A read of either action.
enum Read {
    Servers(DescribeCloudCenterInstances),
    Summary(GetAuthSummary),
}

impl Shape {
    const ALL: [Self; 8] = [
        Self::Uuid,
        Self::InstanceId,
        Self::HundredUuids,
        Self::FirstPage,
        Self::PageOf100,
        Self::NextToken,
        Self::Offline,
        Self::Summary,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::InstanceId => "instance-id",
            Self::HundredUuids => "100-uuids",
            Self::FirstPage => "first-page-20",
            Self::PageOf100 => "page-of-100",
            Self::NextToken => "next-token-20",
            Self::Offline => "offline-20",
            Self::Summary => "summary",
        }
    }

    fn request(self, n: usize) -> Read {
        let criteria = |name: &str, value: &str| {
            Some(sas_client::actions::criteria(&[sas_client::actions::Criterion {
                name,
                value,
            }]))
        };
        let all = DescribeCloudCenterInstances::default();
        let server = n * 7919 % SERVERS;
        Read::Servers(match self {
            Self::Summary => return Read::Summary(GetAuthSummary::default()),
            Self::Uuid => DescribeCloudCenterInstances {
                criteria: criteria("uuid", &program::uuid(server)),
                ..all
            },
            Self::InstanceId => DescribeCloudCenterInstances {
                criteria: criteria("instanceId", &program::instance_id(server)),
                ..all
            },
            Self::HundredUuids => {
                let uuids: Vec<_> = (0..100)
                    .map(|step| program::uuid((server + step * 97) % SERVERS))
                    .collect();
                DescribeCloudCenterInstances {
                    criteria: criteria("uuidList", &uuids.join(",")),
                    page_size: Some(100),
                    ..all
                }
            }
            Self::FirstPage => all,
            Self::PageOf100 => DescribeCloudCenterInstances {
                current_page: Some((n % (SERVERS / 100) + 1).try_into().unwrap_or(1)),
                page_size: Some(100),
                ..all
            },
            Self::NextToken => DescribeCloudCenterInstances {
                use_next_token: Some(true),
                ..all
            },
            Self::Offline => DescribeCloudCenterInstances {
                criteria: criteria("clientStatus", "offline"),
                ..all
            },
        })
    }
}
