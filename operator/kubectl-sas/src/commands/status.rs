//! `kubectl sas status`: accounts, what acts in them, and the conditions of each that say more than that
//! approvals are guarded as they should be.

use anyhow::Result;
use sas_api::{KINDS, KindInfo};

use super::Ended;
use crate::cluster::Cluster;
use crate::output::{Page, Shape};
use crate::select::Selection;
use crate::show;

/// Flags of `status`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Format.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Shape,
}

/// Prints the tree; without names or labels, of everything in the namespace.
pub async fn run(args: &Args, cluster: &Cluster) -> Result<Ended> {
    let kinds: Vec<&'static KindInfo> = KINDS.iter().collect();
    let everything = args.selection.names.is_empty() && args.selection.selector.is_none();
    let (objects, unreadable) = if everything {
        cluster.list(&kinds, &cluster.scope(), None).await?
    } else {
        (cluster.select(&args.selection, &kinds).await?, Vec::new())
    };
    let mut page = Page::default();
    match args.output.format() {
        Some(format) => page.document(&super::list_of(&objects), format)?,
        None if objects.is_empty() && unreadable.is_empty() => {
            page.line("nothing here; -A looks in all namespaces");
        }
        None => show::tree::add(&mut page, &objects),
    }
    page.print()?;
    super::warn_of_unreadable(&unreadable)?;
    Ok(Ended::Well)
}
