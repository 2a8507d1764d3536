//! UpdatePostPaidBindRel: binds servers to editions of pay-as-you-go; version 1 unbinds. All or
//! nothing; refusals come with HTTP 200 and a `ResultCode`: 1 bad parameter, 2 and 3 ceiling of
//! servers and cores, 4 not enabled, 5 arrears, 6 serverless off, 7 POST_HOST off or the server
//! belongs to the subscription.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::parameters::Parameters;
use crate::world::{Asset, Billing, DataCentre, Edition, PayAsYouGo};

pub const ACTION: Action = Action {
    post_only: true,
    resources: Some(resources),
    ..Action::write(Product::Sas, "UpdatePostPaidBindRel", run).with_client_token()
};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    result_code: i32,
    bind_count: usize,
}

/// A `ResultCode` other than 0.
#[derive(Debug, Clone, Copy)]
enum Verdict {
    BadParameter = 1,
    TooManyServers = 2,
    TooManyCores = 3,
    NotEnabled = 4,
    Arrears = 5,
    ServerlessOff = 6,
    Conflict = 7,
}

#[derive(Default)]
struct Request {
    editions: BTreeMap<String, Edition>,
    contradicts_itself: bool,
    auto_bind: Option<bool>,
    auto_bind_version: Option<Edition>,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let request = requested(call)?;
    if let Err(verdict) = check(call.centre, &request, call.now) {
        return Ok(Outcome::unchanged(&Response {
            result_code: verdict as i32,
            bind_count: 0,
        }));
    }
    let response = Response {
        result_code: 0,
        bind_count: request.editions.len(),
    };
    if call.dry_run {
        return Ok(Outcome::unchanged(&response));
    }
    apply(call, &request);
    Ok(Outcome::committed(&response))
}

fn apply(call: &mut Call<'_>, request: &Request) {
    let lag = call.centre.settings.lag_seconds;
    for (uuid, edition) in &request.editions {
        if let Some(asset) = call
            .centre
            .assets
            .get_mut(uuid)
            .filter(|a| a.auth_version != *edition)
        {
            asset.authorise(*edition, Billing::PayAsYouGo, call.now, lag);
        }
    }
    if let Some(contract) = call.centre.pay_as_you_go.as_mut() {
        contract.auto_bind = request.auto_bind.unwrap_or(contract.auto_bind);
        contract.auto_bind_version = request.auto_bind_version.or(contract.auto_bind_version);
    }
}

fn requested(call: &Call<'_>) -> Result<Request, Refusal> {
    let parameters = call.parameters;
    // What "forcibly upgrade" means beyond binding, no source says; it only has to be a boolean.
    parameters.boolean("UpdateIfNecessary")?;
    let mut request = Request {
        auto_bind: parameters.switch("AutoBind")?,
        auto_bind_version: parameters.number("AutoBindVersion")?.map(Edition),
        ..Request::default()
    };
    for action in parameters.elements("BindAction")? {
        let edition = Edition(parameters.number(&format!("{action}.Version"))?.unwrap_or(0));
        let mut uuids: Vec<String> = owned(&parameters.list(&format!("{action}.UuidList"))?);
        if parameters.boolean(&format!("{action}.BindAll"))?.unwrap_or(false) {
            uuids.extend(call.centre.listed(call.now).map(|(uuid, _)| uuid.clone()));
        }
        request.contradicts_itself |= uuids.is_empty();
        for uuid in uuids {
            let before = request.editions.insert(uuid, edition);
            request.contradicts_itself |= before.is_some_and(|before| before != edition);
        }
    }
    Ok(request)
}

/// Each server by its uuid; a policy for single servers cannot allow `BindAll`.
fn resources(parameters: &Parameters) -> Vec<String> {
    let actions = parameters.elements("BindAction").unwrap_or_default();
    let of = |action: &String| {
        let all = parameters.boolean(&format!("{action}.BindAll"));
        let mut uuids = parameters.list(&format!("{action}.UuidList")).unwrap_or_default();
        uuids.extend(matches!(all, Ok(Some(true))).then_some("*"));
        uuids
            .iter()
            .map(|uuid| format!("assetbind/{uuid}"))
            .collect::<Vec<_>>()
    };
    actions.iter().flat_map(of).collect()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn check(centre: &DataCentre, request: &Request, now: Timestamp) -> Result<(), Verdict> {
    let asks_nothing = request.editions.is_empty() && request.auto_bind.is_none();
    let known = |edition: Edition| edition.strength() > 0;
    let editions_known = request
        .editions
        .values()
        .copied()
        .chain(request.auto_bind_version)
        .all(known);
    if asks_nothing || request.contradicts_itself || !editions_known {
        return Err(Verdict::BadParameter);
    }
    let contract = centre.pay_as_you_go.as_ref().ok_or(Verdict::NotEnabled)?;
    if contract.arrears {
        return Err(Verdict::Arrears);
    }
    for (uuid, edition) in &request.editions {
        let asset = centre.listed_asset(uuid, now).ok_or(Verdict::BadParameter)?;
        check_server(centre, contract, asset, *edition, now)?;
    }
    check_ceilings(centre, contract, request, now)
}

fn check_server(
    centre: &DataCentre,
    contract: &PayAsYouGo,
    asset: &Asset,
    edition: Edition,
    now: Timestamp,
) -> Result<(), Verdict> {
    if centre
        .authorisation(asset, now)
        .is_bound_by(Billing::Subscription)
    {
        return Err(Verdict::Conflict);
    }
    if !edition.is_paid() {
        return Ok(());
    }
    if asset.machine_type == "serverless" {
        let on = contract.is_on("SERVERLESS");
        return if on { Ok(()) } else { Err(Verdict::ServerlessOff) };
    }
    if !contract.is_on("POST_HOST") {
        return Err(Verdict::Conflict);
    }
    if !asset.cluster_id.is_empty() && edition != Edition::ULTIMATE {
        return Err(Verdict::BadParameter);
    }
    // Advanced is no longer sold; who still holds it may go on using it.
    let holds_advanced = || {
        let mut held = centre
            .listed(now)
            .map(|(_, asset)| centre.authorisation(asset, now));
        held.any(|held| held.is_bound_by(Billing::PayAsYouGo) && held.edition == Edition::ADVANCED)
    };
    if edition == Edition::ADVANCED && !holds_advanced() {
        return Err(Verdict::BadParameter);
    }
    Ok(())
}

fn check_ceilings(
    centre: &DataCentre,
    contract: &PayAsYouGo,
    request: &Request,
    now: Timestamp,
) -> Result<(), Verdict> {
    if !request.editions.values().any(|edition| edition.is_paid()) {
        return Ok(());
    }
    let bound_afterwards = |uuid: &String, asset: &Asset| match request.editions.get(uuid) {
        Some(edition) => edition.is_paid(),
        None => centre.authorisation(asset, now).is_bound_by(Billing::PayAsYouGo),
    };
    let holders = centre
        .listed(now)
        .filter(|(uuid, asset)| bound_afterwards(uuid, asset));
    let (servers, cores) = holders.fold((0, 0), |(servers, cores), (_, asset)| {
        (servers + 1, cores + i64::from(asset.cores))
    });
    if contract.maximum_servers.is_some_and(|maximum| servers > maximum) {
        return Err(Verdict::TooManyServers);
    }
    if contract.maximum_cores.is_some_and(|maximum| cores > maximum) {
        return Err(Verdict::TooManyCores);
    }
    Ok(())
}
