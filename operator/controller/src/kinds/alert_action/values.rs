//! The facts that make a plan right, as they stand in its hash and its status: which alerts each call names, and
//! what was asked for.

use std::collections::BTreeMap;

use sas_api::digest::digest;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::AlertOperation;
use sas_api::plan::NamedValue;

use super::Observed;
use super::choose::{Choice, Detail};

/// Longest value of a plan, in bytes.
const VALUE_BYTES: usize = 4_000;
/// Name of the values that hold the ids of the alerts, call by call.
const ALERTS: &str = "alerts-";

/// Facts that make the plan right: what was asked, the alerts call by call, and the whitelist rules that exist.
pub(super) fn values(
    object: &SasAlertAction,
    observed: &Observed,
    batches: &[(AlertOperation, &Detail, &[i64])],
    chosen: &BTreeMap<i64, &Choice>,
) -> Vec<NamedValue> {
    let mut values = vec![NamedValue::new("operation", object.spec.operation.as_str())];
    let lists = batches
        .iter()
        .map(|(operation, _, ids)| format!("{} {}", operation.as_str(), joined(ids)));
    for (number, text) in (1..).zip(chunks(lists)) {
        values.push(NamedValue::new(format!("{ALERTS}{number:02}"), text));
    }
    if let Some(uuid) = &object.spec.expect_server {
        values.push(NamedValue::new("expectServer", uuid));
    }
    if batches
        .iter()
        .any(|(_, detail, _)| matches!(detail, Detail::Rules(_)))
    {
        let rules = chosen.keys().flat_map(|id| {
            let rules = observed.found.offers.get(id).map(|offer| &offer.rules);
            rules
                .into_iter()
                .flatten()
                .map(move |rule| format!("{id} {rule:?}"))
        });
        let rules = rules.collect::<Vec<_>>().join("\n");
        values.push(NamedValue::new("existingRules", digest(&rules)));
    }
    values
}

/// Texts put together into as few values as their length allows.
fn chunks(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for text in texts {
        match chunks.last_mut() {
            Some(last) if last.len() + text.len() < VALUE_BYTES => {
                last.push(';');
                last.push_str(&text);
            }
            _ => chunks.push(text),
        }
    }
    chunks
}

fn joined(ids: &[i64]) -> String {
    ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

/// Operation and alerts of each call, from the values of a plan. They stand in a status even where the calls
/// themselves have no room.
pub(super) fn calls_of(values: &[NamedValue]) -> Vec<(Option<AlertOperation>, Vec<i64>)> {
    let lists = values.iter().filter(|value| value.name.starts_with(ALERTS));
    let calls = lists.flat_map(|value| value.value.split(';'));
    let call = |text: &str| {
        let (code, ids) = text.split_once(' ')?;
        let ids = ids.split(',').filter_map(|id| id.parse().ok());
        Some((AlertOperation::from_code(code), ids.collect()))
    };
    calls.filter_map(call).collect()
}

/// All alerts of a plan, from its values.
pub(super) fn alerts_of(values: &[NamedValue]) -> impl Iterator<Item = i64> {
    calls_of(values).into_iter().flat_map(|(_, ids)| ids)
}
