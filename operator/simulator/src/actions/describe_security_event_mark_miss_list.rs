//! DescribeSecurityEventMarkMissList: the whitelist rules for alerts that are in force, by page.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::alerts::matches_server;
use crate::gateway::Refusal;
use crate::paging::{Page, PageInfo};
use crate::world::{Asset, MatchType, WhitelistRule};

pub const ACTION: Action = Action::read(Product::Sas, "DescribeSecurityEventMarkMissList", run);

const MAXIMUM_PAGE_SIZE: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    list: Vec<Row<'a>>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    id: i64,
    ali_uid: i64,
    event_name: &'a str,
    event_name_original: &'a str,
    event_type: &'a str,
    event_type_original: &'a str,
    field: &'a str,
    filed_alias_name: &'a str,
    operate: MatchType,
    field_value: &'a str,
    uuid: &'a str,
    instance_id: &'a str,
    instance_name: &'a str,
    internet_ip: &'a str,
    intranet_ip: &'a str,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let (parameters, centre) = (call.parameters, &*call.centre);
    let page = Page::needed(parameters)?.at_most(MAXIMUM_PAGE_SIZE)?;
    let account = call.account_id.parse().unwrap_or_default();
    let event_name = parameters.text("EventName");
    let remark = parameters.text("Remark");
    let rules = centre.whitelist_rules.iter();
    let rows: Vec<Row<'_>> = rules
        .filter(|(_, rule)| rule.is_in_force(call.now))
        .filter(|(_, rule)| event_name.is_none_or(|name| name == rule.event_name))
        .filter_map(|(id, rule)| {
            let server = rule.uuid.as_ref().and_then(|uuid| centre.assets.get(uuid));
            let found = remark.is_none_or(|text| server.is_some_and(|server| matches_server(server, text)));
            found.then(|| row(*id, account, rule, server))
        })
        .collect();
    let (list, page_info) = page.cut(rows);
    Ok(Outcome::unchanged(&Response { list, page_info }))
}

fn row<'a>(id: i64, ali_uid: i64, rule: &'a WhitelistRule, server: Option<&'a Asset>) -> Row<'a> {
    let of_server = |field: fn(&Asset) -> &String| server.map_or("", |server| field(server));
    Row {
        id,
        ali_uid,
        event_name: &rule.event_name,
        event_name_original: &rule.event_name,
        event_type: &rule.kind,
        event_type_original: &rule.kind,
        field: &rule.field,
        filed_alias_name: &rule.alias,
        operate: rule.operate,
        field_value: &rule.value,
        uuid: rule.uuid.as_deref().unwrap_or("ALL"),
        instance_id: of_server(|server| &server.instance_id),
        instance_name: of_server(|server| &server.instance_name),
        internet_ip: of_server(|server| &server.internet_ip),
        intranet_ip: of_server(|server| &server.intranet_ip),
    }
}
