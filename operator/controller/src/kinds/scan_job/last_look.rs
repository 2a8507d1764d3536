//! The last look before a call of a scan leaves: whether the servers that it names can still be scanned, and
//! whether those that are selected for a scan for viruses are still the job's. A call that must not leave waits,
//! and is given up after the job's time.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;
use sas_api::Reason;
use sas_api::account::DataCentre;
use sas_api::kinds::SasScanJob;
use sas_client::action::Action;
use sas_client::actions::{CreateVirusScanOnceTask, ModifyPushAllTask};
use sas_engine::{Cloud, Made, SendError, Unavailable};

use super::look::under_way;
use super::{readiness, selection, targeted, turn};
use crate::assets::Server;
use crate::sas::Sas;

/// Whether the last of these calls may leave.
pub(super) async fn allows(job: &SasScanJob, sas: &Sas, made: &[Made<'_>]) -> Result<(), SendError> {
    let centre = job.spec.data_centre.unwrap_or(sas.home());
    let Some((made, before)) = made.split_last() else {
        return Ok(());
    };
    let orders = made.call.action == CreateVirusScanOnceTask::NAME;
    if orders {
        is_selected(sas, centre, made).await?;
        all_ready(job, sas, centre, targeted::selected(before)).await?;
    }
    // The pass that begins has looked at the servers itself.
    if made.call.action == ModifyPushAllTask::NAME && under_way(job).is_some() {
        let uuids = made.parameters.get("Uuids").map_or("", String::as_str);
        let uuids = uuids.split(',').map(str::to_owned).collect();
        all_ready(job, sas, centre, uuids).await?;
    }
    if selection::ACTIONS.contains(&made.call.action.as_str()) && turn::is_over(job, sas.now()) {
        still_its_turn(job, sas, centre)?;
        if orders {
            // Who went first may have selected others until the turn was taken.
            is_selected(sas, centre, made).await?;
        }
    }
    Ok(())
}

/// Holds a scan for viruses back unless it is about the selection in use.
async fn is_selected(sas: &Sas, centre: DataCentre, made: &Made<'_>) -> Result<(), SendError> {
    let in_use = selection::in_use(sas, centre).await.map_err(unread)?;
    let wanted = made.parameters.get(selection::KEY);
    selection::verify(in_use.as_deref(), wanted.map(String::as_str))
}

/// A last look that could not be made.
fn unread(unavailable: Unavailable) -> SendError {
    SendError::NotRun {
        reason: unavailable.reason,
        message: unavailable.message,
        request_id: None,
        retry_after: unavailable.retry_after,
    }
}

/// Holds a call back while one of these servers cannot be scanned, and gives it up after the job's time.
async fn all_ready(
    job: &SasScanJob,
    sas: &Sas,
    centre: DataCentre,
    uuids: BTreeSet<String>,
) -> Result<(), SendError> {
    if uuids.is_empty() {
        return Ok(());
    }
    let lacking = first_not_ready(sas, centre, uuids).await.map_err(unread)?;
    let Some(server) = lacking else {
        return Ok(());
    };
    Err(held_back(
        job,
        sas,
        Reason::AgentOffline,
        format!("server {server} cannot be scanned any more"),
    ))
}

/// Holds a call of a scan for viruses back while others go first, because the job took too long.
fn still_its_turn(job: &SasScanJob, sas: &Sas, centre: DataCentre) -> Result<(), SendError> {
    let Some(other) = sas.virus_scan_in_the_way(job, centre) else {
        return Ok(());
    };
    let message = format!("{other} sets up a scan for viruses meanwhile, because this job took too long");
    Err(held_back(job, sas, Reason::ScanSlotBusy, message))
}

/// A call has to wait, or is given up after the job's time.
fn held_back(job: &SasScanJob, sas: &Sas, reason: Reason, message: String) -> SendError {
    let begun = under_way(job).map(|(_, execution)| execution.started_time.0);
    let patience = SignedDuration::from_secs(job.spec.timeout_seconds);
    let is_late = begun.is_some_and(|begun| sas.now().duration_since(begun) > patience);
    if is_late {
        SendError::Rejected {
            message,
            request_id: None,
        }
    } else {
        SendError::NotRun {
            reason,
            message,
            request_id: None,
            retry_after: None,
        }
    }
}

/// The first of these servers that cannot be scanned now.
async fn first_not_ready(
    sas: &Sas,
    centre: DataCentre,
    uuids: BTreeSet<String>,
) -> Result<Option<String>, Unavailable> {
    let ids = uuids.iter().cloned().map(crate::assets::Id::Uuid).collect();
    let servers: Vec<Arc<Server>> = sas.servers(centre).by_id(&ids, sas.asked(true)).await?;
    let listed = |uuid: &&String| servers.iter().any(|server| server.uuid == **uuid);
    if let Some(gone) = uuids.iter().find(|uuid| !listed(uuid)) {
        return Ok(Some(gone.clone()));
    }
    let lacking = servers.iter().find(|server| readiness::lacks(server).is_some());
    Ok(lacking.map(|server| server.label().to_owned()))
}
