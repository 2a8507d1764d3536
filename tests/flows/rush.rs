//! Scans that wait for the limit of an account hold up no alert: by the cloud's log its call leaves with the
//! next token, although a hundred others wait for one. The benchmark of the same name does it with thousands.

use anyhow::{Result, ensure};
use sas_tests::World;
use sas_tests::rush::overtake;
use sas_tests::wait::PATIENCE;

const SCANS: usize = 100;

pub async fn an_alert_overtakes_a_hundred_scans(world: World) -> Result<()> {
    let seen = overtake(&world, SCANS, 1, PATIENCE).await?;
    ensure!(seen.waiting > SCANS / 2, "nothing waited: {seen:?}");
    // One token, and one that was on its way already.
    ensure!(seen.since_intent <= 2, "scans went first: {seen:?}");
    // Its own looks before the call take tokens of their own.
    ensure!(
        seen.since_approval <= SCANS / 10,
        "scans held up its looks: {seen:?}"
    );
    Ok(())
}
