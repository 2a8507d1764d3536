//! How long the program takes to start, and how large it is: kubectl starts it anew for every command and
//! for every word that a shell completes. No API server is asked.
//!
//! `cargo bench -p kubectl-sas`. Wanted: a median below 20 ms, and less than 15 MB.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kubectl-sas");
const RUNS: usize = 50;

fn main() {
    let bytes = std::fs::metadata(PROGRAM).expect("cargo built the program").len();
    println!("{:<20} {:>8.1} MB", "size", to_float(bytes) / 1e6);
    for arguments in [&["version", "--client"][..], &["--help"], &["approve", "--help"]] {
        let mut times: Vec<Duration> = (0..RUNS).map(|_| once(arguments)).collect();
        times.sort_unstable();
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "{:<20} {:>8.1} ms median {:>8.1} ms at most",
            arguments.join(" "),
            millis(times[RUNS / 2]),
            millis(times[RUNS - 1])
        );
    }
}

fn to_float(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).expect("the program has less than 4 GB"))
}

/// From the start of the process to its end.
fn once(arguments: &[&str]) -> Duration {
    let start = Instant::now();
    let ended = Command::new(PROGRAM)
        .args(arguments)
        .stdout(Stdio::null())
        .status();
    assert!(
        ended.expect("the program starts").success(),
        "{arguments:?} failed"
    );
    start.elapsed()
}
