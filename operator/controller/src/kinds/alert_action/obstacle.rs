//! Why nothing is planned, or a plan cannot be carried out now, each with the next step for a person.

use std::collections::BTreeSet;

use sas_api::Reason;
use sas_api::alerts::AlertSelector;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::{AlertOperation, OnFailure, alerts_of};
use sas_api::plan::Plan;
use sas_api::text::shown;
use sas_engine::{Blocked, Planned};

use super::choose::Fate;
use super::look::{MOST_ALERTS, Meant};
use super::words::{NAMED, ids};
use super::{Observed, alerts};
use crate::alerts::{Alert, types_in_words};

/// Why nothing can be planned at all.
pub(super) fn obstacle(object: &SasAlertAction, observed: &Observed) -> Result<(), Planned> {
    let spec = &object.spec;
    if let Some(problem) = &observed.recommendations.problem
        && spec.operation == AlertOperation::Recommended
    {
        return Err(Planned::blocked(Reason::RecommendationsNotReady, problem.clone()));
    }
    let found = &observed.found;
    if found.meant.len() > MOST_ALERTS || found.unread > 0 {
        return Err(Planned::blocked(
            Reason::PlanTooLarge,
            format!(
                "the selector means {}{} alerts, more than the {MOST_ALERTS} that one resource handles; create another \
                 one with a narrower selector (`types`, `names`, `uuids`, `levels`, `since`)",
                found.meant.len(),
                if found.unread > 0 { " and perhaps more" } else { "" },
            ),
        ));
    }
    if let Meant::Selected(selector) = &observed.meant
        && let Some(blocked) = nothing_meant(object, selector, observed)
    {
        return Err(Planned::Impossible(blocked));
    }
    let missing: Vec<i64> = found
        .alerts
        .iter()
        .filter(|(_, alert)| alert.is_none())
        .map(|(id, _)| *id)
        .collect();
    if !missing.is_empty() {
        return Err(Planned::Impossible(not_found(&missing, observed)));
    }
    if found.unexpected_server {
        return Err(Planned::Impossible(unexpected_server(object, observed)));
    }
    Ok(())
}

/// A selector in free words that has never meant anything: more likely a slip than an errand that is done.
fn nothing_meant(object: &SasAlertAction, selector: &AlertSelector, observed: &Observed) -> Option<Blocked> {
    let was_planned = object
        .status
        .as_ref()
        .is_some_and(|status| status.gate.epoch.is_some());
    let found = &observed.found;
    if !selector.is_in_words() || was_planned || !found.meant.is_empty() {
        return None;
    }
    Some(Blocked {
        reason: Reason::NoAlerts,
        message: format!(
            "`spec.selector` matches no alert in {} that nobody has dealt with, so nothing was done; {}. Create another \
             SasAlertAction with the right `types` and `names`",
            observed.centre.as_str(),
            types_in_words(&found.other_types)
        ),
    })
}

fn not_found(missing: &[i64], observed: &Observed) -> Blocked {
    let near: Vec<String> = missing
        .iter()
        .flat_map(|id| super::near::matches(*id, &observed.found.latest))
        .take(NAMED)
        .map(|alert| format!("{} ({} on {})", alert.id, alert.name, alert.server_label()))
        .collect();
    let near = if near.is_empty() {
        "none of the latest alerts has an id like that".to_owned()
    } else {
        format!("ids like that: {}", shown(&near.join(", "), 1_000))
    };
    Blocked {
        reason: Reason::AlertNotFound,
        message: format!(
            "the data centre {} lists no alert with the id {}, neither open nor handled; {near}. Create another \
             SasAlertAction with the right ids",
            observed.centre.as_str(),
            ids(missing.iter()),
        ),
    }
}

fn unexpected_server(object: &SasAlertAction, observed: &Observed) -> Blocked {
    let expected = object.spec.expect_server.as_deref().unwrap_or_default();
    let listed = observed.found.alerts.values().flatten();
    let others: Vec<_> = listed
        .filter(|alert| alert.uuid != expected)
        .take(NAMED)
        .map(|alert| format!("{} on {} ({})", alert.id, alert.server_label(), alert.uuid))
        .collect();
    let which = if others.is_empty() {
        "the cloud does not say which".to_owned()
    } else {
        others.join(", ")
    };
    Blocked {
        reason: Reason::UnexpectedServer,
        message: format!(
            "not all alerts belong to the server {expected} that `spec.expectServer` names: {}; nothing was done. Create \
             another SasAlertAction that names the alerts of one server, or the right server",
            shown(&which, 1_000)
        ),
    }
}

/// There is no alert to handle: all are handled, or none may be.
pub(super) fn nothing_to_do(object: &SasAlertAction, observed: &Observed) -> Planned {
    let count = |fits: &dyn Fn(&Fate) -> bool| observed.fates.values().filter(|fate| fits(fate)).count();
    if count(&|fate| *fate == Fate::Busy) > 0 {
        return Planned::blocked(
            Reason::AlertsBusy,
            "another operation on the alerts is under way; the operator looks again when it should be over",
        );
    }
    let reasons: BTreeSet<&str> = observed
        .fates
        .values()
        .filter_map(|fate| match fate {
            Fate::Left(reason) => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    if reasons.is_empty() {
        return Planned::Nothing;
    }
    let left = count(&|fate| matches!(fate, Fate::Left(_)));
    let why: Vec<_> = reasons.into_iter().take(NAMED).collect();
    let blocked = Blocked {
        reason: Reason::NotOperable,
        message: format!(
            "none of {} can be handled like this: {}",
            alerts(left),
            shown(&why.join("; "), 1_500)
        ),
    };
    // What has no inverse or is taken back already stays so; an edition or a permission may come.
    if object.spec.operation == AlertOperation::Undo {
        Planned::Impossible(blocked)
    } else {
        Planned::Blocked(blocked)
    }
}

/// Why the plan cannot be carried out now: no agent that it needs is online.
pub(super) fn offline(object: &SasAlertAction, observed: &Observed, plan: &Plan) -> Option<Blocked> {
    let planned: Vec<i64> = alerts_of(&plan.values).collect();
    let unreachable: Vec<&Alert> = planned
        .iter()
        .filter_map(|id| observed.unreachable(*id))
        .collect();
    let stop = object.spec.on_failure == OnFailure::Stop && !unreachable.is_empty();
    if !stop && unreachable.len() < planned.len() {
        return None;
    }
    let servers: BTreeSet<&str> = unreachable.iter().map(|alert| alert.server_label()).collect();
    let servers: Vec<&str> = servers.into_iter().take(NAMED).collect();
    Some(Blocked {
        reason: Reason::AgentOffline,
        message: format!(
            "the agent of {} is not online, and handling {} needs it; bring it online and the operator goes on by itself",
            shown(&servers.join(", "), 1_000),
            alerts(unreachable.len())
        ),
    })
}
