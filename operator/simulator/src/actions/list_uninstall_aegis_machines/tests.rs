//! Servers without an agent: which, by which filters, and in which pages.

use serde_json::{Value, json};

use crate::testing::{Cloud, uuid, uuids};

const ACTION: &str = "ListUninstallAegisMachines";

fn names(body: &Value) -> Vec<&str> {
    let rows = body["MachineList"].as_array().unwrap();
    rows.iter()
        .map(|row| row["InstanceName"].as_str().unwrap())
        .collect()
}

/// The demo world in which the agents of these servers are gone.
fn without(numbers: &[u8]) -> Cloud {
    let cloud = Cloud::new();
    cloud.ok("AddUninstallClientsByUuids", &[("Uuids", &uuids(numbers))]);
    cloud.step(30);
    cloud
}

#[test]
fn a_row_has_the_documented_fields() {
    let cloud = Cloud::new();
    let reply = cloud.ok(ACTION, &[]);
    let expected = json!([{
        "Uuid": uuid(8), "InstanceId": "i-bp1demo000000000008", "InstanceName": "build-1",
        "InternetIp": "", "IntranetIp": "10.0.0.8", "MachineRegion": "cn-hangzhou", "RegionId": "cn-hangzhou",
        "Os": "linux", "Vendor": 0, "VendorName": "ALIYUN",
    }]);
    assert_eq!(reply.body["MachineList"], expected);
    // An agent that is only unreachable is installed: db-1 is no row.
    assert_eq!(reply.body["TotalCount"], 1);
}

#[test]
fn a_server_leaves_the_list_when_its_agent_connects() {
    let cloud = Cloud::new();
    cloud.ok("OperateAgentClientInstall", &[("Uuids", &uuid(8))]);
    cloud.step(59);
    assert_eq!(names(&cloud.ok(ACTION, &[]).body), ["build-1"]);
    cloud.step(1);
    assert!(names(&cloud.ok(ACTION, &[]).body).is_empty());
}

#[test]
fn pages_have_five_rows() {
    let cloud = without(&[1, 2, 3, 4, 5]);
    let first = cloud.ok(ACTION, &[]).body;
    assert_eq!(names(&first).len(), 5);
    let paging = ["CurrentPage", "PageSize", "TotalCount"].map(|name| first[name].as_i64().unwrap());
    assert_eq!(paging, [1, 5, 6]);
    assert!(first.get("Count").is_none() && first.get("PageInfo").is_none());
    assert_eq!(
        names(&cloud.ok(ACTION, &[("CurrentPage", "2")]).body),
        ["build-1"]
    );
    assert_eq!(cloud.refused(ACTION, &[("PageSize", "0")]), "InvalidPageSize");
}

#[test]
fn filters_are_combined() {
    let cloud = without(&[4, 5]);
    for (parameters, expected) in [
        (
            [("Os", "linux")].as_slice(),
            ["web-4", "ack-node-1", "build-1"].as_slice(),
        ),
        (&[("Os", "windows")], &[]),
        (&[("RegionIdStr", "cn-hangzhou")], &["web-4", "build-1"]),
        (&[("RegionNo", "cn-hangzhou-dg-a01")], &["web-4"]),
        (
            &[("RegionIdStr", "cn-hangzhou"), ("Remark", "build")],
            &["build-1"],
        ),
        (&[("Vendor", "0")], &["web-4", "ack-node-1", "build-1"]),
        (&[("Vendor", "1")], &[]),
    ] {
        assert_eq!(
            names(&cloud.ok(ACTION, parameters).body),
            expected,
            "{parameters:?}"
        );
    }
    assert_eq!(cloud.refused(ACTION, &[("Vendor", "x")]), "InvalidVendor");
}
