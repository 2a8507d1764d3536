//! Reads against a server that misbehaves: what is tried again, how, and what is not.

use std::time::{Duration, Instant};

use crate::server::{Act, Server, builder, client, error, error_body, json, json_with, quick, raw, success};
use sas_client::action::DryRun;
use sas_client::actions::{BindAuthToMachine, DescribeVendorList, GetAuthSummary, GetCallerIdentity};
use sas_client::{Client, CloudError, ErrorKind, Reply, RetryPolicy, SignatureVersion, Verdict};

const REGION: &str = "cn-shanghai";

async fn read(client: &Client) -> Result<Reply<sas_client::actions::AuthSummary>, CloudError> {
    client.read(&GetAuthSummary::default(), REGION).await
}

async fn read_error(script: impl IntoIterator<Item = Act>) -> (CloudError, usize) {
    let server = Server::start(script).await;
    let error = read(&client(&server)).await.unwrap_err();
    (error, server.count())
}

#[tokio::test]
async fn an_answer_keeps_its_request_id() {
    let server = Server::start([json(200, r#"{"RequestId":"A1-B2","AllowUserUnbind":"1"}"#)]).await;
    let reply = read(&client(&server)).await.unwrap();
    assert_eq!(reply.body.allow_user_unbind, Some(1));
    assert_eq!((reply.request_id.as_str(), reply.http_status), ("A1-B2", 200));
    let request = String::from_utf8(server.requests().remove(0)).unwrap();
    assert!(request.starts_with("POST /?AccessKeyId="), "{request}");
    assert!(request.contains("content-length: 0\r\n"), "{request}");
    assert!(
        !request.to_ascii_lowercase().contains("accept-encoding"),
        "{request}"
    );
}

#[tokio::test]
async fn transient_failures_are_tried_again_with_a_fresh_nonce() {
    let faults = [
        error(500, "InternalError"),
        error(503, "ServiceUnavailable"),
        error(400, "Throttling.User"),
        error(400, "SignatureNonceUsed"),
        Act::Reset,
        Act::Hang,
        raw("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 15\r\n\r\n<html>no</html>"),
        raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"RequestId\":"),
    ];
    for (index, fault) in faults.into_iter().enumerate() {
        let server = Server::start([fault, success()]).await;
        read(&client(&server))
            .await
            .unwrap_or_else(|error| panic!("fault {index}: {error}"));
        let queries = server.queries();
        assert_eq!(queries.len(), 2, "fault {index}");
        assert_ne!(
            queries[0]["SignatureNonce"], queries[1]["SignatureNonce"],
            "fault {index}"
        );
        let agents: Vec<_> = server
            .requests()
            .iter()
            .map(|request| user_agent(request))
            .collect();
        assert!(
            agents[0].ends_with(" attempt/1") && agents[1].ends_with(" attempt/2"),
            "{agents:?}"
        );
    }
}

fn user_agent(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    text.lines()
        .find(|line| line.starts_with("user-agent: sas-operator/"))
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn the_number_of_tries_is_limited() {
    let (error, sent) = read_error(vec![error(500, "InternalError"); 9]).await;
    assert_eq!((error.verdict, sent), (Verdict::Retry, 4));
    assert_eq!(
        error.request_id.as_deref(),
        Some("9C4F2D0A-AAAA-BBBB-CCCC-0000000000EE")
    );
}

#[tokio::test]
async fn permanent_failures_are_not_tried_again() {
    for code in [
        "InvalidParameter",
        "MissingUuids",
        "SignatureDoesNotMatch",
        "InvalidApi.NotFound",
        "Odd",
    ] {
        let (error, sent) = read_error([error(400, code)]).await;
        assert_eq!((error.verdict, sent), (Verdict::Rejected, 1), "{code}");
        assert_eq!(error.code.as_deref(), Some(code));
        assert_eq!(
            error.is_credential_problem(),
            code == "SignatureDoesNotMatch",
            "{code}"
        );
    }
}

#[tokio::test]
async fn the_wait_that_the_cloud_asks_for_is_kept_in_milliseconds() {
    let throttled = json_with(400, "x-acs-retry-after: 300\r\n", &error_body("Throttling.Api"));
    let server = Server::start([throttled, success()]).await;
    let started = Instant::now();
    read(&client(&server)).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_handed_to_the_caller_and_holds_the_action() {
    let throttled = json_with(429, "x-acs-retry-after: 50000\r\n", &error_body("Throttling"));
    let server = Server::start([throttled, success()]).await;
    let client = client(&server);
    let error = read(&client).await.unwrap_err();
    assert!(error.is_throttled());
    assert_eq!(
        (error.verdict, error.retry_after),
        (Verdict::Retry, Some(Duration::from_secs(50)))
    );
    // The same action is paused, another one is not.
    let paused = read(&client).await.unwrap_err();
    assert_eq!((paused.kind, server.count()), (ErrorKind::Limited, 1));
    assert!(
        paused.is_not_sent() && paused.retry_after > Some(Duration::from_secs(20)),
        "{paused:?}"
    );
    client.read(&DescribeVendorList::default(), REGION).await.unwrap();
}

#[tokio::test]
async fn an_absurd_wait_is_capped() {
    let throttled = json_with(400, "x-acs-retry-after: 999999999\r\n", &error_body("Throttling"));
    let (error, _) = read_error([throttled]).await;
    assert_eq!(error.retry_after, Some(Duration::from_mins(1)));
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    let server = Server::start(vec![Act::Hang; 9]).await;
    let retry = RetryPolicy {
        deadline: Duration::from_millis(500),
        ..quick()
    };
    let started = Instant::now();
    let error = read(&builder(&server.url).retry(retry).build())
        .await
        .unwrap_err();
    let taken = started.elapsed();
    assert_eq!((error.kind, error.verdict), (ErrorKind::Timeout, Verdict::Retry));
    assert!(taken < Duration::from_secs(10), "{taken:?}");
}

#[tokio::test]
async fn a_refused_connection_is_known_not_to_have_been_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = read(&builder(&url).build()).await.unwrap_err();
    assert_eq!((error.kind, error.is_not_sent()), (ErrorKind::NotSent, true));
    assert!(error.message.contains("refused"), "{error}");
}

#[tokio::test]
async fn errors_are_read_in_every_spelling() {
    let lower = r#"{"code":"NoSuchThing","message":"lower","requestId":"A-1"}"#;
    let xml = "<?xml version='1.0'?><Error><RequestId>A-1</RequestId><HostId>h</HostId>\
               <Code>NoSuchThing</Code><Message>lower</Message></Error>";
    let xml = raw(&format!(
        "HTTP/1.1 400 x\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{xml}",
        xml.len()
    ));
    for act in [json(400, lower), xml] {
        let (error, sent) = read_error([act]).await;
        assert_eq!(error.kind, ErrorKind::Gateway);
        assert_eq!(error.code.as_deref(), Some("NoSuchThing"));
        assert_eq!(
            (error.message.as_str(), error.request_id.as_deref(), sent),
            ("lower", Some("A-1"), 1)
        );
        let shown = "failed to call GetAuthSummary: NoSuchThing: lower (HTTP 400, request A-1)";
        assert_eq!(error.to_string(), shown);
    }
}

#[tokio::test]
async fn answers_that_are_none_say_so() {
    let deep = format!(
        r#"{{"RequestId":"A-1","x":{}{}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let large = format!(r#"{{"RequestId":"A-1","x":"{}"}}"#, "y".repeat(70_000));
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    let cases = [
        (json(200, &deep), "nested too deep"),
        (json(200, &large), "larger than 65536 bytes"),
        (raw(&chunked), "larger than 65536 bytes"),
        (json(200, "<html>"), "not JSON"),
        (json(200, r#"{"RequestId":"A-1""#), "ends before its JSON does"),
        (json(200, "7"), "another form than documented"),
        (json(200, "{}"), "no request id"),
        (
            json(200, r#"{"RequestId":"A-1","VersionSummary":7}"#),
            "another form than documented",
        ),
        (json(500, "{}"), "no code"),
    ];
    for (act, expected) in cases {
        let (error, _) = read_error(vec![act; 4]).await;
        assert_eq!(error.kind, ErrorKind::Unreadable, "{expected}");
        assert!(error.message.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start([success()]).await;
    let redirect = format!(
        "HTTP/1.1 307 x\r\nlocation: {}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        elsewhere.url
    );
    let (error, _) = read_error(vec![raw(&redirect); 4]).await;
    assert!(error.message.contains("redirect"), "{error}");
    assert_eq!((error.http_status, elsewhere.count()), (Some(307), 0));
}

#[tokio::test]
async fn a_denial_names_the_missing_ram_action() {
    let detailed = r#"{"Code":"NoPermission","Message":"You are not authorized","RequestId":"A-1",
        "AccessDeniedDetail":{"AuthAction":"yundun-sas:GetAuthSummaryOfRegion","NoPermissionType":"ImplicitDeny"}}"#;
    for (act, expected) in [
        (json(403, detailed), "yundun-sas:GetAuthSummaryOfRegion"),
        (
            json(403, &detailed.replace("NoPermission\"", "NewKindOfDenial\"")),
            "yundun-sas:GetAuthSummaryOfRegion",
        ),
        (error(403, "Forbidden.RAM"), "yundun-sas:GetAuthSummary"),
    ] {
        let (error, sent) = read_error([act]).await;
        assert_eq!((error.verdict, sent), (Verdict::Forbidden, 1));
        assert_eq!(error.ram_action.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn a_failure_inside_http_200_is_a_failure() {
    let cases = [
        (
            r#"{"RequestId":"A-1","Success":false,"Message":"not opened"}"#,
            Verdict::Rejected,
            "not opened",
        ),
        (
            r#"{"RequestId":"A-1","Code":"403","Message":"no"}"#,
            Verdict::Rejected,
            "no",
        ),
        (
            r#"{"RequestId":"A-1","Code":"NoPermission","Message":"no"}"#,
            Verdict::Forbidden,
            "no",
        ),
        (
            r#"{"RequestId":"A-1","HttpStatusCode":400,"Success":true}"#,
            Verdict::Rejected,
            "reports a failure",
        ),
        (
            r#"{"RequestId":"A-1","ResultCode":4}"#,
            Verdict::Rejected,
            "pay-as-you-go is not enabled (ResultCode 4)",
        ),
    ];
    for (body, verdict, text) in cases {
        let (error, _) = read_error([json(200, body)]).await;
        assert!(matches!(error.kind, ErrorKind::Inner { .. }), "{body}");
        assert_eq!(error.verdict, verdict, "{body}");
        assert!(error.message.contains(text), "{error}");
    }
    for code in [r#""200""#, "200", r#""OK""#, r#""success""#, "0", "null", r#""""#] {
        let body = format!(
            r#"{{"RequestId":"A-1","Success":true,"Code":{code},"HttpStatusCode":200,"ResultCode":0}}"#
        );
        let server = Server::start([json(200, &body)]).await;
        read(&client(&server))
            .await
            .unwrap_or_else(|error| panic!("{code}: {error}"));
    }
}

#[tokio::test]
async fn version_3_sends_no_public_parameter_in_the_url() {
    let server = Server::start([success()]).await;
    let client = builder(&server.url).signature(SignatureVersion::V3).build();
    client.read(&GetCallerIdentity::default(), REGION).await.unwrap();
    let request = String::from_utf8(server.requests().remove(0)).unwrap();
    assert!(request.starts_with("POST / HTTP/1.1\r\n"), "{request}");
    assert!(
        request.contains("\r\nx-acs-action: GetCallerIdentity\r\n"),
        "{request}"
    );
    assert!(
        request.contains("\r\nauthorization: ACS3-HMAC-SHA256 Credential="),
        "{request}"
    );
    let host = server.url.trim_start_matches("http://");
    assert_eq!(
        request.matches(&format!("\r\nhost: {host}\r\n")).count(),
        1,
        "{request}"
    );
}

#[tokio::test]
async fn a_dry_run_travels_as_a_read_with_its_flag_on_every_try() {
    let short = json(200, r#"{"RequestId":"A-1","ResultCode":2}"#);
    let server = Server::start([Act::Reset, short]).await;
    let dry_run = DryRun::of(BindAuthToMachine {
        bind: vec!["u-1".to_owned()],
        ..Default::default()
    });
    let error = client(&server).read(&dry_run, REGION).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Inner { result_code: Some(2) });
    let queries = server.queries();
    assert_eq!(queries.len(), 2);
    for query in queries {
        assert_eq!(
            (query["Action"].as_str(), query["DryRun"].as_str()),
            ("BindAuthToMachine", "true")
        );
    }
}
