//! Whether a plan can be approved as it stands. Pure: the API server judges again, and so does the operator.

use jiff::Timestamp;
use sas_api::{Risk, annotations, condition};

use crate::object::Object;

/// Why the published plan cannot be approved now, and what to do; nothing if it can.
pub fn obstacle(object: &Object, comment: Option<&str>, now: Timestamp) -> Option<String> {
    let name = object.reference();
    if !object.kind.writes {
        return Some(format!("{name} writes nothing and needs no approval"));
    }
    let again = format!("`kubectl sas plan {name} -n {}`", object.namespace());
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
        return Some(format!(
            "the plan for {name} was made for an older spec; wait until the operator has planned again, then read {again}"
        ));
    }
    if let Some(execution) = object
        .gate
        .execution
        .as_ref()
        .filter(|execution| execution.epoch == plan.epoch)
    {
        return Some(match execution.outcome {
            None => {
                format!("the plan for {name} is being carried out; `kubectl sas status {name}` shows how far")
            }
            Some(outcome) => format!(
                "the plan for {name} was carried out ({outcome:?}) and its approval is spent; `kubectl sas receipt {name}` shows what was sent"
            ),
        });
    }
    if object
        .gate
        .executed_epoch
        .is_some_and(|executed| executed >= plan.epoch)
    {
        return Some(format!(
            "the plan for {name} is spent; wait for a new one, or ask for it: `kubectl sas replan {name}`"
        ));
    }
    if plan.expires_time.0 <= now {
        return Some(format!(
            "the plan for {name} expired at {}; ask for a new one: `kubectl sas replan {name}`",
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

/// Whether the operator goes on with an approval whose annotation is gone.
pub fn counts_unseen(object: &Object, now: Timestamp) -> bool {
    let accepted = object
        .condition(condition::APPROVED)
        .is_some_and(|(status, _, _)| status == "True");
    let there = object.annotation(annotations::APPROVED_PLAN).is_some();
    accepted && !there && obstacle(object, Some(" - "), now).is_none()
}

/// Who has approved the published plan already.
pub fn approved_by(object: &Object) -> Option<String> {
    let hash = &object.plan()?.hash;
    let approved = object.annotation(annotations::APPROVED_PLAN) == Some(hash);
    let by = object
        .annotation(annotations::APPROVED_BY)
        .unwrap_or("somebody who gave no name");
    approved.then(|| by.to_owned())
}

/// Who has approved a plan that can still be carried out.
pub fn standing_approval(object: &Object, now: Timestamp) -> Option<String> {
    let comment = object.annotation(annotations::APPROVAL_COMMENT);
    approved_by(object).filter(|_| obstacle(object, comment, now).is_none())
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

    #[test]
    fn an_accepted_approval_counts_unseen_until_it_is_spent() {
        let counts = |object: &Object| counts_unseen(object, NOW.parse().unwrap());
        let mut object = binding();
        assert!(!counts(&object));
        for accepted in &mut object.common.conditions {
            if accepted.type_ == condition::APPROVED {
                accepted.status = "True".to_owned();
            }
        }
        assert!(counts(&object));
        object.gate.executed_epoch = Some(3);
        assert!(!counts(&object));
    }
}
