//! Calls that leave without some of their targets. A plan that says so ([`Plan::partial`]) is made without
//! those on which it cannot act any more: what is sent names a part of what was approved and nothing else.
//! Two ways of naming targets are known, items of a list that is separated by commas and members of a
//! numbered list (`Target.3.Uuid`); a target that is named in any other way cannot be left out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use sas_api::plan::{Call, NamedValue, Parameter, Plan};
use sas_api::status::{CallRecord, Execution};

/// Targets that the calls of one execution leave out at most: its status keeps each with a reason. Where
/// more are gone, the plan is not the one that somebody wanted.
const MOST: usize = 500;
/// Targets that one call leaves out at most.
const MOST_OF_A_CALL: usize = 100;
/// Targets that a message names.
const NAMED: usize = 5;

/// The parameters of a call without the targets that its record leaves out.
pub(crate) fn parameters<'a>(call: &'a Call, record: Option<&CallRecord>) -> Cow<'a, [Parameter]> {
    match record {
        Some(record) if !record.left_out.is_empty() => {
            let gone = record
                .left_out
                .iter()
                .map(|target| target.name.as_str())
                .collect();
            Cow::Owned(without(&call.parameters, &gone))
        }
        _ => Cow::Borrowed(&call.parameters),
    }
}

/// Whether a plan allows what a record of one of its calls leaves out.
pub(crate) fn allows(plan: &Plan, record: &CallRecord) -> bool {
    let is_target = |gone: &NamedValue| plan.targets.iter().any(|target| target.uuid == gone.name);
    record.left_out.is_empty() || (plan.partial && record.left_out.iter().all(is_target))
}

/// Those of the targets that are `away` which call `index` of a plan has to leave out, or why it cannot be
/// made at all. Each of them comes with a reason.
pub(crate) fn left_out(
    plan: &Plan,
    index: usize,
    execution: Option<&Execution>,
    away: &[NamedValue],
) -> Result<Vec<NamedValue>, String> {
    let Some(call) = plan.calls.get(index).filter(|_| !away.is_empty()) else {
        return Ok(Vec::new());
    };
    let named = items(&call.parameters);
    let gone: Vec<NamedValue> = away
        .iter()
        .filter(|target| named.contains(target.name.as_str()))
        .cloned()
        .collect();
    if gone.is_empty() {
        return Ok(gone);
    }
    let why = || {
        let first: Vec<_> = gone
            .iter()
            .take(NAMED)
            .map(|target| target.value.as_str())
            .collect();
        let more = gone.len().saturating_sub(NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{} cannot act on {}{more}", call.action, first.join(", "))
    };
    if !plan.partial {
        return Err(why());
    }
    let uuids: BTreeSet<&str> = gone.iter().map(|target| target.name.as_str()).collect();
    let left = without(&call.parameters, &uuids);
    let left_items = items(&left);
    let acts = plan
        .targets
        .iter()
        .any(|target| left_items.contains(target.uuid.as_str()));
    // A value that is left empty is no list of targets, and one that still holds a name is none that is known.
    let spoilt = |parameter: &Parameter| {
        let value = parameter.value.as_deref().unwrap_or_default();
        let was_empty = call.value(&parameter.name).is_none_or(str::is_empty);
        (value.is_empty() && !was_empty) || uuids.iter().any(|uuid| value.contains(uuid))
    };
    let before: usize = execution
        .into_iter()
        .flat_map(|execution| execution.calls.iter().enumerate())
        .filter(|(other, _)| *other != index)
        .map(|(_, record)| record.left_out.len())
        .sum();
    match () {
        () if !acts => Err(format!("{}, and on no other target of it", why())),
        () if left.iter().any(spoilt) => Err(format!("{}, and cannot be made without", why())),
        () if gone.len() > MOST_OF_A_CALL || before + gone.len() > MOST => {
            Err(format!("{}: too many to go on without them", why()))
        }
        () => Ok(gone),
    }
}

/// Everything that literal parameters name: whole values and items of lists.
fn items(parameters: &[Parameter]) -> HashSet<&str> {
    let values = parameters
        .iter()
        .filter_map(|parameter| parameter.value.as_deref());
    values.flat_map(|value| value.split(',')).collect()
}

fn without(parameters: &[Parameter], gone: &BTreeSet<&str>) -> Vec<Parameter> {
    let is_gone = |parameter: &&Parameter| parameter.value.as_deref().is_some_and(|v| gone.contains(v));
    let members: BTreeSet<Member<'_>> = parameters
        .iter()
        .filter(is_gone)
        .filter_map(|parameter| Member::of(&parameter.name))
        .map(|(member, _)| member)
        .collect();
    // The members that stay close ranks.
    let mut numbers: BTreeMap<Member<'_>, usize> = BTreeMap::new();
    let mut next: BTreeMap<&str, usize> = BTreeMap::new();
    let all: BTreeSet<Member<'_>> = parameters
        .iter()
        .filter_map(|parameter| Member::of(&parameter.name))
        .map(|(member, _)| member)
        .collect();
    for member in all.into_iter().filter(|member| !members.contains(member)) {
        let number = next.entry(member.list).or_insert(0);
        *number += 1;
        numbers.insert(member, *number);
    }
    let lists: BTreeSet<&str> = members.iter().map(|member| member.list).collect();
    parameters
        .iter()
        .filter_map(|parameter| match Member::of(&parameter.name) {
            Some((member, _)) if members.contains(&member) => None,
            Some((member, rest)) if lists.contains(member.list) => Some(Parameter {
                name: format!("{}{}{rest}", member.list, numbers[&member]),
                ..parameter.clone()
            }),
            _ => Some(shortened(parameter, gone)),
        })
        .collect()
}

/// A parameter without the items of its list that are gone.
fn shortened(parameter: &Parameter, gone: &BTreeSet<&str>) -> Parameter {
    let value = parameter.value.as_deref().map(|value| {
        let left: Vec<_> = value.split(',').filter(|item| !gone.contains(item)).collect();
        left.join(",")
    });
    Parameter {
        value,
        ..parameter.clone()
    }
}

/// A member of a numbered list: `Target.` and 3 of `Target.3.Uuid`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Member<'a> {
    list: &'a str,
    number: usize,
}

impl<'a> Member<'a> {
    /// The member that a parameter belongs to, and the rest of the parameter's name.
    fn of(name: &'a str) -> Option<(Self, &'a str)> {
        let (list, tail) = name.split_once('.')?;
        let list = &name[..=list.len()];
        let end = tail.find('.').unwrap_or(tail.len());
        let number = tail[..end].parse().ok()?;
        Some((Self { list, number }, &tail[end..]))
    }
}

#[cfg(test)]
#[path = "partial_tests.rs"]
mod tests;
