//! A plan that waits for approval holds still.

use sas_engine::hash::{self, Identity};
use serde_json::json;

use super::*;

fn selecting(status: Option<&Plan>) -> SasAuthBinding {
    let mut object = object(json!({"mode": "PayAsYouGo", "targets": {"selector": {"tags": ["web"]}}}));
    if let Some(plan) = status {
        object.status = Some(serde_json::from_value(status_with(plan)).unwrap());
    }
    object
}

/// A status in which `plan` waits.
fn status_with(plan: &Plan) -> serde_json::Value {
    let mut published = serde_json::to_value(plan).unwrap();
    let extra = json!({
        "hash": format!("sha256:{}", "0".repeat(64)), "epoch": 1, "observedGeneration": 1, "computedTime": NOW,
        "expiresTime": "2027-02-01T00:00:00Z", "accountID": "1", "site": "cn", "targetCount": 3, "callCount": 1,
    });
    published
        .as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    json!({"epoch": 1, "plan": published})
}

fn hash(plan: Plan) -> String {
    let text = |text: &str| text.to_owned();
    let identity = Identity {
        kind: text("SasAuthBinding"),
        namespace: text("team"),
        name: text("web"),
        uid: text("uid-1"),
        account: text("1"),
        site: text("cn"),
    };
    hash::seal(plan, &identity, 1).unwrap().hash
}

fn first_plan() -> Plan {
    let object = selecting(None);
    let mut seen = observed(&object, free(1..=3));
    seen.prices = prices();
    let mut plan = change(object.plan(&seen, None));
    // As the engine seals it.
    plan.targets.sort();
    plan.values.sort();
    plan
}

/// The plan that follows when these servers are there.
fn next_plan(servers: Vec<Server>) -> (Plan, Vec<String>) {
    let held = first_plan();
    let object = selecting(Some(&held));
    let mut seen = observed(&object, servers);
    seen.prices = prices();
    let plan = change(object.plan(&seen, Some(&held)));
    let mut status = object.status.clone().unwrap();
    object.report(&seen, &mut status);
    (plan, status.not_in_plan)
}

#[test]
fn servers_that_appear_later_belong_to_the_next_plan() {
    let (plan, later) = next_plan(free(1..=5));
    assert_eq!(hash(plan), hash(first_plan()));
    assert_eq!(later, ["web-4", "web-5"]);
}

#[test]
fn an_agent_that_flaps_and_a_new_name_change_nothing() {
    let servers = free(1..=3).into_iter().map(|server| Server {
        online: false,
        name: "renamed".into(),
        ..server
    });
    let (plan, later) = next_plan(servers.collect());
    assert_eq!(hash(plan), hash(first_plan()));
    assert!(later.is_empty());
}

#[test]
fn a_server_that_vanished_or_changed_makes_a_new_plan_from_scratch() {
    let (plan, _) = next_plan(free(2..=5));
    assert_eq!(plan.targets.len(), 4);
    let mut servers = free(1..=4);
    servers[0] = server(1, Edition::Enterprise, Some(BillingMode::PayAsYouGo));
    let (plan, later) = next_plan(servers);
    assert_eq!(
        (plan.targets.len(), plan.targets[0].current.as_str()),
        (4, "Enterprise (3), PayAsYouGo")
    );
    assert_eq!(later, ["web-4"]);
}

#[test]
fn a_price_that_falls_keeps_the_ceiling_and_one_that_rises_does_not() {
    let held = first_plan();
    let object = selecting(Some(&held));
    let ceiling_with = |from: &str, to: &str| {
        let mut seen = observed(&object, free(1..=3));
        let table = format!(
            "{{currency: CNY, source: s, date: d, prices: [{}, {}]}}",
            "{mode: PayAsYouGo, edition: Ultimate, unit: server, monthly: '10'}".replace(from, to),
            "{mode: PayAsYouGo, edition: Ultimate, unit: core, monthly: '1.255'}"
        );
        seen.prices.table = Some(Arc::new(PriceTable::parse(&table).unwrap()));
        hash(change(object.plan(&seen, Some(&held))))
    };
    let before = hash(held.clone());
    assert_eq!(ceiling_with("'10'", "'9'"), before);
    assert_eq!(ceiling_with("'10'", "'10'"), before);
    assert_ne!(ceiling_with("'10'", "'11'"), before);
    // Without a table nothing says that it became dearer.
    let seen = observed(&object, free(1..=3));
    assert_eq!(hash(change(object.plan(&seen, Some(&held)))), before);
}

#[test]
fn free_licences_guard_a_waiting_plan_and_do_not_change_it() {
    let mut held = change(planned(json!({}), free(1..=3)));
    held.values.sort();
    let mut object = object(json!({}));
    object.status = Some(serde_json::from_value(status_with(&held)).unwrap());
    let mut seen = observed(&object, free(1..=3));
    seen.entitlement.subscription.as_mut().unwrap().quotas[0].servers_free = Some(0);
    assert_eq!(outcome(&object.plan(&seen, Some(&held))), "QuotaInsufficient");
    seen.entitlement.subscription.as_mut().unwrap().quotas[0].servers_free = Some(3);
    assert_eq!(hash(change(object.plan(&seen, Some(&held)))), hash(held));
}

#[test]
fn another_way_to_pay_makes_a_new_plan_from_scratch() {
    let object = object(json!({"mode": null, "targets": {"selector": {"tags": ["web"]}}}));
    let mut seen = observed(&object, free(1..=3));
    seen.entitlement.pay_as_you_go = None;
    let mut held = change(object.plan(&seen, None));
    held.values.sort();
    let mut seen = observed(&object, free(1..=5));
    seen.entitlement.subscription = None;
    assert_eq!(change(object.plan(&seen, Some(&held))).targets.len(), 5);
}

#[test]
fn what_a_held_plan_says_about_its_cost_follows_from_what_was_approved() {
    let object = object(json!({"mode": "PayAsYouGo"}));
    let mut seen = observed(&object, free(1..=3));
    seen.prices = prices();
    let mut held = change(object.plan(&seen, None));
    held.values.sort();
    let true_cost = held.cost.clone();
    let forged = held.cost.as_mut().unwrap();
    forged.display = "none".to_owned();
    forged.items[0].quantity = 0;
    assert_eq!(change(object.plan(&seen, Some(&held))).cost, true_cost);
    // The table is gone: what was approved still stands.
    seen.prices = PriceList::default();
    assert_eq!(change(object.plan(&seen, Some(&held))).cost, true_cost);
    held.cost = change(object.plan(&seen, None)).cost;
    held.cost.as_mut().unwrap().display = "none".to_owned();
    seen.prices = prices();
    let cost = change(object.plan(&seen, Some(&held))).cost.unwrap();
    assert_eq!(
        (cost.display.as_str(), cost.monthly_ceiling_millis),
        ("unknown", None)
    );
}
