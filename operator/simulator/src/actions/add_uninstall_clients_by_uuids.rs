//! AddUninstallClientsByUuids: takes the agent off servers, in a while. It answers nothing; a
//! server without a connected agent, and one it does not know, are passed over.

#[cfg(test)]
mod tests;

use jiff::SignedDuration;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::{Asset, Client};

pub const ACTION: Action = Action::write(Product::Sas, "AddUninstallClientsByUuids", run);

#[derive(Serialize)]
struct Response {}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    call.parameters.needed("Uuids")?;
    let settings = call.centre.settings.agents.clone();
    let at = call
        .now
        .checked_add(SignedDuration::from_secs(settings.uninstall_seconds))
        .unwrap_or(call.now);
    let goes = |asset: &Asset| {
        let spared = settings.uninstall_only_outside && asset.vendor == 0;
        asset.client(call.now).is_online() && asset.client(at).is_installed() && !spared
    };
    let named: Vec<&str> = call
        .parameters
        .several("Uuids")
        .filter(|uuid| call.centre.listed_asset(uuid, call.now).is_some_and(goes))
        .collect();
    for uuid in &named {
        if let Some(asset) = call.centre.assets.get_mut(*uuid) {
            asset.change_client(Client::UNINSTALLED, at);
            if settings.uninstalled_outside_vanish && asset.vendor != 0 {
                asset.listed_until = Some(at);
            }
        }
    }
    Ok(Outcome {
        committed: !named.is_empty(),
        ..Outcome::unchanged(&Response {})
    })
}
