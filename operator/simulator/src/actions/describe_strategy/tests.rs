//! The list of strategies: its fields, and what an execution changes in them.

use serde_json::{Value, json};

use crate::testing::{Cloud, uuid};
use crate::world::scans::Strategy;

const ACTION: &str = "DescribeStrategy";

fn list(cloud: &Cloud, parameters: &[(&str, &str)]) -> Vec<Value> {
    cloud.ok(ACTION, parameters).body["Strategies"]
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn a_strategy_shows_its_settings_and_what_its_checks_found() {
    let cloud = Cloud::scanning(&[1, 2]);
    let row = &list(&cloud, &[])[0];
    for (name, value) in [
        ("Id", json!(8_164_248)),
        ("Name", json!("default")),
        ("CustomType", json!("common")),
        ("Type", json!(1)),
        ("CycleDays", json!(1)),
        ("StartTime", json!("00:00:00")),
        ("EcsCount", json!(5)),
        ("RiskCount", json!(3)),
        ("ProcessRate", json!(0)),
        ("PassRate", json!(0)),
    ] {
        assert_eq!(row[name], value, "{name}");
    }
    assert_eq!(
        row["ConfigTargets"][0],
        json!({"Flag": "add", "Target": "1001", "TargetType": "groupId"})
    );
    assert!(row.get("ExecutionType").is_none());
    cloud.ok("ExecStrategy", &[("StrategyId", "8164248")]);
    cloud.step(110);
    let row = &list(&cloud, &[])[0];
    assert_eq!(
        (&row["ProcessRate"], &row["ExecutionType"]),
        (&json!(2), &json!("Manual"))
    );
    assert_eq!(row["PassRate"], 66, "two of three checks failed somewhere");
}

#[test]
fn strategies_are_found_by_id_and_type() {
    let cloud = Cloud::scanning(&[]);
    cloud.scans(|scans| {
        let custom = Strategy {
            custom_type: "custom".to_owned(),
            servers: [uuid(1)].into(),
            ..Strategy::default()
        };
        scans.strategies.insert(9, custom);
    });
    let ids = |parameters: &[(&str, &str)]| -> Vec<i64> {
        list(&cloud, parameters)
            .iter()
            .map(|row| row["Id"].as_i64().unwrap())
            .collect()
    };
    assert_eq!(ids(&[]), [9, 8_164_248]);
    assert_eq!(ids(&[("StrategyIds", "9,10")]), [9]);
    assert_eq!(ids(&[("CustomType", "common")]), [8_164_248]);
    let custom = &list(&cloud, &[("CustomType", "custom")])[0];
    assert_eq!(custom["ConfigTargets"][0]["TargetType"], "uuid");
    assert_eq!((&custom["EcsCount"], &custom["Type"]), (&json!(1), &json!(2)));
    assert_eq!(cloud.refused(ACTION, &[("CustomType", "x")]), "InvalidCustomType");
}
