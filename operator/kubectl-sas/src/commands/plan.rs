//! `kubectl sas plan`: the full plan of objects, for somebody who has to decide.

use anyhow::Result;
use jiff::Timestamp;
use sas_api::plan::{Plan, PublishedPlan};

use super::Ended;
use crate::cluster::{Cluster, write_kinds};
use crate::judge;
use crate::object::Object;
use crate::output::{Page, Shape, WARNING};
use crate::select::Selection;
use crate::show;

/// Flags of `plan`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Format.
    #[arg(long, short, value_name = "FORMAT", default_value = "text")]
    output: Shape,
}

/// Prints the plans, also those that cannot be approved, with what is in the way.
pub async fn run(args: &Args, cluster: &Cluster) -> Result<Ended> {
    let objects = cluster.select(&args.selection, &write_kinds()).await?;
    let now = Timestamp::now();
    let mut page = Page::default();
    let mut plans = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        let Some(published) = object.plan() else {
            page.styled(WARNING, judge::obstacle(object, None, now).unwrap_or_default());
            continue;
        };
        let full = cluster.full_plan(&object.namespace(), published).await?;
        if index > 0 {
            page.gap();
        }
        show::plan::add(&mut page, object, published, &full, now);
        next_step(&mut page, object, now);
        plans.push(document(object, published, full));
    }
    if let Some(format) = args.output.format() {
        page = Page::default();
        match (plans.as_slice(), objects.len()) {
            ([one], 1) => page.document(one, format)?,
            _ => page.document(&plans, format)?,
        }
    }
    page.print()?;
    Ok(Ended::Well)
}

/// A plan for programs: the published one with all calls and targets, and whose it is.
fn document(object: &Object, published: &PublishedPlan, full: Plan) -> serde_json::Value {
    let whole = PublishedPlan {
        plan: full,
        ..published.clone()
    };
    serde_json::json!({
        "kind": object.kind.kind,
        "namespace": object.namespace(),
        "name": object.name(),
        "plan": whole,
    })
}

fn next_step(page: &mut Page, object: &Object, now: Timestamp) {
    page.gap();
    let target = object.target();
    // What only the decision itself can bring along is no obstacle yet.
    match judge::obstacle(object, Some("said with the decision"), now) {
        Some(obstacle) => page.styled(WARNING, obstacle),
        None if judge::approved_by(object, now).is_some() => {
            page.line(format!(
                "approved; `kubectl sas wait --for done {target}` waits for the end"
            ));
        }
        None => page.line(format!(
            "decide: `kubectl sas approve {target}` or `kubectl sas reject {target}`"
        )),
    }
}
