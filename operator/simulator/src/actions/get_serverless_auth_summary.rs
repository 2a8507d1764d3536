//! GetServerlessAuthSummary: the serverless counters. Unlike GetAuthSummary it has a `Data`
//! wrapper and spells its switch field `PostPaidModuleSwitch`.

use serde::Serialize;

use crate::action::{Action, Call, Outcome, Product};
use crate::gateway::Refusal;

pub const ACTION: Action = Action::read(Product::Sas, "GetServerlessAuthSummary", run);

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    success: bool,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data<'a> {
    auto_bind: i32,
    has_pre_bind_setting: bool,
    is_post_paid: bool,
    is_serverless_post_paid_valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_paid_module_switch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_paid_open_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_paid_status: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postpaid_instance_id: Option<&'a str>,
    region_id: &'a str,
    total_bind_app_count: i32,
    total_bind_instance_count: i32,
    total_bind_core_count: i32,
    total_un_bind_app_count: i32,
    total_un_bind_instance_count: i32,
    total_un_bind_core_count: i32,
}

fn run(call: &mut Call<'_>) -> Result<Outcome, Refusal> {
    for (name, allowed) in [
        ("MachineType", &["RunD", "ECI"][..]),
        ("VendorType", &["ASK", "SAE", "ACS"]),
    ] {
        let sent = call.parameters.text(name);
        if sent.is_some_and(|sent| !allowed.contains(&sent)) {
            return Err(Refusal::invalid(name));
        }
    }
    let contract = call.centre.pay_as_you_go.as_ref();
    let counters = &call.centre.serverless;
    let data = Data {
        auto_bind: i32::from(counters.auto_bind),
        has_pre_bind_setting: false,
        is_post_paid: contract.is_some(),
        is_serverless_post_paid_valid: contract.is_some_and(|c| c.is_on("SERVERLESS") && !c.arrears),
        post_paid_module_switch: contract.map(crate::world::PayAsYouGo::module_switch),
        post_paid_open_time: contract.map(|contract| contract.open_time.as_millisecond()),
        post_paid_status: contract.map(|contract| if contract.arrears { 2 } else { 1 }),
        postpaid_instance_id: contract.map(|contract| contract.instance_id.as_str()),
        region_id: call.centre_name,
        total_bind_app_count: counters.bound_apps,
        total_bind_instance_count: counters.bound_instances,
        total_bind_core_count: counters.bound_cores,
        total_un_bind_app_count: counters.unbound_apps,
        total_un_bind_instance_count: counters.unbound_instances,
        total_un_bind_core_count: counters.unbound_cores,
    };
    Ok(Outcome::unchanged(&Response { success: true, data }))
}
