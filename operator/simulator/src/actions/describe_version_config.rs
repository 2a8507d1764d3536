//! DescribeVersionConfig: edition, subscription, pay-as-you-go and capacities of the account.
//! `MergedVersion` carries the canary of the settings, a number that must not travel any further.

use jiff::Timestamp;
use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;
use crate::world::{Billing, DataCentre, Edition, PayAsYouGo, Subscription};

pub const ACTION: Action = Action::read(Product::Sas, "DescribeVersionConfig", run);

/// The account-wide number for several editions at once.
const MULTI_EDITION: Edition = Edition(8);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    version: Edition,
    highest_version: Edition,
    merged_version: i32,
    is_new_multi_version: bool,
    is_trial_version: i32,
    is_over_balance: bool,
    #[serde(rename = "MVAuthCount")]
    mv_auth_count: i64,
    #[serde(rename = "MVUnusedAuthCount")]
    mv_unused_auth_count: i64,
    asset_level: i64,
    vm_cores: i64,
    sas_log: i32,
    sas_screen: i32,
    web_lock: i32,
    allow_partial_buy: i32,
    #[serde(flatten)]
    subscription: Option<Subscribed<'a>>,
    is_postpay: bool,
    #[serde(flatten)]
    pay_as_you_go: Option<Postpaid<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Subscribed<'a> {
    instance_id: &'a str,
    instance_buy_type: i32,
    open_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    release_time: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Postpaid<'a> {
    post_pay_instance_id: &'a str,
    post_pay_module_switch: String,
    post_pay_open_time: i64,
    post_pay_status: i32,
    post_pay_host_version: Edition,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    let centre = &*call.centre;
    let active = centre.active_subscription(call.now);
    let quotas = || active.iter().flat_map(|subscription| &subscription.quotas);
    let highest_version = Edition::strongest(quotas().map(|(edition, _)| *edition));
    let several = quotas().count() > 1;
    let servers: i64 = quotas().map(|(_, quota)| quota.servers).sum();
    let cores: i64 = quotas().map(|(_, quota)| quota.cores).sum();
    let bound = i64::try_from(bound_by(centre, Billing::Subscription, call.now).count()).unwrap_or(i64::MAX);
    let response = Response {
        version: if several { MULTI_EDITION } else { highest_version },
        highest_version,
        merged_version: centre.settings.merged_version,
        is_new_multi_version: several,
        is_trial_version: 0,
        is_over_balance: false,
        mv_auth_count: if several { servers } else { 0 },
        mv_unused_auth_count: if several { (servers - bound).max(0) } else { 0 },
        asset_level: servers,
        vm_cores: cores,
        sas_log: 0,
        sas_screen: 0,
        web_lock: 0,
        allow_partial_buy: 1,
        subscription: centre.subscription.as_ref().map(subscribed),
        is_postpay: centre.pay_as_you_go.is_some(),
        pay_as_you_go: centre
            .pay_as_you_go
            .as_ref()
            .map(|contract| postpaid(centre, contract, call.now)),
    };
    Ok(Outcome::unchanged(&response))
}

fn subscribed(subscription: &Subscription) -> Subscribed<'_> {
    Subscribed {
        instance_id: &subscription.instance_id,
        instance_buy_type: 0,
        open_time: subscription.open_time.as_millisecond(),
        release_time: subscription.release_time.map(Timestamp::as_millisecond),
    }
}

fn postpaid<'a>(centre: &DataCentre, contract: &'a PayAsYouGo, now: Timestamp) -> Postpaid<'a> {
    Postpaid {
        post_pay_instance_id: &contract.instance_id,
        post_pay_module_switch: contract.module_switch(),
        post_pay_open_time: contract.open_time.as_millisecond(),
        post_pay_status: if contract.arrears { 2 } else { 1 },
        post_pay_host_version: Edition::strongest(bound_by(centre, Billing::PayAsYouGo, now)),
    }
}

fn bound_by(centre: &DataCentre, billing: Billing, now: Timestamp) -> impl Iterator<Item = Edition> {
    centre
        .listed(now)
        .map(move |(_, asset)| centre.authorisation(asset, now))
        .filter(move |held| held.is_bound_by(billing))
        .map(|held| held.edition)
}
