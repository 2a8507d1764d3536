//! Which servers a plan is of, and what it waits for where not all of them can be scanned.

use std::sync::Arc;

use sas_api::kinds::SasScanJob;
use sas_api::kinds::scan_job::{OnPartial, Unready};
use sas_api::plan::{NamedValue, Plan, Target};
use sas_api::{Reason, annotations};
use sas_engine::Blocked;

use super::plan::Prospect;
use super::prerequisite;
use super::readiness::{self, Sorted};
use crate::assets::{Server, names};
use crate::kinds::servers;

/// The servers of the plan: those of the one that waits as long as each is as it was, else all that can be
/// scanned.
pub(super) fn choose(
    job: &SasScanJob,
    prospect: &Prospect,
    sorted: &Sorted,
    values: &[NamedValue],
    held: Option<&Plan>,
) -> Result<Vec<Target>, Blocked> {
    if let Some(obstacle) = prerequisite::obstacle(job, prospect, sorted) {
        return Err(obstacle);
    }
    let still = |target: &Target| {
        let found = prospect.servers.iter().find(|server| server.uuid == target.uuid);
        found.filter(|server| server.current() == target.current)
    };
    let held = held.filter(|held| held.values == values && !held.targets.is_empty());
    let kept: Option<Vec<_>> = held.and_then(|held| held.targets.iter().map(still).collect());
    let partial = job.spec.on_partial == OnPartial::Proceed;
    if let (Some(held), Some(kept)) = (held, kept) {
        let gone: Vec<_> = kept
            .into_iter()
            .filter(|server| readiness::lacks(server).is_some())
            .collect();
        // The calls leave out those that cannot be scanned when they are made.
        if gone.is_empty() || (partial && gone.len() < held.targets.len()) {
            return Ok(held.targets.clone());
        }
        return Err(held_up(&gone, held.targets.len()));
    }
    if sorted.ready.is_empty() || (!partial && !sorted.others.is_empty()) {
        return Err(not_ready(sorted, job.spec.on_partial));
    }
    Ok(sorted.ready.iter().map(|server| server.target()).collect())
}

/// What a plan that is published waits for. Its approval, given before or meanwhile, counts as long as it lasts.
fn held_up(gone: &[&Arc<Server>], all: usize) -> Blocked {
    let message = format!(
        "{} of the {} of the plan cannot be scanned at the moment: {}; the plan and its approval wait for them until \
         status.plan.expiresTime, or set the annotation {} to a new value for another plan",
        gone.len(),
        servers(all),
        names(gone.iter().copied()),
        annotations::REPLAN
    );
    Blocked {
        reason: Reason::AgentOffline,
        message,
    }
}

/// Why not all servers can be scanned, and what to do.
pub(super) fn not_ready(sorted: &Sorted, partial: OnPartial) -> Blocked {
    let part = |what, text: &str| {
        let lacking: Vec<_> = sorted.lacking(what).collect();
        (!lacking.is_empty()).then(|| format!("{text}: {}", names(lacking)))
    };
    let unauthorized = part(
        Unready::Unauthorized,
        "without a paid edition (give them one with a SasAuthBinding)",
    );
    let parts: Vec<_> = [
        part(Unready::Offline, "agent not online (bring it online)"),
        part(Unready::NotInstalled, "no agent (install it)"),
        unauthorized.clone(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let only_unauthorized = unauthorized.is_some() && parts.len() == 1;
    let leave_out = match partial {
        OnPartial::Abort if !sorted.ready.is_empty() => {
            ", or create one with `onPartial: Proceed` to leave them out"
        }
        _ => "",
    };
    Blocked {
        reason: if only_unauthorized {
            Reason::NotAuthorized
        } else {
            Reason::AgentOffline
        },
        message: format!(
            "{} of {} cannot be scanned: {}; the job goes on by itself when that has changed{leave_out}",
            sorted.others.len(),
            servers(sorted.others.len() + sorted.ready.len()),
            parts.join("; ")
        ),
    }
}
