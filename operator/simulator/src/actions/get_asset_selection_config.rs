//! GetAssetSelectionConfig: the selection that counts for a business type now, whoever made it.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::selecting::business_type;
use crate::world::scans::{Platform, TargetType};

pub const ACTION: Action = Action::read(Product::Sas, "GetAssetSelectionConfig", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data<'a> {
    selection_key: &'a str,
    target_type: TargetType,
    platform: Platform,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let selected = call.centre.scans.selected(&business_type(call.parameters)?);
    let data = selected.map(|(selection_key, selection)| Data {
        selection_key,
        target_type: selection.target_type,
        platform: selection.platform,
    });
    Ok(Outcome::unchanged(&Response { data }))
}
