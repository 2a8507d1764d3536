//! CreateOrUpdateAssetGroup: makes a server group, or gives one its servers. A server is in one
//! group, so it leaves the one that it was in. Whether an update also takes servers out that it does
//! not name, and whether names may repeat, the settings say.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::{DEFAULT_GROUP, Group, GroupUpdate};

pub const ACTION: Action = Action::write(Product::Sas, "CreateOrUpdateAssetGroup", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    group_id: i64,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let group_id = match call.parameters.number("GroupId")? {
        None => create(call)?,
        Some(group_id) => update(call, group_id)?,
    };
    Ok(Outcome::committed(&Response { group_id }))
}

fn create(call: &mut Call<'_>) -> Result<i64, Refusal> {
    let name = call.parameters.needed("GroupName")?.to_owned();
    check_name(call, &name, None)?;
    let highest = call.centre.groups.keys().next_back().copied();
    let group_id = highest.unwrap_or(DEFAULT_GROUP).max(1000) + 1;
    call.centre.groups.insert(group_id, Group { name });
    for uuid in named(call) {
        join(call, &uuid, group_id);
    }
    Ok(group_id)
}

fn update(call: &mut Call<'_>, group_id: i64) -> Result<i64, Refusal> {
    let is_default = group_id == DEFAULT_GROUP;
    if !is_default && !call.centre.groups.contains_key(&group_id) {
        return Err(Refusal::invalid("GroupId"));
    }
    let name = call.parameters.text("GroupName").map(str::to_owned);
    let name = name.filter(|name| name != call.centre.group_name(group_id));
    if let Some(name) = &name {
        if is_default {
            // No source shows that the default group can be called otherwise.
            return Err(Refusal::invalid("GroupName"));
        }
        check_name(call, name, Some(group_id))?;
    } else {
        call.parameters.needed("Uuids")?;
    }
    let servers = named(call);
    let replaces = call.centre.settings.groups.update == GroupUpdate::Replace;
    if replaces && call.parameters.text("Uuids").is_some() && !is_default {
        let left: Vec<String> = call
            .centre
            .assets
            .iter()
            .filter(|(uuid, asset)| asset.group(call.now) == group_id && !servers.contains(*uuid))
            .map(|(uuid, _)| uuid.clone())
            .collect();
        for uuid in left {
            join(call, &uuid, DEFAULT_GROUP);
        }
    }
    for uuid in servers {
        join(call, &uuid, group_id);
    }
    if let Some((group, name)) = call.centre.groups.get_mut(&group_id).zip(name) {
        group.name = name;
    }
    Ok(group_id)
}

/// The listed servers that the request names; others are passed over.
fn named(call: &Call<'_>) -> BTreeSet<String> {
    let listed = |uuid: &&str| call.centre.listed_asset(uuid, call.now).is_some();
    let uuids = call.parameters.several("Uuids").filter(listed);
    uuids.map(str::to_owned).collect()
}

fn join(call: &mut Call<'_>, uuid: &str, group_id: i64) {
    if let Some(asset) = call.centre.assets.get_mut(uuid) {
        asset.join(group_id, call.now);
    }
}

fn check_name(call: &Call<'_>, name: &str, own: Option<i64>) -> Result<(), Refusal> {
    let centre = &*call.centre;
    let mut others = centre.groups.iter().filter(|(id, _)| Some(**id) != own);
    let is_taken = name == centre.group_name(DEFAULT_GROUP) || others.any(|(_, group)| group.name == name);
    if is_taken && !centre.settings.groups.allow_repeated_names {
        return Err(Refusal::new(400, "GroupNameRepeated", "group name repeated."));
    }
    Ok(())
}
