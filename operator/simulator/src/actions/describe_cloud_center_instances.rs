//! DescribeCloudCenterInstances: the servers, searched by criteria, by pages or by `NextToken`.
//! `RegionId` only chooses the data centre; a filter by region is a criterion.

mod found;
mod row;
#[cfg(test)]
mod tests;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use found::{Found, Servers};
use row::Row;

pub const ACTION: Action = Action::read(Product::Sas, "DescribeCloudCenterInstances", run);

const DEFAULT_PAGE_SIZE: usize = 20;

/// What the response says besides its rows.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Rest {
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
    let view = call.centre.view(call.now);
    let found = Found::search(parameters, &view)?;
    let (assets, page_info) = if parameters.boolean("UseNextToken")?.unwrap_or(false) {
        by_token(&found, parameters.text("NextToken"), size)?
    } else {
        by_page(&found, parameters.number("CurrentPage")?.unwrap_or(1), size)?
    };
    let row = |(uuid, asset)| view.row(uuid, || Row::new(uuid, asset, &view).as_json());
    let rows: Vec<_> = assets.into_iter().map(row).collect();
    let rest = Rest {
        page_info,
        success: true,
    };
    Ok(Outcome::unchanged(&rest).with_rows("Instances", &rows))
}

fn by_page<'a>(found: &Found<'a>, page: usize, size: usize) -> Result<(Servers<'a>, PageInfo), Refusal> {
    let before = page
        .checked_sub(1)
        .ok_or_else(|| Refusal::invalid("CurrentPage"))?;
    let assets = found.page(before.saturating_mul(size), size);
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
    found: &Found<'a>,
    token: Option<&str>,
    size: usize,
) -> Result<(Servers<'a>, PageInfo), Refusal> {
    let after = match token {
        None => String::new(),
        Some(token) => {
            let bytes = STANDARD
                .decode(token)
                .map_err(|_| Refusal::invalid("NextToken"))?;
            String::from_utf8(bytes).map_err(|_| Refusal::invalid("NextToken"))?
        }
    };
    // One more than is shown tells whether there is another page.
    let mut assets = found.after(&after, size.saturating_add(1));
    let more = assets.len() > size;
    assets.truncate(size);
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
