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
/// `CloudAssetType` of servers, the only cloud product here.
const SERVER: i32 = 0;
/// The other documented values.
const OTHER_PRODUCTS: [i32; 21] = [
    1, 3, 4, 5, 6, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
];

#[derive(Serialize)]
struct Response {}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let kind = call.parameters.text("AssetType").unwrap_or("ecs");
    if !ASSET_TYPES.contains(&kind) {
        return Err(Refusal::invalid("AssetType"));
    }
    let vendor: Option<i32> = call.parameters.number("Vendor")?;
    if vendor.is_some_and(|vendor| !Asset::VENDORS.contains(&vendor)) {
        return Err(Refusal::invalid("Vendor"));
    }
    let product: Option<i32> = call.parameters.number("CloudAssetType")?;
    if product.is_some_and(|product| product != SERVER && !OTHER_PRODUCTS.contains(&product)) {
        return Err(Refusal::invalid("CloudAssetType"));
    }
    let looks_for_servers = match kind {
        "ecs" => true,
        "cloud_product" => product == Some(SERVER),
        _ => false,
    };
    let seconds = call.centre.settings.agents.refresh_seconds;
    let at = call
        .now
        .checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(call.now);
    let hidden = |asset: &Asset| {
        looks_for_servers && !asset.is_listed(call.now) && vendor.is_none_or(|vendor| vendor == asset.vendor)
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
