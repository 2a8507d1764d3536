//! GetAuthSummary: what is bound and what is left, per edition and contract. The odd spellings
//! (`UnUsedCount` beside `UnusedCoreAuthCount`, numbers as text) are the vendor's.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::{Asset, Billing, BindType, DataCentre, Edition, PayAsYouGo, Quota};

pub const ACTION: Action = Action::read(Product::Sas, "GetAuthSummary", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    allow_partial_buy: i32,
    allow_upgrade_partial_buy: i32,
    allow_user_unbind: i32,
    auto_bind: i32,
    cluster_node_check: i32,
    default_auth_to_all: i32,
    has_pre_bind_setting: bool,
    highest_version: Edition,
    invalid_bind_status: &'static str,
    is_multi_version: i32,
    machine: Machine,
    version_summary: Vec<VersionSummary>,
    #[serde(flatten)]
    post_paid: Option<PostPaid>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Machine {
    total_ecs_count: i64,
    total_core_count: i64,
    bind_ecs_count: i64,
    bind_core_count: i64,
    un_bind_ecs_count: i64,
    un_bind_core_count: i64,
    post_paid_bind_ecs_count: i64,
    post_paid_bind_core_count: i64,
    risk_ecs_count: i64,
    risk_core_count: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionSummary {
    version: Edition,
    index: i32,
    auth_bind_type: BindType,
    total_count: i64,
    total_ecs_auth_count: i64,
    total_core_auth_count: i64,
    used_ecs_count: i64,
    used_core_count: i64,
    un_used_count: i64,
    unused_ecs_auth_count: i64,
    unused_core_auth_count: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PostPaid {
    post_paid_highest_version: String,
    post_paid_host_auto_bind: String,
    post_paid_host_auto_bind_version: String,
    post_paid_version_summary: Vec<PostPaidVersionSummary>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PostPaidVersionSummary {
    version: Edition,
    index: i32,
    auth_bind_type: BindType,
    used_ecs_count: i64,
    used_core_count: i64,
}

/// Servers and their cores.
type Count = (i64, i64);

/// The listed servers by contract and edition, unbound ones under `None`.
type Tally = BTreeMap<Option<(Billing, Edition)>, Count>;

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let centre = &*call.centre;
    let subscription = centre.active_subscription(call.now);
    let quotas = || subscription.iter().flat_map(|subscription| &subscription.quotas);
    let tally = tally(centre, call.now);
    let contract = centre.pay_as_you_go.as_ref();
    Ok(Outcome::unchanged(&Response {
        allow_partial_buy: 1,
        allow_upgrade_partial_buy: 1,
        allow_user_unbind: i32::from(subscription.is_some_and(|held| held.allow_user_unbind)),
        auto_bind: i32::from(subscription.is_some_and(|held| held.auto_bind)),
        cluster_node_check: 1,
        default_auth_to_all: 0,
        has_pre_bind_setting: false,
        highest_version: Edition::strongest(quotas().map(|(edition, _)| *edition)),
        invalid_bind_status: "NORMAL",
        is_multi_version: i32::from(quotas().count() > 1),
        machine: machine(&tally),
        version_summary: quotas()
            .map(|(edition, quota)| version_summary(&tally, *edition, quota))
            .collect(),
        post_paid: contract.map(|contract| post_paid(&tally, contract)),
    }))
}

fn tally(centre: &DataCentre, now: Timestamp) -> Tally {
    let mut tally = Tally::new();
    let mut add = |asset: &Asset, servers, cores| {
        let held = centre.authorisation(asset, now);
        let holder = held.edition.is_paid().then_some((held.billing, held.edition));
        let count = tally.entry(holder).or_default();
        *count = (count.0 + servers, count.1 + cores);
    };
    for held in centre.assets.holdings() {
        add(&centre.assets[&held.example], held.servers, held.cores);
    }
    let others = centre.assets.not_always_listed();
    for asset in others.filter(|asset| asset.is_listed(now)) {
        add(asset, 1, asset.cores.into());
    }
    tally
}

fn used(tally: &Tally, billing: Billing, edition: Edition) -> Count {
    tally.get(&Some((billing, edition))).copied().unwrap_or_default()
}

fn machine(tally: &Tally) -> Machine {
    let sum = |fits: fn(Option<Billing>) -> bool| {
        let fitting = tally
            .iter()
            .filter(|(holder, _)| fits(holder.map(|(billing, _)| billing)));
        fitting.fold((0, 0), |sum: Count, (_, count)| {
            (sum.0 + count.0, sum.1 + count.1)
        })
    };
    let (total_ecs_count, total_core_count) = sum(|_| true);
    let (bind_ecs_count, bind_core_count) = sum(|billing| billing == Some(Billing::Subscription));
    let (un_bind_ecs_count, un_bind_core_count) = sum(|billing| billing.is_none());
    let (post_paid_bind_ecs_count, post_paid_bind_core_count) =
        sum(|billing| billing == Some(Billing::PayAsYouGo));
    Machine {
        total_ecs_count,
        total_core_count,
        bind_ecs_count,
        bind_core_count,
        un_bind_ecs_count,
        un_bind_core_count,
        post_paid_bind_ecs_count,
        post_paid_bind_core_count,
        risk_ecs_count: 0,
        risk_core_count: 0,
    }
}

fn version_summary(tally: &Tally, edition: Edition, quota: &Quota) -> VersionSummary {
    let used = used(tally, Billing::Subscription, edition);
    let counted = |counts: bool, number: i64| if counts { number } else { 0 };
    let (by_server, by_core) = (quota.bind_type.counts_servers(), quota.bind_type.counts_cores());
    let unused_servers = counted(by_server, (quota.servers - used.0).max(0));
    VersionSummary {
        version: edition,
        index: edition.strength(),
        auth_bind_type: quota.bind_type,
        total_count: counted(by_server, quota.servers),
        total_ecs_auth_count: counted(by_server, quota.servers),
        total_core_auth_count: counted(by_core, quota.cores),
        used_ecs_count: counted(by_server, used.0),
        used_core_count: counted(by_core, used.1),
        un_used_count: unused_servers,
        unused_ecs_auth_count: unused_servers,
        unused_core_auth_count: counted(by_core, (quota.cores - used.1).max(0)),
    }
}

fn post_paid(tally: &Tally, contract: &PayAsYouGo) -> PostPaid {
    let summary: Vec<PostPaidVersionSummary> = SOLD
        .into_iter()
        .map(|(version, bind_type)| (version, bind_type, used(tally, Billing::PayAsYouGo, version)))
        .filter(|(_, _, (servers, _))| *servers > 0)
        .map(
            |(version, auth_bind_type, (used_ecs_count, used_core_count))| PostPaidVersionSummary {
                version,
                index: version.strength(),
                auth_bind_type,
                used_ecs_count,
                used_core_count,
            },
        )
        .collect();
    let highest = Edition::strongest(summary.iter().map(|row| row.version));
    let auto_bind_version = contract.auto_bind_version.unwrap_or(Edition::FREE);
    PostPaid {
        post_paid_highest_version: highest.0.to_string(),
        post_paid_host_auto_bind: i32::from(contract.auto_bind).to_string(),
        post_paid_host_auto_bind_version: auto_bind_version.0.to_string(),
        post_paid_version_summary: summary,
    }
}

/// What pay-as-you-go charges by, for each edition it sells.
const SOLD: [(Edition, BindType); 4] = [
    (Edition::ANTI_VIRUS, BindType::Core),
    (Edition::ADVANCED, BindType::Asset),
    (Edition::ENTERPRISE, BindType::Asset),
    (Edition::ULTIMATE, BindType::AssetAndCore),
];
