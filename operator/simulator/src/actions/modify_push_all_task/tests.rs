//! Pushes per server: who takes one, who fails, and what the settings change.

use crate::testing::{Cloud, Reply, uuid, uuids};
use crate::world::Edition;
use crate::world::scans::{FreeServers, ScanKind, TaskType};

const ACTION: &str = "ModifyPushAllTask";

fn push(cloud: &Cloud, servers: &[u8], tasks: &str) -> Reply {
    cloud.ok(ACTION, &[("Uuids", &uuids(servers)), ("Tasks", tasks)])
}

fn rows(reply: &Reply) -> Vec<(String, bool, bool, String)> {
    let rows = reply.body["PushTaskRsp"]["PushTaskResultList"]
        .as_array()
        .unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let row = |row: &serde_json::Value| {
        let flag = |name: &str| row[name].as_bool().unwrap();
        (
            text(&row["Uuid"]),
            flag("Success"),
            flag("Online"),
            text(&row["Message"]),
        )
    };
    rows.iter().map(row).collect()
}

fn row(server: u8, success: bool, online: bool, message: &str) -> (String, bool, bool, String) {
    (uuid(server), success, online, message.to_owned())
}

#[test]
fn the_demo_world_has_a_protected_server_with_something_to_find() {
    let cloud = Cloud::new();
    let found = |action: &str, wrapper: &str| {
        let reply = cloud.ok(action, &[]);
        let rows = reply.body[wrapper].as_array().unwrap();
        rows.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let before = found("DescribeGroupedVul", "GroupedVulItems");
    let reply = push(&cloud, &[5], "OVAL_ENTITY,HEALTH_CHECK");
    assert_eq!(rows(&reply), [row(5, true, true, "successful")]);
    cloud.step(600);
    let after = found("DescribeGroupedVul", "GroupedVulItems");
    assert!(
        before != after && after.contains("kernel security update"),
        "{after}"
    );
    let checks = found("ListCheckItemWarningSummary", "List");
    assert!(checks.contains("SSH allows empty passwords"), "{checks}");
}

#[test]
fn each_server_takes_it_or_fails_for_its_own_reason() {
    // Server 6 is offline, 2 is of the free edition, 99 does not exist.
    let cloud = Cloud::scanning(&[1, 2, 6]);
    cloud.mainland(|centre| centre.assets.get_mut(&uuid(2)).unwrap().auth_version = Edition::FREE);
    let reply = push(&cloud, &[1, 2, 6, 99], "OVAL_ENTITY,SCA");
    assert_eq!(
        rows(&reply),
        [
            row(1, true, true, "successful"),
            row(2, false, true, "FreeVersionNotPermit"),
            row(6, false, false, "ClientOffline"),
            row(99, false, false, "MachineNotExist"),
        ]
    );
    let first = &reply.body["PushTaskRsp"]["PushTaskResultList"][0];
    for (name, value) in [
        ("InstanceName", "web-1"),
        ("Ip", "10.0.0.1"),
        ("Region", "cn-hangzhou"),
        ("OsVersion", "linux"),
    ] {
        assert_eq!(first[name], value);
    }
    assert_eq!(first["GroupId"], 1001);
    assert!(cloud.last().committed);
    cloud.scans(|scans| {
        let task = scans.tasks.values().next().unwrap();
        assert_eq!((scans.tasks.len(), task.task_type), (1, TaskType::PushAllTask));
        assert_eq!(task.kinds, [ScanKind::Cve, ScanKind::Sca].into());
        assert_eq!(task.servers.keys().collect::<Vec<_>>(), [&uuid(1)]);
    });
}

#[test]
fn the_list_may_hold_failures_only() {
    let cloud = Cloud::scanning(&[1, 6]);
    cloud.scans(|scans| scans.settings.push_lists_every_server = false);
    assert_eq!(
        rows(&push(&cloud, &[1, 6], "CMS")),
        [row(6, false, false, "ClientOffline")]
    );
    assert_eq!(rows(&push(&cloud, &[1], "CMS")), []);
}

#[test]
fn a_push_that_nobody_takes_changes_nothing() {
    let cloud = Cloud::scanning(&[6]);
    push(&cloud, &[6], "WEBSHELL");
    assert!(!cloud.last().committed);
    assert!(cloud.scans(|scans| scans.tasks.is_empty()));
}

#[test]
fn servers_of_the_free_edition_fail_alone_or_refuse_the_call() {
    for (setting, mixed, alone) in [
        (FreeServers::FailUnlessAlone, "", "FreeVersionNotPermit"),
        (FreeServers::Fail, "", ""),
        (
            FreeServers::RefuseCall,
            "FreeVersionNotPermit",
            "FreeVersionNotPermit",
        ),
    ] {
        let cloud = Cloud::scanning(&[1]);
        cloud.scans(|scans| scans.settings.free_servers = setting);
        for (servers, code) in [(&[1, 2][..], mixed), (&[2], alone), (&[1], "")] {
            let reply = cloud.call(ACTION, &[("Uuids", &uuids(servers)), ("Tasks", "SYSVUL")]);
            assert_eq!(reply.code(), code, "{setting:?} {servers:?}");
        }
    }
}

#[test]
fn a_server_whose_subscription_ended_is_free() {
    let cloud = Cloud::scanning(&[1]);
    cloud.step((265 + 8) * 86_400);
    assert_eq!(
        cloud.refused(ACTION, &[("Uuids", &uuid(1)), ("Tasks", "CMS")]),
        "FreeVersionNotPermit"
    );
}

#[test]
fn the_baseline_needs_a_subscription_or_its_module() {
    let cloud = Cloud::scanning(&[1]);
    push(&cloud, &[1], "HEALTH_CHECK");
    cloud.mainland(|centre| {
        centre.subscription = None;
        let asset = centre.assets.get_mut(&uuid(1)).unwrap();
        (asset.auth_version, asset.billing) = (Edition::ULTIMATE, crate::world::Billing::PayAsYouGo);
    });
    let parameters = [("Uuids", &*uuid(1)), ("Tasks", "HEALTH_CHECK")];
    assert_eq!(cloud.refused(ACTION, &parameters), "FreeVersionNotPermit");
    push(&cloud, &[1], "OVAL_ENTITY");
    cloud.mainland(|centre| {
        let modules = &mut centre.pay_as_you_go.as_mut().unwrap().modules;
        modules.insert("CSPM".to_owned(), true);
    });
    push(&cloud, &[1], "HEALTH_CHECK");
}

#[test]
fn bad_parameters_are_refused() {
    let cloud = Cloud::scanning(&[1]);
    assert_eq!(cloud.refused(ACTION, &[("Tasks", "CMS")]), "MissingUuids");
    assert_eq!(cloud.refused(ACTION, &[("Uuids", &uuid(1))]), "MissingTasks");
    assert_eq!(
        cloud.refused(ACTION, &[("Uuids", &uuid(1)), ("Tasks", "CMS,cve")]),
        "InvalidTasks"
    );
}
