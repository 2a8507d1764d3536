//! What an answer proves, case by case: a success is never made of a failure, nor a failure of an
//! answer that proves nothing.

use super::*;
use crate::Credentials;
use crate::actions::{BindAuthToMachine, GetAuthSummary};
use crate::error::Verdict;

fn judge(action: &ActionInfo, status: u16, body: &[u8]) -> Result<Answer, CloudError> {
    let incoming = Incoming {
        status,
        date: None,
        retry_after: None,
        body: body.to_vec(),
    };
    read(action, &Credentials::access_key("LTAIid", "secret"), incoming)
}

/// What a write is told; `None` is success.
fn verdict(status: u16, body: &str) -> Option<Verdict> {
    let action = ActionInfo::of::<BindAuthToMachine>();
    judge(&action, status, body.as_bytes())
        .err()
        .map(|error| error.verdict)
}

#[test]
fn an_answer_that_contradicts_itself_proves_nothing() {
    let table = [
        (
            200,
            r#"{"RequestId":"A","ResultCode":2}"#,
            Some(Verdict::Rejected),
        ),
        (
            200,
            r#"{"RequestId":"A","ResultCode":2,"Success":true}"#,
            Some(Verdict::Unknown),
        ),
        (
            200,
            r#"{"RequestId":"A","ResultCode":2,"Code":"200"}"#,
            Some(Verdict::Unknown),
        ),
        (
            200,
            r#"{"RequestId":"A","Code":"InvalidParameter"}"#,
            Some(Verdict::Rejected),
        ),
        (
            200,
            r#"{"RequestId":"A","Code":"InvalidParameter","Success":false}"#,
            Some(Verdict::Rejected),
        ),
        (
            200,
            r#"{"RequestId":"A","Code":"InvalidParameter","Success":true}"#,
            Some(Verdict::Unknown),
        ),
        (
            200,
            r#"{"RequestId":"A","Code":"InvalidParameter","ResultCode":0}"#,
            Some(Verdict::Unknown),
        ),
        (
            200,
            r#"{"RequestId":"A","Code":"200","code":"InvalidParameter"}"#,
            Some(Verdict::Unknown),
        ),
        (
            200,
            r#"{"RequestId":"A","Success":true,"HttpStatusCode":400}"#,
            Some(Verdict::Unknown),
        ),
        (
            200,
            r#"{"RequestId":"A","Code":"InvalidParameter","HttpStatusCode":500}"#,
            Some(Verdict::Unknown),
        ),
        (
            200,
            r#"{"RequestId":"A","ResultCode":1,"HttpStatusCode":503}"#,
            Some(Verdict::Unknown),
        ),
        (400, r#"{"Code":"InvalidParameter"}"#, Some(Verdict::Rejected)),
        (
            400,
            r#"{"Code":"InvalidParameter","code":"InvalidParameter"}"#,
            Some(Verdict::Rejected),
        ),
        (
            400,
            r#"{"Code":"InvalidParameter","code":"InternalError"}"#,
            Some(Verdict::Unknown),
        ),
        (
            400,
            r#"{"Code":"InvalidParameter","Success":true}"#,
            Some(Verdict::Unknown),
        ),
        (
            400,
            r#"{"Code":"Throttling.User","ResultCode":0}"#,
            Some(Verdict::Unknown),
        ),
        (
            403,
            r#"{"Code":"New","AccessDeniedDetail":{"AuthAction":"a:B"}}"#,
            Some(Verdict::Forbidden),
        ),
        (
            403,
            r#"{"Code":"New","AccessDeniedDetail":{"AuthAction":"a:B"},"Success":true}"#,
            Some(Verdict::Unknown),
        ),
    ];
    for (status, body, expected) in table {
        assert_eq!(verdict(status, body), expected, "{status} {body}");
    }
}

#[test]
fn a_status_of_success_needs_a_body_of_success_and_the_other_way_round() {
    let success = r#"{"RequestId":"A","ResultCode":0}"#;
    for status in [200, 202] {
        assert_eq!(verdict(status, success), None);
    }
    for status in [
        100, 199, 300, 304, 307, 400, 403, 404, 409, 429, 500, 503, 599, 999,
    ] {
        assert_eq!(verdict(status, success), Some(Verdict::Unknown), "{status}");
    }
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "7",
        "\"A\"",
        r#"{"RequestId":""}"#,
        r#"{"RequestId":null}"#,
        r#"{"RequestId":"a b"}"#,
    ] {
        assert_eq!(verdict(200, body), Some(Verdict::Unknown), "{body}");
    }
    let action = ActionInfo::of::<GetAuthSummary>();
    assert!(judge(&action, 200, br#"{"RequestId":"A"}"#).is_ok());
}

#[test]
fn a_server_that_failed_refuses_nothing_but_by_throttling() {
    for (code, expected) in [
        ("InvalidParameter", Verdict::Unknown),
        ("NoPermission", Verdict::Unknown),
        ("InvalidAccessKeyId.NotFound", Verdict::Unknown),
        ("OperationConflict", Verdict::Unknown),
        ("SignatureNonceUsed", Verdict::Unknown),
        ("Throttling.Api", Verdict::Retry),
    ] {
        let body = format!(r#"{{"Code":"{code}","AccessDeniedDetail":{{"AuthAction":"a:B"}}}}"#);
        assert_eq!(verdict(503, &body), Some(expected), "{code}");
    }
}

#[test]
fn a_code_with_other_characters_is_no_code() {
    for code in [
        "InvalidParameter ",
        "Invalid<b>",
        "Throttling.User\\u0000",
        "NoPermission\\n",
    ] {
        let body = format!(r#"{{"Code":"{code}"}}"#);
        assert_eq!(verdict(400, &body), Some(Verdict::Unknown), "{code}");
    }
}

#[test]
fn a_name_said_twice_makes_no_success_and_no_refusal() {
    for body in [
        r#"{"RequestId":"A","ResultCode":2,"ResultCode":0}"#,
        r#"{"RequestId":"A","Success":false,"Success":true}"#,
        r#"{"RequestId":"A","ResultCode":0,"Data":{"Success":false,"Success":true}}"#,
        r#"{"RequestId":"A","ResultCode":0,"ResultC\u006fde":2}"#,
        r#"{"RequestId":"A","RequestId":"B","ResultCode":2}"#,
    ] {
        assert_eq!(verdict(200, body), Some(Verdict::Unknown), "{body}");
    }
    let twice = r#"{"Code":"InternalError","Code":"InvalidParameter"}"#;
    assert_eq!(verdict(400, twice), Some(Verdict::Unknown));
}

#[test]
fn xml_counts_only_as_one_whole_error_document() {
    let error = |inside: &str| format!("<?xml version='1.0' encoding='UTF-8'?>\n<Error>{inside}</Error>\n");
    let good = error("<RequestId>A</RequestId><Code>InvalidParameter</Code><Message>m &lt; n</Message>");
    assert_eq!(verdict(400, &good), Some(Verdict::Rejected));
    assert_eq!(verdict(500, &good), Some(Verdict::Unknown));
    assert_eq!(verdict(200, &good), Some(Verdict::Unknown));
    let nothing = [
        good[..good.len() - 9].to_owned(),
        format!("<html>{good}</html>"),
        format!("{good}<p/>"),
        error("<Code>InvalidParameter"),
        error("<Code>InvalidParameter</Code><Code>InternalError</Code>"),
        error("<Code><i>InvalidParameter</i></Code>"),
        error("<Detail>InvalidParameter</Detail>"),
    ];
    for body in nothing {
        assert_eq!(verdict(400, &body), Some(Verdict::Unknown), "{body}");
    }
}
