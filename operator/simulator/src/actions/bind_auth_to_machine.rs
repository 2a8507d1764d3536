//! BindAuthToMachine: binds servers to an edition of the subscription and unbinds others, all or
//! nothing. Refusals come with HTTP 200 and a `ResultCode`: 1 bad parameter (also a locked server
//! and a cluster node below Ultimate), 2 too few server seats, 3 too few cores.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::search::Search;
use crate::world::{Asset, Billing, DataCentre, Edition};

pub const ACTION: Action = Action::write(Product::Sas, "BindAuthToMachine", run).with_client_token();

#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Response {
    result_code: i32,
    bind_count: usize,
    un_bind_count: usize,
    insufficient_ecs_count: i64,
    insufficient_core_count: i64,
}

const BAD_PARAMETER: i32 = 1;
const TOO_FEW_SERVERS: i32 = 2;
const TOO_FEW_CORES: i32 = 3;

struct Request {
    bind: BTreeSet<String>,
    unbind: BTreeSet<String>,
    edition: Edition,
    auto_bind: Option<bool>,
    /// To take effect when an order is paid.
    is_pre_bind: bool,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let request = requested(call)?;
    let response = verdict(call, &request);
    if response.result_code != 0 || call.dry_run {
        return Ok(Outcome::unchanged(&response));
    }
    let lag = call.centre.settings.lag_seconds;
    let unbound = request.unbind.iter().map(|uuid| (uuid, Edition::FREE));
    let bound = request.bind.iter().map(|uuid| (uuid, request.edition));
    for (uuid, edition) in unbound.chain(bound) {
        if let Some(asset) = call
            .centre
            .assets
            .get_mut(uuid)
            .filter(|a| a.auth_version != edition)
        {
            asset.authorise(edition, Billing::Subscription, call.now, lag);
        }
    }
    if let (Some(on), Some(held)) = (request.auto_bind, call.centre.subscription.as_mut()) {
        held.auto_bind = on;
    }
    Ok(Outcome::committed(&response))
}

fn requested(call: &Call<'_>) -> Result<Request, Refusal> {
    let parameters = call.parameters;
    let named = |name| Ok::<_, Refusal>(parameters.list(name)?.into_iter().map(str::to_owned).collect());
    let mut bind: BTreeSet<String> = named("Bind")?;
    if parameters.boolean("BindAll")?.unwrap_or(false) {
        let (criteria, logical_exp) = (parameters.text("Criteria"), parameters.text("LogicalExp"));
        let search = Search::parse(criteria, logical_exp, call.centre)?;
        let view = call.centre.view(call.now);
        bind.extend(search.among_all(&view).map(|(uuid, _)| uuid.clone()));
    }
    Ok(Request {
        bind,
        unbind: named("UnBind")?,
        edition: Edition(parameters.number("AuthVersion")?.unwrap_or(0)),
        auto_bind: parameters.switch("AutoBind")?,
        is_pre_bind: parameters.switch("IsPreBind")?.unwrap_or(false),
    })
}

fn verdict(call: &Call<'_>, request: &Request) -> Response {
    let refused = |result_code| Response {
        result_code,
        ..Response::default()
    };
    let nothing = request.bind.is_empty() && request.unbind.is_empty();
    // There are no orders here that a binding could wait for.
    if nothing || request.is_pre_bind || !request.bind.is_disjoint(&request.unbind) {
        return refused(BAD_PARAMETER);
    }
    let held = |asset: &Asset| call.centre.authorisation(asset, call.now);
    let listed = |uuid: &String| call.centre.listed_asset(uuid, call.now);
    let bindable = |asset: &Asset| {
        let cluster_fits = asset.cluster_id.is_empty() || request.edition == Edition::ULTIMATE;
        request.edition.is_paid() && cluster_fits && !held(asset).is_bound_by(Billing::PayAsYouGo)
    };
    let unbindable = |asset: &Asset| !held(asset).is_bound_by(Billing::PayAsYouGo) && !is_locked(call, asset);
    let bind_fits = request.bind.iter().all(|uuid| listed(uuid).is_some_and(bindable));
    let unbind_fits = request
        .unbind
        .iter()
        .all(|uuid| listed(uuid).is_some_and(unbindable));
    if !bind_fits || !unbind_fits {
        return refused(BAD_PARAMETER);
    }
    let (servers, cores) = shortage(call, request);
    if servers > 0 || cores > 0 {
        return Response {
            insufficient_ecs_count: servers,
            insufficient_core_count: cores,
            ..refused(if servers > 0 {
                TOO_FEW_SERVERS
            } else {
                TOO_FEW_CORES
            })
        };
    }
    Response {
        bind_count: request.bind.len(),
        un_bind_count: request.unbind.len(),
        ..Response::default()
    }
}

/// A bound server stays bound for the days of the lock, unless the account may unbind at once.
fn is_locked(call: &Call<'_>, asset: &Asset) -> bool {
    let free = call
        .centre
        .subscription
        .as_ref()
        .is_some_and(|held| held.allow_user_unbind);
    let lock = call.centre.settings.unbind_lock();
    let held = call.centre.authorisation(asset, call.now);
    let age = held.modified_at.map(|at| call.now.duration_since(at));
    !free && held.is_bound_by(Billing::Subscription) && age.is_some_and(|age| age < lock)
}

/// Seats and cores that are missing for the edition once the request is carried out.
fn shortage(call: &Call<'_>, request: &Request) -> (i64, i64) {
    if request.bind.is_empty() {
        return (0, 0);
    }
    let edition = request.edition;
    let (servers, cores) = used_afterwards(call.centre, request, call.now);
    let held = call.centre.active_subscription(call.now);
    match held.and_then(|held| held.quotas.get(&edition)) {
        None => (servers, 0),
        Some(quota) => {
            let missing =
                |counts: bool, used: i64, total: i64| if counts { (used - total).max(0) } else { 0 };
            (
                missing(quota.bind_type.counts_servers(), servers, quota.servers),
                missing(quota.bind_type.counts_cores(), cores, quota.cores),
            )
        }
    }
}

fn used_afterwards(centre: &DataCentre, request: &Request, now: Timestamp) -> (i64, i64) {
    let stays = |uuid: &String, asset: &Asset| {
        let held = centre.authorisation(asset, now);
        held.is_bound_by(Billing::Subscription)
            && held.edition == request.edition
            && !request.unbind.contains(uuid)
    };
    let holders = centre
        .listed(now)
        .filter(|(uuid, asset)| request.bind.contains(*uuid) || stays(uuid, asset));
    holders.fold((0, 0), |(servers, cores), (_, asset)| {
        (servers + 1, cores + i64::from(asset.cores))
    })
}
