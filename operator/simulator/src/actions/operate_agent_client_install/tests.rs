//! One-click installation: which servers it takes, and how it ends on each.

use crate::testing::{Cloud, instance, uuid, uuids};
use crate::world::{Asset, CloudAssistant};

const ACTION: &str = "OperateAgentClientInstall";
const ROWS: &str = "AegisCelintInstallResposeList";

/// `ClientStatus` of a demo server.
fn status(cloud: &Cloud, number: u8) -> String {
    let criteria = format!(r#"[{{"name":"uuidList","value":"{}"}}]"#, uuid(number));
    let reply = cloud.ok("DescribeCloudCenterInstances", &[("Criteria", &criteria)]);
    reply.body["Instances"][0]["ClientStatus"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// `Result` and `ResuleCode` of a demo server.
fn result(cloud: &Cloud, number: u8) -> (i64, String) {
    let reply = cloud.ok("DescribeAgentInstallStatus", &[("Uuids", &uuid(number))]);
    let row = &reply.body["AegisClientInvokeStatusResponseList"][0];
    let code = row["ResuleCode"].as_str().unwrap().to_owned();
    (row["Result"].as_i64().unwrap(), code)
}

#[test]
fn an_agent_is_installed_first_and_online_later() {
    let cloud = Cloud::new();
    let reply = cloud.ok(ACTION, &[("Uuids", &uuid(8))]);
    assert!(cloud.last().committed);
    let row = &reply.body[ROWS][0];
    assert_eq!(
        (row["Uuid"].as_str(), row["RecordId"].as_i64()),
        (Some(&*uuid(8)), Some(1))
    );
    assert_eq!(row["InstanceId"], instance(8));
    assert_eq!(result(&cloud, 8), (0, "-1".to_owned()));
    cloud.step(30);
    assert_eq!(
        (result(&cloud, 8), status(&cloud, 8)),
        ((1, "0".to_owned()), "offline".to_owned())
    );
    cloud.step(30);
    assert_eq!(
        (result(&cloud, 8), status(&cloud, 8)),
        ((1, "0".to_owned()), "online".to_owned())
    );
}

#[test]
fn instance_ids_need_region_and_system() {
    let cloud = Cloud::new();
    let ids = format!("{},i-none", instance(8));
    let named = [("InstanceIds", &*ids), ("Region", "cn-hangzhou"), ("Os", "linux")];
    let rows = cloud.ok(ACTION, &named).body[ROWS].as_array().unwrap().len();
    assert_eq!(rows, 1);
    for (without, code) in [("Region", "MissingRegion"), ("Os", "MissingOs")] {
        let rest: Vec<_> = named.into_iter().filter(|(name, _)| *name != without).collect();
        assert_eq!(cloud.refused(ACTION, &rest), code);
    }
    assert_eq!(cloud.refused(ACTION, &[]), "MissingUuids");
    let other = [("InstanceIds", &*ids), ("Region", "cn-hangzhou"), ("Os", "beos")];
    assert_eq!(cloud.refused(ACTION, &other), "InvalidOs");
    let elsewhere = [("InstanceIds", &*ids), ("Region", "cn-beijing"), ("Os", "linux")];
    assert!(
        cloud.ok(ACTION, &elsewhere).body[ROWS]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert!(!cloud.last().committed);
}

#[test]
fn each_obstacle_fails_with_its_code() {
    type Change = fn(&mut Asset);
    let cases: [(Change, i64, &str); 6] = [
        (|asset| asset.vendor = 2, 0, "1002"),
        (|asset| asset.region_id = "cn-qingdao".to_owned(), 0, "1001"),
        (|asset| asset.running = false, 0, "1005"),
        (|asset| asset.cloud_assistant = CloudAssistant::Missing, 0, "1008"),
        (
            |asset| asset.cloud_assistant = CloudAssistant::Offline,
            60,
            "1009",
        ),
        (
            |asset| asset.cloud_assistant = CloudAssistant::Unresponsive,
            60,
            "1009",
        ),
    ];
    for (change, seconds, code) in cases {
        let cloud = Cloud::new();
        cloud.mainland(|centre| change(centre.assets.get_mut(&uuid(8)).unwrap()));
        let reply = cloud.ok(ACTION, &[("Uuids", &uuid(8))]);
        assert_eq!(reply.body[ROWS][0]["RecordId"], 1);
        if seconds > 0 {
            cloud.step(seconds - 1);
            assert_eq!(result(&cloud, 8).0, 0, "{code}");
            cloud.step(1);
        }
        assert_eq!(result(&cloud, 8), (2, code.to_owned()));
        cloud.step(3_600);
        assert_eq!(status(&cloud, 8), "offline", "{code}");
    }
}

#[test]
fn several_servers_have_a_record_each_and_one_that_is_online_needs_none() {
    let cloud = Cloud::new();
    let named = format!("{},{}", uuids(&[8, 1]), uuid(8));
    let reply = cloud.ok(ACTION, &[("Uuids", &named)]);
    let rows = reply.body[ROWS].as_array().unwrap();
    let records: Vec<_> = rows.iter().map(|row| row["RecordId"].as_i64().unwrap()).collect();
    assert_eq!(records, [1, 2]);
    assert_eq!(
        (result(&cloud, 1), result(&cloud, 8)),
        ((2, "1010".to_owned()), (0, "-1".to_owned()))
    );
    cloud.step(60);
    assert_eq!(
        (status(&cloud, 1), status(&cloud, 8)),
        ("online".to_owned(), "online".to_owned())
    );
}

#[test]
fn without_the_permission_nothing_is_installed() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| centre.settings.agents.one_click_granted = false);
    assert_eq!(cloud.refused(ACTION, &[("Uuids", &uuid(8))]), "InstallNotGranted");
    cloud.step(60);
    assert_eq!(status(&cloud, 8), "offline");
}
