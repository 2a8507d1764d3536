//! `kubectl sas pending`: the plans that wait for a decision, over all namespaces and kinds.

use anyhow::Result;
use jiff::Timestamp;
use sas_api::plan::PublishedPlan;

use super::Ended;
use crate::cluster::{Cluster, write_kinds};
use crate::object::Object;
use crate::output::{ERROR, Listing, Page, Table, age, cell, risk};
use crate::{judge, show};

/// Flags of `pending`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only objects with these labels.
    #[arg(long, short = 'l', value_name = "LABELS")]
    selector: Option<String>,
    /// Format.
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    output: Listing,
}

/// Prints the table.
pub async fn run(args: &Args, cluster: &Cluster) -> Result<Ended> {
    let scope = cluster.wide_scope();
    let (objects, unreadable) = cluster
        .list(&write_kinds(), &scope, args.selector.as_deref())
        .await?;
    let pending: Vec<Object> = objects.into_iter().filter(Object::is_pending).collect();
    let mut page = Page::default();
    match args.output.format() {
        Some(format) => page.document(&super::list_of(&pending), format)?,
        None if pending.is_empty() => page.line("no plan waits for a decision"),
        None => page.table(&table(&pending, args.output == Listing::Wide, Timestamp::now())),
    }
    page.print()?;
    super::warn_of_unreadable(&unreadable)?;
    unguarded(&pending).print_beside()?;
    Ok(Ended::Well)
}

/// Says once for each reason that nobody keeps approvals to approvers.
fn unguarded(pending: &[Object]) -> Page {
    let mut reasons: Vec<&str> = pending.iter().filter_map(judge::unguarded).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let mut page = Page::default();
    for why in reasons {
        page.styled(ERROR, format!("warning: nobody guards approvals: {why}"));
    }
    page
}

/// The oldest plan first: it has waited longest.
fn table(pending: &[Object], wide: bool, now: Timestamp) -> Table {
    let mut rows: Vec<(&Object, &PublishedPlan)> = pending
        .iter()
        .filter_map(|object| Some((object, object.plan()?)))
        .collect();
    rows.sort_by_key(|(object, plan)| (plan.computed_time.0, object.namespace(), object.reference()));
    let mut table = Table::new(&["NAMESPACE", "NAME", "RISK", "TARGETS", "COST", "REQUESTER", "AGE"]);
    if wide {
        table.headers.extend(["EXPIRES", "SUMMARY", "HASH"]);
    }
    for (object, plan) in rows {
        let mut row = vec![
            cell(object.namespace()),
            cell(object.reference()),
            risk(plan.plan.risk),
            cell(plan.target_count),
            cell(show::cost(&plan.plan)),
            cell(object.requesters().as_deref().unwrap_or("unknown")),
            cell(age(plan.computed_time.0, now)),
        ];
        if wide {
            row.extend([
                cell(plan.expires_time.0),
                cell(&plan.plan.summary),
                cell(&plan.hash),
            ]);
        }
        table.rows.push(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::tests::{NOW, binding, executed, hostile};

    #[test]
    fn it_is_said_once_that_nobody_guards_approvals() {
        assert_eq!(unguarded(&[binding()]).plain(), "");
        let mut open = binding();
        for condition in &mut open.common.conditions {
            if condition.type_ == sas_api::condition::APPROVAL_GUARD {
                "False".clone_into(&mut condition.status);
                "a policy is missing".clone_into(&mut condition.message);
            }
        }
        assert_eq!(
            unguarded(&[open.clone(), open, binding()]).plain(),
            "warning: nobody guards approvals: a policy is missing\n"
        );
    }

    #[test]
    fn the_plan_that_has_waited_longest_comes_first() {
        let mut old = hostile();
        let plan = old.gate.plan.as_mut().unwrap();
        plan.computed_time.0 = "2026-11-20T16:00:00Z".parse().unwrap();
        plan.plan.risk = sas_api::Risk::R4;
        plan.plan.cost = None;
        old.raw.metadata.namespace = Some("blog".into());
        old.raw.metadata.generation = Some(3);
        assert!(!executed().is_pending() && binding().is_pending());
        let mut page = Page::default();
        page.table(&table(&[binding(), old], false, NOW.parse().unwrap()));
        page.gap();
        page.table(&table(&[binding()], true, NOW.parse().unwrap()));
        insta::assert_snapshot!(page.plain());
        // On a terminal, a risk stands out; the columns stay where they are.
        insta::assert_snapshot!("in_colour", page.as_str().escape_debug());
    }
}
