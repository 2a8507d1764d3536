//! `kubectl sas receipt`: who asked, who approved, what was sent, and the cloud's request ids.

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::Ended;
use crate::cluster::{Cluster, write_kinds};
use crate::output::{Page, Shape};
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

/// Prints the receipt of what was carried out last, for each object.
pub async fn run(args: &Args, cluster: &Cluster) -> Result<Ended> {
    let objects = cluster.select(&args.selection, &write_kinds()).await?;
    let mut receipts = Vec::new();
    for object in &objects {
        let execution = object.gate.execution.as_ref().with_context(|| {
            format!(
                "nothing was ever sent for {0}; `kubectl sas status {0}` says how it stands",
                object.reference()
            )
        })?;
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
    let mut page = Page::default();
    match (args.output.format(), receipts.as_slice()) {
        (Some(format), [one]) => page.document(one, format)?,
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
