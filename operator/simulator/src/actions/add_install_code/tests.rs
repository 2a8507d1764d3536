//! Install codes from creation to expiry, through signed requests.

use serde_json::Value;

use crate::testing::{Cloud, START};

fn codes(cloud: &Cloud) -> Vec<Value> {
    let reply = cloud.call("DescribeInstallCodes", &[]);
    reply.body["InstallCodes"].as_array().unwrap().clone()
}

/// The codes that are listed now and were not before.
fn added(cloud: &Cloud, parameters: &[(&str, &str)]) -> Vec<Value> {
    let before = codes(cloud);
    let reply = cloud.call("AddInstallCode", parameters);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.body.as_object().unwrap().len(), 1, "only RequestId");
    codes(cloud)
        .into_iter()
        .filter(|code| !before.contains(code))
        .collect()
}

fn milliseconds(seconds: i64) -> String {
    let start: jiff::Timestamp = START.parse().unwrap();
    (start.as_millisecond() + seconds * 1000 + 123).to_string()
}

#[test]
fn defaults_are_linux_aliyun_and_no_image() {
    let cloud = Cloud::new();
    let code = &added(&cloud, &[])[0];
    let texts = ["Os", "VendorName", "GroupName"].map(|name| code[name].as_str().unwrap());
    assert_eq!(texts, ["linux", "ALIYUN", "default"]);
    assert_eq!(
        (code["OnlyImage"].as_bool(), code["GroupId"].as_i64()),
        (Some(false), Some(0))
    );
    assert!(code.get("ExpiredDate").is_none());
    assert_eq!(code["CaptchaCode"].as_str().unwrap().len(), 6);
    assert!(cloud.log()[1].committed);
}

#[test]
fn what_was_asked_for_is_listed() {
    let cloud = Cloud::new();
    let expiry = milliseconds(3600);
    let asked = [
        ("Os", "windows"),
        ("VendorName", "OTHER"),
        ("GroupId", "1001"),
        ("OnlyImage", "True"),
        ("ExpiredDate", expiry.as_str()),
        ("ProxyCluster", "proxy"),
    ];
    let code = &added(&cloud, &asked)[0];
    let texts = ["Os", "VendorName", "GroupName", "ProxyCluster"].map(|name| code[name].as_str().unwrap());
    assert_eq!(texts, ["windows", "OTHER", "web", "proxy"]);
    assert_eq!(code["ExpiredDate"].as_i64().unwrap().to_string(), expiry);
    assert_eq!(code["OnlyImage"], true);
}

#[test]
fn each_call_adds_one_even_with_a_client_token() {
    let cloud = Cloud::new();
    let before = codes(&cloud).len();
    for _ in 0..2 {
        cloud.call("AddInstallCode", &[("ClientToken", "t"), ("DryRun", "true")]);
    }
    assert_eq!(codes(&cloud).len(), before + 2);
    assert!(
        cloud
            .log()
            .iter()
            .filter(|r| r.action == "AddInstallCode")
            .all(|r| r.committed && !r.dry_run)
    );
}

#[test]
fn bad_values_are_refused_by_name() {
    let cloud = Cloud::new();
    let past = milliseconds(-3600);
    for (name, value) in [
        ("Os", "Linux"),
        ("VendorName", "aliyun"),
        ("GroupId", "7"),
        ("GroupId", "web"),
        ("OnlyImage", "1"),
        ("ExpiredDate", past.as_str()),
        ("ExpiredDate", "2026-01-01"),
        ("ExpiredDate", "9223372036854775807"),
    ] {
        let reply = cloud.call("AddInstallCode", &[(name, value)]);
        assert_eq!(
            (reply.status, reply.code()),
            (400, format!("Invalid{name}").as_str()),
            "{name}={value}"
        );
        assert!(!cloud.last().committed);
    }
}

#[test]
fn an_expired_code_stays_listed() {
    let cloud = Cloud::new();
    let expiry = milliseconds(60);
    added(&cloud, &[("ExpiredDate", &expiry)]);
    cloud.step(3600);
    assert!(
        codes(&cloud)
            .iter()
            .any(|code| code["ExpiredDate"] == expiry.parse::<i64>().unwrap())
    );
}

#[test]
fn a_new_code_is_listed_after_the_lag_and_its_expiry_may_lose_milliseconds() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        centre.settings.install_code_lag_seconds = 5;
        centre.settings.install_code_expiry_resolution_milliseconds = 1000;
    });
    let before = codes(&cloud).len();
    assert_eq!(
        added(&cloud, &[("ExpiredDate", &milliseconds(60))]),
        Vec::<Value>::new()
    );
    cloud.step(5);
    let now = codes(&cloud);
    assert_eq!(now.len(), before + 1);
    let kept = now.iter().filter_map(|code| code["ExpiredDate"].as_i64());
    assert!(
        kept.into_iter()
            .any(|date| date + 123 == milliseconds(60).parse::<i64>().unwrap())
    );
}
