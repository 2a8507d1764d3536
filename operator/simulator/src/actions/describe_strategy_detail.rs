//! DescribeStrategyDetail: one strategy of the baseline check with the checks it makes, by
//! category.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::scans::{BaselineCheck, Scans, Strategy};

pub const ACTION: Action = Action::read(Product::Sas, "DescribeStrategyDetail", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    strategy: Detail<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Detail<'a> {
    id: i32,
    name: &'a str,
    custom_type: &'a str,
    #[serde(rename = "Type")]
    origin: i32,
    cycle_days: i32,
    cycle_start_time: i32,
    start_time: &'a str,
    end_time: &'a str,
    target_type: &'static str,
    risk_sub_type_name: String,
    risk_type_white_list_query_result_list: Vec<RiskType<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RiskType<'a> {
    type_name: &'a str,
    alias: &'a str,
    on: bool,
    sub_types: Vec<SubType<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SubType<'a> {
    type_name: &'a str,
    alias: &'a str,
    on: bool,
    supported_os: &'static str,
    check_details: Vec<CheckDetail<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CheckDetail<'a> {
    check_id: i64,
    check_item: &'a str,
    check_desc: &'a str,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    call.parameters.needed("Id")?;
    let id: i32 = call.parameters.number("Id")?.unwrap_or_default();
    let scans = &call.centre.scans;
    let strategy = scans.strategies.get(&id).ok_or_else(|| Refusal::invalid("Id"))?;
    let types = risk_types(scans, strategy);
    let selected = types.iter().filter(|risk| risk.on).map(|risk| risk.type_name);
    Ok(Outcome::unchanged(&Response {
        strategy: Detail {
            id,
            name: &strategy.name,
            custom_type: &strategy.custom_type,
            origin: if strategy.built_in { 1 } else { 2 },
            cycle_days: strategy.cycle_days,
            cycle_start_time: strategy.cycle_start_time,
            start_time: &strategy.start_time,
            end_time: &strategy.end_time,
            target_type: if strategy.servers.is_empty() {
                "groupId"
            } else {
                "uuid"
            },
            risk_sub_type_name: selected.collect::<Vec<_>>().join(","),
            risk_type_white_list_query_result_list: types,
        },
    }))
}

/// All categories, each with one sub-category of the same name that holds the checks made.
fn risk_types<'a>(scans: &'a Scans, strategy: &Strategy) -> Vec<RiskType<'a>> {
    let mut types: BTreeMap<&str, Vec<(i64, &BaselineCheck)>> = BTreeMap::new();
    for (id, check) in &scans.baseline_checks {
        types.entry(&check.risk_type).or_default().push((*id, check));
    }
    let risk_type = |(type_name, checks): (&'a str, Vec<(i64, &'a BaselineCheck)>)| {
        let alias = checks.first().map_or("", |(_, check)| check.alias.as_str());
        let made = checks.into_iter().filter(|(id, _)| strategy.makes(*id));
        let check_details: Vec<_> = made.map(|(id, check)| detail(id, check)).collect();
        let on = !check_details.is_empty();
        RiskType {
            type_name,
            alias,
            on,
            sub_types: vec![SubType {
                type_name,
                alias,
                on,
                supported_os: "linux",
                check_details,
            }],
        }
    };
    types.into_iter().map(risk_type).collect()
}

fn detail(check_id: i64, check: &BaselineCheck) -> CheckDetail<'_> {
    CheckDetail {
        check_id,
        check_item: &check.check_item,
        check_desc: &check.description,
    }
}
