//! Agents that are taken off: when that shows, on which servers, and what is passed over.

use crate::testing::{Cloud, uuid, uuids};

const ACTION: &str = "AddUninstallClientsByUuids";
const OUTSIDE: &str = "inet-7a7a7a7a-0007";

/// Status and sub-status of a server's agent, nothing when it is not listed.
fn agent(cloud: &Cloud, uuid: &str) -> Option<(String, String)> {
    let criteria = format!(r#"[{{"name":"uuidList","value":"{uuid}"}}]"#);
    let reply = cloud.ok("DescribeCloudCenterInstances", &[("Criteria", &criteria)]);
    let row = reply.body["Instances"].get(0)?;
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    Some((text("ClientStatus"), text("ClientSubStatus")))
}

fn known(status: &str, sub_status: &str) -> Option<(String, String)> {
    Some((status.to_owned(), sub_status.to_owned()))
}

#[test]
fn an_agent_is_gone_half_a_minute_later_and_readers_see_it_by_the_lag() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.settings.client_lag_seconds = 5);
    let reply = cloud.ok(ACTION, &[("Uuids", &uuids(&[1, 2]))]);
    assert_eq!(reply.body.as_object().unwrap().len(), 1, "{}", reply.body);
    assert!(cloud.last().committed);
    cloud.step(34);
    assert_eq!(agent(&cloud, &uuid(1)), known("online", "online"));
    cloud.step(1);
    for number in [1, 2] {
        assert_eq!(agent(&cloud, &uuid(number)), known("offline", "uninstalled"));
    }
    assert_eq!(agent(&cloud, &uuid(3)), known("online", "online"));
}

#[test]
fn a_server_without_a_connected_agent_is_passed_over() {
    let cloud = Cloud::new();
    let named = format!("{},u-none", uuids(&[6, 8]));
    cloud.ok(ACTION, &[("Uuids", &named)]);
    assert!(!cloud.last().committed);
    cloud.step(60);
    assert_eq!(agent(&cloud, &uuid(6)), known("offline", "offline"));
}

#[test]
fn a_second_call_neither_delays_nor_repeats_the_first() {
    let cloud = Cloud::new();
    cloud.ok(ACTION, &[("Uuids", &uuid(1))]);
    cloud.step(20);
    cloud.ok(ACTION, &[("Uuids", &uuid(1))]);
    assert!(!cloud.last().committed);
    cloud.step(10);
    assert_eq!(agent(&cloud, &uuid(1)), known("offline", "uninstalled"));
}

#[test]
fn servers_of_the_vendor_are_spared_where_the_world_says_so() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.settings.agents.uninstall_only_outside = true);
    cloud.ok(ACTION, &[("Uuids", &format!("{},{OUTSIDE}", uuid(1)))]);
    cloud.step(30);
    assert_eq!(agent(&cloud, &uuid(1)), known("online", "online"));
    assert_eq!(agent(&cloud, OUTSIDE), known("offline", "uninstalled"));
}

#[test]
fn an_outside_server_may_vanish_with_its_agent() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.settings.agents.uninstalled_outside_vanish = true);
    cloud.ok(ACTION, &[("Uuids", &format!("{},{OUTSIDE}", uuid(1)))]);
    cloud.step(29);
    assert_eq!(agent(&cloud, OUTSIDE), known("online", "online"));
    cloud.step(1);
    assert_eq!(agent(&cloud, OUTSIDE), None);
    assert_eq!(agent(&cloud, &uuid(1)), known("offline", "uninstalled"));
}

#[test]
fn no_server_at_all_is_refused() {
    let cloud = Cloud::new();
    assert_eq!(cloud.refused(ACTION, &[]), "MissingUuids");
}
