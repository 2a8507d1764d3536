//! What an alert waits for beside thousands of scans that were approved and may be ordered ten in a second. It
//! needs a control plane of its own, see CONTRIBUTING.md.

use std::time::Duration;

use anyhow::Result;
use sas_tests::World;
use sas_tests::rush::overtake;

const SCANS: [usize; 3] = [100, 1_000, 5_000];
const PER_SECOND: u32 = 10;
const PATIENCE: Duration = Duration::from_mins(30);

#[tokio::main]
async fn main() -> Result<()> {
    let Some(world) = World::of_bench()? else {
        return Ok(());
    };
    println!(
        "{:>8} {:>14} {:>14} {:>22} {:>20} {:>14}",
        "scans",
        "planned in (s)",
        "still waiting",
        "ordered since approval",
        "ordered since intent",
        "called in (s)"
    );
    for scans in SCANS {
        let seen = overtake(&world, scans, PER_SECOND, PATIENCE).await?;
        println!(
            "{scans:>8} {:>14.1} {:>14} {:>22} {:>20} {:>14.1}",
            seen.planned_in.as_secs_f64(),
            seen.waiting,
            seen.since_approval,
            seen.since_intent,
            seen.called_in.as_secs_f64(),
        );
    }
    Ok(())
}
