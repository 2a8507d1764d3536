//! `kubectl sas receipt`: who asked, who approved, what was sent, and the cloud's request ids.

use anyhow::{Result, ensure};
use jiff::Timestamp;

use super::Ended;
use crate::cluster::{Cluster, write_kinds};
use crate::output::{Page, Shape, WARNING};
use crate::select::Selection;
use crate::show::receipt::{Receipt, executed_plan};

/// Flags of `receipt`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Format.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Shape,
}

/// Prints the receipt of what was carried out last, and of its stop, for each object.
pub async fn run(args: &Args, cluster: &Cluster) -> Result<Ended> {
    let objects = cluster.select(&args.selection, &write_kinds()).await?;
    let (mut receipts, mut beside) = (Vec::new(), Page::default());
    for object in &objects {
        if object.executions().next().is_none() {
            let none = format!(
                "nothing was ever sent for {}; `kubectl sas status {}` says how it stands",
                object.reference(),
                object.target()
            );
            // A selector passes over what has none; a name does not.
            ensure!(args.selection.selector.is_some(), none);
            beside.styled(WARNING, none);
            continue;
        }
        for execution in object.executions() {
            let calls = match executed_plan(object, execution) {
                // A receipt without parameters is better than none.
                Some(plan) => cluster
                    .full_plan(&object.namespace(), plan)
                    .await
                    .ok()
                    .map(|plan| plan.calls),
                None => None,
            };
            receipts.push(Receipt::new(object, execution, calls));
        }
    }
    beside.print_beside()?;
    let mut page = Page::default();
    match (args.output.format(), receipts.as_slice()) {
        (Some(format), [one]) if objects.len() == 1 => page.document(one, format)?,
        (Some(format), all) => page.document(&all, format)?,
        (None, all) => {
            for (index, receipt) in all.iter().enumerate() {
                if index > 0 {
                    page.gap();
                }
                receipt.add(&mut page, Timestamp::now());
            }
        }
    }
    page.print()?;
    Ok(Ended::Well)
}
