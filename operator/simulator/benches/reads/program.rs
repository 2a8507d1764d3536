//! The simulator as its users run it: the program, pinned to the first core, over a world of many
//! servers. It ends with this value.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, ensure};
use sas_sim::World;
use sas_sim::world::{Asset, ClientStatus};

/// Servers of the world.
pub const SERVERS: usize = 10_000;
pub const KEY: &str = "LTAI5tBench";
pub const SECRET: &str = "a secret of the bench";

/// Ticks per second of the times in /proc, fixed by the kernel's interface.
const TICKS: f64 = 100.0;

/// A running simulator.
pub struct Program {
    pub address: String,
    child: Child,
}

impl Program {
    pub fn start() -> anyhow::Result<Self> {
        let file = std::env::temp_dir().join(format!("sas-sim-bench-{}.json", std::process::id()));
        fs::write(&file, serde_json::to_string(&world())?)?;
        let mut child = Command::new("taskset")
            .args([
                "--cpu-list",
                "0",
                env!("CARGO_BIN_EXE_sas-sim"),
                "serve",
                "--world",
            ])
            .arg(&file)
            .stdout(Stdio::piped())
            .spawn()
            .context("failed to start the simulator through taskset (util-linux)")?;
        let output = child.stdout.take().context("stdout is piped")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        fs::remove_file(&file)?;
        let ready: serde_json::Value =
            serde_json::from_str(&line).context("failed to read what the simulator says when it is ready")?;
        let url = ready["url"].as_str().context("the simulator names no URL")?;
        Ok(Self {
            address: url.replace("http://", ""),
            child,
        })
    }

    /// Seconds of CPU time of all its threads so far, in the kernel's steps of 10 ms.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name in parentheses, user and system time are the 12th and 13th field.
        let (_, fields) = stat.rsplit_once(')').context("stat has a name")?;
        let ticks: Vec<f64> = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        Ok(ticks.iter().sum::<f64>() / TICKS)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It is gone already when the bench is interrupted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Moves this process, that is the load, to all cores but the first.
pub fn pin_self() -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    ensure!(
        cores > 1,
        "failed to separate load and simulator: this machine has one core"
    );
    let status = Command::new("taskset")
        .args(["--all-tasks", "--cpu-list", "--pid", &format!("1-{}", cores - 1)])
        .arg(std::process::id().to_string())
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "failed to pin the load: {status}");
    Ok(())
}

pub fn uuid(number: usize) -> String {
    format!("{number:08x}-5a5a-4000-8000-000000000000")
}

pub fn instance_id(number: usize) -> String {
    format!("i-bp1bench{number:012}")
}

/// Servers of an account without rate limits; one of a hundred is offline.
fn world() -> World {
    let mut world = World::default().with_key("1000000000000001", KEY, SECRET);
    let centre = world.centre("1000000000000001", "cn-shanghai");
    for number in 0..SERVERS {
        let client_status = if number % 100 == 99 {
            ClientStatus::Offline
        } else {
            ClientStatus::Online
        };
        let asset = Asset {
            instance_id: instance_id(number),
            instance_name: format!("bench-{number}"),
            intranet_ip: format!("10.{}.{}.1", number / 256, number % 256),
            vpc_instance_id: "vpc-bench".to_owned(),
            tags: vec!["bench".to_owned()],
            client_status,
            ..Asset::default()
        };
        centre.assets.insert(uuid(number), asset);
    }
    world
}
