//! Baseline checks appear with a check of their server, and change status with the next.

use serde_json::{Value, json};

use crate::testing::{Cloud, uuid, uuids};

const ACTION: &str = "ListCheckItemWarningSummary";

/// Check, status and number of servers of each row.
fn list(cloud: &Cloud, parameters: &[(&str, &str)]) -> Vec<(i64, i64, i64)> {
    let reply = cloud.ok(ACTION, parameters);
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
    let rows = reply.body["List"].as_array().unwrap();
    assert_eq!(reply.body["PageInfo"]["Count"], rows.len());
    let row = |row| {
        (
            number(row, "CheckId"),
            number(row, "Status"),
            number(row, "WarningMachineCount"),
        )
    };
    rows.iter().map(row).collect()
}

/// Checks these servers and waits for the end.
fn check(cloud: &Cloud, servers: &[u8]) {
    cloud.ok(
        "ModifyPushAllTask",
        &[("Uuids", &uuids(servers)), ("Tasks", "HEALTH_CHECK")],
    );
    cloud.step(200);
}

#[test]
fn nothing_is_known_before_a_check_and_only_of_its_servers_after() {
    let cloud = Cloud::scanning(&[1, 2]);
    assert_eq!(list(&cloud, &[]), []);
    check(&cloud, &[2]);
    assert_eq!(list(&cloud, &[]), [(58, 3, 1), (59, 1, 1), (60, 3, 1)]);
    check(&cloud, &[1, 2]);
    assert_eq!(
        list(&cloud, &[]),
        [(58, 1, 1), (58, 3, 1), (59, 1, 2), (60, 3, 2)]
    );
}

#[test]
fn what_was_fixed_is_fixed_after_the_next_check_and_what_was_whitelisted_at_once() {
    let cloud = Cloud::scanning(&[1, 2]);
    check(&cloud, &[1, 2]);
    let now = cloud.shared.lock().clock.now();
    cloud.scans(|scans| {
        let servers = &mut scans.baseline_checks.get_mut(&59).unwrap().servers;
        servers.get_mut(&uuid(1)).unwrap().fixed_at = Some(now);
        servers.get_mut(&uuid(2)).unwrap().handled = true;
    });
    let of_59 = |parameters| {
        list(&cloud, parameters)
            .into_iter()
            .filter(|row| row.0 == 59)
            .collect::<Vec<_>>()
    };
    assert_eq!(of_59(&[]), [(59, 1, 1), (59, 6, 1)]);
    check(&cloud, &[1, 2]);
    assert_eq!(of_59(&[]), [(59, 6, 1), (59, 8, 1)]);
    let later = (now.as_millisecond() + 1).to_string();
    assert_eq!(
        of_59(&[("StartTime", &later)]),
        [(59, 6, 1)],
        "its last failure is older"
    );
}

#[test]
fn a_strategy_checks_only_what_it_says() {
    let cloud = Cloud::scanning(&[1]);
    cloud.scans(|scans| scans.strategies.get_mut(&8_164_248).unwrap().checks = [60].into());
    cloud.ok("ExecStrategy", &[("StrategyId", "8164248")]);
    cloud.step(110);
    assert_eq!(list(&cloud, &[]), [(60, 3, 1)]);
}

#[test]
fn rows_are_filtered() {
    let cloud = Cloud::scanning(&[1, 2]);
    check(&cloud, &[1, 2]);
    for (parameters, expected) in [
        (&[("CheckWarningStatus", "1")][..], &[(58, 1, 1), (59, 1, 2)][..]),
        (
            &[
                ("CheckWarningStatusList.1", "3"),
                ("CheckWarningStatusList.2", "8"),
            ],
            &[(58, 3, 1), (60, 3, 2)],
        ),
        (
            &[("CheckWarningStatus", "6"), ("CheckWarningStatusList.1", "3")],
            &[],
        ),
        (&[("CheckLevel", "high")], &[(58, 1, 1), (58, 3, 1)]),
        (&[("CheckItemFuzzy", "log level")], &[(60, 3, 2)]),
        (&[("RiskType", "other")], &[]),
        (
            &[("CheckType", "Identity authentication"), ("CheckLevel", "low")],
            &[(60, 3, 2)],
        ),
        (&[("GroupId", "1002")], &[]),
        (&[("Source", "agentless")], &[]),
    ] {
        assert_eq!(list(&cloud, parameters), expected, "{parameters:?}");
    }
    assert_eq!(
        list(&cloud, &[("UuidList.1", &uuid(2)), ("CheckWarningStatus", "1")]),
        [(59, 1, 1)]
    );
    let page = cloud.ok(ACTION, &[("PageSize", "3"), ("CurrentPage", "2")]);
    assert_eq!(
        page.body["PageInfo"],
        json!({"Count": 1, "CurrentPage": 2, "PageSize": 3, "TotalCount": 4})
    );
    assert_eq!(
        cloud.refused(ACTION, &[("CheckWarningStatusList.1", "x")]),
        "InvalidCheckWarningStatusList"
    );
}
