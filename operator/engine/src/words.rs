//! What conditions say to people: the command that approves a plan, and what to do next.

use std::collections::BTreeMap;

use kube::ResourceExt;
use sas_api::plan::PublishedPlan;
use sas_api::{APPROVER_FIELD_MANAGER, Reason, annotations};

use crate::approval::printable;
use crate::events::cut;
use crate::guard::Guard;
use crate::operation::Gate;

/// The command that approves a plan, ready to paste. It takes away what an earlier decision left behind,
/// and names its user where the API server does not.
pub fn approve_command<K: Gate>(object: &K, plan: &PublishedPlan, guard: &Guard) -> String {
    let left_over =
        |key| annotations::get(object.meta().annotations.as_ref(), key).map(|_| format!(" {key}-"));
    let stamped = guard.rules().is_some_and(|rules| rules.stamped);
    let further: String = [
        match plan.plan.risk {
            sas_api::Risk::R4 => Some(format!(" {}='say why'", annotations::APPROVAL_COMMENT)),
            _ => left_over(annotations::APPROVAL_COMMENT),
        },
        left_over(annotations::APPROVAL_NOT_AFTER),
        left_over(annotations::REJECTED_PLAN),
        (!stamped).then(|| format!(" {}=\"$({WHO_AM_I})\"", annotations::APPROVED_BY)),
    ]
    .into_iter()
    .flatten()
    .collect();
    format!(
        "kubectl annotate --overwrite --field-manager={APPROVER_FIELD_MANAGER} --namespace={} {}.{} {}{further} {}={}",
        object.namespace().unwrap_or_default(),
        K::plural(&()),
        sas_api::GROUP,
        object.name_any(),
        annotations::APPROVED_PLAN,
        plan.hash
    )
}

/// Prints the name under which the API server knows whoever runs it.
const WHO_AM_I: &str = "kubectl auth whoami --output=jsonpath={.status.userInfo.username}";

pub(crate) fn approval_message<K: Gate>(
    object: &K,
    plan: Option<&PublishedPlan>,
    remark: Option<&str>,
    guard: &Guard,
) -> String {
    let Some(plan) = plan else {
        return "a plan is being made".to_owned();
    };
    let remark = remark.map(|r| format!("{r}. ")).unwrap_or_default();
    let cost = plan
        .plan
        .cost
        .as_ref()
        .map(|c| format!(", cost {}", c.display))
        .unwrap_or_default();
    let command = approve_command(object, plan, guard);
    format!(
        "{remark}{} waits for approval (risk {:?}: {}{cost}). Read status.plan; to approve exactly this plan run: \
         kubectl sas approve {}/{} --namespace={}, or without that plugin: {command}",
        plan.plan.summary,
        plan.plan.risk,
        plan.plan.risk.meaning(),
        K::plural(&()),
        object.name_any(),
        object.namespace().unwrap_or_default(),
    )
}

pub(crate) fn rejection_message(said: Option<&BTreeMap<String, String>>, one_shot: bool) -> String {
    let get = |key, bytes| annotations::get(said, key).map(|text| cut(&printable(text), bytes));
    let by = get(annotations::APPROVED_BY, 200).map(|by| format!(" by {by}"));
    let why = get(annotations::APPROVAL_COMMENT, 500).map(|why| format!(": {why}"));
    let (by, why) = (by.unwrap_or_default(), why.unwrap_or_default());
    format!(
        "the plan was rejected{by}{why}. {}, or ask for another plan with the annotation {}",
        if one_shot {
            "Delete this resource"
        } else {
            "Edit the spec"
        },
        annotations::REPLAN
    )
}

pub(crate) fn failure_message(reason: Reason, message: &str) -> String {
    let first = match reason {
        // What is wrong stands in a spec that never changes: only another resource helps.
        Reason::AlertNotFound | Reason::UnexpectedServer | Reason::NoAlerts => return message.to_owned(),
        Reason::Cancelled => "To begin anew",
        _ => "Once its cause is gone,",
    };
    format!(
        "{message}. {first} ask for a new plan: set the annotation {} to a new value",
        annotations::RETRY
    )
}

pub(crate) fn unknown_message(message: &str, one_shot: bool) -> String {
    format!(
        "{message}. Look at the cloud's console and its audit log. If the effect shows up, the operator sees it by itself; \
         if the call did not run, {}: that makes a new plan with its own approval. {} does not lead past this",
        if one_shot {
            "delete this resource and create it again"
        } else {
            "edit the spec or delete and create this resource again"
        },
        annotations::RETRY
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rejection_says_cannot_steer_a_terminal() {
        let said = [
            (annotations::APPROVED_BY, "dora\u{1b}]0;x\u{7}"),
            (annotations::APPROVAL_COMMENT, "\u{1b}[2J\nno\u{202e}thing"),
        ];
        let said = said.map(|(key, text)| (key.to_owned(), text.to_owned())).into();
        let message = rejection_message(Some(&said), false);
        assert!(
            message.starts_with("the plan was rejected by dora]0;x: [2J nothing. Edit the spec"),
            "{message:?}"
        );
    }
}
