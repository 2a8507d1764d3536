//! What the three summaries say about one world, through signed requests.

use serde_json::{Value, json};

use crate::testing::{Cloud, uuid};

fn summary(cloud: &Cloud) -> Value {
    cloud.call("GetAuthSummary", &[]).body
}

#[test]
fn bound_servers_use_up_what_their_edition_counts() {
    let cloud = Cloud::new();
    let (one, two) = (uuid(1), uuid(2));
    // Of the demo world the cluster node has Ultimate and the outside server Enterprise.
    cloud.call("BindAuthToMachine", &[("Bind.1", &one), ("AuthVersion", "7")]);
    let postpaid = [
        ("BindAction.1.Version", "6"),
        ("BindAction.1.UuidList.1", two.as_str()),
    ];
    cloud.call("UpdatePostPaidBindRel", &postpaid);
    let summary = summary(&cloud);
    assert_eq!(
        summary["VersionSummary"],
        json!([
            {"Version": 3, "Index": 4, "AuthBindType": "ASSET", "TotalCount": 6, "TotalEcsAuthCount": 6,
             "TotalCoreAuthCount": 0, "UsedEcsCount": 1, "UsedCoreCount": 0, "UnUsedCount": 5,
             "UnusedEcsAuthCount": 5, "UnusedCoreAuthCount": 0},
            {"Version": 7, "Index": 5, "AuthBindType": "ASSET_AND_CORE", "TotalCount": 4,
             "TotalEcsAuthCount": 4, "TotalCoreAuthCount": 20, "UsedEcsCount": 2, "UsedCoreCount": 6,
             "UnUsedCount": 2, "UnusedEcsAuthCount": 2, "UnusedCoreAuthCount": 14},
        ])
    );
    let machine = |name: &str| summary["Machine"][name].as_i64().unwrap();
    let servers = ["Total", "Bind", "UnBind", "PostPaidBind"].map(|kind| machine(&format!("{kind}EcsCount")));
    let cores = ["Total", "Bind", "UnBind", "PostPaidBind"].map(|kind| machine(&format!("{kind}CoreCount")));
    assert_eq!((servers, cores), ([8, 3, 4, 1], [24, 8, 14, 2]));
    assert_eq!(summary["PostPaidHighestVersion"], "6");
    assert_eq!(summary["PostPaidVersionSummary"][0]["UsedCoreCount"], 2);
}

#[test]
fn numbers_as_text_and_switches_follow_the_world() {
    let cloud = Cloud::new();
    let before = summary(&cloud);
    assert_eq!(
        (&before["AllowUserUnbind"], &before["PostPaidHostAutoBind"]),
        (&json!(0), &json!("0"))
    );
    cloud.mainland(|centre| {
        centre.subscription.as_mut().unwrap().allow_user_unbind = true;
        centre.pay_as_you_go.as_mut().unwrap().auto_bind = true;
    });
    let after = summary(&cloud);
    assert_eq!(
        (&after["AllowUserUnbind"], &after["PostPaidHostAutoBind"]),
        (&json!(1), &json!("1"))
    );
}

#[test]
fn without_contracts_everything_is_free() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| (centre.subscription, centre.pay_as_you_go) = (None, None));
    let summary = summary(&cloud);
    assert_eq!(
        (&summary["HighestVersion"], &summary["VersionSummary"]),
        (&json!(1), &json!([]))
    );
    assert!(summary.get("PostPaidHighestVersion").is_none());
    let config = cloud.call("DescribeVersionConfig", &[]).body;
    assert_eq!(
        (&config["Version"], &config["IsPostpay"]),
        (&json!(1), &json!(false))
    );
    assert!(config.get("InstanceId").is_none() && config.get("PostPayInstanceId").is_none());
    let serverless = cloud.call("GetServerlessAuthSummary", &[]).body;
    assert_eq!(serverless["Data"]["IsPostPaid"], false);
}

#[test]
fn the_version_falls_to_free_seven_days_after_the_end() {
    let cloud = Cloud::new();
    let version = || {
        cloud.call("DescribeVersionConfig", &[]).body["Version"]
            .as_i64()
            .unwrap()
    };
    assert_eq!(version(), 8);
    cloud.step(271 * 86_400);
    assert_eq!(version(), 8);
    cloud.step(86_400);
    assert_eq!(version(), 1);
    assert_eq!(summary(&cloud)["HighestVersion"], 1);
}

#[test]
fn a_single_edition_is_the_version_and_the_canary_is_told() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        let quotas = &mut centre.subscription.as_mut().unwrap().quotas;
        quotas.remove(&crate::world::Edition::ENTERPRISE);
        centre.settings.merged_version = 4711;
    });
    let config = cloud.call("DescribeVersionConfig", &[]).body;
    let numbers = ["Version", "HighestVersion", "MergedVersion"].map(|name| config[name].as_i64().unwrap());
    assert_eq!(numbers, [7, 7, 4711]);
    let switches: Value = serde_json::from_str(config["PostPayModuleSwitch"].as_str().unwrap()).unwrap();
    let on = |name: &str| switches[name].as_i64().unwrap();
    assert_eq!((on("POST_HOST"), on("CSPM"), on("BASIC_SERVICE")), (1, 0, 1));
}
