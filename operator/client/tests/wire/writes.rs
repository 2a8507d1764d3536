//! The write door: exactly the given bytes, re-sent only identically, and never a verdict that says
//! more than was proved.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::server::{Act, FINGERPRINT, Server, builder, client, error, impatient, json, raw, success};
use jiff::Timestamp;
use sas_client::{
    CallObservation, Client, CloudError, ErrorKind, RawReply, SignatureVersion, Verdict, WriteRequest,
};

fn parameters() -> BTreeMap<String, String> {
    let pairs = [
        ("Bind.1", "u-1"),
        ("Bind.2", "u 2/+*~安"),
        ("AuthVersion", "3"),
        ("ClientToken", "t-1"),
    ];
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn request(parameters: &BTreeMap<String, String>) -> WriteRequest<'_> {
    WriteRequest {
        product: "sas",
        version: "2018-12-03",
        action: "BindAuthToMachine",
        region: "cn-shanghai",
        parameters,
        nonce: "5b0f6a3e-0000-4000-8000-00000000cafe",
        timestamp: Timestamp::from_second(1_767_323_045).unwrap(),
        attempt: 3,
        key_fingerprint: FINGERPRINT,
    }
}

async fn write(client: &Client) -> Result<RawReply, CloudError> {
    client.send_write(&request(&parameters())).await
}

async fn write_error(script: impl IntoIterator<Item = Act>) -> (CloudError, Vec<Vec<u8>>) {
    let server = Server::start(script).await;
    let error = write(&client(&server)).await.unwrap_err();
    (error, server.requests())
}

#[tokio::test]
async fn exactly_the_given_strings_leave() {
    let server = Server::start([json(200, r#"{"RequestId":"A-1","ResultCode":0,"BindCount":2}"#)]).await;
    let reply = write(&client(&server)).await.unwrap();
    assert_eq!((reply.request_id.as_str(), reply.http_status), ("A-1", 200));
    assert_eq!(reply.body["BindCount"], 2);
    let mut sent = server.queries().remove(0);
    let public = [
        ("Action", "BindAuthToMachine"),
        ("Version", "2018-12-03"),
        ("Format", "JSON"),
        ("AccessKeyId", crate::server::KEY_ID),
        ("SecurityToken", crate::server::TOKEN),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", "5b0f6a3e-0000-4000-8000-00000000cafe"),
        ("Timestamp", "2026-01-02T03:04:05Z"),
    ];
    assert!(sent.remove("Signature").is_some());
    for (name, value) in public {
        assert_eq!(sent.remove(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(sent, parameters());
}

#[tokio::test]
async fn a_copy_without_reply_is_sent_again_byte_for_byte() {
    for version in [SignatureVersion::V1, SignatureVersion::V3] {
        let server = Server::start([Act::Reset, Act::Hang, success()]).await;
        let client = builder(&server.url).signature(version).build();
        assert!(write(&client).await.is_ok());
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        assert!(
            requests.iter().all(|request| *request == requests[0]),
            "{version:?}"
        );
        let text = String::from_utf8_lossy(&requests[0]).into_owned();
        assert!(text.contains(" attempt/3\r\n"), "{text}");
    }
}

#[tokio::test]
async fn at_most_three_copies_leave() {
    for fault in [Act::Reset, Act::Hang] {
        let server = Server::start(vec![fault; 9]).await;
        let error = write(&impatient(&server).build()).await.unwrap_err();
        let requests = server.requests();
        assert_eq!((error.verdict, requests.len()), (Verdict::Unknown, 3));
        assert!(requests.iter().all(|request| *request == requests[0]));
        assert!(!error.is_not_sent());
    }
}

#[tokio::test]
async fn a_used_nonce_means_that_a_copy_arrived() {
    let (error, requests) = write_error([Act::Reset, error(400, "SignatureNonceUsed")]).await;
    assert_eq!((error.verdict, requests.len()), (Verdict::Unknown, 2));
    assert!(error.is_nonce_used());
}

#[tokio::test]
async fn a_later_copy_proves_nothing_about_an_earlier_one() {
    let quota = json(200, r#"{"RequestId":"A-1","ResultCode":2}"#);
    let later = [
        error(400, "Throttling.User"),
        error(400, "InvalidTimeStamp.Expired"),
        error(400, "InvalidParameter"),
        error(403, "NoPermission"),
        quota,
    ];
    for (index, later) in later.into_iter().enumerate() {
        let (error, requests) = write_error([Act::Reset, later]).await;
        assert_eq!(
            (error.verdict, requests.len()),
            (Verdict::Unknown, 2),
            "case {index}: {error}"
        );
        assert!(!error.is_not_sent());
    }
}

#[tokio::test]
async fn verdicts_say_what_a_reply_proves_and_nothing_is_sent_again() {
    let cases = [
        (error(400, "Throttling.User"), Verdict::Retry),
        (error(429, "Throttling"), Verdict::Retry),
        (error(400, "InvalidTimeStamp.Expired"), Verdict::Retry),
        (error(403, "InvalidSecurityToken.Expired"), Verdict::Retry),
        (error(400, "InvalidParameter"), Verdict::Rejected),
        (error(404, "InvalidAccessKeyId.NotFound"), Verdict::Rejected),
        (error(403, "NoPermission"), Verdict::Forbidden),
        (error(500, "InternalError"), Verdict::Unknown),
        (error(503, "ServiceUnavailable"), Verdict::Unknown),
        (error(500, "NeverHeardOf"), Verdict::Unknown),
        (error(400, "NeverHeardOf"), Verdict::Unknown),
        (error(400, "SignatureNonceUsed"), Verdict::Unknown),
        (json(500, "{}"), Verdict::Unknown),
        (json(200, r#"{"ResultCode":0}"#), Verdict::Unknown),
        (json(200, "<html>login</html>"), Verdict::Unknown),
        (
            json(200, r#"{"RequestId":"A-1","Success":false}"#),
            Verdict::Unknown,
        ),
        (
            raw("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"RequestId\":\"A-1\""),
            Verdict::Unknown,
        ),
        (
            raw("HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"),
            Verdict::Unknown,
        ),
        (raw("garbage that is not HTTP\r\n\r\n"), Verdict::Unknown),
    ];
    for (index, (act, expected)) in cases.into_iter().enumerate() {
        let repeated = index == 18;
        let (error, requests) = write_error(vec![act; 3]).await;
        assert_eq!(error.verdict, expected, "case {index}: {error}");
        // Garbage is no reply at all, so only its copies follow.
        assert_eq!(
            requests.len(),
            if repeated { 3 } else { 1 },
            "case {index}: {error}"
        );
    }
}

#[tokio::test]
async fn result_codes_inside_http_200_have_their_meaning() {
    let cases = [
        (1, Verdict::Rejected, "parameter"),
        (2, Verdict::Rejected, "server quota"),
        (3, Verdict::Rejected, "core quota"),
        (4, Verdict::Rejected, "not enabled"),
        (5, Verdict::Rejected, "arrears"),
        (6, Verdict::Rejected, "serverless"),
        (7, Verdict::Rejected, "POST_HOST"),
        (-1, Verdict::Unknown, "error of its own"),
        (42, Verdict::Unknown, "not documented"),
    ];
    for (code, verdict, meaning) in cases {
        let body = format!(r#"{{"RequestId":"A-1","ResultCode":{code}}}"#);
        let (error, _) = write_error([json(200, &body)]).await;
        assert_eq!(
            (error.kind, error.verdict),
            (
                ErrorKind::Inner {
                    result_code: Some(code)
                },
                verdict
            )
        );
        assert!(error.message.contains(meaning), "{error}");
        assert_eq!(error.request_id.as_deref(), Some("A-1"));
    }
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = write(&builder(&url).build()).await.unwrap_err();
    assert_eq!((error.verdict, error.is_not_sent()), (Verdict::Retry, true));
}

#[tokio::test]
async fn a_denial_names_the_missing_ram_action() {
    let (error, _) = write_error([error(403, "NoPermission")]).await;
    assert_eq!(error.ram_action.as_deref(), Some("yundun-sas:BindAuthToMachine"));
}

#[tokio::test]
async fn what_is_not_a_registered_write_is_refused_before_anything_leaves() {
    let server = Server::start([success()]).await;
    let client = client(&server);
    let good = parameters();
    let mut smuggled = parameters();
    smuggled.insert("Action".to_owned(), "DeleteInstallCode".to_owned());
    let cases = [
        WriteRequest {
            action: "GetAuthSummary",
            ..request(&good)
        },
        WriteRequest {
            action: "DeleteInstallCode",
            ..request(&good)
        },
        WriteRequest {
            action: "NoSuchAction",
            ..request(&good)
        },
        WriteRequest {
            action: "bindauthtomachine",
            ..request(&good)
        },
        WriteRequest {
            product: "ecs",
            ..request(&good)
        },
        WriteRequest {
            product: "nothing",
            ..request(&good)
        },
        WriteRequest {
            version: "2015-04-01",
            ..request(&good)
        },
        WriteRequest {
            nonce: "",
            ..request(&good)
        },
        WriteRequest {
            region: "evil.example/",
            ..request(&good)
        },
        request(&smuggled),
    ];
    for (index, case) in cases.iter().enumerate() {
        let error = client.send_write(case).await.unwrap_err();
        assert_eq!(
            (error.kind, error.verdict),
            (ErrorKind::Refused, Verdict::Rejected),
            "case {index}"
        );
        assert!(error.is_not_sent());
    }
    assert_eq!(server.count(), 0);
    assert!(write(&client).await.is_ok(), "the same client sends the good one");
}

#[tokio::test]
async fn the_observer_hears_of_every_copy() {
    let server = Server::start([Act::Reset, success()]).await;
    let heard: Arc<Mutex<Vec<CallObservation>>> = Arc::default();
    let sink = Arc::clone(&heard);
    let client = builder(&server.url)
        .observer(Arc::new(move |one| sink.lock().unwrap().push(one.clone())))
        .build();
    write(&client).await.unwrap();
    let heard = heard.lock().unwrap();
    let summary: Vec<_> = heard
        .iter()
        .map(|one| (one.action, one.attempt, one.verdict, one.nonce.as_deref()))
        .collect();
    let expected = [
        (
            "BindAuthToMachine",
            3,
            Some(Verdict::Unknown),
            Some("5b0f6a3e-0000-4000-8000-00000000cafe"),
        ),
        (
            "BindAuthToMachine",
            3,
            None,
            Some("5b0f6a3e-0000-4000-8000-00000000cafe"),
        ),
    ];
    assert_eq!(summary, expected);
}
