//! DescribeSuspEventQuaraFiles: the files in quarantine, by page.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::alerts::unique_info;
use crate::gateway::Refusal;
use crate::local_time;
use crate::paging::{Page, PageInfo};
use crate::world::QuarantinedFile;

pub const ACTION: Action = Action::read(Product::Sas, "DescribeSuspEventQuaraFiles", run);

const DEFAULT_PAGE_SIZE: usize = 20;
const MAXIMUM_PAGE_SIZE: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    quara_files: Vec<Row<'a>>,
    #[serde(flatten)]
    page: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    id: i64,
    status: &'static str,
    tag: String,
    path: &'a str,
    md5: &'a str,
    modify_time: String,
    event_name: &'a str,
    event_type: &'a str,
    uuid: &'a str,
    instance_id: &'a str,
    instance_name: &'a str,
    internet_ip: &'a str,
    intranet_ip: &'a str,
    ip: &'a str,
    #[serde(skip)]
    group_id: i64,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let page = Page::of(parameters, DEFAULT_PAGE_SIZE)?.at_most(MAXIMUM_PAGE_SIZE)?;
    let (status, tag) = (parameters.text("Status"), parameters.text("QuaraTag"));
    let group: Option<i64> = match parameters.number("GroupingId")? {
        None => parameters.number("GroupId")?,
        grouping => grouping,
    };
    let files = call.centre.quarantined_files.iter();
    let rows: Vec<Row<'_>> = files
        .filter(|(_, file)| file.quarantine.started_at <= call.now)
        .map(|(id, file)| row(*id, file, call))
        .filter(|row| status.is_none_or(|status| status == row.status))
        .filter(|row| tag.is_none_or(|tag| tag == row.tag))
        .filter(|row| group.is_none_or(|group| group == row.group_id))
        .collect();
    let (quara_files, page) = page.cut(rows);
    Ok(Outcome::unchanged(&Response { quara_files, page }))
}

fn row<'a>(id: i64, file: &'a QuarantinedFile, call: &'a Call<'_>) -> Row<'a> {
    let alert = call.centre.alerts.get(&file.alert_id);
    let server = alert.and_then(|alert| call.centre.assets.get(&alert.uuid));
    let text = |value: Option<&'a String>| value.map_or("", String::as_str);
    Row {
        id,
        status: file.status(call.now),
        tag: unique_info(file.alert_id),
        path: &file.path,
        md5: &file.md5,
        modify_time: local_time::text(file.modified_at(call.now)),
        event_name: text(alert.map(|alert| &alert.event_name)),
        event_type: text(alert.map(|alert| &alert.kind)),
        uuid: text(alert.map(|alert| &alert.uuid)),
        instance_id: text(server.map(|server| &server.instance_id)),
        instance_name: text(server.map(|server| &server.instance_name)),
        internet_ip: text(server.map(|server| &server.internet_ip)),
        intranet_ip: text(server.map(|server| &server.intranet_ip)),
        ip: text(server.map(|server| &server.internet_ip)),
        group_id: server.map_or(0, |server| server.group_id),
    }
}
