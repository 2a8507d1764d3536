//! Every row of the subscription's state machine, through signed requests. The demo quotas:
//! ultimate 3 servers and 16 cores, enterprise 5 servers.

use crate::testing::{Cloud, Reply, numbered, uuid};
use crate::world::{Billing, BindType, Edition, Quota};

fn bind(cloud: &Cloud, servers: &[u8], edition: &str, more: &[(&str, &str)]) -> Reply {
    let uuids: Vec<String> = servers.iter().map(|number| uuid(*number)).collect();
    let bind = numbered("Bind", &uuids);
    let mut parameters: Vec<(&str, &str)> = bind.iter().map(|(name, uuid)| (name.as_str(), *uuid)).collect();
    parameters.push(("AuthVersion", edition));
    parameters.extend(more);
    cloud.call("BindAuthToMachine", &parameters)
}

fn unbind(cloud: &Cloud, server: u8) -> Reply {
    cloud.call("BindAuthToMachine", &[("UnBind.1", &uuid(server))])
}

fn code(reply: &Reply) -> i64 {
    reply.body["ResultCode"]
        .as_i64()
        .unwrap_or_else(|| panic!("{reply:?}"))
}

fn edition(cloud: &Cloud, server: u8) -> i32 {
    cloud.mainland(|centre| centre.assets[&uuid(server)].auth_version.0)
}

fn short(reply: &Reply) -> (i64, i64, i64) {
    let number = |name: &str| reply.body[name].as_i64().unwrap();
    (
        number("ResultCode"),
        number("InsufficientEcsCount"),
        number("InsufficientCoreCount"),
    )
}

#[test]
fn binding_takes_effect_and_says_so() {
    let cloud = Cloud::new();
    let reply = bind(&cloud, &[1, 2], "7", &[]);
    assert_eq!((code(&reply), reply.body["BindCount"].as_i64()), (0, Some(2)));
    assert_eq!(
        (edition(&cloud, 1), edition(&cloud, 2), edition(&cloud, 3)),
        (7, 7, 1)
    );
    let record = cloud.last();
    assert!(record.committed && record.committed_at.is_some() && !record.dry_run);
    cloud.mainland(|centre| {
        let asset = &centre.assets[&uuid(1)];
        assert_eq!(asset.auth_modified_at, record.committed_at);
        assert!(asset.billing == Billing::Subscription && asset.auth_version.is_paid());
    });
}

#[test]
fn binding_again_keeps_the_time_of_the_first() {
    let cloud = Cloud::new();
    bind(&cloud, &[1], "7", &[]);
    cloud.step(3600);
    assert_eq!(code(&bind(&cloud, &[1], "7", &[])), 0);
    let age = cloud.mainland(|centre| centre.assets[&uuid(1)].auth_modified_at.unwrap());
    assert_eq!(age.to_string(), crate::testing::START);
}

#[test]
fn server_seats_run_out_with_code_2() {
    let cloud = Cloud::new();
    assert_eq!(short(&bind(&cloud, &[1, 2, 3, 4], "7", &[])), (2, 1, 0));
    assert_eq!(edition(&cloud, 1), 1, "all or nothing");
    assert!(!cloud.last().committed);
    assert_eq!(code(&bind(&cloud, &[1, 2, 3], "7", &[])), 0);
    assert_eq!(short(&bind(&cloud, &[4], "7", &[])), (2, 1, 0));
    assert_eq!(code(&bind(&cloud, &[4], "3", &[])), 0);
    assert_eq!(
        code(&bind(&cloud, &[1], "3", &[])),
        0,
        "a change of edition frees the seat"
    );
    assert_eq!(code(&bind(&cloud, &[4], "7", &[])), 0);
}

#[test]
fn cores_run_out_with_code_3() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(1)).unwrap().cores = 20);
    assert_eq!(short(&bind(&cloud, &[1], "7", &[])), (3, 0, 4));
    assert_eq!(
        code(&bind(&cloud, &[1], "3", &[])),
        0,
        "enterprise counts servers only"
    );
    cloud.mainland(|centre| {
        let quotas = &mut centre.subscription.as_mut().unwrap().quotas;
        let by_core = Quota {
            bind_type: BindType::Core,
            servers: 0,
            cores: 4,
        };
        quotas.insert(Edition::ANTI_VIRUS, by_core);
    });
    assert_eq!(
        code(&bind(&cloud, &[2, 3], "6", &[])),
        0,
        "anti-virus counts cores only"
    );
    assert_eq!(short(&bind(&cloud, &[4], "6", &[])), (3, 0, 2));
}

#[test]
fn an_edition_without_quota_or_an_ended_subscription_has_no_seats() {
    let cloud = Cloud::new();
    assert_eq!(short(&bind(&cloud, &[1], "5", &[])), (2, 1, 0));
    cloud.step((265 + 6) * 86_400);
    assert_eq!(code(&bind(&cloud, &[1], "7", &[])), 0, "seven days of grace");
    cloud.step(86_400);
    assert_eq!(code(&bind(&cloud, &[2], "7", &[])), 2, "over");
    cloud.mainland(|centre| centre.subscription = None);
    assert_eq!(
        short(&bind(&cloud, &[2], "3", &[])),
        (2, 2, 0),
        "idc-1 has a seat that is gone too"
    );
}

#[test]
fn a_bound_server_is_locked_for_thirty_days() {
    let cloud = Cloud::new();
    bind(&cloud, &[1], "7", &[]);
    cloud.step(30 * 86_400 - 1);
    assert_eq!(code(&unbind(&cloud, 1)), 1);
    assert_eq!(edition(&cloud, 1), 7);
    cloud.step(1);
    let reply = unbind(&cloud, 1);
    assert_eq!((code(&reply), reply.body["UnBindCount"].as_i64()), (0, Some(1)));
    assert_eq!(edition(&cloud, 1), 1);
}

#[test]
fn allow_user_unbind_lifts_the_lock() {
    let cloud = Cloud::new();
    bind(&cloud, &[1], "7", &[]);
    cloud.mainland(|centre| centre.subscription.as_mut().unwrap().allow_user_unbind = true);
    assert_eq!(code(&unbind(&cloud, 1)), 0);
    assert_eq!(edition(&cloud, 1), 1);
}

#[test]
fn cluster_nodes_take_only_ultimate() {
    let cloud = Cloud::new();
    assert_eq!(code(&bind(&cloud, &[5], "3", &[])), 1);
    assert_eq!(code(&bind(&cloud, &[5, 1], "3", &[])), 1);
    assert_eq!(code(&bind(&cloud, &[5], "7", &[])), 0);
}

#[test]
fn a_server_of_pay_as_you_go_is_refused() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        let asset = centre.assets.get_mut(&uuid(1)).unwrap();
        (asset.auth_version, asset.billing) = (Edition::ULTIMATE, Billing::PayAsYouGo);
    });
    assert_eq!(code(&bind(&cloud, &[1], "7", &[])), 1);
    assert_eq!(code(&unbind(&cloud, 1)), 1);
}

#[test]
fn bad_parameters_are_code_1_or_refused() {
    let cloud = Cloud::new();
    assert_eq!(code(&cloud.call("BindAuthToMachine", &[("AuthVersion", "7")])), 1);
    assert_eq!(code(&bind(&cloud, &[99], "7", &[])), 1, "unknown server");
    for edition in ["1", "4", "8", ""] {
        assert_eq!(code(&bind(&cloud, &[1], edition, &[])), 1, "edition {edition}");
    }
    assert_eq!(
        code(&bind(&cloud, &[1], "7", &[("UnBind.1", &uuid(1))])),
        1,
        "both at once"
    );
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(2)).unwrap().listed = false);
    assert_eq!(code(&bind(&cloud, &[2], "7", &[])), 1, "not noticed yet");
    assert_eq!(bind(&cloud, &[1], "seven", &[]).code(), "InvalidAuthVersion");
    assert_eq!(
        bind(&cloud, &[1], "7", &[("AutoBind", "2")]).code(),
        "InvalidAutoBind"
    );
    assert_eq!(
        bind(&cloud, &[1], "7", &[("DryRun", "maybe")]).code(),
        "InvalidDryRun"
    );
    assert_eq!(edition(&cloud, 1), 1);
}

#[test]
fn binding_and_unbinding_may_come_in_one_call() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.subscription.as_mut().unwrap().allow_user_unbind = true);
    bind(&cloud, &[1, 2, 3], "7", &[]);
    assert_eq!(
        code(&bind(
            &cloud,
            &[4],
            "7",
            &[("UnBind.1", &uuid(1)), ("AutoBind", "1")]
        )),
        0
    );
    assert_eq!((edition(&cloud, 1), edition(&cloud, 4)), (1, 7));
    assert!(cloud.mainland(|centre| centre.subscription.as_ref().unwrap().auto_bind));
}

#[test]
fn a_dry_run_checks_and_changes_nothing() {
    let cloud = Cloud::new();
    let dry = [("DryRun", "True"), ("ClientToken", "t")];
    assert_eq!(code(&bind(&cloud, &[1], "7", &dry)), 0);
    assert_eq!(code(&bind(&cloud, &[1, 2, 3, 4], "7", &dry)), 2);
    assert_eq!(edition(&cloud, 1), 1);
    assert!(
        cloud
            .log()
            .iter()
            .all(|record| record.dry_run && !record.committed)
    );
    assert_eq!(
        code(&bind(&cloud, &[1], "7", &[("ClientToken", "t")])),
        0,
        "the token is still fresh"
    );
    assert_eq!(edition(&cloud, 1), 7);
    assert_eq!(
        code(&bind(&cloud, &[2], "7", &dry)),
        0,
        "nor does it meet a used one"
    );
}

#[test]
fn a_client_token_runs_once_and_answers_again() {
    let cloud = Cloud::new();
    let token = [("ClientToken", "token-1")];
    let first = bind(&cloud, &[1], "7", &token).body;
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(1)).unwrap().auth_version = Edition::FREE);
    let mut again = bind(&cloud, &[1], "7", &token).body;
    assert_eq!(edition(&cloud, 1), 1, "the second call did not run");
    assert!(!cloud.last().committed);
    assert_ne!(first["RequestId"], again["RequestId"]);
    again["RequestId"] = first["RequestId"].clone();
    assert_eq!(first, again);
    assert_eq!(
        bind(&cloud, &[2], "7", &token).code(),
        "IdempotentParameterMismatch"
    );
    cloud.step(86_400);
    assert_eq!(code(&bind(&cloud, &[2], "7", &token)), 0, "forgotten after a day");
}

#[test]
fn a_token_of_a_refused_call_may_be_used_again_and_a_malformed_one_never() {
    let cloud = Cloud::new();
    let token = [("ClientToken", "token-1")];
    assert_eq!(code(&bind(&cloud, &[99], "7", &token)), 1);
    assert_eq!(code(&bind(&cloud, &[1], "7", &token)), 0);
    let long = "x".repeat(65);
    for malformed in [long.as_str(), "tökén"] {
        let reply = bind(&cloud, &[1], "7", &[("ClientToken", malformed)]);
        assert_eq!(reply.code(), "InvalidClientToken");
    }
}

#[test]
fn readers_see_a_binding_after_the_lag() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.settings.lag_seconds = 10);
    bind(&cloud, &[1], "7", &[]);
    let seen = || {
        let criteria = format!(r#"[{{"name":"uuid","value":"{}"}}]"#, uuid(1));
        let reply = cloud.call("DescribeCloudCenterInstances", &[("Criteria", &criteria)]);
        let row = &reply.body["Instances"][0];
        (
            row["AuthVersion"].as_i64().unwrap(),
            row["AuthModifyTime"].as_i64(),
        )
    };
    assert_eq!(seen(), (1, None));
    cloud.step(9);
    assert_eq!(seen(), (1, None));
    cloud.step(1);
    assert_eq!(seen().0, 7);
    let summary = cloud.call("GetAuthSummary", &[]).body;
    assert_eq!(
        summary["Machine"]["BindEcsCount"], 3,
        "with the two of the demo world"
    );
}

#[test]
fn criteria_narrow_what_bind_all_means() {
    let cloud = Cloud::new();
    let named = r#"[{"name":"instanceName","value":"web-1"},{"name":"instanceName","value":"web-2"}]"#;
    let all = [("AuthVersion", "7"), ("BindAll", "true"), ("Criteria", named)];
    let reply = cloud.call("BindAuthToMachine", &all);
    assert_eq!((code(&reply), reply.body["BindCount"].as_i64()), (0, Some(2)));
    assert_eq!([1, 2, 3].map(|server| edition(&cloud, server)), [7, 7, 1]);
    let neither = [all.as_slice(), &[("LogicalExp", "AND")]].concat();
    assert_eq!(code(&cloud.call("BindAuthToMachine", &neither)), 1);
    // Criteria alone name nothing.
    let alone = [("AuthVersion", "7"), ("Criteria", named)];
    assert_eq!(code(&cloud.call("BindAuthToMachine", &alone)), 1);
}

#[test]
fn a_binding_that_waits_for_an_order_binds_nothing() {
    let cloud = Cloud::new();
    assert_eq!(code(&bind(&cloud, &[1], "7", &[("IsPreBind", "1")])), 1);
    assert_eq!(edition(&cloud, 1), 1);
    assert_eq!(code(&bind(&cloud, &[1], "7", &[("IsPreBind", "0")])), 0);
    assert_eq!(
        bind(&cloud, &[1], "7", &[("IsPreBind", "2")]).code(),
        "InvalidIsPreBind"
    );
}
