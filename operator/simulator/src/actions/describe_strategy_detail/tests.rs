//! One strategy with its checks.

use serde_json::json;

use crate::testing::Cloud;

const ACTION: &str = "DescribeStrategyDetail";

#[test]
fn the_checks_stand_in_their_category() {
    let cloud = Cloud::scanning(&[]);
    cloud.scans(|scans| {
        scans.strategies.get_mut(&8_164_248).unwrap().checks = [58, 59].into();
        scans.baseline_checks.get_mut(&60).unwrap().risk_type = "hc_ssh".to_owned();
    });
    let reply = cloud.ok(ACTION, &[("Id", "8164248")]);
    let strategy = &reply.body["Strategy"];
    assert_eq!(
        (&strategy["Id"], &strategy["TargetType"]),
        (&json!(8_164_248), &json!("groupId"))
    );
    assert_eq!(strategy["RiskSubTypeName"], "hc_best_security");
    let types = strategy["RiskTypeWhiteListQueryResultList"].as_array().unwrap();
    let on: Vec<_> = types
        .iter()
        .map(|risk| (&risk["TypeName"], &risk["On"]))
        .collect();
    assert_eq!(
        on,
        [
            (&json!("hc_best_security"), &json!(true)),
            (&json!("hc_ssh"), &json!(false))
        ]
    );
    let details = types[0]["SubTypes"][0]["CheckDetails"].as_array().unwrap();
    assert_eq!((details.len(), &details[0]["CheckId"]), (2, &json!(58)));
    assert_eq!(details[0]["CheckItem"], "SSH allows empty passwords");
}

#[test]
fn a_known_id_is_needed() {
    let cloud = Cloud::scanning(&[]);
    assert_eq!(cloud.refused(ACTION, &[]), "MissingId");
    assert_eq!(cloud.refused(ACTION, &[("Id", "7")]), "InvalidId");
}
