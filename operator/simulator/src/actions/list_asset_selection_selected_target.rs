//! ListAssetSelectionSelectedTarget: the targets of a selection, or those of the given ones that
//! are among them, with their names.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::scans::TargetType;
use crate::world::{DEFAULT_GROUP, DataCentre};

pub const ACTION: Action = Action::read(Product::Sas, "ListAssetSelectionSelectedTarget", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    data: Vec<Target<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Target<'a> {
    target_id: &'a str,
    target_name: &'a str,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let key = call.parameters.needed("SelectionKey")?;
    let asked = call.parameters.list("TargetList")?;
    let centre = &*call.centre;
    let selection = centre.scans.selections.get(key);
    let selection = selection.ok_or_else(|| Refusal::invalid("SelectionKey"))?;
    let targets = selection.targets.iter().map(String::as_str);
    let data = targets
        .filter(|target| asked.is_empty() || asked.contains(target))
        .map(|target_id| Target {
            target_id,
            target_name: name(centre, selection.target_type, target_id),
        })
        .collect();
    Ok(Outcome::unchanged(&Response { data }))
}

fn name<'a>(centre: &'a DataCentre, target_type: TargetType, target: &'a str) -> &'a str {
    match target_type {
        TargetType::Instance => centre.assets.get(target).map_or("", |asset| &asset.instance_name),
        TargetType::Group => {
            let is_group = |id: &i64| *id == DEFAULT_GROUP || centre.groups.contains_key(id);
            let group = target.parse().ok().filter(is_group);
            group.map_or("", |id| centre.group_name(id))
        }
        TargetType::Vpc | TargetType::AllInstance => target,
    }
}
