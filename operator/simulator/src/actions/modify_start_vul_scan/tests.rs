//! The scan of the whole account: what it covers, whatever it is told.

use std::collections::BTreeSet;

use crate::testing::{Cloud, uuid, uuids};
use crate::world::scans::{Dispatch, OtherActor, ScanKind};

const ACTION: &str = "ModifyStartVulScan";

fn accepted(cloud: &Cloud) -> Vec<String> {
    cloud.scans(|scans| {
        let task = scans.tasks.values().next().unwrap();
        let accepted = task
            .servers
            .iter()
            .filter(|(_, dispatch)| **dispatch == Dispatch::Accepted);
        accepted.map(|(uuid, _)| uuid.clone()).collect()
    })
}

#[test]
fn it_covers_the_account_even_when_servers_are_named() {
    let cloud = Cloud::scanning(&[1, 2, 6]);
    cloud.ok(ACTION, &[("Uuids", &uuid(1)), ("Types", "cve,sca")]);
    cloud.scans(|scans| {
        let task = scans.tasks.values().next().unwrap();
        assert_eq!(task.servers.len(), 8, "every listed server");
        assert_eq!(task.kinds, [ScanKind::Cve, ScanKind::Sca].into());
    });
    assert_eq!(accepted(&cloud), [uuid(1), uuid(2)], "6 is out of reach");
}

#[test]
fn it_asks_for_no_edition() {
    let cloud = Cloud::new();
    cloud.scans(|scans| scans.tasks.clear());
    cloud.ok(ACTION, &[("Types", "cve")]);
    let mut expected: Vec<String> = (1..=5).map(uuid).collect();
    expected.push("inet-7a7a7a7a-0007".to_owned());
    assert_eq!(accepted(&cloud), expected, "6 is offline, 8 has no agent");
}

#[test]
fn a_switch_makes_it_honour_the_servers() {
    let cloud = Cloud::scanning(&[1, 2]);
    cloud.scans(|scans| scans.settings.vulnerability_scan_honours_uuids = true);
    cloud.ok(ACTION, &[("Uuids", &uuids(&[2, 6]))]);
    cloud.scans(|scans| {
        let task = scans.tasks.values().next().unwrap();
        assert_eq!(
            task.servers.keys().cloned().collect::<Vec<_>>(),
            [uuid(2), uuid(6)]
        );
        assert_eq!(
            task.kinds,
            BTreeSet::from(ScanKind::VULNERABILITIES),
            "no type means all"
        );
    });
}

#[test]
fn a_token_runs_once_and_a_dry_run_never() {
    let cloud = Cloud::scanning(&[1]);
    cloud.ok(ACTION, &[("DryRun", "true")]);
    assert!(cloud.scans(|scans| scans.tasks.is_empty()));
    cloud.ok(ACTION, &[("ClientToken", "t")]);
    cloud.ok(ACTION, &[("ClientToken", "t")]);
    assert_eq!(cloud.scans(|scans| scans.tasks.len()), 1);
    cloud.ok(ACTION, &[]);
    assert_eq!(
        cloud.scans(|scans| scans.tasks.len()),
        2,
        "without a token every call starts one"
    );
    assert_eq!(cloud.refused(ACTION, &[("Types", "cve,virus")]), "InvalidTypes");
}

#[test]
fn another_actor_scans_right_after() {
    let cloud = Cloud::scanning(&[1]);
    cloud.scans(|scans| {
        scans.settings.other_actor = Some(OtherActor {
            after_seconds: 5,
            source: "console".to_owned(),
        });
    });
    cloud.ok(ACTION, &[]);
    let listed = || {
        let reply = cloud.ok("DescribeOnceTask", &[("TaskType", "VUL_CHECK_TASK")]);
        reply.body["PageInfo"]["TotalCount"].as_i64()
    };
    assert_eq!(listed(), Some(1));
    cloud.step(5);
    assert_eq!(listed(), Some(2), "and nothing tells the two apart");
}
