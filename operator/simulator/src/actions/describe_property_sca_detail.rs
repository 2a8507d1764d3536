//! DescribePropertyScaDetail: software that was found on servers, one listing per `Biz`. The wrapper
//! is called `Propertys`, as the vendor spells it.

mod row;
#[cfg(test)]
mod tests;
mod wanted;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::paging::{Page, PageInfo};
use row::Row;
use wanted::Wanted;

pub const ACTION: Action = Action::read(Product::Sas, "DescribePropertyScaDetail", run);

const DEFAULT_PAGE_SIZE: usize = 10;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    propertys: Vec<Row<'a>>,
    page_info: PageInfo,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let (parameters, centre) = (call.parameters, &*call.centre);
    let page = Page::of(parameters, DEFAULT_PAGE_SIZE)?;
    let wanted = Wanted::read(parameters)?;
    let collections = centre.collections(call.now);
    let mut rows = Vec::new();
    for (uuid, asset) in centre.listed(call.now) {
        for (id, found) in asset
            .software
            .iter()
            .filter(|(_, found)| wanted.fits(uuid, asset, found))
        {
            if let Some(seen) = found.seen(collections.of(uuid), call.now) {
                rows.push(((uuid, id), Row::new(uuid, asset, found, seen)));
            }
        }
    }
    // No id has a NUL in it, so the joined texts are in the order of the pairs.
    let key = |((uuid, id), _): &((&String, &String), Row<'_>)| format!("{uuid}\0{id}");
    let (rows, page_info) = page.cut_as_asked(parameters, rows, key)?;
    let propertys = rows.into_iter().map(|(_, row)| row).collect();
    Ok(Outcome::unchanged(&Response { propertys, page_info }))
}
