//! ListVirusScanMachine: the servers that a virus scan has finished with, and those with viruses
//! known from before, each with the number of its open virus events.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::paging::{Page, PageInfo};
use crate::world::scans::ScanKind;

pub const ACTION: Action = Action::read(Product::Sas, "ListVirusScanMachine", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    data: Vec<Row<'a>>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    uuid: &'a str,
    instance_id: &'a str,
    instance_name: &'a str,
    internet_ip: &'a str,
    intranet_ip: &'a str,
    event_count: usize,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let page = Page::needed(parameters)?;
    let (uuid, remark) = (parameters.text("Uuid"), parameters.text("Remark"));
    let centre = &*call.centre;
    let scanned = centre.scans.inspections(ScanKind::Virus, call.now);
    let mut events: BTreeMap<&str, usize> = scanned.servers().map(|uuid| (uuid, 0)).collect();
    for (_, virus, _) in centre.scans.open_viruses(call.now) {
        *events.entry(&virus.uuid).or_default() += 1;
    }
    let row = |(uuid, event_count): (&'_ str, usize)| {
        let (uuid, asset) = centre.assets.get_key_value(uuid)?;
        asset.is_listed(call.now).then_some(Row {
            uuid,
            instance_id: &asset.instance_id,
            instance_name: &asset.instance_name,
            internet_ip: &asset.internet_ip,
            intranet_ip: &asset.intranet_ip,
            event_count,
        })
    };
    let fits = |row: &Row<'_>| {
        let texts = [row.instance_name, row.internet_ip, row.intranet_ip];
        uuid.is_none_or(|uuid| uuid == row.uuid)
            && remark.is_none_or(|remark| texts.iter().any(|text| text.contains(remark)))
    };
    let rows = events.into_iter().filter_map(row).filter(fits).collect();
    let (data, page_info) = page.cut(rows);
    Ok(Outcome::unchanged(&Response {
        data,
        page_info: page_info.without_count(),
    }))
}
