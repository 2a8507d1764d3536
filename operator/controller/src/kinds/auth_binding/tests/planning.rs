//! From a look at the cloud to a plan or to what forbids it.

use sas_api::plan::{Repeat, Risk};
use serde_json::json;

use super::*;
use crate::claims::Claim;

const SUBSCRIPTION: Option<BillingMode> = Some(BillingMode::Subscription);
const BY_USE: Option<BillingMode> = Some(BillingMode::PayAsYouGo);

fn all(edition: Edition, mode: Option<BillingMode>) -> Vec<Server> {
    (1..=3).map(|number| server(number, edition, mode)).collect()
}

#[test]
fn changes_and_their_risk() {
    let ultimate = || all(Edition::Ultimate, SUBSCRIPTION);
    let mixed = || {
        let mut servers = ultimate();
        servers[1] = server(2, Edition::Enterprise, SUBSCRIPTION);
        servers
    };
    let old = |servers: Vec<Server>| -> Vec<Server> {
        servers
            .into_iter()
            .map(|server| Server {
                changed: Some(Timestamp::UNIX_EPOCH),
                ..server
            })
            .collect()
    };
    let by_use = json!({"mode": "PayAsYouGo"});
    let table: Vec<(&str, serde_json::Value, Vec<Server>, &str)> = vec![
        ("bind", json!({}), free(1..=3), "R3 3"),
        ("in sync", json!({}), ultimate(), "nothing"),
        ("upgrade one", json!({}), mixed(), "R3 1"),
        ("free already", json!({"edition": "Free"}), free(1..=3), "nothing"),
        ("unbind", json!({"edition": "Free"}), old(ultimate()), "R4 3"),
        (
            "unbind too early",
            json!({"edition": "Free"}),
            ultimate(),
            "BindingLocked",
        ),
        (
            "downgrade",
            json!({"edition": "Enterprise"}),
            old(mixed()),
            "R4 2",
        ),
        (
            "downgrade too early",
            json!({"edition": "Enterprise"}),
            mixed(),
            "BindingLocked",
        ),
        ("by use", by_use.clone(), free(1..=3), "R3 3"),
        (
            "by use, in sync",
            by_use.clone(),
            all(Edition::Ultimate, BY_USE),
            "nothing",
        ),
        (
            "by use, weaker",
            json!({"mode": "PayAsYouGo", "edition": "AntiVirus"}),
            all(Edition::Ultimate, BY_USE),
            "R4 3",
        ),
        (
            "by use, off",
            json!({"mode": "PayAsYouGo", "edition": "Free"}),
            all(Edition::Ultimate, BY_USE),
            "R4 3",
        ),
        (
            "other way, same edition",
            by_use.clone(),
            ultimate(),
            "EditionNotAvailable",
        ),
        (
            "other way, other edition",
            json!({}),
            all(Edition::Enterprise, BY_USE),
            "EditionNotAvailable",
        ),
        (
            "other way, off",
            json!({"edition": "Free"}),
            all(Edition::Ultimate, BY_USE),
            "EditionNotAvailable",
        ),
        (
            "no licences of it",
            json!({"edition": "AntiVirus"}),
            free(1..=3),
            "EditionNotAvailable",
        ),
        (
            "advanced",
            json!({"mode": "PayAsYouGo", "edition": "Advanced"}),
            free(1..=3),
            "EditionNotAvailable",
        ),
        ("choose", json!({"mode": null}), free(1..=3), "ChooseMode"),
        (
            "no need to choose",
            json!({"mode": null}),
            all(Edition::Ultimate, BY_USE),
            "nothing",
        ),
        (
            "an unknown edition may be a strong one",
            json!({"targets": {"uuids": ["u-1"]}}),
            vec![Server {
                version: 9,
                changed: None,
                ..server(1, Edition::Free, SUBSCRIPTION)
            }],
            "R4 1",
        ),
    ];
    for (name, spec, servers, expected) in table {
        let planned = planned(spec, servers);
        assert_eq!(outcome(&planned), expected, "{name}: {planned:?}");
    }
}

#[test]
fn targets_that_are_not_clear_block() {
    let object_ = object(json!({}));
    let planned_with = |change: fn(&mut Observed)| {
        let mut seen = observed(&object_, free(1..=3));
        change(&mut seen);
        object_.plan(&seen, None)
    };
    let missing = planned_with(|seen| seen.missing = vec!["u-9".into()]);
    assert_eq!(outcome(&missing), "TargetNotFound");
    assert!(format!("{missing:?}").contains("u-9"));
    assert_eq!(outcome(&planned_with(|seen| seen.servers.clear())), "NoTargets");
    let claimed = planned_with(|seen| {
        seen.claim = Some(Claim {
            server: "web-1".into(),
            owner: "ops/old".into(),
        });
    });
    assert_eq!(outcome(&claimed), "TargetClaimed");
    assert!(format!("{claimed:?}").contains("ops/old"));
    let unknown_instance = object(json!({"targets": {"instanceIDs": ["i-1", "i-404"]}}));
    let seen = observed(&unknown_instance, free(1..=3));
    assert_eq!(
        (seen.missing.as_slice(), seen.servers.len()),
        (&["i-404".to_owned()][..], 1)
    );
}

#[test]
fn licences_and_contracts_guard() {
    type Change = fn(&mut Entitlement);
    let table: Vec<(&str, &str, serde_json::Value, Change, &str)> = vec![
        ("enough", "Subscription", json!({}), |_| {}, "R3 3"),
        (
            "few servers",
            "Subscription",
            json!({}),
            |e| e.subscription.as_mut().unwrap().quotas[0].servers_free = Some(2),
            "QuotaInsufficient",
        ),
        (
            "few cores",
            "Subscription",
            json!({}),
            |e| e.subscription.as_mut().unwrap().quotas[0].cores_free = Some(11),
            "QuotaInsufficient",
        ),
        (
            "cores do not count",
            "Subscription",
            json!({"edition": "Enterprise"}),
            |_| {},
            "R3 3",
        ),
        (
            "number not said",
            "Subscription",
            json!({}),
            |e| {
                let quota = &mut e.subscription.as_mut().unwrap().quotas[0];
                (quota.servers_free, quota.cores_free) = (None, None);
            },
            "R3 3",
        ),
        (
            "no subscription",
            "Subscription",
            json!({}),
            |e| e.subscription = None,
            "EditionNotAvailable",
        ),
        (
            "no contract",
            "PayAsYouGo",
            json!({}),
            |e| e.pay_as_you_go = None,
            "PayAsYouGoNotReady",
        ),
        (
            "arrears",
            "PayAsYouGo",
            json!({}),
            |e| e.pay_as_you_go.as_mut().unwrap().arrears = true,
            "PayAsYouGoNotReady",
        ),
        (
            "module off",
            "PayAsYouGo",
            json!({}),
            |e| e.pay_as_you_go.as_mut().unwrap().host_on = false,
            "PayAsYouGoNotReady",
        ),
        (
            "still advanced",
            "PayAsYouGo",
            json!({"edition": "Advanced"}),
            |e| e.pay_as_you_go.as_mut().unwrap().holds_advanced = true,
            "R3 3",
        ),
        (
            "neither",
            "",
            json!({}),
            |e| *e = Entitlement::default(),
            "EditionNotAvailable",
        ),
        (
            "only subscription",
            "",
            json!({}),
            |e| e.pay_as_you_go = None,
            "R3 3",
        ),
        ("only by use", "", json!({}), |e| e.subscription = None, "R3 3"),
        (
            "module off is no way",
            "",
            json!({}),
            |e| e.pay_as_you_go.as_mut().unwrap().host_on = false,
            "R3 3",
        ),
    ];
    for (name, mode, mut spec, change, expected) in table {
        spec["mode"] = if mode.is_empty() { json!(null) } else { json!(mode) };
        let object = object(spec);
        let mut seen = observed(&object, free(1..=3));
        change(&mut seen.entitlement);
        let planned = object.plan(&seen, None);
        assert_eq!(outcome(&planned), expected, "{name}: {planned:?}");
    }
}

#[test]
fn the_cloud_may_lift_the_lock() {
    let object = object(json!({"edition": "Free"}));
    let mut seen = observed(&object, all(Edition::Ultimate, SUBSCRIPTION));
    let Planned::Blocked(blocked) = object.plan(&seen, None) else {
        panic!("not locked")
    };
    assert!(
        blocked.message.contains("2027-02-10T00:00:00Z"),
        "{}",
        blocked.message
    );
    seen.entitlement.subscription.as_mut().unwrap().may_unbind = true;
    assert_eq!(outcome(&object.plan(&seen, None)), "R4 3");
}

#[test]
fn nodes_of_a_cluster_have_ultimate_or_nothing() {
    let node = || Server {
        cluster_id: "c1".into(),
        changed: None,
        ..server(1, Edition::Ultimate, BY_USE)
    };
    let free_node = || Server {
        cluster_id: "c1".into(),
        ..server(1, Edition::Free, None)
    };
    let one =
        |edition: &str| json!({"mode": "PayAsYouGo", "edition": edition, "targets": {"uuids": ["u-1"]}});
    assert_eq!(
        outcome(&planned(one("Enterprise"), vec![free_node()])),
        "ClusterNodeNeedsUltimate"
    );
    assert_eq!(outcome(&planned(one("Ultimate"), vec![free_node()])), "R3 1");
    assert_eq!(
        outcome(&planned(one("AntiVirus"), vec![node()])),
        "ClusterNodeNeedsUltimate"
    );
    assert_eq!(outcome(&planned(one("Free"), vec![node()])), "R4 1");
}

#[test]
fn plans_in_full() {
    let old = Some(Timestamp::UNIX_EPOCH);
    let offline = |server: Server| Server {
        online: false,
        changed: old,
        ..server
    };
    let bind = planned(json!({"batchSize": 2}), free(1..=3));
    let unbind = planned(
        json!({"edition": "Free"}),
        all(Edition::Ultimate, SUBSCRIPTION)
            .into_iter()
            .map(offline)
            .collect(),
    );
    let by_use = planned(
        json!({"mode": "PayAsYouGo", "edition": "Enterprise"}),
        free(1..=3).into_iter().map(offline).collect(),
    );
    let plans = [("bind", bind), ("unbind", unbind), ("by use", by_use)]
        .map(|(name, planned)| (name, change(planned)));
    for (_, plan) in &plans {
        assert!(plan.calls.iter().all(|call| call.repeat == Repeat::ClientToken));
        let names = plan
            .calls
            .iter()
            .flat_map(|call| &call.parameters)
            .map(|parameter| parameter.name.as_str());
        assert!(
            names
                .into_iter()
                .all(|name| !name.contains("BindAll") && !name.contains("AutoBind"))
        );
    }
    insta::assert_yaml_snapshot!(plans);
}

#[test]
fn costs() {
    let by_use = |edition: &str| object(json!({"mode": "PayAsYouGo", "edition": edition}));
    let cost = |object: &SasAuthBinding, prices: PriceList| {
        let mut seen = observed(object, free(1..=3));
        seen.prices = prices;
        change(object.plan(&seen, None)).cost.unwrap()
    };
    let ultimate = cost(&by_use("Ultimate"), prices());
    assert_eq!(
        (ultimate.display.as_str(), ultimate.monthly_ceiling_millis),
        ("45.06 CNY per month", Some(45_060))
    );
    assert_eq!(
        ultimate.price_source.as_deref(),
        Some("https://example.com/prices of 2026-03-01")
    );
    let quantities =
        |cost: &sas_api::plan::Cost| cost.items.iter().map(|item| item.quantity).collect::<Vec<_>>();
    assert_eq!(quantities(&ultimate), [3, 12]);
    let enterprise = cost(&by_use("Enterprise"), prices());
    assert_eq!(enterprise.display, "22.50 CNY per month");
    // The table has no price for it, or there is no table: quantities stand all the same.
    for unknown in [
        cost(&by_use("AntiVirus"), prices()),
        cost(&by_use("Ultimate"), PriceList::default()),
    ] {
        assert_eq!(
            (unknown.display.as_str(), unknown.monthly_ceiling_millis),
            ("unknown", None)
        );
        assert_eq!(quantities(&unknown), [3, 12]);
    }
}

/// `number` servers whose names are as long as they may be.
fn many(number: usize) -> (SasAuthBinding, Observed) {
    let servers: Vec<_> = (1..=number)
        .map(|i| Server {
            name: "é".repeat(256),
            ..server(i, Edition::Free, None)
        })
        .collect();
    let uuids: Vec<_> = servers.iter().map(|server| server.uuid.clone()).collect();
    let by_use =
        json!({"mode": "PayAsYouGo", "edition": "AntiVirus", "batchSize": 1, "targets": {"uuids": uuids}});
    let object = object(by_use);
    let seen = observed(&object, servers);
    (object, seen)
}

#[test]
fn long_names_leave_every_sentence_of_a_plan_within_its_bound() {
    let (object, mut seen) = many(9);
    for server in &mut seen.servers {
        Arc::make_mut(server).online = false;
        Arc::make_mut(server).version = Edition::Ultimate.version();
        Arc::make_mut(server).mode = BY_USE;
    }
    let plan = change(object.plan(&seen, None));
    assert_eq!((plan.risk, plan.warnings.len()), (Risk::R4, 3));
    for sentence in plan.warnings.iter().chain([&plan.summary]) {
        assert!(sentence.chars().count() <= 1024, "{sentence}");
    }
}

#[test]
fn a_plan_has_no_more_calls_than_a_status_can_record() {
    let (object, seen) = many(200);
    assert_eq!(change(object.plan(&seen, None)).calls.len(), 200);
    let (mut object, seen) = many(201);
    let Planned::Blocked(blocked) = object.plan(&seen, None) else {
        panic!("201 calls are planned");
    };
    assert_eq!(blocked.reason, sas_api::Reason::PlanTooLarge);
    assert!(blocked.message.contains("spec.batchSize"), "{}", blocked.message);
    object.spec.batch_size = 2;
    assert_eq!(change(object.plan(&seen, None)).calls.len(), 101);
}

#[test]
fn ids_of_the_spec_are_shown_without_what_deceives() {
    let object = object(json!({"targets": {"uuids": ["u-9\u{202e}\n\u{1b}[31m"]}}));
    let seen = observed(&object, vec![]);
    let Planned::Blocked(blocked) = object.plan(&seen, None) else {
        panic!("a server that nobody lists is planned for");
    };
    assert!(
        blocked.message.contains("no server u-9[31m in"),
        "{}",
        blocked.message
    );
}

#[test]
fn absurd_figures_and_prices_give_a_cost_that_a_plan_can_hold() {
    let by_use = object(json!({"mode": "PayAsYouGo"}));
    let row = |uuid: &str| sas_client::actions::CloudCenterInstance {
        uuid: Some(uuid.to_owned()),
        cores: Some(i64::MAX),
        ..Default::default()
    };
    let servers = ["u-1", "u-2", "u-3"].map(|uuid| Server::from_row(&row(uuid)).unwrap());
    let mut seen = observed(&by_use, servers.into());
    let table = "
currency: CNY
source: s
date: 2026-03-01
prices:
- {mode: PayAsYouGo, edition: Ultimate, unit: server, monthly: '999999999'}
- {mode: PayAsYouGo, edition: Ultimate, unit: core, monthly: '999999999'}
";
    seen.prices.table = Some(Arc::new(PriceTable::parse(table).unwrap()));
    let cost = change(by_use.plan(&seen, None)).cost.unwrap();
    assert_eq!(
        (cost.display.as_str(), cost.monthly_ceiling_millis),
        ("unknown", None)
    );
    assert_eq!(cost.items[1].quantity, 1_000_000_000);
}

/// A call that was begun may have been refused: what it was about is still to be done then, whatever was looked at
/// to follow it.
#[test]
fn a_call_under_way_changes_nothing_about_what_is_to_be_done() {
    let before = object(json!({}));
    let seen = || observed(&before, free(1..=3));
    let plan = change(before.plan(&seen(), None));
    let mut begun = before.clone();
    let status = json!({"execution": {
        "hash": "sha256:0", "epoch": 1, "observedGeneration": 1, "startedTime": NOW,
        "calls": [{"callIndex": 0, "action": "BindAuthToMachine", "intent": {
            "attempt": 1, "nonce": "n", "timestamp": NOW, "startedTime": NOW, "keyFingerprint": "k",
        }}],
    }});
    begun.status = Some(serde_json::from_value(status).unwrap());
    for verified in [Verified::default(), seen().verified] {
        let seen = Observed { verified, ..seen() };
        assert_eq!(change(begun.plan(&seen, Some(&plan))), plan);
    }
}
