//! DescribeInstances: the instances of a region. `InstanceIds` and the lists of addresses are JSON
//! arrays in one parameter, unlike lists elsewhere; an id that does not exist is left out. All
//! filters that are given must fit.

mod filter;
mod row;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::ecs::{self, Part, PartInfo};
use crate::gateway::Refusal;
use filter::Filter;
use row::Row;

pub const ACTION: Action = Action::read(Product::Ecs, "DescribeInstances", run);

const LARGEST_PAGE: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    instances: Instances<'a>,
    #[serde(flatten)]
    part: PartInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Instances<'a> {
    instance: Vec<Row<'a>>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    if parameters.boolean("DryRun")?.unwrap_or(false) {
        let message = "Request validation has been passed with DryRun flag set.";
        return Err(Refusal::new(400, "DryRunOperation", message));
    }
    let part = Part::lenient(parameters, LARGEST_PAGE)?;
    let filter = Filter::read(parameters)?;
    let mut found = ecs::instances(call.centre, ecs::region(call));
    found.retain(|(_, asset)| filter.fits(asset));
    let (found, part) = part.cut(found, |(_, asset)| asset.instance_id.clone())?;
    let instance = found
        .into_iter()
        .map(|(uuid, asset)| Row::new(uuid, asset))
        .collect();
    Ok(Outcome::unchanged(&Response {
        instances: Instances { instance },
        part,
    }))
}
