//! What the actions on alerts have in common: which alerts a reader sees, which operations an
//! alert offers, and how a handling is recorded.

mod category;
mod handling;
mod operation;
mod request;

use jiff::{SignedDuration, Timestamp};

pub use category::localised;
pub use handling::{agent_is_online, cancel_ignore, handle};
pub use operation::{Operation, offered, operation_codes};
pub use request::{Wanted, ids};

use crate::gateway::Refusal;
use crate::world::{Alert, Asset, DataCentre, EventStatus, WhitelistFit, WhitelistRule, WhitelistedEvent};

/// An alert as a reader sees it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub id: i64,
    pub alert: &'a Alert,
    pub status: EventStatus,
}

/// All alerts that there are now, deleted ones included, by id.
pub fn seen(centre: &DataCentre, now: Timestamp) -> impl Iterator<Item = Seen<'_>> {
    let alerts = centre.alerts.iter();
    alerts.filter_map(move |(id, alert)| see(centre, *id, alert, now))
}

/// The alert of this id, if there is one now.
pub fn find(centre: &DataCentre, id: i64, now: Timestamp) -> Option<Seen<'_>> {
    see(centre, id, centre.alerts.get(&id)?, now)
}

fn see<'a>(centre: &'a DataCentre, id: i64, alert: &'a Alert, now: Timestamp) -> Option<Seen<'a>> {
    if alert.raised_at > now {
        return None;
    }
    let status = if alert.handlings.is_empty() && is_whitelisted(centre, alert) {
        match centre.settings.alerts.whitelisted_event {
            WhitelistedEvent::Hidden => return None,
            WhitelistedEvent::Handled => EventStatus::FALSE_POSITIVE,
        }
    } else {
        alert.status(now)
    };
    Some(Seen { id, alert, status })
}

/// Whether the rules that were in force when the alert was raised keep it away.
fn is_whitelisted(centre: &DataCentre, alert: &Alert) -> bool {
    let mut rules = rules_for(centre, alert, alert.raised_at).peekable();
    if rules.peek().is_none() {
        return false;
    }
    match centre.settings.alerts.whitelist_fit {
        WhitelistFit::All => rules.all(|(_, rule)| rule.fits(alert)),
        WhitelistFit::Any => rules.any(|(_, rule)| rule.fits(alert)),
    }
}

/// The rules in force at a time for alerts like this one, by id.
pub fn rules_for<'a>(
    centre: &'a DataCentre,
    alert: &'a Alert,
    at: Timestamp,
) -> impl Iterator<Item = (i64, &'a WhitelistRule)> {
    let rules = centre.whitelist_rules.iter();
    rules
        .filter(move |(_, rule)| rule.is_for(alert) && rule.is_in_force(at))
        .map(|(id, rule)| (*id, rule))
}

/// `UniqueInfo` of an alert.
pub fn unique_info(id: i64) -> String {
    format!("{id:032x}")
}

/// The fuzzy search for servers that actions on alerts have: name or address.
pub fn matches_server(server: &Asset, text: &str) -> bool {
    let fields = [&server.instance_name, &server.internet_ip, &server.intranet_ip];
    fields.iter().any(|field| field.contains(text))
}

/// The id after the highest one.
pub fn next_id<'a>(first: i64, taken: impl Iterator<Item = &'a i64>) -> i64 {
    taken.max().map_or(first, |highest| highest + 1)
}

/// A time so many seconds later.
pub fn later(time: Timestamp, seconds: i64) -> Timestamp {
    let later = time.checked_add(SignedDuration::from_secs(seconds));
    later.unwrap_or(Timestamp::MAX)
}

/// The refusal of an alert that is not there, or, for most actions, handled already.
pub fn no_such_alert() -> Refusal {
    Refusal::new(400, "SecurityEventNotExists", "Security event not exists.")
}

/// The refusal of a parameter's content by the actions on alerts.
pub fn illegal_parameter() -> Refusal {
    Refusal::new(400, "IllegalParam", "Illegal param")
}
