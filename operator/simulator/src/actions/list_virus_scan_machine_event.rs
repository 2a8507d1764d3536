//! ListVirusScanMachineEvent: the open virus events, of one server or of all, the latest first.
//! Events of a handling task are never listed, because no action here handles them.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::paging::{Page, PageInfo};
use crate::world::DataCentre;
use crate::world::scans::{Seen, Virus};

pub const ACTION: Action = Action::read(Product::Sas, "ListVirusScanMachineEvent", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    data: Vec<Row<'a>>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    event_id: i64,
    event_name: &'a str,
    level: &'a str,
    instance_name: &'a str,
    internet_ip: &'a str,
    intranet_ip: &'a str,
    last_time_stamp: i64,
    details: Vec<Detail<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Detail<'a> {
    #[serde(rename = "Type")]
    format: &'static str,
    name_display: &'a str,
    value_display: &'a str,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let page = Page::needed(parameters)?;
    let uuid = parameters.text("Uuid");
    let any = parameters.text("OperateTaskId").is_none();
    let centre = &*call.centre;
    let open = centre.scans.open_viruses(call.now).into_iter();
    let mut events: Vec<_> = open
        .filter(|(_, virus, _)| any && uuid.is_none_or(|uuid| uuid == virus.uuid))
        .collect();
    events.sort_by_key(|(id, _, seen)| (Reverse(seen.last), *id));
    let rows = events
        .into_iter()
        .filter_map(|(id, virus, seen)| row(centre, call.now, id, virus, seen));
    let (data, page_info) = page.cut(rows.collect());
    Ok(Outcome::unchanged(&Response {
        data,
        page_info: page_info.without_count(),
    }))
}

fn row<'a>(
    centre: &'a DataCentre,
    now: Timestamp,
    event_id: i64,
    virus: &'a Virus,
    seen: Seen,
) -> Option<Row<'a>> {
    let asset = centre.listed_asset(&virus.uuid, now)?;
    let detail = |(name, value): (&'a String, &'a String)| Detail {
        format: "text",
        name_display: name,
        value_display: value,
    };
    Some(Row {
        event_id,
        event_name: &virus.event_name,
        level: &virus.level,
        instance_name: &asset.instance_name,
        internet_ip: &asset.internet_ip,
        intranet_ip: &asset.intranet_ip,
        last_time_stamp: Timestamp::as_millisecond(seen.last),
        details: virus.details.iter().map(detail).collect(),
    })
}
