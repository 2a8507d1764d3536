//! From what was found to a plan: which alerts, which operations, in as few calls as the cloud takes. A plan
//! that waits keeps its alerts as long as all of them are still to be handled in the same way.

use std::collections::{BTreeMap, BTreeSet};

use sas_api::Reason;
use sas_api::digest::digest;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::{AlertOperation, OnFailure};
use sas_api::plan::{
    Call, Cost, NamedValue, PLAN_CALLS, Parameter, ParameterSource, Plan, Risk, Target, TimeAfterCall,
};
use sas_api::text::shown;
use sas_client::actions::{HandleSecurityEvents, OperationParams};
use sas_client::wire::Json;
use sas_engine::{Blocked, Planned};

use super::choose::{Choice, Detail, Fate};
use super::look::{BATCH, MOST_ALERTS, Meant};
use super::{Observed, alerts};
use crate::alerts::Alert;
use crate::recovery;

/// Names that a message holds.
const NAMED: usize = 5;
/// Exclusions that a plan's warnings name.
const WARNED: usize = 20;
/// Longest value of a plan, in bytes.
const VALUE_BYTES: usize = 4_000;
/// Name of the values that hold the ids of the alerts, call by call.
const ALERTS: &str = "alerts-";
/// What stands in a plan in place of the server of an alert that has none.
const NO_SERVER: &str = "none";
/// Longest description of an alert, in bytes.
const CURRENT_BYTES: usize = 250;

/// What has to be done.
pub(super) fn plan(object: &SasAlertAction, observed: &Observed, held: Option<&Plan>) -> Planned {
    if matches!(observed.meant, Meant::Begun(_)) {
        return as_before(held);
    }
    if let Err(obstacle) = obstacle(object, observed) {
        return obstacle;
    }
    let all: BTreeMap<i64, &Choice> = observed.chosen().collect();
    let held = held.and_then(|held| again(object, observed, &all, held));
    let plan = match held {
        Some(plan) => plan,
        None => build(object, observed, &all),
    };
    if plan.calls.is_empty() {
        return nothing_to_do(observed);
    }
    if plan.calls.len() > PLAN_CALLS {
        return Planned::blocked(
            Reason::PlanTooLarge,
            format!(
                "{} calls are more than the {PLAN_CALLS} that one plan may have; name fewer alerts",
                plan.calls.len()
            ),
        );
    }
    match offline(object, observed, &plan) {
        Some(blocked) => Planned::Blocked(blocked),
        None => Planned::Change(Box::new(plan)),
    }
}

/// A look at calls that were begun says nothing about a plan. It is made when a call is under way, which may
/// turn out not to have run: then the plan stands as it was.
fn as_before(held: Option<&Plan>) -> Planned {
    match held {
        Some(held) => Planned::Change(Box::new(held.clone())),
        None => Planned::blocked(Reason::LookingUp, "what is left to do is being looked at"),
    }
}

/// The plan that waits, if it would be made again for its alerts.
fn again(
    object: &SasAlertAction,
    observed: &Observed,
    all: &BTreeMap<i64, &Choice>,
    held: &Plan,
) -> Option<Plan> {
    let ids: BTreeSet<i64> = alerts_of(&held.values).collect();
    let kept = ids.iter().map(|id| Some((*id, *all.get(id)?)));
    let plan = build(object, observed, &kept.collect::<Option<_>>()?);
    let mut values = plan.values.clone();
    values.sort();
    let same = plan.risk == held.risk && values == held.values && same_calls(&plan.calls, &held.calls);
    same.then(|| Plan {
        targets: held.targets.clone(),
        ..plan
    })
}

fn same_calls(ours: &[Call], theirs: &[Call]) -> bool {
    let sorted = |call: &Call| {
        let mut call = call.clone();
        call.parameters.sort_by(|a, b| a.name.cmp(&b.name));
        call
    };
    ours.iter().map(sorted).eq(theirs.iter().map(sorted))
}

/// Why nothing can be planned at all.
fn obstacle(object: &SasAlertAction, observed: &Observed) -> Result<(), Planned> {
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
            "not all alerts belong to the server {expected} that `spec.expectServer` names: {}; nothing is done",
            shown(&which, 1_000)
        ),
    }
}

/// There is no alert to handle: all are handled, or none may be.
fn nothing_to_do(observed: &Observed) -> Planned {
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
    Planned::blocked(
        Reason::NotOperable,
        format!(
            "none of {} can be handled like this: {}",
            alerts(left),
            shown(&why.join("; "), 1_500)
        ),
    )
}

/// Why the plan cannot be carried out now: no agent that it needs is online.
fn offline(object: &SasAlertAction, observed: &Observed, plan: &Plan) -> Option<Blocked> {
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

/// The plan for these alerts.
fn build(object: &SasAlertAction, observed: &Observed, chosen: &BTreeMap<i64, &Choice>) -> Plan {
    let mut groups: BTreeMap<(AlertOperation, &Detail), Vec<i64>> = BTreeMap::new();
    for (id, choice) in chosen {
        let group = groups.entry((choice.operation, &choice.detail)).or_default();
        group.push(*id);
    }
    let batches: Vec<(AlertOperation, &Detail, &[i64])> = groups
        .iter()
        .flat_map(|((operation, detail), ids)| ids.chunks(BATCH).map(|ids| (*operation, *detail, ids)))
        .collect();
    let calls = (1..).zip(&batches);
    Plan {
        summary: summary(&groups, observed),
        risk: risk(groups.keys().map(|(operation, _)| *operation)),
        calls: calls
            .map(|(number, (operation, detail, ids))| {
                let remark = remark(object, number, batches.len());
                call(observed, *operation, detail, ids, remark)
            })
            .collect(),
        values: values(object, observed, &batches, chosen),
        cost: Some(Cost {
            display: "none".to_owned(),
            ..Default::default()
        }),
        warnings: warnings(observed, &groups, chosen),
        targets: chosen
            .iter()
            .filter_map(|(id, choice)| Some(target(observed.alert(*id)?, choice)))
            .collect(),
    }
}

fn risk(operations: impl Iterator<Item = AlertOperation>) -> Risk {
    let each = operations.map(|operation| {
        if operation.hides_evidence() {
            Risk::R4
        } else {
            Risk::R3
        }
    });
    each.max().unwrap_or(Risk::R3)
}

fn summary(groups: &BTreeMap<(AlertOperation, &Detail), Vec<i64>>, observed: &Observed) -> String {
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
    format!("handle {}: {}{left}", alerts(total), each.join(", "))
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
    call.repeat = recovery::repeat_at(&call.action, risk([operation].into_iter()));
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

/// Facts that make the plan right: what was asked, the alerts call by call, and the whitelist rules that exist.
fn values(
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

fn target(alert: &Alert, choice: &Choice) -> Target {
    let uuid = if alert.uuid.is_empty() {
        NO_SERVER
    } else {
        &alert.uuid
    };
    let current = format!(
        "alert {}: {} by {}, {}, {}",
        alert.id,
        alert.status,
        choice.operation.as_str(),
        alert.level,
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

fn warnings(
    observed: &Observed,
    groups: &BTreeMap<(AlertOperation, &Detail), Vec<i64>>,
    chosen: &BTreeMap<i64, &Choice>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for (operation, detail) in groups.keys() {
        let code = operation.as_str();
        match detail {
            Detail::Block(seconds) => warnings.push(format!(
                "{code}: the addresses are blocked for {seconds} s from the moment of the call"
            )),
            Detail::Rules(text) => warnings.push(shown(
                &format!("{code}: events that fit these rules raise no alert any more: {text}"),
                1_000,
            )),
            _ if *operation == AlertOperation::RmMarkMisInfo => warnings.push(format!(
                "{code}: the cloud takes all whitelist rules for alerts like these away, whoever added them"
            )),
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
        warnings.push(shown(&format!("{code} for {}: {reason}", alerts(number)), 1_000));
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
    warnings.extend(exclusions(observed));
    warnings.truncate(50);
    warnings
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

fn ids<'a>(all: impl ExactSizeIterator<Item = &'a i64>) -> String {
    let total = all.len();
    let mut text = all.take(NAMED).map(i64::to_string).collect::<Vec<_>>().join(", ");
    if total > NAMED {
        text = format!("{text} and {} more", total - NAMED);
    }
    text
}
