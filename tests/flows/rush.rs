//! Scans that wait for the limit of an account hold up no alert: by the cloud's log its call leaves with the
//! next token, although a hundred others wait for one. The benchmark of the same name does it with thousands.

use anyhow::{Result, ensure};
use sas_tests::World;
use sas_tests::rush::overtake;
use sas_tests::wait::PATIENCE;

const SCANS: usize = 100;

pub async fn an_alert_overtakes_a_hundred_scans(world: World) -> Result<()> {
    let seen = overtake(&world, SCANS, 1, PATIENCE).await?;
    // Neither before its intent nor after it: how long its looks take in seconds is for the machine to say.
    ensure!(seen.waiting > SCANS / 2, "scans went first: {seen:?}");
    // One token, and one that was on its way already.
    ensure!(seen.since_intent <= 2, "scans went first: {seen:?}");
    Ok(())
}
