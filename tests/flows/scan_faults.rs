//! The cloud misbehaves over every call that orders a scan. A refused job fails, says so and starts nothing
//! more before it has another approval; a call that is throttled, cut off and then loses its reply is made
//! all the same, and counted honestly.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sas_api::annotations;
use sas_api::kinds::SasScanJob;
use sas_api::status::Phase;
use sas_sim::{FaultKind, Rule};
use sas_tests::{Flow, World, approve, wait};
use serde_json::json;

use crate::scan_crash::{JOB, Row, start};

/// What the attempts meet, one after the other.
const IN_TURN: [FaultKind; 3] = [
    FaultKind::Throttle,
    FaultKind::ResetBefore,
    FaultKind::CommitThenReset,
];

pub async fn in_every_way(world: World, row: &Row) -> Result<()> {
    let mut flow = start(&world, "scan-faults").await?;
    let hash = row.plan(&flow).await?;
    let mut refusal = Rule::new(FaultKind::Error).on(row.action()).times(1);
    refusal.code = Some("IllegalParam".to_owned());
    flow.cloud.fault(refusal)?;
    flow.approve::<SasScanJob>(JOB, &hash).await?;
    is_refused(&flow, row).await?;

    let retry = [(annotations::RETRY, json!("1"))];
    approve::annotate(&flow.as_developer::<SasScanJob>(), JOB, &retry).await?;
    let (_, next) = flow.pending::<SasScanJob>(JOB).await?;
    ensure!(next != hash, "a spent approval would count again");
    assert_eq!(flow.cloud.carried_out(), row.before());

    let mark = flow.cloud.mark();
    for kind in IN_TURN {
        let mut rule = Rule::new(kind).on(row.action()).times(1);
        // It hits before the gateway and would be the first.
        rule.skip = u64::from(kind == FaultKind::ResetBefore);
        flow.cloud.fault(rule)?;
    }
    flow.approve::<SasScanJob>(JOB, &next).await?;
    let (done, repeated) = row.see_through(&mut flow).await?;
    for kind in IN_TURN {
        assert_eq!(flow.cloud.hits(kind), 1, "{kind:?} did not happen");
    }
    assert_eq!(repeated, row.is_repeated_in_doubt());
    row.assert_ran(&flow, mark, if repeated { 2 } else { 1 });
    row.assert_receipts(&done, &next, repeated)
}

/// The job has failed, says at which call and why, and makes no other.
async fn is_refused(flow: &Flow, row: &Row) -> Result<()> {
    let failed = flow.phase::<SasScanJob>(JOB, Phase::Failed).await?;
    let message = wait::ready(&failed).context("Ready is missing")?.2;
    let place = format!("{} (call {} of {})", row.action(), row.call + 1, row.calls.len());
    for part in [place.as_str(), "IllegalParam"] {
        ensure!(message.contains(part), "{part} is missing: {message}");
    }
    let ran_more = || flow.cloud.carried_out() != row.before();
    wait::never("another call", Duration::from_secs(1), ran_more).await
}
