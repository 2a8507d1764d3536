//! AddAssetSelectionCriteria: adds targets to a selection or takes them out of it, one by one or
//! by search criteria, which are resolved to servers now.

#[cfg(test)]
mod tests;

use serde_json::json;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::search::Search;
use crate::world::scans::TargetType;

pub const ACTION: Action = Action::write(Product::Sas, "AddAssetSelectionCriteria", run).with_client_token();

/// A target to be added, or to be taken out.
struct Change {
    target: String,
    add: bool,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let key = call.parameters.needed("SelectionKey")?;
    let Some(selection) = call.centre.scans.selections.get(key) else {
        return Err(Refusal::invalid("SelectionKey"));
    };
    let mut changes = listed(call.parameters)?;
    if let Some(criteria) = call.parameters.text("Criteria") {
        if selection.target_type != TargetType::Instance {
            return Err(Refusal::invalid("Criteria"));
        }
        changes.extend(searched(call, criteria)?);
    }
    if changes.is_empty() || selection.target_type == TargetType::AllInstance {
        return Err(Refusal::invalid("TargetOperationList"));
    }
    if call.dry_run {
        return Ok(Outcome::unchanged(&json!({})));
    }
    if let Some(selection) = call.centre.scans.selections.get_mut(key) {
        for change in changes {
            if change.add {
                selection.targets.insert(change.target);
            } else {
                selection.targets.remove(&change.target);
            }
        }
    }
    Ok(Outcome::committed(&json!({})))
}

fn listed(parameters: &Parameters) -> Result<Vec<Change>, Refusal> {
    let change = |element: String| {
        Ok(Change {
            target: parameters.needed(&format!("{element}.Target"))?.to_owned(),
            add: adds(parameters, &format!("{element}.Operation"))?,
        })
    };
    let elements = parameters.elements("TargetOperationList")?;
    elements.into_iter().map(change).collect()
}

fn searched(call: &Call<'_>, criteria: &str) -> Result<Vec<Change>, Refusal> {
    let search = Search::parse(Some(criteria), None, call.centre)?;
    let add = adds(call.parameters, "CriteriaOperation")?;
    let view = call.centre.view(call.now);
    let change = |(uuid, _): (&String, _)| Change {
        target: uuid.clone(),
        add,
    };
    Ok(search.among_all(&view).map(change).collect())
}

/// Whether the operation of this name is `add` and not `del`.
fn adds(parameters: &Parameters, name: &str) -> Result<bool, Refusal> {
    match parameters.needed(name)? {
        "add" => Ok(true),
        "del" => Ok(false),
        _ => Err(Refusal::invalid(name)),
    }
}
