//! Paging, filters and rows of the server list, through signed requests.

use serde_json::Value;

use crate::testing::alerts::{Alerts as _, LOGON, MINER};
use crate::testing::{Cloud, uuid};

fn list(cloud: &Cloud, parameters: &[(&str, &str)]) -> Value {
    let reply = cloud.call("DescribeCloudCenterInstances", parameters);
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body
}

fn names(body: &Value) -> Vec<&str> {
    let rows = body["Instances"].as_array().unwrap();
    rows.iter()
        .map(|row| row["InstanceName"].as_str().unwrap())
        .collect()
}

#[test]
fn pages_end_and_count_all() {
    let cloud = Cloud::new();
    let first = list(&cloud, &[]);
    assert_eq!(
        (first["PageInfo"]["PageSize"].as_i64(), names(&first).len()),
        (Some(20), 8)
    );
    let last = list(&cloud, &[("PageSize", "3"), ("CurrentPage", "3")]);
    assert_eq!(names(&last), ["build-1", "idc-1"]);
    assert_eq!(last["PageInfo"]["TotalCount"], 8);
    assert_eq!(last["PageInfo"]["Count"], 2);
    assert!(names(&list(&cloud, &[("CurrentPage", "9")])).is_empty());
    for (name, value) in [
        ("PageSize", "0"),
        ("CurrentPage", "0"),
        ("PageSize", "-1"),
        ("PageSize", "x"),
    ] {
        let reply = cloud.call("DescribeCloudCenterInstances", &[(name, value)]);
        assert_eq!(reply.code(), format!("Invalid{name}"));
    }
}

#[test]
fn a_token_goes_on_where_the_page_ended_whatever_happened_meanwhile() {
    let cloud = Cloud::new();
    let first = list(&cloud, &[("UseNextToken", "true"), ("PageSize", "3")]);
    assert!(first["PageInfo"].get("TotalCount").is_none());
    let token = first["PageInfo"]["NextToken"].as_str().unwrap();
    cloud.mainland(|centre| centre.assets.remove(&uuid(3)));
    let next = list(
        &cloud,
        &[
            ("UseNextToken", "true"),
            ("PageSize", "100"),
            ("NextToken", token),
        ],
    );
    assert_eq!(names(&next), ["web-4", "ack-node-1", "db-1", "build-1", "idc-1"]);
    assert_eq!(next["PageInfo"]["NextToken"], "");
    let broken = [("UseNextToken", "true"), ("NextToken", "%")];
    assert_eq!(
        cloud.call("DescribeCloudCenterInstances", &broken).code(),
        "InvalidNextToken"
    );
}

#[test]
fn parameters_filter_besides_criteria() {
    let cloud = Cloud::new();
    assert_eq!(names(&list(&cloud, &[("Flags", "1,2")])), ["idc-1"]);
    assert!(names(&list(&cloud, &[("MachineTypes", "eci")])).is_empty());
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(1)).unwrap().importance = 2);
    assert_eq!(names(&list(&cloud, &[("Importance", "2")])), ["web-1"]);
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(1)).unwrap().listed = false);
    assert_eq!(list(&cloud, &[])["PageInfo"]["TotalCount"], 7);
    let hidden = format!(r#"[{{"name":"uuidList","value":"{},{},x"}}]"#, uuid(1), uuid(2));
    assert_eq!(names(&list(&cloud, &[("Criteria", &hidden)])), ["web-2"]);
}

#[test]
fn a_row_shows_the_server_with_its_traps() {
    let cloud = Cloud::new();
    let body = list(&cloud, &[]);
    let row = |name: &str| {
        let rows = body["Instances"].as_array().unwrap();
        rows.iter()
            .find(|row| row["InstanceName"] == name)
            .unwrap()
            .clone()
    };
    let dedicated = row("web-4");
    assert_eq!(dedicated["Region"], "cn-hangzhou-dg-a01");
    assert_eq!(dedicated["RegionId"], "cn-hangzhou");
    assert_eq!(dedicated["Tag"], "demo,web");
    assert!(dedicated["RiskCount"].is_string());
    assert!(dedicated.get("AuthModifyTime").is_none());
    let fresh = row("build-1");
    assert_eq!(
        (&fresh["ClientStatus"], &fresh["ClientSubStatus"]),
        (&"offline".into(), &"uninstalled".into())
    );
    let outside = row("idc-1");
    assert_eq!(
        (outside["Vendor"].as_i64(), outside["Flag"].as_i64()),
        (Some(1), Some(1))
    );
    assert!(outside.get("ClusterId").is_none() && row("ack-node-1")["ClusterId"].is_string());
}

/// What the rows say about risks, and what the listings of alerts, vulnerabilities and baseline
/// checks count.
fn risks(cloud: &Cloud) -> Vec<[u64; 3]> {
    let body = list(cloud, &[]);
    let count = |action: &str, parameters: &[(&str, &str)]| {
        let body = cloud.ok(action, parameters).body;
        let total = body.get("TotalCount").unwrap_or(&body["PageInfo"]["TotalCount"]);
        total.as_u64().unwrap()
    };
    let mut shown = Vec::new();
    for row in body["Instances"].as_array().unwrap() {
        let uuid = row["Uuid"].as_str().unwrap();
        let number = |name: &str| row[name].as_u64().unwrap();
        let says = [
            number("SafeEventCount"),
            number("VulCount"),
            number("HealthCheckCount"),
        ];
        let vulnerabilities = [
            ("Uuids", uuid),
            ("Dealed", "n"),
            ("Type", "cve,sys,cms,app,emg,image,sca"),
        ];
        let listed = [
            count("DescribeSuspEvents", &[("Uuids", uuid), ("Dealed", "N")]),
            count("DescribeGroupedVul", &vulnerabilities),
            count(
                "ListCheckItemWarningSummary",
                &[("UuidList.1", uuid), ("CheckWarningStatus", "1")],
            ),
        ];
        assert_eq!(says, listed, "{}", row["InstanceName"]);
        let flag = |name: &str| u64::from(row[name] == "YES");
        let flags = [flag("AlarmStatus"), flag("VulStatus"), flag("HcStatus")];
        assert_eq!(flags, says.map(|count| count.min(1)));
        assert_eq!(flag("RiskStatus"), flags.into_iter().max().unwrap());
        shown.push(says);
    }
    shown
}

#[test]
fn a_row_counts_what_the_listings_of_risks_list() {
    let cloud = Cloud::scanning(&[1, 2, 3]);
    let first = risks(&cloud);
    assert_eq!(first[..3], [[1, 0, 0]; 3]);
    cloud.ok(
        "ModifyPushAllTask",
        &[
            ("Uuids", &crate::testing::uuids(&[1, 2, 3])),
            ("Tasks", "OVAL_ENTITY,HEALTH_CHECK,SCA"),
        ],
    );
    cloud.handled("ignore", &[LOGON, MINER], &[]);
    let mut seen = std::collections::BTreeSet::from([first]);
    for _ in 0..30 {
        cloud.step(5);
        seen.insert(risks(&cloud));
    }
    assert!(seen.len() >= 4, "{seen:?}");
    let last = risks(&cloud);
    assert_eq!(last[0][0] + last[1][0], 0, "both alerts are ignored");
    assert!(last[0][1] >= 2 && last[0][2] >= 2, "{last:?}");
}

#[test]
fn a_risk_count_is_a_text_with_what_there_is() {
    let cloud = Cloud::new();
    let body = list(&cloud, &[]);
    let text = |number: usize| body["Instances"][number]["RiskCount"].as_str().unwrap();
    let count: Value = serde_json::from_str(text(0)).unwrap();
    let expected = serde_json::json!({
        "suspicious": 1, "newSuspicious": 1, "suspNum": 1,
        "vul": 1, "asapVulCount": 1, "cveNum": 1,
        "health": 2, "baselineHigh": 1, "baselineMedium": 1,
    });
    assert_eq!(count, expected);
    assert_eq!(text(7), "{}");
}
