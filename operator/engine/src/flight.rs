//! Facts about an execution that has begun and not ended: what was sent, what reading back says of it, and what
//! the bytes of a call without a reply are still worth.

use std::time::Duration;

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use sas_api::plan::{Plan, Risk};
use sas_api::status::{CallRecord, Execution, GatePart, Intent};

use crate::approval::Verdict;
use crate::cloud::Cloud;
use crate::facts::{Absence, Flight, Open, Window};
use crate::gather::{self, Seen};
use crate::hash::{self, Sealed};
use crate::operation::{Gate, Made, Operation};
use crate::resolve;
use crate::timing::Timing;
use crate::trouble;

/// The facts, and the plan if it is the one that was approved.
pub(crate) fn of<K, C>(seen: &Seen<'_, K, C, K::Observed>, execution: &Execution) -> (Flight, Option<Sealed>)
where
    K: Operation<C>,
    C: Cloud,
{
    let receipts = execution.calls.iter().filter(|c| c.receipt.is_some()).count();
    let open_record = execution
        .calls
        .iter()
        .find(|c| c.receipt.is_none() && c.intent.is_some());
    let sealed = match (seen.look, seen.held) {
        // An execution of an epoch that is left behind comes from somebody else's hand.
        (Ok((cloud, _)), Some(plan)) if gather::is_current(seen.status.gate(), execution.epoch) => {
            hash::seal(
                plan.clone(),
                &gather::identity(seen.object, cloud),
                execution.epoch,
            )
            .ok()
            .filter(|resealed| resealed.hash == execution.hash)
        }
        _ => None,
    };
    let risk = sealed.as_ref().map_or(Risk::R4, |s| s.plan.risk);
    let verdict = gather::said(seen).verdict(&execution.hash, risk);
    let stops = seen.status.gate().running.is_some();
    let settled = match (&sealed, seen.look) {
        (Some(sealed), Ok((_, observed))) => {
            let uid = seen.object.uid().unwrap_or_default();
            let made = made(&sealed.plan, execution, &uid);
            Some(if stops {
                seen.object.stopped(&sealed.plan, &made, observed)
            } else {
                seen.object.settle(&sealed.plan, &made, observed)
            })
        }
        _ => None,
    };
    let calls = sealed.as_ref().map_or(usize::MAX, |s| s.plan.calls.len());
    let open = match (&sealed, open_record, seen.look) {
        (Some(sealed), Some(record), Ok((cloud, _))) => {
            open(seen, sealed, execution, record, receipts, cloud)
        }
        _ => None,
    };
    let patience = seen.object.patience().filter(|_| !stops);
    let patience = patience.unwrap_or(seen.timing.settle_timeout);
    let flight = Flight {
        intact: seen.look.is_err() || sealed.is_some(),
        calls,
        receipts,
        open,
        settled,
        approved: matches!(verdict, Verdict::Approved(_)),
        overdue: overdue(execution, seen.now, patience),
        one_by_one: seen.object.one_by_one(),
    };
    (flight, sealed)
}

/// The calls that were begun, as a kind's `settle` sees them.
pub(crate) fn made<'a>(plan: &'a Plan, execution: &'a Execution, uid: &str) -> Vec<Made<'a>> {
    let begun = execution
        .calls
        .iter()
        .enumerate()
        .filter(|(_, r)| r.receipt.is_some() || r.intent.is_some());
    begun
        .filter_map(|(index, record)| {
            let call = plan.calls.get(index)?;
            let parameters = resolve::visible_parameters(call, index, execution, uid);
            Some(Made {
                call,
                parameters,
                receipt: record.receipt.as_ref(),
            })
        })
        .collect()
}

fn open<K: Gate, C: Cloud, O>(
    seen: &Seen<'_, K, C, O>,
    sealed: &Sealed,
    execution: &Execution,
    record: &CallRecord,
    receipts: usize,
    cloud: &C,
) -> Option<Open> {
    let intent = record.intent.as_ref()?;
    let call = sealed.plan.calls.get(receipts)?;
    Some(Open {
        repeat: call.repeat,
        window: window(intent, cloud.now(), seen.timing),
        same_key: cloud.key_fingerprint() == intent.key_fingerprint,
        arrived: intent.arrived == Some(true),
        late: overdue(execution, seen.now, seen.timing.settle_timeout),
        attempt: intent.attempt,
        repeated: trouble::is_repeat(record),
        max_attempts: seen.timing.max_attempts,
        absence: absence(intent, seen.now, seen.timing.absence_grace),
    })
}

fn window(intent: &Intent, now: Timestamp, timing: Timing) -> Window {
    let age = now.duration_since(intent.timestamp.0);
    if age > signed(timing.dead_after) {
        Window::Dead
    } else if age > signed(timing.resend_window) {
        Window::Closed
    } else {
        Window::Open
    }
}

fn absence(intent: &Intent, now: Timestamp, grace: Duration) -> Absence {
    match &intent.absent_time {
        None => Absence::NotNoted,
        Some(first) if now.duration_since(first.0) < signed(grace) => Absence::Noted,
        Some(_) => Absence::Proven,
    }
}

pub(crate) fn overdue(execution: &Execution, now: Timestamp, timeout: Duration) -> bool {
    let last = execution
        .calls
        .iter()
        .filter_map(|c| c.intent.as_ref())
        .map(|i| i.started_time.0)
        .max();
    last.is_some_and(|last| now.duration_since(last) > signed(timeout))
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
}
