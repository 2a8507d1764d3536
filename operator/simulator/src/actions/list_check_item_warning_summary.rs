//! ListCheckItemWarningSummary: one row per baseline check and status, with the number of servers
//! in that status: 1 failed, 3 passed, 6 whitelisted, 8 fixed.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::paging::{Page, PageInfo};
use crate::parameters::Parameters;
use crate::world::scans::{BaselineCheck, CheckState, CheckVerdict};

pub const ACTION: Action = Action::read(Product::Sas, "ListCheckItemWarningSummary", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    list: Vec<Row<'a>>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    check_id: i64,
    check_item: &'a str,
    check_level: &'a str,
    check_type: &'a str,
    risk_type: &'a str,
    alias: &'a str,
    description: &'a str,
    advice: &'a str,
    container_check_item: bool,
    status: i32,
    warning_machine_count: usize,
}

/// Which servers, checks and statuses were asked for.
struct Filter<'a> {
    parameters: &'a Parameters,
    statuses: Vec<i32>,
    uuids: BTreeSet<&'a str>,
    group: Option<i64>,
    not_before: Option<i64>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let page = Page::of(parameters, 20)?;
    let filter = Filter {
        parameters,
        statuses: statuses(parameters)?,
        uuids: parameters.list("UuidList")?.into_iter().collect(),
        group: parameters.number("GroupId")?,
        not_before: parameters.number("StartTime")?,
    };
    let hosts = match parameters.text("Source") {
        None | Some("default") => true,
        Some("agentless") => false,
        Some(_) => return Err(Refusal::invalid("Source")),
    };
    let checks = call.centre.scans.baseline_checks.iter();
    let checks = checks.filter(|(_, check)| hosts && filter.wants(check));
    let rows = checks
        .flat_map(|(id, check)| rows(call, &filter, *id, check))
        .collect();
    let (list, page_info) = page.cut(rows);
    Ok(Outcome::unchanged(&Response { list, page_info }))
}

/// The statuses asked for; none means all. A single one outranks the list.
fn statuses(parameters: &Parameters) -> Result<Vec<i32>, Refusal> {
    if let Some(status) = parameters.number("CheckWarningStatus")? {
        return Ok(vec![status]);
    }
    let listed = parameters.list("CheckWarningStatusList")?.into_iter();
    let number = |text: &str| {
        text.parse()
            .map_err(|_| Refusal::invalid("CheckWarningStatusList"))
    };
    listed.map(number).collect()
}

impl Filter<'_> {
    fn wants(&self, check: &BaselineCheck) -> bool {
        let text = |name| self.parameters.text(name);
        text("CheckLevel").is_none_or(|level| level == check.check_level)
            && text("CheckType").is_none_or(|check_type| check_type == check.check_type)
            && text("RiskType").is_none_or(|risk_type| risk_type == check.risk_type)
            && text("CheckItemFuzzy").is_none_or(|part| check.check_item.contains(part))
    }

    fn wants_server(&self, call: &Call<'_>, uuid: &str, state: CheckState) -> bool {
        let asset = call.centre.listed_asset(uuid, call.now);
        let past = matches!(state.verdict, CheckVerdict::Whitelisted | CheckVerdict::Fixed);
        asset.is_some_and(|asset| self.group.is_none_or(|group| group == asset.group_id))
            && (self.uuids.is_empty() || self.uuids.contains(uuid))
            && (!past
                || self
                    .not_before
                    .is_none_or(|time| time <= state.at.as_millisecond()))
    }
}

fn rows<'a>(call: &Call<'_>, filter: &Filter<'_>, id: i64, check: &'a BaselineCheck) -> Vec<Row<'a>> {
    let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
    for (uuid, state) in call.centre.scans.check_states(id, check, call.now) {
        if filter.wants_server(call, &uuid, state) {
            *counts.entry(status(state.verdict)).or_default() += 1;
        }
    }
    let wanted = |(status, _): &(i32, usize)| filter.statuses.is_empty() || filter.statuses.contains(status);
    let row = |(status, warning_machine_count)| Row {
        check_id: id,
        check_item: &check.check_item,
        check_level: &check.check_level,
        check_type: &check.check_type,
        risk_type: &check.risk_type,
        alias: &check.alias,
        description: &check.description,
        advice: &check.advice,
        container_check_item: false,
        status,
        warning_machine_count,
    };
    counts.into_iter().filter(wanted).map(row).collect()
}

fn status(verdict: CheckVerdict) -> i32 {
    match verdict {
        CheckVerdict::Failed => 1,
        CheckVerdict::Passed => 3,
        CheckVerdict::Whitelisted => 6,
        CheckVerdict::Fixed => 8,
    }
}
