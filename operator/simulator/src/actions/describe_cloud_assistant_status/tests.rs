use serde_json::Value;

use crate::testing::{Cloud, START, instance, uuid};
use crate::world::CloudAssistant;

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

fn rows(body: &Value) -> &Vec<Value> {
    let set = &body["InstanceCloudAssistantStatusSet"];
    set["InstanceCloudAssistantStatus"].as_array().unwrap()
}

#[test]
fn the_heartbeat_is_a_text() {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        let mut set = |number, assistant| {
            centre.assets.get_mut(&uuid(number)).unwrap().cloud_assistant = assistant;
        };
        set(2, CloudAssistant::Offline);
        set(3, CloudAssistant::Missing);
        centre.assets.get_mut(&uuid(4)).unwrap().running = false;
    });
    let body = cloud.call("DescribeCloudAssistantStatus", &[REGION]).body;
    let seen: Vec<&Value> = rows(&body)
        .iter()
        .map(|row| &row["CloudAssistantStatus"])
        .collect();
    // The last one is build-1: cloud assistant has nothing to do with the agent of Security Center.
    assert_eq!(seen, ["true", "false", "false", "false", "true"]);
    assert_eq!(rows(&body)[0]["LastHeartbeatTime"], START);
    assert_eq!(rows(&body)[2]["CloudAssistantVersion"], "");
}

#[test]
fn named_instances_are_all_answered_or_refused() {
    let cloud = Cloud::new();
    let (one, two) = (instance(1), instance(2));
    let named = [
        REGION,
        ("InstanceId.1", &one),
        ("InstanceId.2", &two),
        ("MaxResults", "1"),
    ];
    let body = cloud.call("DescribeCloudAssistantStatus", &named).body;
    assert_eq!(rows(&body).len(), 2);
    let unknown = cloud.call(
        "DescribeCloudAssistantStatus",
        &[REGION, ("InstanceId.1", "i-none")],
    );
    assert_eq!(
        (unknown.code(), unknown.status),
        ("InvalidInstance.NotFound", 404)
    );
    let windows = cloud.call("DescribeCloudAssistantStatus", &[REGION, ("OSType", "Windows")]);
    assert!(rows(&windows.body).is_empty());
}

#[test]
fn runs_are_counted_while_they_go_on_and_after() {
    let cloud = Cloud::new();
    let one = instance(1);
    let run = [
        REGION,
        ("Type", "RunShellScript"),
        ("CommandContent", "uptime"),
        ("InstanceId.1", &one),
    ];
    cloud.call("RunCommand", &run);
    let counts = || {
        let body = cloud
            .call("DescribeCloudAssistantStatus", &[REGION, ("InstanceId.1", &one)])
            .body;
        let row = &rows(&body)[0];
        (row["ActiveTaskCount"].as_i64(), row["InvocationCount"].as_i64())
    };
    assert_eq!(counts(), (Some(1), Some(1)));
    cloud.step(3);
    assert_eq!(counts(), (Some(0), Some(1)));
}
