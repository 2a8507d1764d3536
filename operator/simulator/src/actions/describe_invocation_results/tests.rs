use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::testing::{Cloud, START, instance};
use crate::world::{Invocation, Run};

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");

/// So many finished invocations, one second apart, each on two instances.
fn cloud(count: i64, output: &str) -> Cloud {
    let cloud = Cloud::new();
    cloud.mainland(|centre| {
        for number in 0..count {
            let time = START.parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_secs(number);
            let run = Run {
                start_time: Some(time),
                finish_time: Some(time),
                exit_code: Some(0),
                output: output.to_owned(),
                ..Run::default()
            };
            let invocation = Invocation {
                region_id: REGION.1.to_owned(),
                command_id: "c-1".to_owned(),
                creation_time: time,
                runs: [(instance(1), run.clone()), (instance(2), run)].into(),
                ..Invocation::default()
            };
            centre.invocations.insert(format!("t-{number:03}"), invocation);
        }
    });
    cloud.step(count);
    cloud
}

fn results(cloud: &Cloud, more: &[(&str, &str)]) -> (Vec<Value>, Value) {
    let mut parameters = vec![REGION];
    parameters.extend(more);
    let body = cloud.call("DescribeInvocationResults", &parameters).body;
    let rows = body["Invocation"]["InvocationResults"]["InvocationResult"].as_array();
    (rows.cloned().unwrap_or_default(), body["Invocation"].clone())
}

#[test]
fn output_comes_in_base64_or_plain_and_is_cut() {
    let long = "x".repeat(24 * 1024 + 5);
    let cloud = cloud(1, &long);
    let (rows, _) = results(&cloud, &[]);
    let output = STANDARD.decode(rows[0]["Output"].as_str().unwrap()).unwrap();
    assert_eq!((output.len(), rows[0]["Dropped"].as_i64()), (24 * 1024, Some(5)));
    let (rows, _) = results(&cloud, &[("ContentEncoding", "PlainText")]);
    assert!(rows[0]["Output"].as_str().unwrap().starts_with("xxx"));
    assert_eq!(rows[0]["FinishedTime"], START);
    assert_eq!(
        (&rows[0]["InvocationStatus"], &rows[0]["InvokeRecordStatus"]),
        (&"Success".into(), &"Finished".into())
    );
}

#[test]
fn rows_are_found_by_each_filter() {
    let cloud = cloud(3, "");
    let one = instance(1);
    for (filter, count) in [
        (&[][..], 6),
        (&[("InvokeId", "t-001")], 2),
        (&[("InvokeId", "t-001"), ("InstanceId", &one)], 1),
        (&[("CommandId", "c-1")], 6),
        (&[("CommandId", "c-2")], 0),
        (&[("InvokeRecordStatus", "Finished")], 6),
        (&[("InvokeRecordStatus", "Running")], 0),
    ] {
        assert_eq!(results(&cloud, filter).0.len(), count, "{filter:?}");
    }
    let elsewhere = cloud.call("DescribeInvocationResults", &[("RegionId", "cn-shanghai")]);
    assert_eq!(
        elsewhere.body["Invocation"]["InvocationResults"]["InvocationResult"],
        Value::Array(vec![])
    );
}

#[test]
fn tokens_lead_from_the_newest_to_the_oldest() {
    let cloud = cloud(6, "");
    let (first, info) = results(&cloud, &[("MaxResults", "5")]);
    assert_eq!(first[0]["InvokeId"], "t-005");
    let token = info["NextToken"].as_str().unwrap();
    let (second, info) = results(&cloud, &[("MaxResults", "50"), ("NextToken", token)]);
    assert_eq!(
        (first.len(), second.len(), &info["NextToken"]),
        (5, 7, &"".into())
    );
    assert_eq!(second.last().unwrap()["InvokeId"], "t-000");
    let (page, info) = results(&cloud, &[("PageNumber", "2"), ("PageSize", "10")]);
    assert_eq!((page.len(), &info["TotalCount"]), (2, &12.into()));
}

#[test]
fn results_are_forgotten_after_two_weeks() {
    let cloud = cloud(1, "");
    cloud.step(14 * 86_400 - 2);
    assert_eq!(results(&cloud, &[]).0.len(), 2);
    cloud.step(1);
    assert_eq!(results(&cloud, &[]).0.len(), 0);
}
