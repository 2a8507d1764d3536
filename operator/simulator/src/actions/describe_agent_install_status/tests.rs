//! States of an installation; how one goes on is tested with OperateAgentClientInstall.

use crate::testing::{Cloud, uuid, uuids};

const ACTION: &str = "DescribeAgentInstallStatus";

/// `Result` and `ResuleCode` of each row.
fn results(cloud: &Cloud, named: &str) -> Vec<(i64, String)> {
    let reply = cloud.ok(ACTION, &[("Uuids", named)]);
    let rows = reply.body["AegisClientInvokeStatusResponseList"]
        .as_array()
        .unwrap();
    let result = |row: &serde_json::Value| {
        let code = row["ResuleCode"].as_str().unwrap().to_owned();
        (row["Result"].as_i64().unwrap(), code)
    };
    rows.iter().map(result).collect()
}

fn is(result: i64, code: &str) -> (i64, String) {
    (result, code.to_owned())
}

#[test]
fn without_any_installation_the_agent_itself_tells() {
    let cloud = Cloud::new();
    // Online, unreachable, none; an unknown server has no row.
    let named = format!("{},u-none", uuids(&[1, 6, 8]));
    assert_eq!(results(&cloud, &named), [is(1, "0"), is(1, "0"), is(-1, "-1")]);
    let reply = cloud.ok(ACTION, &[("Uuids", &uuid(8))]);
    let row = &reply.body["AegisClientInvokeStatusResponseList"][0];
    assert_eq!(
        (row["Uuid"].as_str(), row["Message"].as_str()),
        (Some(&*uuid(8)), Some("Not installed"))
    );
    assert_eq!(cloud.refused(ACTION, &[]), "MissingUuids");
}

#[test]
fn an_agent_that_is_uninstalled_later_is_not_installed() {
    let cloud = Cloud::new();
    cloud.ok("OperateAgentClientInstall", &[("Uuids", &uuids(&[1, 8]))]);
    cloud.step(60);
    cloud.ok("AddUninstallClientsByUuids", &[("Uuids", &uuids(&[1, 8]))]);
    cloud.step(29);
    assert_eq!(results(&cloud, &uuids(&[1, 8])), [is(2, "1010"), is(1, "0")]);
    cloud.step(1);
    assert_eq!(results(&cloud, &uuids(&[1, 8])), [is(-1, "-1"), is(-1, "-1")]);
}

#[test]
fn a_failure_is_history_once_an_agent_came_by_another_way() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(8)).unwrap().running = false);
    cloud.ok("OperateAgentClientInstall", &[("Uuids", &uuid(8))]);
    assert_eq!(results(&cloud, &uuid(8)), [is(2, "1005")]);
    cloud.mainland(|centre| {
        let asset = centre.assets.get_mut(&uuid(8)).unwrap();
        asset.running = true;
        asset.client_status = crate::world::ClientStatus::Online;
        asset.client_sub_status = crate::world::ClientSubStatus::Online;
    });
    assert_eq!(results(&cloud, &uuid(8)), [is(1, "0")]);
}

#[test]
fn a_failure_shows_on_a_server_whose_agent_is_only_unreachable() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.settings.agents.one_click_regions.clear());
    cloud.ok("OperateAgentClientInstall", &[("Uuids", &uuid(6))]);
    assert_eq!(results(&cloud, &uuid(6)), [is(2, "1001")]);
}
