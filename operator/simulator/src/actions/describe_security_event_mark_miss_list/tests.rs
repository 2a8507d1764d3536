//! The list of rules in force.

use serde_json::Value;

use crate::testing::alerts::{Alerts, LOGON, MINER};
use crate::testing::{Cloud, uuid};

fn list(cloud: &Cloud, more: &[(&str, &str)]) -> Value {
    let page = [("CurrentPage", "1"), ("PageSize", "20")];
    let parameters: Vec<(&str, &str)> = page.iter().chain(more).copied().collect();
    cloud.call("DescribeSecurityEventMarkMissList", &parameters).body
}

fn cloud_with_rules() -> Cloud {
    let cloud = Cloud::new();
    let all = r#"[{"uuid":"ALL","field":"md5","operate":"strEqual","fieldValue":"x\"<y>"}]"#;
    cloud.handled("advance_mark_mis_info", &[MINER], &[("MarkMissParam", all)]);
    cloud.handled("mark_mis_info", &[LOGON], &[]);
    cloud
}

#[test]
fn rules_are_listed_while_they_are_in_force() {
    let cloud = cloud_with_rules();
    assert_eq!(list(&cloud, &[])["PageInfo"]["TotalCount"], 0, "not yet");
    cloud.step(3);
    let rules = list(&cloud, &[]);
    assert_eq!(rules["PageInfo"]["TotalCount"], 3);
    let (all, part) = (&rules["List"][0], &rules["List"][1]);
    assert_eq!((&all["Uuid"], &all["InstanceName"]), (&"ALL".into(), &"".into()));
    assert_eq!(
        (&all["Operate"], &all["FieldValue"]),
        (&"strEqual".into(), &"x\"<y>".into())
    );
    assert_eq!(
        (&part["Uuid"], &part["InstanceName"]),
        (&uuid(1).into(), &"web-1".into())
    );
    assert_eq!(all["AliUid"], 1_234_567_890_123_456_i64);
    cloud.handled("rm_mark_mis_info", &[LOGON], &[]);
    cloud.step(3);
    assert_eq!(list(&cloud, &[])["PageInfo"]["TotalCount"], 1);
}

#[test]
fn rules_are_found_by_event_and_server() {
    let cloud = cloud_with_rules();
    cloud.step(3);
    let count = |more: &[(&str, &str)]| list(&cloud, more)["PageInfo"]["TotalCount"].as_i64();
    assert_eq!(count(&[("EventName", "mining_program")]), Some(1));
    assert_eq!(count(&[("Remark", "web-1")]), Some(2));
    assert_eq!(count(&[("Remark", "10.0.0.1")]), Some(2));
    assert_eq!(count(&[("Remark", "db-")]), Some(0));
}

#[test]
fn the_page_has_to_be_named() {
    let cloud = Cloud::new();
    let reply = cloud.call("DescribeSecurityEventMarkMissList", &[("PageSize", "20")]);
    assert_eq!(reply.code(), "MissingCurrentPage");
    let reply = cloud.call("DescribeSecurityEventMarkMissList", &[("CurrentPage", "1")]);
    assert_eq!(reply.code(), "MissingPageSize");
    let cloud = cloud_with_rules();
    cloud.step(3);
    let second = [("CurrentPage", "2"), ("PageSize", "2")];
    let body = cloud.call("DescribeSecurityEventMarkMissList", &second).body;
    assert_eq!(
        (&body["PageInfo"]["Count"], &body["PageInfo"]["TotalCount"]),
        (&1.into(), &3.into())
    );
}
