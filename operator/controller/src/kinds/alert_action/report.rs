//! What the status says of each alert, and the counts of all of them. While calls are made, only what became
//! of the alerts is read anew; the rest stays as it was when the plan was made.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::{
    AlertCounts, AlertOutcome, AlertResult, PlannedCall, SasAlertActionStatus, calls_of,
};
use sas_api::plan::Plan;
use sas_api::text::shown;

use super::choose::Fate;
use super::look::Meant;
use super::settle::{Batch, State};
use super::tally::{cause, what_next};
use super::{Observed, alerts};
use crate::alerts::Alert;
use crate::kinds::figure;

/// Alerts that a status lists.
const LISTED: usize = 100;
/// Operations that a status lists for an alert.
const ALLOWED: usize = 32;
/// Longest text about an alert, in bytes.
const MESSAGE_BYTES: usize = 500;
/// Longest code, in bytes.
const CODE_BYTES: usize = 64;

/// Writes the alerts and their counts, and says in one line what they mean.
pub(super) fn report(
    object: &SasAlertAction,
    observed: &Observed,
    status: &mut SasAlertActionStatus,
) -> String {
    let mut results = match &observed.meant {
        Meant::Begun(_) => begun(object, observed, status),
        _ => planned(observed, &status.alerts),
    };
    let counts = count(results.values(), status.counts.as_ref(), &observed.meant);
    // The likest place to look for is that of a failure, so failures come first.
    let mut listed: Vec<AlertResult> = std::mem::take(&mut results).into_values().collect();
    listed.sort_by(|a, b| (a.outcome, a.id.len(), &a.id).cmp(&(b.outcome, b.id.len(), &b.id)));
    listed.truncate(LISTED);
    status.alerts = listed;
    status.counts = Some(counts);
    summary(&counts)
}

/// Before any call: what is planned for each alert, or why it is left alone.
fn planned(observed: &Observed, earlier: &[AlertResult]) -> BTreeMap<i64, AlertResult> {
    // What an earlier attempt did stays on record: it can be undone.
    let handled = earlier
        .iter()
        .filter(|result| result.outcome == AlertOutcome::Handled);
    let mut results: BTreeMap<i64, AlertResult> = handled
        .filter_map(|result| Some((result.id.parse().ok()?, result.clone())))
        .collect();
    let result = |(id, fate): (&i64, &Fate)| {
        let alert = observed.alert(*id)?;
        if !matches!(fate, Fate::Act(_)) && results.contains_key(id) {
            return None;
        }
        let (operation, outcome, message) = match fate {
            Fate::Act(choice) => (
                Some(choice.operation),
                AlertOutcome::Planned,
                choice.reason.clone().unwrap_or_default(),
            ),
            Fate::Handled => (
                None,
                AlertOutcome::AlreadyHandled,
                format!("already handled: {}", alert.status),
            ),
            Fate::Busy => (
                None,
                AlertOutcome::Excluded,
                "another operation on it is under way".to_owned(),
            ),
            Fate::Left(reason) => (None, AlertOutcome::Excluded, reason.clone()),
        };
        let offer = observed.found.offers.get(id);
        let allowed = offer.into_iter().flat_map(super::offer::Offer::allowed);
        Some((
            *id,
            AlertResult {
                operation,
                allowed: allowed
                    .take(ALLOWED)
                    .map(|code| shown(code, CODE_BYTES))
                    .collect(),
                code: alert.operation_result.clone(),
                message: shown(&message, MESSAGE_BYTES),
                ..described(alert, outcome)
            },
        ))
    };
    let now: Vec<_> = observed.fates.iter().filter_map(result).collect();
    results.extend(now);
    results
}

fn described(alert: &Alert, outcome: AlertOutcome) -> AlertResult {
    AlertResult {
        id: alert.id.to_string(),
        name: alert.name.clone(),
        type_name: alert.type_name.clone(),
        level: alert.level.clone(),
        uuid: alert.uuid.clone(),
        server: alert.server.clone(),
        outcome,
        operation: None,
        allowed: Vec::new(),
        code: String::new(),
        message: String::new(),
    }
}

/// After a call: what became of the alerts of calls, beside those that were left alone.
fn begun(
    object: &SasAlertAction,
    observed: &Observed,
    status: &SasAlertActionStatus,
) -> BTreeMap<i64, AlertResult> {
    let earlier = status
        .alerts
        .iter()
        .filter_map(|result| Some((result.id.parse().ok()?, result.clone())));
    let mut results: BTreeMap<i64, AlertResult> = earlier.collect();
    let Some(published) = &status.gate.plan else {
        return results;
    };
    let begun = started(object).unwrap_or(Timestamp::MAX);
    let became = states(status, &published.plan, observed, begun);
    for PlannedCall {
        operation, alerts, ..
    } in calls_of(&published.plan.values)
    {
        for id in alerts {
            let result = results
                .entry(id)
                .or_insert_with(|| unlisted(id, observed.alert(id)));
            result.operation = operation;
            if let Some(state) = became.get(&id) {
                apply(result, state);
            }
        }
    }
    results
}

/// When the first call was begun.
pub(super) fn started(object: &SasAlertAction) -> Option<Timestamp> {
    let execution = object.status.as_ref()?.gate.execution.as_ref()?;
    Some(execution.started_time.0)
}

/// What became of the alerts of the calls that were begun.
fn states(
    status: &SasAlertActionStatus,
    plan: &Plan,
    observed: &Observed,
    begun: Timestamp,
) -> BTreeMap<i64, State> {
    let Some(execution) = &status.gate.execution else {
        return BTreeMap::new();
    };
    let calls = calls_of(&plan.values);
    let made = calls.iter().zip(&execution.calls);
    let made = made.filter(|(_, record)| record.receipt.is_some() || record.intent.is_some());
    made.flat_map(|(call, record)| Batch::of(call, record.receipt.as_ref()).states(&observed.found, begun))
        .collect()
}

/// An alert that the status had no room for.
fn unlisted(id: i64, alert: Option<&Alert>) -> AlertResult {
    let nothing = Alert {
        id,
        ..Default::default()
    };
    described(alert.unwrap_or(&nothing), AlertOutcome::Planned)
}

fn apply(result: &mut AlertResult, state: &State) {
    let (outcome, code, message) = match state {
        // What is known of it stays.
        State::Unknown => return,
        State::Untouched | State::Running => (AlertOutcome::Running, "", String::new()),
        State::Handled(code) => (AlertOutcome::Handled, code.as_str(), String::new()),
        State::Elsewhere(code) => (
            AlertOutcome::AlreadyHandled,
            code.as_str(),
            "somebody else dealt with it".to_owned(),
        ),
        State::Failed(code) => (
            AlertOutcome::Failed,
            code.as_str(),
            format!("{}; {}", cause(code), what_next(code)),
        ),
    };
    result.outcome = outcome;
    result.code = shown(code, 128);
    result.message = shown(&message, MESSAGE_BYTES);
}

fn count<'a>(
    results: impl Iterator<Item = &'a AlertResult>,
    before: Option<&AlertCounts>,
    meant: &Meant,
) -> AlertCounts {
    let mut counts = AlertCounts::default();
    for result in results {
        let of = match result.outcome {
            AlertOutcome::Failed => &mut counts.failed,
            AlertOutcome::Excluded => &mut counts.excluded,
            AlertOutcome::Running => &mut counts.running,
            AlertOutcome::Planned => &mut counts.planned,
            AlertOutcome::Handled => &mut counts.handled,
            AlertOutcome::AlreadyHandled => &mut counts.already_handled,
        };
        *of += 1;
    }
    // Those that are left alone are not read again while calls are made, and the list may have no room for them.
    if let (Meant::Begun(_), Some(before)) = (meant, before) {
        counts.excluded = counts.excluded.max(before.excluded);
        counts.already_handled = counts.already_handled.max(before.already_handled);
    }
    counts.total = counts.planned
        + counts.running
        + counts.handled
        + counts.already_handled
        + counts.failed
        + counts.excluded;
    counts.total = figure(counts.total);
    counts
}

fn summary(counts: &AlertCounts) -> String {
    let each = [
        (counts.planned, "planned"),
        (counts.running, "under way"),
        (counts.handled, "handled"),
        (counts.already_handled, "already handled"),
        (counts.failed, "failed"),
        (counts.excluded, "left alone"),
    ];
    let parts: Vec<String> = each
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let total = alerts(usize::try_from(counts.total).unwrap_or(0));
    if parts.is_empty() {
        return "no alert that nobody has dealt with matches".to_owned();
    }
    format!("{total}: {}", parts.join(", "))
}
