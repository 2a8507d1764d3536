//! UpdateSelectionKeyByType: makes a selection the one that counts for its business type. There
//! is one such slot per account: whoever came before is overwritten.

#[cfg(test)]
mod tests;

use serde_json::json;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::selecting::business_type;

pub const ACTION: Action = Action::write(Product::Sas, "UpdateSelectionKeyByType", run).with_client_token();

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let business_type = business_type(call.parameters)?;
    let key = call.parameters.needed("SelectionKey")?;
    let selection = call.centre.scans.selections.get(key);
    if selection.is_none_or(|selection| selection.business_type != business_type) {
        return Err(Refusal::invalid("SelectionKey"));
    }
    if call.dry_run {
        return Ok(Outcome::unchanged(&json!({})));
    }
    call.centre.scans.slots.insert(business_type, key.to_owned());
    Ok(Outcome::committed(&json!({})))
}
