use serde_json::Value;

use crate::testing::{Cloud, instance};
use crate::world::Script;

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

fn cloud() -> Cloud {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        let script = Script {
            contains: "uptime".to_owned(),
            output: "up 3 days".to_owned(),
            ..Script::default()
        };
        centre.scripts.insert("uptime".to_owned(), script);
    });
    let (one, two) = (instance(1), instance(2));
    let reply = cloud.call(
        "RunCommand",
        &[
            REGION,
            ("Type", "RunShellScript"),
            ("CommandContent", "uptime"),
            ("Name", "look"),
            ("InstanceId.1", &one),
            ("InstanceId.2", &two),
        ],
    );
    assert_eq!(reply.status, 200);
    cloud
}

fn invocations(cloud: &Cloud, more: &[(&str, &str)]) -> Vec<Value> {
    let mut parameters = vec![REGION];
    parameters.extend(more);
    let body = cloud.call("DescribeInvocations", &parameters).body;
    body["Invocations"]["Invocation"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

#[test]
fn an_invocation_sums_up_its_instances() {
    let cloud = cloud();
    let row = &invocations(&cloud, &[])[0];
    assert_eq!(
        (&row["InvocationStatus"], &row["InvokeStatus"]),
        (&"Pending".into(), &"Running".into())
    );
    cloud.step(2);
    let row = &invocations(&cloud, &[("ContentEncoding", "PlainText")])[0];
    assert_eq!(
        (&row["InvocationStatus"], &row["InvokeStatus"]),
        (&"Success".into(), &"Finished".into())
    );
    assert_eq!(
        (&row["CommandContent"], &row["CommandName"]),
        (&"uptime".into(), &"look".into())
    );
    let instances = row["InvokeInstances"]["InvokeInstance"].as_array().unwrap();
    assert_eq!((instances.len(), &instances[0]["Output"]), (2, &"".into()));
}

#[test]
fn outputs_are_given_where_asked_for() {
    let cloud = cloud();
    cloud.step(2);
    let one = instance(1);
    let asked = [
        ("IncludeOutput", "true"),
        ("InstanceId", &one),
        ("ContentEncoding", "PlainText"),
    ];
    let row = &invocations(&cloud, &asked)[0];
    assert_eq!(row["InvokeInstances"]["InvokeInstance"][0]["Output"], "up 3 days");
    let unnamed = cloud.call("DescribeInvocations", &[REGION, ("IncludeOutput", "true")]);
    assert_eq!(unnamed.code(), "MissingInvokeId");
}

#[test]
fn invocations_are_found_by_each_filter() {
    let cloud = cloud();
    for (filter, count) in [
        (&[("CommandName", "look")][..], 1),
        (&[("CommandName", "other")], 0),
        (&[("CommandType", "RunBatScript")], 0),
        (&[("InstanceId", "i-none")], 0),
        (&[("InvokeStatus", "Running")], 1),
        (&[("InvokeStatus", "Finished")], 0),
        (&[("RepeatMode", "Period")], 0),
        (&[("Timed", "false")], 1),
        (&[("Timed", "true")], 0),
    ] {
        assert_eq!(invocations(&cloud, filter).len(), count, "{filter:?}");
    }
}
