//! Every kind of fault: what the client sees, whether the cloud changed, and what the log says.

use std::time::Duration;

use serde_json::json;

use super::{BIND, edition_of_web_1};
use crate::gateway::Delivery;
use crate::testing::Cloud;

#[test]
fn faults_before_the_commit_leave_the_cloud_as_it_was() {
    for (rule, status, code) in [
        (
            r#"{"kind":"throttle","retryAfterMilliseconds":1500}"#,
            400,
            "Throttling.User",
        ),
        (
            r#"{"kind":"error","code":"OperationConflict","status":409}"#,
            409,
            "OperationConflict",
        ),
        (
            r#"{"kind":"lowerCaseError","code":"NoPermission","status":403}"#,
            403,
            "",
        ),
        (r#"{"kind":"status"}"#, 503, "ServiceUnavailable"),
        (r#"{"kind":"status","status":500}"#, 500, "InternalError"),
        (r#"{"kind":"html"}"#, 502, ""),
        (r#"{"kind":"xml"}"#, 503, ""),
    ] {
        let cloud = Cloud::new();
        cloud.fault(rule);
        let reply = cloud.call("BindAuthToMachine", &BIND);
        assert_eq!((reply.status, reply.code()), (status, code), "{rule}");
        assert_eq!(edition_of_web_1(&cloud), 1, "{rule}");
        let record = cloud.last();
        assert!(
            !record.committed && record.committed_at.is_none() && record.fault.is_some(),
            "{rule}"
        );
        let throttled = rule.contains("retryAfter").then_some(1500);
        assert_eq!(reply.answer.retry_after_milliseconds, throttled);
        assert_eq!(cloud.call("BindAuthToMachine", &BIND).status, 200);
    }
}

#[test]
fn faults_after_the_commit_lose_only_the_reply() {
    for (rule, status) in [
        (r#"{"kind":"commitThenReset"}"#, None),
        (r#"{"kind":"commitThenHang","seconds":60}"#, None),
        (r#"{"kind":"commitThenStatus","status":500}"#, Some(500)),
        (r#"{"kind":"throttle","stage":"afterCommit"}"#, Some(400)),
        (r#"{"kind":"truncatedJson"}"#, Some(200)),
        (r#"{"kind":"wrongTypes"}"#, Some(200)),
        (r#"{"kind":"html","stage":"afterCommit"}"#, Some(502)),
        (r#"{"kind":"oversize","bytes":100000}"#, Some(200)),
        (r#"{"kind":"slow","stage":"afterCommit","seconds":60}"#, Some(200)),
    ] {
        let cloud = Cloud::new();
        cloud.fault(rule);
        let reply = cloud.call("BindAuthToMachine", &BIND);
        assert_eq!(edition_of_web_1(&cloud), 7, "{rule}");
        let record = cloud.last();
        assert!(record.committed && record.committed_at.is_some(), "{rule}");
        assert_eq!(record.status, status, "{rule}");
        assert_eq!(record.fault.as_deref(), rule.split('"').nth(3), "{rule}");
        match record.fault.as_deref().unwrap() {
            "commitThenReset" => assert_eq!(reply.answer.delivery, Delivery::ResetAfter(Duration::ZERO)),
            "commitThenHang" => assert_eq!(
                reply.answer.delivery,
                Delivery::ResetAfter(Duration::from_mins(1))
            ),
            "slow" => assert_eq!(reply.answer.delivery, Delivery::After(Duration::from_mins(1))),
            "truncatedJson" => {
                assert!(reply.body.is_null() && reply.answer.body.starts_with(b"{\""));
            }
            "wrongTypes" => assert_eq!(reply.body["ResultCode"], json!({"Value": "0"})),
            "oversize" => assert!(reply.answer.body.len() > 100_000),
            _ => {}
        }
    }
}

#[test]
fn a_lower_case_error_has_three_fields() {
    let cloud = Cloud::new();
    cloud.fault(r#"{"kind":"lowerCaseError","code":"NoPermission","status":403,"message":"No."}"#);
    let reply = cloud.call("BindAuthToMachine", &BIND);
    let record = cloud.last();
    assert_eq!(
        reply.body,
        json!({"code": "NoPermission", "message": "No.", "requestId": record.request_id})
    );
    assert_eq!(record.code.as_deref(), Some("NoPermission"));
}

#[test]
fn a_hanging_request_is_checked_and_does_not_run() {
    let cloud = Cloud::new();
    cloud.fault(r#"{"kind":"hang","seconds":60}"#);
    let reply = cloud.call("BindAuthToMachine", &BIND);
    assert_eq!(
        reply.answer.delivery,
        Delivery::ResetAfter(Duration::from_mins(1))
    );
    assert_eq!((edition_of_web_1(&cloud), cloud.last().status), (1, None));
}

#[test]
fn a_slow_request_runs_after_its_pause() {
    let cloud = Cloud::new();
    cloud.fault(r#"{"kind":"slow","seconds":0.05}"#);
    let started = std::time::Instant::now();
    assert_eq!(cloud.call("BindAuthToMachine", &BIND).status, 200);
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(edition_of_web_1(&cloud), 7);
    assert_eq!(cloud.last().fault.as_deref(), Some("slow"));
}
