//! DescribeCloudCenterInstances: the servers, searched by criteria, by pages or by `NextToken`.
//! `RegionId` only chooses the data centre; a filter by region is a criterion.

mod row;
#[cfg(test)]
mod tests;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::search::Search;
use crate::world::Asset;
use row::Row;

pub const ACTION: Action = Action::read(Product::Sas, "DescribeCloudCenterInstances", run);

const DEFAULT_PAGE_SIZE: usize = 20;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    instances: Vec<Row<'a>>,
    page_info: PageInfo,
    success: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PageInfo {
    count: usize,
    page_size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_page: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let size = match parameters.number("PageSize")? {
        Some(0) => return Err(Refusal::invalid("PageSize")),
        size => size.unwrap_or(DEFAULT_PAGE_SIZE),
    };
    let found = found(call)?;
    let (assets, page_info) = if parameters.boolean("UseNextToken")?.unwrap_or(false) {
        by_token(&found, parameters.text("NextToken"), size)?
    } else {
        by_page(&found, parameters.number("CurrentPage")?.unwrap_or(1), size)?
    };
    let instances = assets
        .iter()
        .map(|(uuid, asset)| Row::new(uuid, asset, call.centre, call.now))
        .collect();
    Ok(Outcome::unchanged(&Response {
        instances,
        page_info,
        success: true,
    }))
}

type Found<'a> = Vec<(&'a str, &'a Asset)>;

/// All servers that fit, by uuid.
fn found<'a>(call: &'a Call<'_>) -> Result<Found<'a>, Refusal> {
    let (parameters, centre) = (call.parameters, &*call.centre);
    let search = Search::parse(parameters.text("Criteria"), parameters.text("LogicalExp"), centre)?;
    let importance: Option<i32> = parameters.number("Importance")?;
    let among = |name| {
        parameters
            .text(name)
            .map(|text| text.split(',').collect::<Vec<_>>())
    };
    let (vendors, machine_types) = (among("Flags"), among("MachineTypes"));
    let listed =
        |names: &Option<Vec<&str>>, name: &str| names.as_ref().is_none_or(|names| names.contains(&name));
    let fits = |(uuid, asset): &(&str, &Asset)| {
        asset.is_listed(call.now)
            && importance.is_none_or(|level| level == asset.importance)
            && (vendors.is_none() || listed(&vendors, &asset.vendor.to_string()))
            && listed(&machine_types, &asset.machine_type)
            && search.matches(uuid, asset, centre, call.now)
    };
    let named = |uuid: &str| {
        centre
            .assets
            .get_key_value(uuid)
            .map(|(uuid, asset)| (uuid.as_str(), asset))
    };
    if let Some(uuids) = search.uuids() {
        return Ok(uuids.into_iter().filter_map(named).filter(fits).collect());
    }
    let all = centre.assets.iter().map(|(uuid, asset)| (uuid.as_str(), asset));
    Ok(all.filter(fits).collect())
}

fn by_page<'a>(
    found: &[(&'a str, &'a Asset)],
    page: usize,
    size: usize,
) -> Result<(Found<'a>, PageInfo), Refusal> {
    let before = page
        .checked_sub(1)
        .ok_or_else(|| Refusal::invalid("CurrentPage"))?;
    let assets: Found<'a> = found
        .iter()
        .skip(before.saturating_mul(size))
        .take(size)
        .copied()
        .collect();
    let info = PageInfo {
        count: assets.len(),
        page_size: size,
        current_page: Some(page),
        total_count: Some(found.len()),
        next_token: None,
    };
    Ok((assets, info))
}

/// The token is the last uuid of the page before, so that servers may come and go in between.
fn by_token<'a>(
    found: &[(&'a str, &'a Asset)],
    token: Option<&str>,
    size: usize,
) -> Result<(Found<'a>, PageInfo), Refusal> {
    let after = match token {
        None => String::new(),
        Some(token) => {
            let bytes = STANDARD
                .decode(token)
                .map_err(|_| Refusal::invalid("NextToken"))?;
            String::from_utf8(bytes).map_err(|_| Refusal::invalid("NextToken"))?
        }
    };
    let start = found.partition_point(|(uuid, _)| *uuid <= after.as_str());
    let assets: Found<'a> = found[start..].iter().take(size).copied().collect();
    let more = start + assets.len() < found.len();
    let last = assets.last().filter(|_| more);
    let info = PageInfo {
        count: assets.len(),
        page_size: size,
        current_page: None,
        total_count: None,
        next_token: Some(last.map_or_else(String::new, |(uuid, _)| STANDARD.encode(uuid))),
    };
    Ok((assets, info))
}
