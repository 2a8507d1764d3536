//! What forbids a change although it is wanted. Guards are checked whenever a plan is made, so again in
//! the pass that executes it; they stop a plan and never change it. Each message names the next step.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sas_api::Reason;
use sas_api::kinds::auth_binding::{BillingMode, Edition};
use sas_engine::Blocked;

use super::entitlement::{Entitlement, Quota, Subscription};
use super::plan::Wanted;
use super::{NAMED, Observed, count};
use crate::assets::{Server, mode_name};

/// A licence cannot be taken off a server for so long after it was bound, unless the cloud allows it.
const LOCK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The first guard that forbids to give these servers what is wanted.
pub(super) fn obstacle(wanted: Wanted, changes: &[Arc<Server>], observed: &Observed) -> Option<Blocked> {
    let entitlement = &observed.entitlement;
    other_billing(wanted, changes, entitlement)
        .or_else(|| cluster_nodes(wanted, changes))
        .or_else(|| match wanted.mode {
            BillingMode::Subscription => subscription(wanted, changes, observed),
            BillingMode::PayAsYouGo => pay_as_you_go(wanted, entitlement),
        })
}

fn blocked(reason: Reason, message: String) -> Option<Blocked> {
    Some(Blocked { reason, message })
}

/// Names of servers, the first few of them.
pub(super) fn names<'a>(servers: impl IntoIterator<Item = &'a Arc<Server>>) -> String {
    let all: Vec<_> = servers.into_iter().map(|server| server.label()).collect();
    let more = all.len().saturating_sub(NAMED);
    let named = all.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        format!("{named} and {more} more")
    } else {
        named
    }
}

/// A server that is paid in the other way has to be freed first: the cloud does not switch, and doing it
/// in one plan would leave the server without protection in between.
fn other_billing(wanted: Wanted, changes: &[Arc<Server>], entitlement: &Entitlement) -> Option<Blocked> {
    let other: Vec<_> = changes
        .iter()
        .filter(|server| server.mode.is_some_and(|mode| mode != wanted.mode))
        .collect();
    let mode = other.first()?.mode?;
    let lock = other
        .iter()
        .filter_map(|server| locked_until(server, entitlement))
        .max();
    let lock = lock.map_or(String::new(), |lock| {
        format!(", which its licence allows from {} on", date(lock))
    });
    blocked(
        Reason::EditionNotAvailable,
        format!(
            "{} has its edition by {} and the cloud does not switch it to {}; set `mode` to '{}' and keep it, \
             or free it first with `edition` 'Free' and `mode` '{}'{lock}",
            names(other),
            mode_name(mode),
            mode_name(wanted.mode),
            mode_name(mode),
            mode_name(mode),
        ),
    )
}

fn cluster_nodes(wanted: Wanted, changes: &[Arc<Server>]) -> Option<Blocked> {
    if matches!(wanted.edition, Edition::Ultimate | Edition::Free) {
        return None;
    }
    let nodes: Vec<_> = changes
        .iter()
        .filter(|server| !server.cluster_id.is_empty())
        .collect();
    if nodes.is_empty() {
        return None;
    }
    blocked(
        Reason::ClusterNodeNeedsUltimate,
        format!(
            "{} is a node of a cluster, and such a server can only have Ultimate; set `edition` to 'Ultimate' or take it out of `spec.targets`",
            names(nodes)
        ),
    )
}

fn subscription(wanted: Wanted, changes: &[Arc<Server>], observed: &Observed) -> Option<Blocked> {
    let Some(subscription) = &observed.entitlement.subscription else {
        return blocked(
            Reason::EditionNotAvailable,
            "the account has no subscription; buy one, or set `mode` to 'PayAsYouGo'".to_owned(),
        );
    };
    if let Some(blocked) = lock(wanted, changes, observed) {
        return Some(blocked);
    }
    if wanted.edition == Edition::Free {
        return None;
    }
    let Some(quota) = subscription.quota(wanted.edition) else {
        return blocked(
            Reason::EditionNotAvailable,
            no_such_edition(wanted.edition, subscription),
        );
    };
    licences(wanted.edition, quota, changes)
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
    format!(
        "the subscription has no licences of {}, it has: {held}; change `edition` or buy licences",
        edition.as_str()
    )
}

fn licences(edition: Edition, quota: &Quota, changes: &[Arc<Server>]) -> Option<Blocked> {
    let needed_servers = count(changes.len());
    let needed_cores: i64 = changes.iter().map(|server| server.cores).sum();
    let short =
        |counts: bool, needed: i64, free: Option<i64>| counts && free.is_some_and(|free| needed > free);
    if !short(quota.by_server, needed_servers, quota.servers_free)
        && !short(quota.by_core, needed_cores, quota.cores_free)
    {
        return None;
    }
    let part = |counts: bool, needed: i64, free: Option<i64>, unit: &str| {
        counts.then(|| {
            format!(
                "{needed} {unit} of {} free",
                free.map_or("?".to_owned(), |free| free.to_string())
            )
        })
    };
    let parts = [
        part(
            quota.by_server,
            needed_servers,
            quota.servers_free,
            "server licences",
        ),
        part(quota.by_core, needed_cores, quota.cores_free, "core licences"),
    ];
    let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(" and ");
    blocked(
        Reason::QuotaInsufficient,
        format!(
            "{} needs {parts}; free licences, buy more, or reduce `spec.targets`",
            edition.as_str()
        ),
    )
}

fn lock(wanted: Wanted, changes: &[Arc<Server>], observed: &Observed) -> Option<Blocked> {
    let locked: Vec<_> = changes
        .iter()
        .filter(|server| wanted.is_weaker_for(server))
        .filter_map(|server| Some((server, locked_until(server, &observed.entitlement)?)))
        .filter(|(_, until)| *until > observed.now)
        .collect();
    let latest = locked.iter().map(|(_, until)| *until).max()?;
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
    let may_unbind = entitlement
        .subscription
        .as_ref()
        .is_some_and(|subscription| subscription.may_unbind);
    if may_unbind || server.mode != Some(BillingMode::Subscription) {
        return None;
    }
    server.changed?.checked_add(LOCK).ok()
}

fn pay_as_you_go(wanted: Wanted, entitlement: &Entitlement) -> Option<Blocked> {
    let not_ready = |message: &str| blocked(Reason::PayAsYouGoNotReady, message.to_owned());
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
        return None;
    }
    if !contract.host_on {
        return not_ready(
            "the pay-as-you-go module POST_HOST is off; switch it on, or set `mode` to 'Subscription'",
        );
    }
    if wanted.edition == Edition::Advanced && !contract.holds_advanced {
        return blocked(
            Reason::EditionNotAvailable,
            "Advanced is only for accounts that hold it already; set `edition` to 'Enterprise' or 'Ultimate'"
                .to_owned(),
        );
    }
    None
}

fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
