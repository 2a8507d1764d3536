//! The tables of this kind: what is planned, what forbids it, what a plan costs, when it is done, and
//! that a plan that waits holds still.

#![expect(
    clippy::needless_pass_by_value,
    clippy::too_many_lines,
    reason = "tables read best in one piece, with their specs written in place"
)]

mod holding;
mod planning;
mod settling;

use std::sync::Arc;

use jiff::Timestamp;
use sas_api::account::DataCentre;
use sas_api::kinds::SasAuthBinding;
use sas_api::kinds::auth_binding::{BillingMode, Edition};
use sas_api::plan::Plan;
use sas_engine::{Operation, Planned};

use super::Observed;
use super::entitlement::{Entitlement, PayAsYouGo, Quota, Subscription};
use super::look::Verified;
use crate::assets::{Server, missing, targets_match};
use crate::prices::{PriceList, PriceTable};

const NOW: &str = "2027-01-31T00:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A binding of `u-1`, `u-2` and `u-3` to Ultimate by subscription, changed by `spec`.
fn object(spec: serde_json::Value) -> SasAuthBinding {
    let mut full = serde_json::json!({
        "accountRef": {"name": "main"}, "mode": "Subscription", "edition": "Ultimate",
        "targets": {"uuids": ["u-1", "u-2", "u-3"]},
    });
    full.as_object_mut()
        .unwrap()
        .extend(spec.as_object().unwrap().clone());
    serde_json::from_value(serde_json::json!({
        "apiVersion": "sas-operator.io/v1alpha1", "kind": "SasAuthBinding",
        "metadata": {"name": "web", "namespace": "team", "uid": "uid-1", "generation": 1}, "spec": full,
    }))
    .unwrap()
}

fn server(number: usize, edition: Edition, mode: Option<BillingMode>) -> Server {
    Server {
        uuid: format!("u-{number}"),
        instance_id: format!("i-{number}"),
        name: format!("web-{number}"),
        region_id: "cn-hangzhou".into(),
        tags: vec!["web".into()],
        cores: 4,
        version: edition.version(),
        mode,
        changed: Some("2027-01-11T00:00:00Z".parse().unwrap()),
        online: true,
        ..Default::default()
    }
}

fn free(numbers: std::ops::RangeInclusive<usize>) -> Vec<Server> {
    numbers
        .map(|number| server(number, Edition::Free, None))
        .collect()
}

fn quota(edition: Edition, servers_free: i64, cores_free: i64) -> Quota {
    Quota {
        edition,
        by_server: true,
        by_core: edition == Edition::Ultimate,
        servers_free: Some(servers_free),
        cores_free: Some(cores_free),
    }
}

/// An account with a subscription of two editions and pay-as-you-go.
fn entitlement() -> Entitlement {
    Entitlement {
        subscription: Some(Subscription {
            quotas: vec![quota(Edition::Ultimate, 5, 20), quota(Edition::Enterprise, 5, 0)],
            may_unbind: false,
        }),
        pay_as_you_go: Some(PayAsYouGo {
            arrears: false,
            host_on: true,
            holds_advanced: false,
        }),
    }
}

/// What `object` sees of these servers.
fn observed(object: &SasAuthBinding, servers: Vec<Server>) -> Observed {
    let servers: Vec<_> = servers.into_iter().map(Arc::new).collect();
    let matched: Vec<_> = servers
        .iter()
        .filter(|server| targets_match(&object.spec.targets, server))
        .cloned()
        .collect();
    Observed {
        missing: missing(&object.spec.targets, &matched),
        servers: matched,
        verified: Verified {
            servers,
            asked_for: ["u-1", "u-2", "u-3"].map(str::to_owned).into(),
        },
        entitlement: entitlement(),
        claim: None,
        prices: PriceList::default(),
        centre: DataCentre::CnShanghai,
        now: now(),
    }
}

fn prices() -> PriceList {
    let table = "
currency: CNY
source: https://example.com/prices
date: 2026-03-01
prices:
- {mode: PayAsYouGo, edition: Ultimate, unit: server, monthly: '10'}
- {mode: PayAsYouGo, edition: Ultimate, unit: core, monthly: '1.255'}
- {mode: PayAsYouGo, edition: Enterprise, unit: server, monthly: '7.5'}
";
    PriceList {
        table: Some(Arc::new(PriceTable::parse(table).unwrap())),
        problem: None,
    }
}

fn outcome(planned: &Planned) -> String {
    match planned {
        Planned::Nothing => "nothing".into(),
        Planned::Change(plan) => format!("{:?} {}", plan.risk, plan.targets.len()),
        Planned::Blocked(blocked) | Planned::Impossible(blocked) => blocked.reason.to_string(),
    }
}

fn change(planned: Planned) -> Plan {
    match planned {
        Planned::Change(plan) => *plan,
        other => panic!("no plan but {other:?}"),
    }
}

fn planned(spec: serde_json::Value, servers: Vec<Server>) -> Planned {
    let object = object(spec);
    object.plan(&observed(&object, servers), None)
}
