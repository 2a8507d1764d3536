//! DescribeGroupedVul: one row per vulnerability with the number of servers that have it, by
//! urgency. Only what a scan has found appears; what a later scan no longer found disappears.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::container_field::{Sought, Target};
use crate::gateway::Refusal;
use crate::paging::Page;
use crate::parameters::Parameters;
use crate::world::scans::{Inspections, Necessity, ScanKind, Vulnerability};

pub const ACTION: Action = Action::read(Product::Sas, "DescribeGroupedVul", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    grouped_vul_items: Vec<Row<'a>>,
    #[serde(flatten)]
    page_info: crate::paging::PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row<'a> {
    name: &'a str,
    alias_name: &'a str,
    #[serde(rename = "Type")]
    kind: ScanKind,
    related: String,
    tags: String,
    asap_count: usize,
    later_count: usize,
    nntf_count: usize,
    handled_count: usize,
    total_fix_count: usize,
    gmt_first: i64,
    gmt_last: i64,
    rasp_defend: i32,
}

/// The servers of one vulnerability, by what is known of it there.
#[derive(Default)]
struct Known {
    open: usize,
    handled: usize,
    fixed: usize,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let parameters = call.parameters;
    let page = Page::of(parameters, 10)?;
    let kinds = kinds(parameters)?;
    let dealed = match parameters.text("Dealed") {
        None => None,
        Some("y") => Some(true),
        Some("n") => Some(false),
        Some(_) => return Err(Refusal::invalid("Dealed")),
    };
    let servers = servers(call)?;
    let on_servers = on_servers(parameters)?;
    // No vulnerability here is one that RASP defends against.
    let any = parameters
        .number("RaspDefend")?
        .is_none_or(|defends: i32| defends == 0);
    let scans = &call.centre.scans;
    let inspections: BTreeMap<ScanKind, Inspections<'_>> = kinds
        .iter()
        .map(|kind| (*kind, scans.inspections(*kind, call.now)))
        .collect();
    let mut rows = Vec::new();
    for (name, vulnerability) in scans
        .vulnerabilities
        .iter()
        .filter(|(_, v)| any && on_servers && fits(parameters, v))
    {
        let Some(inspections) = inspections.get(&vulnerability.kind) else {
            continue;
        };
        let known = known(vulnerability, inspections, &servers, call.now);
        let wanted = match dealed {
            None => known.open + known.handled > 0,
            Some(true) => known.handled > 0,
            Some(false) => known.open > 0,
        };
        if wanted {
            rows.push(row(name, vulnerability, &known));
        }
    }
    let (grouped_vul_items, page_info) = page.cut(rows);
    Ok(Outcome::unchanged(&Response {
        grouped_vul_items,
        page_info: page_info.without_count(),
    }))
}

fn kinds(parameters: &Parameters) -> Result<BTreeSet<ScanKind>, Refusal> {
    let named = |name: &'static str| {
        let kind = |text| ScanKind::vulnerability(text).ok_or_else(|| Refusal::invalid(name));
        parameters
            .several(name)
            .map(kind)
            .collect::<Result<BTreeSet<_>, _>>()
    };
    let mut kinds = named("Type")?;
    if kinds.is_empty() {
        kinds.insert(ScanKind::Cve);
    }
    if kinds.contains(&ScanKind::App) {
        kinds.extend(named("AttachTypes")?);
    }
    Ok(kinds)
}

/// Whether the request is about vulnerabilities of servers; there are no others here.
fn on_servers(parameters: &Parameters) -> Result<bool, Refusal> {
    let types: Vec<&str> = parameters.several("AssetType").collect();
    if !types.iter().all(|kind| ["ECS", "CONTAINER"].contains(kind)) {
        return Err(Refusal::invalid("AssetType"));
    }
    let target = Target::read(parameters, &["containerId", "uuid"])?;
    Ok((types.is_empty() || types.contains(&"ECS")) && target.fits(false))
}

/// The listed servers that the request is about.
fn servers<'a>(call: &'a Call<'_>) -> Result<BTreeSet<&'a str>, Refusal> {
    let uuids: BTreeSet<&str> = call.parameters.several("Uuids").collect();
    let group: Option<i64> = call.parameters.number("GroupId")?;
    let cluster = call.parameters.text("ClusterId");
    let container = Sought::read(call.parameters)?;
    let wanted = call.centre.listed(call.now).filter(|(uuid, asset)| {
        (uuids.is_empty() || uuids.contains(uuid.as_str()))
            && group.is_none_or(|group| group == asset.group_id)
            && cluster.is_none_or(|cluster| cluster == asset.cluster_id)
            && container.fits(Some(asset), None)
    });
    Ok(wanted.map(|(uuid, _)| uuid.as_str()).collect())
}

fn fits(parameters: &Parameters, vulnerability: &Vulnerability) -> bool {
    let text = |name| parameters.text(name);
    let urgency = necessity(vulnerability.necessity);
    let urgencies: Vec<&str> = parameters.several("Necessity").collect();
    (urgencies.is_empty() || urgencies.contains(&urgency))
        && text("AliasName").is_none_or(|part| vulnerability.alias_name.contains(part))
        && text("CveId").is_none_or(|id| vulnerability.related.contains(id))
        && text("SearchTags").is_none_or(|tag| vulnerability.tags.contains(tag))
}

fn known(
    vulnerability: &Vulnerability,
    inspections: &Inspections<'_>,
    servers: &BTreeSet<&str>,
    now: Timestamp,
) -> Known {
    let mut known = Known::default();
    let wanted = vulnerability
        .servers
        .iter()
        .filter(|(uuid, _)| servers.contains(uuid.as_str()));
    for (uuid, finding) in wanted {
        let Some(seen) = finding.seen(inspections.of(uuid), now) else {
            continue;
        };
        if seen.fixed {
            known.fixed += 1;
            continue;
        }
        if finding.handled {
            known.handled += 1;
        } else {
            known.open += 1;
        }
        known.first = Some(known.first.map_or(seen.first, |first| first.min(seen.first)));
        known.last = known.last.max(Some(seen.last));
    }
    known
}

fn row<'a>(name: &'a str, vulnerability: &'a Vulnerability, known: &Known) -> Row<'a> {
    let joined = |texts: &BTreeSet<String>| texts.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    let open = |necessity| {
        if vulnerability.necessity == necessity {
            known.open
        } else {
            0
        }
    };
    let milliseconds = |time: Option<Timestamp>| time.map_or(0, Timestamp::as_millisecond);
    Row {
        name,
        alias_name: &vulnerability.alias_name,
        kind: vulnerability.kind,
        related: joined(&vulnerability.related),
        tags: joined(&vulnerability.tags),
        asap_count: open(Necessity::Asap),
        later_count: open(Necessity::Later),
        nntf_count: open(Necessity::Nntf),
        handled_count: known.handled,
        total_fix_count: known.fixed,
        gmt_first: milliseconds(known.first),
        gmt_last: milliseconds(known.last),
        rasp_defend: 0,
    }
}

fn necessity(necessity: Necessity) -> &'static str {
    match necessity {
        Necessity::Asap => "asap",
        Necessity::Later => "later",
        Necessity::Nntf => "nntf",
    }
}
