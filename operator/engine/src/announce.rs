//! Which transitions of a status are worth an event.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use sas_api::status::{CommonPart, GatePart, Outcome};
use sas_api::{Reason, condition};

use crate::context::Context;
use crate::operation::Gate;
use crate::record::receipt_line;

/// One event for a transition that people wait for or have to act on.
pub(crate) async fn announce<K: Gate, A>(before: &K, status: &K::Status, context: &Context<A>) {
    let ready = |s: &K::Status| {
        s.common()
            .conditions
            .iter()
            .find(|c| c.type_ == condition::READY)
            .cloned()
    };
    announce_cancelled(before, status, context).await;
    let Some(now) = ready(status) else { return };
    let previous = before.status().and_then(ready).map(|c| c.reason);
    let hash = |s: &K::Status| s.gate().plan.as_ref().map(|p| p.hash.clone());
    let outcome = |s: &K::Status| {
        s.gate()
            .execution
            .as_ref()
            .and_then(|e| e.outcome.map(|o| (e.epoch, o)))
    };
    let Some(reason) = Reason::ALL.iter().copied().find(|r| r.as_str() == now.reason) else {
        return;
    };
    let finished = outcome(status).filter(|o| before.status().and_then(outcome) != Some(*o));
    match reason {
        Reason::AwaitingApproval | Reason::ApprovalStale
            if before.status().and_then(hash) != hash(status) =>
        {
            context.events.publish(before, false, reason, &now.message).await;
        }
        _ if finished.is_some_and(|(_, outcome)| outcome == Outcome::Succeeded) => {
            context
                .events
                .publish(before, false, reason, &receipt_line(status))
                .await;
        }
        _ if is_trouble(reason) && previous.as_deref() != Some(reason.as_str()) => {
            context.events.publish(before, true, reason, &now.message).await;
        }
        _ => {}
    }
}

/// The answer to whoever asked to stop something, once per request.
async fn announce_cancelled<K: Gate, A>(before: &K, status: &K::Status, context: &Context<A>) {
    let answer = |s: &K::Status| {
        let mut conditions = s.common().conditions.iter();
        let said = conditions.find(|c| c.type_ == condition::CANCELLED && c.status != "Unknown")?;
        Some((said.clone(), s.gate().handled_cancel.clone()))
    };
    let Some((said, request)) = answer(status) else {
        return;
    };
    // A request that was withdrawn is none.
    let is_known = |(known, asked): (Condition, Option<String>)| {
        (known.status, &known.reason) == (said.status.clone(), &said.reason)
            && (asked == request || request.is_none())
    };
    if before.status().and_then(answer).is_some_and(is_known) {
        return;
    }
    let reason = Reason::ALL.iter().copied().find(|r| r.as_str() == said.reason);
    if let Some(reason) = reason {
        let is_warning = said.status == "False";
        context
            .events
            .publish(before, is_warning, reason, &said.message)
            .await;
    }
}

fn is_trouble(reason: Reason) -> bool {
    use Reason::{
        ApprovalExpired, ApprovalIncomplete, ApprovalStale, AwaitingApproval, Cancelled, Executing, InSync,
        LookingUp, Paused, Verifying,
    };
    !matches!(
        reason,
        InSync
            | AwaitingApproval
            | Cancelled
            | ApprovalStale
            | ApprovalExpired
            | ApprovalIncomplete
            | Paused
            | Executing
            | LookingUp
            | Verifying
    )
}
