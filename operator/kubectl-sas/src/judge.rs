//! Whether a plan can be approved as it stands. Pure: the API server judges again, and so does the operator.

use jiff::Timestamp;
use sas_api::plan::PublishedPlan;
use sas_api::{Reason, Risk, annotations, condition};

use crate::object::Object;
use crate::show;

/// Why the published plan cannot be approved now, and what to do; nothing if it can.
pub fn obstacle(object: &Object, comment: Option<&str>, now: Timestamp) -> Option<String> {
    let name = object.reference();
    let target = object.target();
    let again = format!("`kubectl sas plan {target}`");
    let Some(plan) = object.plan() else {
        let said = object
            .condition(condition::READY)
            .map(|(_, _, message)| format!(" ({message})"));
        let said = said.unwrap_or_default();
        return Some(format!(
            "there is no plan for {name} yet{said}; wait, then read {again}"
        ));
    };
    if object.raw.metadata.generation != Some(plan.observed_generation) {
        return Some(superseded(object, &again));
    }
    if let Some(execution) = object
        .gate
        .execution
        .as_ref()
        .filter(|execution| execution.epoch == plan.epoch)
    {
        return Some(match execution.outcome {
            None => {
                format!(
                    "the plan for {name} is being carried out; `kubectl sas status {target}` shows how far"
                )
            }
            Some(outcome) => format!(
                "the plan for {name} was carried out ({outcome:?}) and its approval is spent; `kubectl sas receipt {target}` shows what was sent"
            ),
        });
    }
    if is_spent(object, plan) {
        return Some(format!(
            "the plan for {name} is spent; wait for a new one, or ask for it: `kubectl sas replan {target}`"
        ));
    }
    if plan.expires_time.0 <= now {
        return Some(format!(
            "the plan for {name} expired at {}; ask for a new one: `kubectl sas replan {target}`",
            plan.expires_time.0
        ));
    }
    if plan.plan.risk == Risk::R4 && comment.is_none_or(|comment| comment.trim().is_empty()) {
        return Some(format!(
            "the plan for {name} {} (R4) and needs a reason: say --comment",
            plan.plan.risk.meaning()
        ));
    }
    None
}

/// What the operator says where nobody keeps approvals to approvers.
pub fn unguarded(object: &Object) -> Option<&str> {
    let guard = object.condition(condition::APPROVAL_GUARD);
    guard.and_then(|(status, _, message)| (status == "False").then_some(message))
}

/// Whether a plan was carried out, however that ended: no approval of it counts any more.
pub fn is_spent(object: &Object, plan: &PublishedPlan) -> bool {
    let executed = object.gate.executed_epoch;
    executed.is_some_and(|executed| executed >= plan.epoch)
}

/// Whether the operator goes on with an approval whose annotation is gone, also between two attempts of a
/// call.
pub fn counts_unseen(object: &Object) -> bool {
    let accepted = object
        .condition(condition::APPROVED)
        .is_some_and(|(status, _, _)| status == "True");
    let there = object.annotation(annotations::APPROVED_PLAN).is_some();
    let unspent = object.plan().is_some_and(|plan| !is_spent(object, plan));
    accepted && !there && unspent
}

/// The published plan is one of an older spec. Either the operator has not looked at the present one yet, or
/// it has, and something is in the way of a plan.
fn superseded(object: &Object, again: &str) -> String {
    let name = object.reference();
    let looked = object.common.observed_generation == object.raw.metadata.generation;
    let said = object.condition(condition::READY).filter(|_| looked);
    match said {
        Some((_, _, message)) => format!(
            "the plan for {name} was made for an older spec, and there is none for the present one: {}",
            show::without_command(message)
        ),
        None => format!(
            "the plan for {name} was made for an older spec; wait until the operator has planned again, then read {again}"
        ),
    }
}

/// Who has named the published plan in an approval, whether that counts or not.
fn named_by(object: &Object) -> Option<&str> {
    let hash = &object.plan()?.hash;
    let approved = object.annotation(annotations::APPROVED_PLAN) == Some(hash);
    let by = object
        .annotation(annotations::APPROVED_BY)
        .unwrap_or("somebody who gave no name");
    approved.then_some(by)
}

/// Why an approval of the published plan counts for nothing: its time is over, or the operator has said
/// what it lacks.
fn flaw(object: &Object, now: Timestamp) -> Option<String> {
    if let Some(end) = object.annotation(annotations::APPROVAL_NOT_AFTER)
        && !end.parse::<Timestamp>().is_ok_and(|end| now <= end)
    {
        return Some(format!("valid until {end}, which is over"));
    }
    let (status, reason, _) = object.condition(condition::APPROVED)?;
    let is = |flaw: Reason| reason == flaw.as_str();
    match status {
        "Unknown" if is(Reason::ApprovalExpired) => Some("its time is over".to_owned()),
        "Unknown" if is(Reason::ApprovalIncomplete) => Some("the operator does not accept it".to_owned()),
        _ => None,
    }
}

/// Who has approved the published plan already, with an approval that counts.
pub fn approved_by(object: &Object, now: Timestamp) -> Option<String> {
    let by = named_by(object)?;
    flaw(object, now).is_none().then(|| by.to_owned())
}

/// An approval of the published plan that counts for nothing, and why.
pub fn void_approval(object: &Object, now: Timestamp) -> Option<String> {
    Some(format!("{}; {}", named_by(object)?, flaw(object, now)?))
}

/// Who has approved a plan that can still be carried out.
pub fn standing_approval(object: &Object, now: Timestamp) -> Option<String> {
    let comment = object.annotation(annotations::APPROVAL_COMMENT);
    approved_by(object, now).filter(|_| obstacle(object, comment, now).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::tests::{NOW, binding};

    fn said(change: impl FnOnce(&mut Object)) -> String {
        let mut object = binding();
        change(&mut object);
        obstacle(&object, None, NOW.parse().unwrap()).unwrap_or_default()
    }

    #[test]
    fn a_plan_that_waits_can_be_approved() {
        assert_eq!(said(|_| ()), "");
    }

    #[test]
    fn what_cannot_be_approved_is_said_with_the_next_step() {
        let plan = |object: &mut Object, change: fn(&mut sas_api::plan::PublishedPlan)| {
            change(object.gate.plan.as_mut().unwrap());
        };
        for (words, message) in [
            ("there is no plan", said(|object| object.gate.plan = None)),
            (
                "older spec",
                said(|object| object.raw.metadata.generation = Some(9)),
            ),
            ("is spent", said(|object| object.gate.executed_epoch = Some(3))),
            (
                "replan",
                said(|object| plan(object, |plan| plan.expires_time = plan.computed_time.clone())),
            ),
            (
                "--comment",
                said(|object| plan(object, |plan| plan.plan.risk = Risk::R4)),
            ),
        ] {
            assert!(message.contains(words), "{words}: {message}");
        }
    }

    fn approve(object: &mut Object, further: &[(&str, &str)]) {
        let hash = object.plan().unwrap().hash.clone();
        let annotations = object.raw.metadata.annotations.get_or_insert_default();
        for (key, value) in [
            (annotations::APPROVED_PLAN, hash.as_str()),
            (annotations::APPROVED_BY, "alice"),
        ]
        .iter()
        .chain(further)
        {
            annotations.insert((*key).to_owned(), (*value).to_owned());
        }
    }

    fn say(object: &mut Object, reason: Reason) {
        for approved in &mut object.common.conditions {
            if approved.type_ == condition::APPROVED {
                approved.reason = reason.as_str().to_owned();
            }
        }
    }

    #[test]
    fn an_approval_stands_until_it_ends_or_the_operator_finds_a_flaw() {
        let now = NOW.parse().unwrap();
        for (end, reason, stands) in [
            (None, Reason::AwaitingApproval, true),
            (Some("2026-11-21T10:00:00Z"), Reason::AwaitingApproval, true),
            (Some("2026-11-21T09:59:59Z"), Reason::AwaitingApproval, false),
            (Some("tomorrow"), Reason::AwaitingApproval, false),
            // The operator has not seen yet that this approval names the present plan.
            (None, Reason::ApprovalStale, true),
            (None, Reason::ApprovalExpired, false),
            (None, Reason::ApprovalIncomplete, false),
        ] {
            let mut object = binding();
            let end = end.map(|end| (annotations::APPROVAL_NOT_AFTER, end));
            approve(&mut object, end.as_slice());
            say(&mut object, reason);
            let found = (approved_by(&object, now), standing_approval(&object, now));
            let expected = stands.then(|| "alice".to_owned());
            assert_eq!(found, (expected.clone(), expected), "{end:?} {reason}");
            assert_eq!(void_approval(&object, now).is_none(), stands, "{end:?} {reason}");
        }
        assert_eq!(approved_by(&binding(), now), None);
        assert_eq!(void_approval(&binding(), now), None);
    }

    #[test]
    fn a_plan_of_an_older_spec_is_explained_by_what_is_in_the_way_of_a_new_one() {
        let mut object = binding();
        object.raw.metadata.generation = Some(3);
        assert!(!object.is_pending());
        let unseen = obstacle(&object, None, NOW.parse().unwrap()).unwrap();
        assert!(unseen.contains("wait until the operator has planned"), "{unseen}");
        object.common.observed_generation = Some(3);
        object.common.conditions[0].message = "not enough licences".to_owned();
        let blocked = obstacle(&object, None, NOW.parse().unwrap()).unwrap();
        assert!(
            blocked.ends_with("the present one: not enough licences"),
            "{blocked}"
        );
    }

    #[test]
    fn an_accepted_approval_counts_unseen_until_it_is_spent() {
        let counts = counts_unseen;
        let mut object = binding();
        assert!(!counts(&object));
        for accepted in &mut object.common.conditions {
            if accepted.type_ == condition::APPROVED {
                accepted.status = "True".to_owned();
            }
        }
        assert!(counts(&object));
        // Begun and not ended: the next attempt of the call is still to come.
        object.gate.execution = crate::object::tests::executed().gate.execution;
        object.gate.execution.as_mut().unwrap().outcome = None;
        assert!(counts(&object));
        object.gate.executed_epoch = Some(3);
        assert!(!counts(&object));
    }
}
