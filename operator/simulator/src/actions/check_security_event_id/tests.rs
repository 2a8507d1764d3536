//! Whose alerts they are.

use crate::testing::alerts::{Alerts, LOGON, MINER};
use crate::testing::{Cloud, uuid};

fn check(cloud: &Cloud, server: &str, ids: &[i64]) -> Option<bool> {
    let ids: Vec<(String, String)> = (1..)
        .zip(ids)
        .map(|(number, id)| (format!("SecurityEventIds.{number}"), id.to_string()))
        .collect();
    let ids = ids.iter().map(|(name, id)| (name.as_str(), id.as_str()));
    let parameters: Vec<(&str, &str)> = ids.chain([("Uuid", server)]).collect();
    cloud.call("CheckSecurityEventId", &parameters).body["Data"].as_bool()
}

#[test]
fn all_alerts_have_to_be_of_the_server() {
    let cloud = Cloud::new();
    assert_eq!(check(&cloud, &uuid(1), &[LOGON]), Some(true));
    assert_eq!(check(&cloud, &uuid(2), &[LOGON]), Some(false));
    assert_eq!(check(&cloud, &uuid(1), &[LOGON, MINER]), Some(false));
    assert_eq!(check(&cloud, &uuid(1), &[LOGON, 1]), Some(false), "unknown");
    assert_eq!(check(&cloud, &uuid(1), &[]), Some(false));
    cloud.raise_again(LOGON, 1000, 60);
    assert_eq!(check(&cloud, &uuid(1), &[1000]), Some(false), "not raised yet");
}

#[test]
fn a_server_is_needed_and_a_hundred_ids_are_enough() {
    let cloud = Cloud::new();
    assert_eq!(cloud.call("CheckSecurityEventId", &[]).code(), "MissingUuid");
    let ids: Vec<i64> = (1..=100).collect();
    assert_eq!(check(&cloud, &uuid(1), &ids), Some(false));
    let ids: Vec<i64> = (1..=101).collect();
    assert_eq!(check(&cloud, &uuid(1), &ids), None);
    assert_eq!(cloud.last().code.as_deref(), Some("IllegalParam"));
}
