//! RefreshAssets: has Security Center look for new assets. It answers nothing; servers that it had
//! not noticed are listed some time later, and bound where a contract does that by itself.

#[cfg(test)]
mod tests;

use jiff::SignedDuration;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::Asset;

pub const ACTION: Action = Action::write(Product::Sas, "RefreshAssets", run);

const ASSET_TYPES: [&str; 3] = ["ecs", "cloud_product", "container_image"];

#[derive(Serialize)]
struct Response {}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let kind = call.parameters.text("AssetType").unwrap_or("ecs");
    if !ASSET_TYPES.contains(&kind) {
        return Err(Refusal::invalid("AssetType"));
    }
    let vendor: Option<i32> = call.parameters.number("Vendor")?;
    let seconds = call.centre.settings.agents.refresh_seconds;
    let at = call
        .now
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(call.now);
    let hidden = |asset: &Asset| {
        kind == "ecs" && !asset.is_listed(call.now) && vendor.is_none_or(|vendor| vendor == asset.vendor)
    };
    let found: Vec<String> = call
        .centre
        .assets
        .iter()
        .filter(|(_, asset)| hidden(asset))
        .map(|(uuid, _)| uuid.clone())
        .collect();
    for uuid in &found {
        call.centre.notice(uuid, at);
    }
    call.centre.refreshed_at = Some(call.now);
    Ok(Outcome::committed(&Response {}))
}
