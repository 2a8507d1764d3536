//! How urgent the calls of a resource are. What somebody approved goes before what is only looked at, and
//! among approved plans the one with more at stake goes first: thousands of scans that wait for their
//! turn must not hold up one answer to an attack.

use sas_api::Risk;
use sas_api::status::GatePart;
use sas_client::Urgency;
use sas_engine::is_about_to_act;
use sas_engine::operation::Gate;

/// How urgent the calls of the next pass over a resource are.
pub fn of<K: Gate>(object: &K) -> Urgency {
    let plan = object.status().and_then(|status| status.gate().plan.as_ref());
    match plan.filter(|_| is_about_to_act(object)) {
        None => Urgency::default(),
        Some(plan) => of_risk(plan.plan.risk),
    }
}

fn of_risk(risk: Risk) -> Urgency {
    Urgency(match risk {
        Risk::R0 | Risk::R1 => 1,
        Risk::R2 => 2,
        Risk::R3 | Risk::R4 => 3,
    })
}
