//! The facts that make a plan right, as they stand in its hash and its status: which alerts each call names, and
//! what was asked for.

use std::collections::BTreeMap;

use sas_api::digest::digest;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::{AlertOperation, PlannedCall};
use sas_api::plan::NamedValue;

use super::Observed;
use super::choose::{Choice, Detail};
use super::rules;

/// Longest value of a plan, in bytes.
const VALUE_BYTES: usize = 4_000;
/// How the names of the values begin that hold the files.
const FILES: &str = "files-";

/// Facts that make the plan right: what was asked, the alerts call by call, and the whitelist rules that exist or go.
pub(super) fn values(
    object: &SasAlertAction,
    observed: &Observed,
    batches: &[(AlertOperation, &Detail, &[i64])],
    chosen: &BTreeMap<i64, &Choice>,
) -> Vec<NamedValue> {
    let mut values = vec![NamedValue::new("operation", object.spec.operation.as_str())];
    let calls: Vec<PlannedCall> = batches
        .iter()
        .map(|(operation, detail, ids)| PlannedCall {
            operation: Some(*operation),
            alerts: ids.to_vec(),
            file: match detail {
                Detail::File { id, .. } => Some(*id),
                _ => None,
            },
        })
        .collect();
    values.extend(PlannedCall::values(&calls, VALUE_BYTES));
    let files = batches.iter().filter_map(|(_, detail, _)| match detail {
        Detail::File { id, md5, path } => Some(format!("{id} {md5} {path}")),
        _ => None,
    });
    values.extend(NamedValue::chunks(FILES, files, ';', VALUE_BYTES));
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
    let taken_off = batches
        .iter()
        .filter(|(operation, ..)| *operation == AlertOperation::RmMarkMisInfo);
    let taken_off: Vec<i64> = taken_off.flat_map(|(.., ids)| *ids).copied().collect();
    if !taken_off.is_empty() {
        values.push(rules::going_value(observed, &taken_off));
    }
    values
}
