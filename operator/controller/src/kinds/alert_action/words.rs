//! What a plan says to those who decide about it: one line in all, one per alert, and what to beware of.

use std::collections::BTreeMap;

use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::AlertOperation;
use sas_api::plan::Target;
use sas_api::text::shown;

use super::choose::{Choice, Detail, Fate};
use super::{Observed, alerts, rules};
use crate::alerts::Alert;

/// Names that a message holds.
pub(super) const NAMED: usize = 5;
/// Exclusions that a plan's warnings name.
const WARNED: usize = 20;
/// Longest warning, in bytes.
const WARNING_BYTES: usize = 1_000;
/// What stands in a plan in place of the server of an alert that has none.
const NO_SERVER: &str = "none";
/// Longest description of an alert, in bytes.
const CURRENT_BYTES: usize = 250;

pub(super) fn summary(
    object: &SasAlertAction,
    groups: &BTreeMap<(AlertOperation, &Detail), Vec<i64>>,
    observed: &Observed,
) -> String {
    let mut numbers: BTreeMap<AlertOperation, usize> = BTreeMap::new();
    for ((operation, _), ids) in groups {
        *numbers.entry(*operation).or_default() += ids.len();
    }
    let total = numbers.values().sum();
    let each: Vec<_> = numbers
        .iter()
        .map(|(operation, number)| format!("{} {number}", operation.as_str()))
        .collect();
    let left = observed
        .fates
        .values()
        .filter(|fate| matches!(fate, Fate::Left(_) | Fate::Busy))
        .count();
    let left = match left {
        0 => String::new(),
        left => format!(
            "; {} left alone",
            if left == 1 {
                "1 is".to_owned()
            } else {
                format!("{left} are")
            }
        ),
    };
    let what = match object.spec.operation {
        AlertOperation::Undo => "take back what was done about",
        _ => "handle",
    };
    format!("{what} {}: {}{left}", alerts(total), each.join(", "))
}

pub(super) fn target(alert: &Alert, choice: &Choice) -> Target {
    // One that is no single word cannot name a target, and is never sent.
    let is_word = |uuid: &str| !uuid.is_empty() && !uuid.contains(|c: char| c == ',' || c.is_whitespace());
    let uuid = if is_word(&alert.uuid) {
        &alert.uuid
    } else {
        NO_SERVER
    };
    let current = format!(
        "alert {}: {}, {}, to be handled by {}: {}",
        alert.id,
        alert.status,
        alert.level,
        choice.operation.as_str(),
        alert.name
    );
    Target {
        uuid: uuid.to_owned(),
        instance_id: alert.instance_id.clone(),
        name: alert.server.clone(),
        current: shown(&current, CURRENT_BYTES),
        ..Default::default()
    }
}

pub(super) fn warnings(
    object: &SasAlertAction,
    observed: &Observed,
    groups: &BTreeMap<(AlertOperation, &Detail), Vec<i64>>,
    chosen: &BTreeMap<i64, &Choice>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for ((operation, detail), ids) in groups {
        let code = operation.as_str();
        let labelled = |text: String| format!("{code}: {text}");
        match detail {
            Detail::Block(seconds) => warnings.push(format!(
                "{code}: the addresses are blocked for {seconds} s from the moment of the call"
            )),
            Detail::Rules(_) => {
                warnings.extend(rules::warn_added(object, observed, ids).into_iter().map(labelled));
            }
            Detail::File { id, path, .. } => warnings.push(format!(
                "{code}: {path} (file {id}) was found malicious and goes back to its place; the alert stays handled, \
                 and no process is started again"
            )),
            _ if *operation == AlertOperation::RmMarkMisInfo => {
                warnings.extend(rules::warn_going(object, observed, ids).into_iter().map(labelled));
            }
            _ => {}
        }
    }
    let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for choice in chosen.values() {
        if let Some(reason) = &choice.reason {
            *reasons.entry((choice.operation.as_str(), reason)).or_default() += 1;
        }
    }
    for ((code, reason), number) in reasons {
        warnings.push(format!("{code} for {}: {reason}", alerts(number)));
    }
    let unreachable: Vec<i64> = chosen
        .keys()
        .filter(|id| observed.unreachable(**id).is_some())
        .copied()
        .collect();
    if !unreachable.is_empty() {
        warnings.push(format!(
            "the agent of the server is not online, so that this is likely to fail: alert {}",
            ids(unreachable.iter())
        ));
    }
    warnings.extend(rivals(observed));
    warnings.extend(exclusions(observed));
    warnings.truncate(50);
    // What a status takes, whatever names and rules the cloud has.
    warnings.iter().map(|text| shown(text, WARNING_BYTES)).collect()
}

/// Who else has some of the alerts in hand. Whichever call comes first counts.
fn rivals(observed: &Observed) -> Vec<String> {
    let each = observed.rivals.iter().take(NAMED).map(|rival| {
        format!(
            "SasAlertAction {} ({}, {}) has {} of these in hand: approve one of the two",
            rival.name,
            rival.operation,
            rival.phase,
            alerts(rival.alerts)
        )
    });
    let mut texts: Vec<String> = each.collect();
    if observed.rivals.len() > NAMED {
        let more = observed.rivals.len() - NAMED;
        texts.push(format!(
            "{more} more SasAlertActions have some of these alerts in hand"
        ));
    }
    texts
}

/// Which alerts are left alone, and why.
fn exclusions(observed: &Observed) -> Vec<String> {
    let left: Vec<(&i64, &str)> = observed
        .fates
        .iter()
        .filter_map(|(id, fate)| match fate {
            Fate::Left(reason) => Some((id, reason.as_str())),
            Fate::Busy => Some((id, "another operation on it is under way")),
            _ => None,
        })
        .collect();
    let mut texts: Vec<String> = left
        .iter()
        .take(WARNED)
        .map(|(id, reason)| shown(&format!("alert {id} is left alone: {reason}"), 500))
        .collect();
    if left.len() > WARNED {
        texts.push(format!("{} more are left alone", left.len() - WARNED));
    }
    texts
}

/// The first of the ids, and how many more there are.
pub(super) fn ids<'a>(all: impl ExactSizeIterator<Item = &'a i64>) -> String {
    let total = all.len();
    let mut text = all.take(NAMED).map(i64::to_string).collect::<Vec<_>>().join(", ");
    if total > NAMED {
        text = format!("{text} and {} more", total - NAMED);
    }
    text
}
