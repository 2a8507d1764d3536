//! CreateAssetSelectionConfig: makes an empty selection of servers and answers its key, a uuid
//! although the SDK models a number. A selection of all servers counts for its business type at
//! once, any other after UpdateSelectionKeyByType.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::selecting::{business_type, value};
use crate::world::scans::{Platform, Selection, TargetType};

pub const ACTION: Action = Action::write(Product::Sas, "CreateAssetSelectionConfig", run).with_client_token();

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    data: Data,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    business_type: String,
    target_type: TargetType,
    platform: Platform,
    #[serde(skip_serializing_if = "Option::is_none")]
    selection_key: Option<String>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let business_type = business_type(parameters)?;
    parameters.needed("TargetType")?;
    let selection = Selection {
        target_type: value(parameters, "TargetType")?,
        platform: value(parameters, "Platform")?,
        business_type: business_type.clone(),
        ..Selection::default()
    };
    let response = |selection_key| Response {
        data: Data {
            business_type: selection.business_type.clone(),
            target_type: selection.target_type,
            platform: selection.platform,
            selection_key,
        },
    };
    if call.dry_run {
        return Ok(Outcome::unchanged(&response(None)));
    }
    let key = call.ids.uuid().hyphenated().to_string();
    let outcome = Outcome::committed(&response(Some(key.clone())));
    let scans = &mut call.centre.scans;
    if selection.target_type == TargetType::AllInstance {
        scans.slots.insert(business_type, key.clone());
    }
    scans.selections.insert(key, selection);
    Ok(outcome)
}
