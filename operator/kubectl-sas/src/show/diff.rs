//! What a plan has that the one approved last had not, and the other way round.

use std::collections::BTreeSet;

use sas_api::kinds::TargetNoun;
use sas_api::plan::{Call, Plan, PublishedPlan};

use crate::output::{ERROR, FAINT, GOOD, Page, TITLE};

/// Adds the differences.
pub fn add(
    page: &mut Page,
    noun: TargetNoun,
    before: &PublishedPlan,
    published: &PublishedPlan,
    full: &Plan,
) {
    let nouns = match noun {
        TargetNoun::Servers => "servers",
        TargetNoun::Alerts => "alerts",
    };
    if before.hash == published.hash {
        return;
    }
    page.gap();
    page.styled(TITLE, "Against the plan that was approved last");
    let (old, new) = (lines(noun, &before.plan), lines(noun, full));
    let (gone, come): (Vec<_>, Vec<_>) = (missing(&old, &new), missing(&new, &old));
    for line in &gone {
        page.styled(ERROR, format!("  - {line}"));
    }
    for line in &come {
        page.styled(GOOD, format!("  + {line}"));
    }
    if gone.is_empty() && come.is_empty() {
        page.styled(
            FAINT,
            format!("  the same calls, for the same {nouns}; it starts from another state, or again"),
        );
    }
    if before.full_digest.is_some() {
        page.styled(
            FAINT,
            format!(
                "  only the first of its {} {nouns} are known",
                before.target_count
            ),
        );
    }
}

/// The lines of the first that the second has not, in order.
fn missing<'a>(lines: &'a [String], others: &[String]) -> Vec<&'a String> {
    let others: BTreeSet<&String> = others.iter().collect();
    lines.iter().filter(|line| !others.contains(line)).collect()
}

/// Everything about a plan that a change of is worth a line.
fn lines(noun: TargetNoun, plan: &Plan) -> Vec<String> {
    let mut lines = vec![
        plan.summary.clone(),
        format!("risk {:?}, cost {}", plan.risk, super::cost(plan)),
    ];
    lines.extend(plan.calls.iter().map(one_line));
    lines.extend(plan.targets.iter().map(|target| match noun {
        TargetNoun::Servers => format!("server {} ({}), now {}", target.uuid, target.name, target.current),
        TargetNoun::Alerts => format!("{} on {} ({})", target.current, target.uuid, target.name),
    }));
    lines.extend(
        plan.values
            .iter()
            .map(|value| format!("{} = {}", value.name, value.value)),
    );
    lines
}

fn one_line(call: &Call) -> String {
    let parameters = call.parameters.iter().map(|parameter| match &parameter.value {
        Some(value) => format!("{}={value}", parameter.name),
        None => format!("{}=<reference>", parameter.name),
    });
    format!("{} {}", call.action, parameters.collect::<Vec<_>>().join(" "))
}
