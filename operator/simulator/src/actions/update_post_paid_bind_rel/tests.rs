//! Every row of the pay-as-you-go state machine, through signed requests.

use crate::testing::{Cloud, Reply, uuid};
use crate::world::{Billing, Edition};

fn bind(cloud: &Cloud, server: u8, edition: &str) -> i64 {
    let uuid = uuid(server);
    code(&update(
        cloud,
        &[
            ("BindAction.1.Version", edition),
            ("BindAction.1.UuidList.1", &uuid),
        ],
    ))
}

fn update(cloud: &Cloud, parameters: &[(&str, &str)]) -> Reply {
    cloud.call("UpdatePostPaidBindRel", parameters)
}

fn code(reply: &Reply) -> i64 {
    reply.body["ResultCode"]
        .as_i64()
        .unwrap_or_else(|| panic!("{reply:?}"))
}

fn edition(cloud: &Cloud, server: u8) -> i32 {
    cloud.mainland(|centre| centre.assets[&uuid(server)].auth_version.0)
}

#[test]
fn binding_changing_and_unbinding_take_effect_at_once() {
    let cloud = Cloud::new();
    assert_eq!(bind(&cloud, 1, "3"), 0);
    cloud.mainland(|centre| assert!(centre.assets[&uuid(1)].billing == Billing::PayAsYouGo));
    assert_eq!((bind(&cloud, 1, "7"), edition(&cloud, 1)), (0, 7));
    assert_eq!((bind(&cloud, 1, "6"), edition(&cloud, 1)), (0, 6));
    assert_eq!((bind(&cloud, 1, "1"), edition(&cloud, 1)), (0, 1), "no lock here");
}

#[test]
fn several_editions_go_in_one_call() {
    let cloud = Cloud::new();
    let (one, two) = (uuid(1), uuid(2));
    let reply = update(
        &cloud,
        &[
            ("BindAction.1.Version", "3"),
            ("BindAction.1.UuidList.1", &one),
            ("BindAction.2.Version", "7"),
            ("BindAction.2.UuidList.1", &two),
            ("AutoBind", "1"),
            ("AutoBindVersion", "3"),
        ],
    );
    assert_eq!((code(&reply), reply.body["BindCount"].as_i64()), (0, Some(2)));
    assert_eq!((edition(&cloud, 1), edition(&cloud, 2)), (3, 7));
    cloud.mainland(|centre| {
        let contract = centre.pay_as_you_go.as_ref().unwrap();
        assert_eq!(
            (contract.auto_bind, contract.auto_bind_version),
            (true, Some(Edition(3)))
        );
    });
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(5)).unwrap().auth_version = Edition::FREE);
    let reply = update(
        &cloud,
        &[("BindAction.1.Version", "6"), ("BindAction.1.BindAll", "true")],
    );
    assert_eq!(code(&reply), 1, "the cluster node takes only ultimate");
    assert_eq!(edition(&cloud, 3), 1, "all or nothing");
}

#[test]
fn bad_parameters_are_code_1() {
    let cloud = Cloud::new();
    let one = uuid(1);
    assert_eq!(code(&update(&cloud, &[])), 1);
    assert_eq!(
        code(&update(&cloud, &[("BindAction.1.Version", "7")])),
        1,
        "no server"
    );
    assert_eq!(bind(&cloud, 99, "7"), 1, "unknown server");
    assert_eq!(bind(&cloud, 1, "4"), 1, "unknown edition");
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(5)).unwrap().auth_version = Edition::FREE);
    assert_eq!(bind(&cloud, 5, "3"), 1, "cluster node below ultimate");
    let contradiction = [
        ("BindAction.1.Version", "3"),
        ("BindAction.1.UuidList.1", one.as_str()),
        ("BindAction.2.Version", "7"),
        ("BindAction.2.UuidList.1", &one),
    ];
    assert_eq!(code(&update(&cloud, &contradiction)), 1);
    let malformed = update(
        &cloud,
        &[
            ("BindAction.1.Version", "seven"),
            ("BindAction.1.UuidList.1", &one),
        ],
    );
    assert_eq!(malformed.code(), "InvalidBindAction.1.Version");
}

#[test]
fn the_contract_must_be_there_and_paid() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.pay_as_you_go.as_mut().unwrap().arrears = true);
    assert_eq!(bind(&cloud, 1, "7"), 5);
    cloud.mainland(|centre| centre.pay_as_you_go = None);
    assert_eq!(bind(&cloud, 1, "7"), 4);
}

#[test]
fn modules_must_be_on() {
    let cloud = Cloud::new();
    let switch = |name: &str, on| {
        cloud.mainland(|centre| {
            let contract = centre.pay_as_you_go.as_mut().unwrap();
            contract.modules.insert(name.to_owned(), on);
        });
    };
    switch("POST_HOST", false);
    assert_eq!(bind(&cloud, 1, "7"), 7);
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(1)).unwrap().machine_type = "serverless".to_owned());
    assert_eq!(bind(&cloud, 1, "7"), 6);
    switch("SERVERLESS", true);
    assert_eq!(bind(&cloud, 1, "7"), 0);
}

#[test]
fn a_server_of_the_subscription_conflicts() {
    let cloud = Cloud::new();
    cloud.call("BindAuthToMachine", &[("Bind.1", &uuid(1)), ("AuthVersion", "7")]);
    assert_eq!(bind(&cloud, 1, "3"), 7);
    assert_eq!(bind(&cloud, 1, "1"), 7);
    assert_eq!(edition(&cloud, 1), 7);
}

#[test]
fn advanced_is_only_for_accounts_that_hold_it() {
    let cloud = Cloud::new();
    assert_eq!(bind(&cloud, 1, "5"), 1);
    cloud.mainland(|centre| {
        let asset = centre.assets.get_mut(&uuid(2)).unwrap();
        (asset.auth_version, asset.billing) = (Edition::ADVANCED, Billing::PayAsYouGo);
    });
    assert_eq!(bind(&cloud, 1, "5"), 0);
}

#[test]
fn ceilings_are_codes_2_and_3() {
    let cloud = Cloud::new();
    let ceiling = |servers, cores| {
        cloud.mainland(|centre| {
            let contract = centre.pay_as_you_go.as_mut().unwrap();
            (contract.maximum_servers, contract.maximum_cores) = (servers, cores);
        });
    };
    ceiling(Some(1), None);
    assert_eq!((bind(&cloud, 1, "7"), bind(&cloud, 2, "7")), (0, 2));
    ceiling(Some(9), Some(3));
    assert_eq!(bind(&cloud, 2, "7"), 3);
    ceiling(Some(0), Some(0));
    assert_eq!(bind(&cloud, 1, "1"), 0, "unbinding is never above a ceiling");
}

#[test]
fn a_dry_run_changes_nothing_and_a_token_runs_once() {
    let cloud = Cloud::new();
    let one = uuid(1);
    let parameters = [
        ("BindAction.1.Version", "7"),
        ("BindAction.1.UuidList.1", one.as_str()),
    ];
    let with = |more: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = parameters.iter().chain(more).copied().collect();
        code(&update(&cloud, &all))
    };
    assert_eq!(with(&[("DryRun", "true")]), 0);
    assert_eq!(edition(&cloud, 1), 1);
    assert_eq!(with(&[("ClientToken", "t")]), 0);
    assert_eq!(bind(&cloud, 1, "1"), 0);
    assert_eq!(with(&[("ClientToken", "t")]), 0);
    assert_eq!(edition(&cloud, 1), 1, "the repeat did not run");
    let committed: Vec<bool> = cloud.log().iter().map(|record| record.committed).collect();
    assert_eq!(committed, [false, true, true, false]);
}
