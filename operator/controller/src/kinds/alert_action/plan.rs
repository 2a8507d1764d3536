//! From what was found to a plan, or to why there is none. A plan that waits keeps its alerts as long as all of
//! them are still to be handled in the same way.

use std::collections::{BTreeMap, BTreeSet};

use sas_api::Reason;
use sas_api::kinds::SasAlertAction;
use sas_api::kinds::alert_action::alerts_of;
use sas_api::plan::{Call, PLAN_CALLS, Plan};
use sas_engine::Planned;

use super::Observed;
use super::calls::build;
use super::choose::Choice;
use super::look::Meant;
use super::obstacle::{nothing_to_do, obstacle, offline};

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
        return nothing_to_do(object, observed);
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
