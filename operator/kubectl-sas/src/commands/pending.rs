//! `kubectl sas pending`: the plans that wait for a decision, over all namespaces and kinds.

use anyhow::Result;
use jiff::Timestamp;
use sas_api::plan::PublishedPlan;

use super::Ended;
use crate::cluster::{Cluster, write_kinds};
use crate::object::Object;
use crate::output::{Listing, Page, Table, age, cell, risk};
use crate::show;

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
    Ok(Ended::Well)
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
