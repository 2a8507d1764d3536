//! The plan for alerts for which it is known what is done: as few calls as the cloud takes, and how bad it would
//! be if they were wrong.

use std::collections::BTreeMap;

use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::AlertOperation;
use sas_api::plan::{Call, Cost, Parameter, ParameterSource, Plan, Risk, TimeAfterCall};
use sas_client::actions::{
    HandleSecurityEvents, OperationCancelIgnoreSuspEvent, OperationParams, RollbackSuspEventQuaraFile,
};
use sas_client::wire::Json;

use super::choose::{Choice, Detail};
use super::look::BATCH;
use super::{Observed, values, words};
use crate::recovery;

/// The plan for these alerts.
pub(super) fn build(object: &SasAlertAction, observed: &Observed, chosen: &BTreeMap<i64, &Choice>) -> Plan {
    let mut groups: BTreeMap<(AlertOperation, &Detail), Vec<i64>> = BTreeMap::new();
    for (id, choice) in chosen {
        let group = groups.entry((choice.operation, &choice.detail)).or_default();
        group.push(*id);
    }
    let batches: Vec<(AlertOperation, &Detail, &[i64])> = groups
        .iter()
        .flat_map(|((operation, detail), ids)| {
            let most = match detail {
                Detail::File { .. } => ids.len(),
                _ => BATCH,
            };
            ids.chunks(most).map(|ids| (*operation, *detail, ids))
        })
        .collect();
    let calls = (1..).zip(&batches);
    Plan {
        summary: words::summary(object, &groups, observed),
        risk: risk(groups.keys().map(|(operation, _)| *operation)),
        calls: calls
            .map(|(number, (operation, detail, ids))| {
                let remark = remark(object, number, batches.len());
                call(observed, *operation, detail, ids, remark)
            })
            .collect(),
        values: values::values(object, observed, &batches, chosen),
        cost: Some(Cost {
            display: "none".to_owned(),
            ..Default::default()
        }),
        partial: false,
        warnings: words::warnings(object, observed, &groups, chosen),
        targets: chosen
            .iter()
            .filter_map(|(id, choice)| Some(words::target(observed.alert(*id)?, choice)))
            .collect(),
    }
}

fn risk(operations: impl Iterator<Item = AlertOperation>) -> Risk {
    let each = operations.map(|operation| {
        match operation {
            // A file that was found malicious is on the server again.
            AlertOperation::RestoreFile => Risk::R4,
            _ if operation.hides_evidence() => Risk::R4,
            // An alert waits for somebody again, and nothing else changes.
            AlertOperation::CancelIgnore | AlertOperation::CancleManual => Risk::R2,
            _ => Risk::R3,
        }
    });
    each.max().unwrap_or(Risk::R3)
}

/// A note for people in the cloud's own history: which resource it was, and which attempt. Hash and
/// approver are not known when a plan is made.
fn remark(object: &SasAlertAction, number: usize, of: usize) -> String {
    let executed = object
        .status
        .as_ref()
        .and_then(|status| status.gate.executed_epoch);
    let uid = object.metadata.uid.as_deref().unwrap_or_default();
    format!(
        "sas-operator SasAlertAction {uid} after epoch {}, call {number} of {of}",
        executed.unwrap_or(0)
    )
}

fn call(
    observed: &Observed,
    operation: AlertOperation,
    detail: &Detail,
    ids: &[i64],
    remark: String,
) -> Call {
    let mut call = match (operation, detail) {
        (AlertOperation::CancelIgnore, _) => {
            let request = OperationCancelIgnoreSuspEvent {
                security_event_ids: ids.to_vec(),
                remark: Some(remark),
            };
            crate::kinds::call(&request, observed.centre)
        }
        (_, Detail::File { id, .. }) => {
            let request = RollbackSuspEventQuaraFile {
                quara_file_id: Some(*id),
                from: Some("sas".to_owned()),
            };
            crate::kinds::call(&request, observed.centre)
        }
        _ => handle(observed, operation, detail, ids, remark),
    };
    call.repeat = recovery::repeat_at(&call.action, risk([operation].into_iter()));
    call
}

fn handle(
    observed: &Observed,
    operation: AlertOperation,
    detail: &Detail,
    ids: &[i64],
    remark: String,
) -> Call {
    let sub_operation = match detail {
        Detail::SubOperation(code) => Some((*code).to_owned()),
        _ => None,
    };
    let block = match detail {
        Detail::Block(seconds) => Some(*seconds),
        _ => None,
    };
    let request = HandleSecurityEvents {
        security_event_ids: ids.iter().map(i64::to_string).collect(),
        operation_code: Some(operation.as_str().to_owned()),
        operation_params: block.is_none().then(|| {
            Json(OperationParams {
                sub_operation,
                ..Default::default()
            })
        }),
        remark: Some(remark),
        ..Default::default()
    };
    let mut call = crate::kinds::call(&request, observed.centre);
    if let Detail::Rules(text) = detail {
        let rules = Parameter::literal("MarkMissParam", text.clone());
        call.parameters.push(rules);
    }
    // The cloud takes the end of the block; the plan holds how long it lasts.
    if let Some(seconds) = block {
        let time_after_call = Some(TimeAfterCall {
            seconds,
            json_key: Some("expireTime".to_owned()),
        });
        let source = ParameterSource {
            time_after_call,
            ..Default::default()
        };
        call.parameters.push(Parameter::from("OperationParams", source));
    }
    call
}
