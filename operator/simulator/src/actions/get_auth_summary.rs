//! GetAuthSummary: what is bound and what is left, per edition and contract. The odd spellings
//! (`UnUsedCount` beside `UnusedCoreAuthCount`, numbers as text) are the vendor's.

#[cfg(test)]
mod tests;

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

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let centre = &*call.centre;
    let subscription = centre.active_subscription(call.now);
    let quotas = || subscription.iter().flat_map(|subscription| &subscription.quotas);
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
        machine: machine(centre),
        version_summary: quotas()
            .map(|(edition, quota)| version_summary(centre, *edition, quota))
            .collect(),
        post_paid: centre
            .pay_as_you_go
            .as_ref()
            .map(|contract| post_paid(centre, contract)),
    }))
}

/// Servers and cores of the listed servers that fit.
fn count(centre: &DataCentre, fits: impl Fn(&Asset) -> bool) -> (i64, i64) {
    let fitting = centre.listed().filter(|(_, asset)| fits(asset));
    fitting.fold((0, 0), |(servers, cores), (_, asset)| {
        (servers + 1, cores + i64::from(asset.cores))
    })
}

fn machine(centre: &DataCentre) -> Machine {
    let (total_ecs_count, total_core_count) = count(centre, |_| true);
    let (bind_ecs_count, bind_core_count) = count(centre, |asset| asset.is_bound_by(Billing::Subscription));
    let (postpaid_servers, postpaid_cores) = count(centre, |asset| asset.is_bound_by(Billing::PayAsYouGo));
    Machine {
        total_ecs_count,
        total_core_count,
        bind_ecs_count,
        bind_core_count,
        un_bind_ecs_count: total_ecs_count - bind_ecs_count - postpaid_servers,
        un_bind_core_count: total_core_count - bind_core_count - postpaid_cores,
        post_paid_bind_ecs_count: postpaid_servers,
        post_paid_bind_core_count: postpaid_cores,
        risk_ecs_count: 0,
        risk_core_count: 0,
    }
}

fn version_summary(centre: &DataCentre, edition: Edition, quota: &Quota) -> VersionSummary {
    let used = count(centre, |asset| {
        asset.is_bound_by(Billing::Subscription) && asset.auth_version == edition
    });
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

fn post_paid(centre: &DataCentre, contract: &PayAsYouGo) -> PostPaid {
    let used = |edition: Edition| {
        count(centre, |asset| {
            asset.is_bound_by(Billing::PayAsYouGo) && asset.auth_version == edition
        })
    };
    let summary: Vec<PostPaidVersionSummary> = sold()
        .map(|(version, auth_bind_type)| (version, auth_bind_type, used(version)))
        .filter(|(_, _, used)| used.0 > 0)
        .map(|(version, auth_bind_type, used)| PostPaidVersionSummary {
            version,
            index: version.strength(),
            auth_bind_type,
            used_ecs_count: used.0,
            used_core_count: used.1,
        })
        .collect();
    let highest = Edition::strongest(summary.iter().map(|row| row.version));
    PostPaid {
        post_paid_highest_version: highest.0.to_string(),
        post_paid_host_auto_bind: i32::from(contract.auto_bind).to_string(),
        post_paid_host_auto_bind_version: contract.auto_bind_version.unwrap_or(Edition::FREE).0.to_string(),
        post_paid_version_summary: summary,
    }
}

/// What pay-as-you-go charges by, for each edition it sells.
fn sold() -> impl Iterator<Item = (Edition, BindType)> {
    [
        (Edition::ANTI_VIRUS, BindType::Core),
        (Edition::ADVANCED, BindType::Asset),
        (Edition::ENTERPRISE, BindType::Asset),
        (Edition::ULTIMATE, BindType::AssetAndCore),
    ]
    .into_iter()
}
