//! Vulnerabilities are latent until a scan of their server and type, and go with a later one.

use serde_json::{Value, json};

use crate::testing::{Cloud, START, uuid, uuids};
use crate::world::scans::{Behaviour, Necessity};

const ACTION: &str = "DescribeGroupedVul";
const OPENSSL: &str = "oval:com.alibaba.alinux:def:20240112";
const KERNEL: &str = "oval:com.alibaba.alinux:def:20250031";

fn rows(cloud: &Cloud, parameters: &[(&str, &str)]) -> Vec<Value> {
    cloud.ok(ACTION, parameters).body["GroupedVulItems"]
        .as_array()
        .unwrap()
        .clone()
}

/// Name and number of servers by urgency.
fn found(cloud: &Cloud, parameters: &[(&str, &str)]) -> Vec<(String, [i64; 3])> {
    let counts =
        |row: &Value| ["AsapCount", "LaterCount", "NntfCount"].map(|name| row[name].as_i64().unwrap());
    let row = |row: &Value| (row["Name"].as_str().unwrap().to_owned(), counts(row));
    rows(cloud, parameters).iter().map(row).collect()
}

fn push(cloud: &Cloud, servers: &[u8], tasks: &str) {
    cloud.ok(
        "ModifyPushAllTask",
        &[("Uuids", &uuids(servers)), ("Tasks", tasks)],
    );
}

fn named(name: &str, counts: [i64; 3]) -> (String, [i64; 3]) {
    (name.to_owned(), counts)
}

#[test]
fn a_finding_appears_when_its_server_is_finished_and_not_before() {
    let cloud = Cloud::scanning(&[1, 2, 3]);
    push(&cloud, &[1, 2], "OVAL_ENTITY");
    cloud.step(59);
    assert_eq!(found(&cloud, &[]), []);
    cloud.step(1);
    assert_eq!(
        found(&cloud, &[]),
        [named(OPENSSL, [1, 0, 0]), named(KERNEL, [0, 1, 0])]
    );
    cloud.step(50);
    assert_eq!(
        found(&cloud, &[]),
        [named(OPENSSL, [2, 0, 0]), named(KERNEL, [0, 2, 0])]
    );
    let row = &rows(&cloud, &[])[0];
    let at = |seconds: i64| START.parse::<jiff::Timestamp>().unwrap().as_millisecond() + seconds * 1000;
    assert_eq!(
        (&row["GmtFirst"], &row["GmtLast"]),
        (&json!(at(60)), &json!(at(110)))
    );
    assert_eq!(
        (&row["Type"], &row["Related"]),
        (&json!("cve"), &json!("CVE-2023-5678,CVE-2024-0727"))
    );
    assert_eq!(row["Tags"], "Remote utilization");
}

#[test]
fn a_scan_finds_only_what_it_looks_for() {
    let cloud = Cloud::scanning(&[3]);
    push(&cloud, &[3], "SYSVUL,CMS,WEBSHELL,PORT_SNAPSHOT");
    cloud.step(200);
    for kind in ["cve", "sca", "sys"] {
        assert_eq!(found(&cloud, &[("Type", kind)]), [], "{kind}");
    }
    push(&cloud, &[3], "SCA");
    cloud.step(200);
    assert_eq!(
        found(&cloud, &[("Type", "sca")]),
        [named("SCA:AVD-2021-44228", [1, 0, 0])]
    );
    assert_eq!(found(&cloud, &[("Type", "app")]), []);
    assert_eq!(found(&cloud, &[("Type", "app"), ("AttachTypes", "sca")]).len(), 1);
}

#[test]
fn a_lie_about_success_finds_nothing() {
    for (behaviour, servers) in [
        (Behaviour::ClaimsDoneEarly, 0),
        (Behaviour::Fails, 0),
        (Behaviour::TimesOut, 1),
    ] {
        let cloud = Cloud::scanning(&[1, 2]);
        cloud.scans(|scans| scans.settings.vulnerability.behaviour = behaviour);
        cloud.ok("ModifyStartVulScan", &[]);
        cloud.step(if behaviour == Behaviour::ClaimsDoneEarly {
            59
        } else {
            1000
        });
        let expected = if servers == 0 {
            vec![]
        } else {
            vec![named(OPENSSL, [servers, 0, 0])]
        };
        let openssl: Vec<_> = found(&cloud, &[("Necessity", "asap")]);
        assert_eq!(openssl, expected, "{behaviour:?}");
    }
}

#[test]
fn a_fixed_one_goes_with_the_next_scan() {
    let cloud = Cloud::scanning(&[1, 2]);
    push(&cloud, &[1, 2], "OVAL_ENTITY");
    cloud.step(200);
    let now = cloud.shared.lock().clock.now();
    let mark = |server: u8, change: fn(&mut crate::world::scans::Finding, jiff::Timestamp)| {
        cloud.scans(|scans| {
            let servers = &mut scans.vulnerabilities.get_mut(OPENSSL).unwrap().servers;
            change(servers.get_mut(&uuid(server)).unwrap(), now);
        });
    };
    mark(1, |finding, now| finding.fixed_at = Some(now));
    assert_eq!(
        found(&cloud, &[])[0],
        named(OPENSSL, [2, 0, 0]),
        "nobody looked yet"
    );
    push(&cloud, &[1, 2], "OVAL_ENTITY");
    cloud.step(200);
    assert_eq!(rows(&cloud, &[])[0]["TotalFixCount"], 1);
    assert_eq!(found(&cloud, &[])[0], named(OPENSSL, [1, 0, 0]));
    mark(2, |finding, now| finding.fixed_at = Some(now));
    push(&cloud, &[2], "OVAL_ENTITY");
    cloud.step(200);
    assert_eq!(found(&cloud, &[]), [named(KERNEL, [0, 2, 0])]);
}

#[test]
fn handled_ones_are_told_apart() {
    let cloud = Cloud::scanning(&[1, 2]);
    push(&cloud, &[1, 2], "OVAL_ENTITY");
    cloud.step(200);
    cloud.scans(|scans| {
        let servers = &mut scans.vulnerabilities.get_mut(OPENSSL).unwrap().servers;
        for finding in servers.values_mut() {
            finding.handled = true;
        }
    });
    assert_eq!(found(&cloud, &[("Dealed", "n")]), [named(KERNEL, [0, 2, 0])]);
    let handled = &rows(&cloud, &[("Dealed", "y")]);
    assert_eq!((handled.len(), &handled[0]["HandledCount"]), (1, &json!(2)));
    assert_eq!(found(&cloud, &[]).len(), 2);
    assert_eq!(cloud.refused(ACTION, &[("Dealed", "Y")]), "InvalidDealed");
}

#[test]
fn rows_are_filtered() {
    let cloud = Cloud::scanning(&[1, 2, 3]);
    push(&cloud, &[1, 2, 3], "OVAL_ENTITY");
    cloud.step(200);
    cloud.scans(|scans| scans.vulnerabilities.get_mut(KERNEL).unwrap().necessity = Necessity::Nntf);
    for (parameters, expected) in [
        (&[("Necessity", "nntf,later")][..], &[KERNEL][..]),
        (&[("AliasName", "openssl")], &[OPENSSL]),
        (&[("CveId", "CVE-2024-26581")], &[KERNEL]),
        (&[("SearchTags", "Restart required")], &[KERNEL]),
        (&[("GroupId", "1002")], &[]),
        (&[("GroupId", "1001")], &[OPENSSL, KERNEL]),
        (&[("ClusterId", "c0ffee00000000000000000000000ac4")], &[]),
        (&[("AssetType", "ECS,CONTAINER")], &[OPENSSL, KERNEL]),
        (&[("AssetType", "CONTAINER")], &[]),
        (&[("TargetType", "uuid")], &[OPENSSL, KERNEL]),
        (&[("TargetType", "containerId")], &[]),
        (
            &[
                ("ContainerFieldName", "nodeName"),
                ("ContainerFieldValue", "web-3"),
            ],
            &[KERNEL],
        ),
        (
            &[
                ("ContainerFieldName", "namespace"),
                ("ContainerFieldValue", "shop"),
            ],
            &[],
        ),
        (&[("RaspDefend", "1")], &[]),
        (&[("RaspDefend", "0")], &[OPENSSL, KERNEL]),
    ] {
        let names: Vec<String> = found(&cloud, parameters)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, expected, "{parameters:?}");
    }
    assert_eq!(
        found(&cloud, &[("Uuids", &uuids(&[3, 4]))]),
        [named(KERNEL, [0, 0, 1])]
    );
    let page = cloud.ok(ACTION, &[("PageSize", "1"), ("CurrentPage", "2")]).body;
    assert_eq!(
        (&page["TotalCount"], &page["PageSize"], &page["CurrentPage"]),
        (&json!(2), &json!(1), &json!(2))
    );
    assert_eq!(page["GroupedVulItems"][0]["Name"], KERNEL);
    assert!(page.get("Count").is_none());
    for (name, value) in [
        ("Type", "virus"),
        ("AssetType", "ecs"),
        ("TargetType", "imageUuid"),
        ("ContainerFieldName", "colour"),
    ] {
        assert_eq!(cloud.refused(ACTION, &[(name, value)]), format!("Invalid{name}"));
    }
}

#[test]
fn the_demo_world_knows_what_was_found_yesterday() {
    let cloud = Cloud::new();
    assert_eq!(
        found(&cloud, &[]),
        [named(OPENSSL, [2, 0, 0])],
        "the kernel's came up since"
    );
}
