//! What a status and its annotations say of the pass that comes: whether it may send a call or verifies
//! one. A kind asks before it looks, since such a pass must not be answered from a cache.

use sas_api::annotations;
use sas_api::status::{GatePart, GateStatus};

use crate::operation::Gate;

/// Whether this very pass may send a call or verifies one: then no cached answer will do.
pub fn is_about_to_act<K: Gate>(object: &K) -> bool {
    let Some(gate) = object.status().map(GatePart::gate) else {
        return false;
    };
    let executing = gate
        .execution
        .as_ref()
        .is_some_and(|execution| execution.outcome.is_none())
        || gate.running.is_some();
    let named = annotations::get(object.meta().annotations.as_ref(), annotations::APPROVED_PLAN);
    let accepted = gate.approval.as_ref().map(|approval| approval.hash.as_str());
    executing
        || gate.plan.as_ref().is_some_and(|plan| {
            let hash = Some(plan.hash.as_str());
            (named == hash || accepted == hash) && is_waiting(gate)
        })
}

/// Whether the published plan has not been executed.
pub fn is_waiting(gate: &GateStatus) -> bool {
    let executed = gate
        .execution
        .as_ref()
        .filter(|execution| execution.outcome.is_some());
    gate.plan
        .as_ref()
        .is_some_and(|plan| executed.is_none_or(|execution| execution.epoch != plan.epoch))
}
