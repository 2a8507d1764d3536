//! What forbids a change although it is wanted. Guards are checked whenever a plan is made, so again in
//! the pass that executes it; they stop a plan and never change it. Each message names the next step.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sas_api::Reason;
use sas_api::kinds::auth_binding::{BillingMode, Edition};
use sas_api::plan::PLAN_CALLS;
use sas_engine::Blocked;

use super::Observed;
use super::entitlement::{Entitlement, Quota, Subscription};
use super::plan::Wanted;
use crate::assets::{Server, mode_name, named, names};
use crate::claims::Claim;
use crate::kinds::count;

/// A licence cannot be taken off a server for so long after it was bound, unless the cloud allows it.
const LOCK: SignedDuration = SignedDuration::from_hours(30 * 24);

type Verdict = Result<(), Blocked>;

/// Whether it is clear which servers are meant, and whether this resource decides about them.
pub(super) fn targets(observed: &Observed) -> Verdict {
    let centre = observed.centre.as_str();
    if !observed.missing.is_empty() {
        let missing = named(observed.missing.iter().map(String::as_str));
        let message = format!(
            "Security Center lists no server {missing} in {centre}; correct `spec.targets` or `spec.dataCentre`"
        );
        return blocked(Reason::TargetNotFound, message);
    }
    if observed.servers.is_empty() {
        let message = format!("`spec.targets.selector` matches no server in {centre}; correct it");
        return blocked(Reason::NoTargets, message);
    }
    match &observed.claim {
        None => Ok(()),
        Some(Claim { owner, server }) => blocked(
            Reason::TargetClaimed,
            format!(
                "the older SasAuthBinding {owner} decides about {server}; take the server out of one of the two"
            ),
        ),
    }
}

/// Whether these servers may be given what is wanted, or the first guard that forbids it.
pub(super) fn check(wanted: Wanted, changes: &[Arc<Server>], observed: &Observed) -> Verdict {
    other_billing(wanted, changes, &observed.entitlement)?;
    cluster_nodes(wanted, changes)?;
    match wanted.mode {
        BillingMode::Subscription => subscription(wanted, changes, observed),
        BillingMode::PayAsYouGo => pay_as_you_go(wanted, &observed.entitlement),
    }
}

fn blocked(reason: Reason, message: impl Into<String>) -> Verdict {
    Err(Blocked {
        reason,
        message: message.into(),
    })
}

/// Whether so many servers fit into the calls of one plan.
pub(super) fn size(servers: usize, batch: usize) -> Verdict {
    let calls = servers.div_ceil(batch);
    if calls <= PLAN_CALLS {
        return Ok(());
    }
    blocked(
        Reason::PlanTooLarge,
        format!(
            "{servers} servers in batches of {batch} are {calls} calls and a plan has at most {PLAN_CALLS}; \
             raise `spec.batchSize`, or divide `spec.targets` among several resources"
        ),
    )
}

/// A server that is paid in the other way has to be freed first: the cloud does not switch, and doing it
/// in one plan would leave the server without protection in between.
fn other_billing(wanted: Wanted, changes: &[Arc<Server>], entitlement: &Entitlement) -> Verdict {
    let is_other = |server: &&Arc<Server>| server.mode.is_some_and(|mode| mode != wanted.mode);
    let other: Vec<_> = changes.iter().filter(is_other).collect();
    let Some(mode) = other.first().and_then(|server| server.mode) else {
        return Ok(());
    };
    let lock = other
        .iter()
        .filter_map(|server| locked_until(server, entitlement))
        .max();
    let lock = lock.map_or(String::new(), |lock| {
        format!(", which its licence allows from {} on", date(lock))
    });
    let (names, held, asked) = (names(other), mode_name(mode), mode_name(wanted.mode));
    blocked(
        Reason::EditionNotAvailable,
        format!(
            "the edition is paid by {held} on {names}, and the cloud does not switch that to {asked}; set `mode` to '{held}', \
             or take the edition off first with `edition` 'Free' and `mode` '{held}'{lock}"
        ),
    )
}

fn cluster_nodes(wanted: Wanted, changes: &[Arc<Server>]) -> Verdict {
    let nodes: Vec<_> = changes
        .iter()
        .filter(|server| !server.cluster_id.is_empty())
        .collect();
    if nodes.is_empty() || matches!(wanted.edition, Edition::Ultimate | Edition::Free) {
        return Ok(());
    }
    blocked(
        Reason::ClusterNodeNeedsUltimate,
        format!(
            "nodes of a cluster can only have Ultimate: {}; set `edition` to 'Ultimate' or take them out of `spec.targets`",
            names(nodes)
        ),
    )
}

fn subscription(wanted: Wanted, changes: &[Arc<Server>], observed: &Observed) -> Verdict {
    let Some(subscription) = &observed.entitlement.subscription else {
        let message = "the account has no subscription; buy one, or set `mode` to 'PayAsYouGo'";
        return blocked(Reason::EditionNotAvailable, message);
    };
    lock(wanted, changes, observed)?;
    if wanted.edition == Edition::Free {
        return Ok(());
    }
    match subscription.quota(wanted.edition) {
        Some(quota) => licences(wanted.edition, quota, changes),
        None => blocked(
            Reason::EditionNotAvailable,
            no_such_edition(wanted.edition, subscription),
        ),
    }
}

fn no_such_edition(edition: Edition, subscription: &Subscription) -> String {
    let held: Vec<_> = subscription
        .quotas
        .iter()
        .map(|quota| quota.edition.as_str())
        .collect();
    let held = if held.is_empty() {
        "none that the cloud names".to_owned()
    } else {
        held.join(", ")
    };
    let edition = edition.as_str();
    format!("the subscription has no licences of {edition}, it has: {held}; change `edition` or buy licences")
}

fn licences(edition: Edition, quota: &Quota, changes: &[Arc<Server>]) -> Verdict {
    let cores = changes.iter().map(|server| server.cores).sum();
    let needs = [
        (
            quota.by_server,
            count(changes.len()),
            quota.servers_free,
            "server licences",
        ),
        (quota.by_core, cores, quota.cores_free, "core licences"),
    ];
    let counted: Vec<_> = needs.into_iter().filter(|(counts, ..)| *counts).collect();
    let is_short = |free: Option<i64>, needed: i64| free.is_some_and(|free| needed > free);
    if !counted
        .iter()
        .any(|(_, needed, free, _)| is_short(*free, *needed))
    {
        return Ok(());
    }
    let number = |free: Option<i64>| free.map_or("an unknown number of".to_owned(), |free| free.to_string());
    let part = |(_, needed, free, unit): &(bool, i64, Option<i64>, &str)| {
        format!("{needed} {unit} and {} are free", number(*free))
    };
    let parts = counted.iter().map(part).collect::<Vec<_>>().join(", ");
    blocked(
        Reason::QuotaInsufficient,
        format!(
            "{} needs {parts}; free licences, buy more, or reduce `spec.targets`",
            edition.as_str()
        ),
    )
}

fn lock(wanted: Wanted, changes: &[Arc<Server>], observed: &Observed) -> Verdict {
    let locked: Vec<_> = changes
        .iter()
        .filter(|server| wanted.is_weaker_for(server))
        .filter_map(|server| Some((server, locked_until(server, &observed.entitlement)?)))
        .filter(|(_, until)| *until > observed.now)
        .collect();
    let Some(latest) = locked.iter().map(|(_, until)| *until).max() else {
        return Ok(());
    };
    blocked(
        Reason::BindingLocked,
        format!(
            "the licence of {} cannot be taken off before {}; the operator goes on by itself then",
            names(locked.iter().map(|(server, _)| *server)),
            date(latest)
        ),
    )
}

/// When the licence of a server can be taken off; absent where nothing locks it.
pub(super) fn locked_until(server: &Server, entitlement: &Entitlement) -> Option<Timestamp> {
    let subscription = entitlement.subscription.as_ref();
    let may_unbind = subscription.is_some_and(|subscription| subscription.may_unbind);
    if may_unbind || server.mode != Some(BillingMode::Subscription) {
        return None;
    }
    server.changed?.checked_add(LOCK).ok()
}

fn pay_as_you_go(wanted: Wanted, entitlement: &Entitlement) -> Verdict {
    let not_ready = |message: &str| blocked(Reason::PayAsYouGoNotReady, message);
    let Some(contract) = &entitlement.pay_as_you_go else {
        return not_ready(
            "pay-as-you-go is not enabled; enable it in the console, or set `mode` to 'Subscription'",
        );
    };
    if contract.arrears {
        return not_ready(
            "pay-as-you-go is stopped because of unpaid bills; pay them and the operator goes on by itself",
        );
    }
    if wanted.edition == Edition::Free {
        return Ok(());
    }
    if !contract.host_on {
        return not_ready(
            "the pay-as-you-go module POST_HOST is off; switch it on, or set `mode` to 'Subscription'",
        );
    }
    if wanted.edition == Edition::Advanced && !contract.holds_advanced {
        let message =
            "Advanced is only for accounts that hold it already; set `edition` to 'Enterprise' or 'Ultimate'";
        return blocked(Reason::EditionNotAvailable, message);
    }
    Ok(())
}

fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
