//! Replies that no cloud sends: each ends in a clear error, within bounded time and memory, and never in
//! a verdict that says more than was proved. What cannot be read proves nothing about a write.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sas_client::actions::GetAuthSummary;
use sas_client::{Client, CloudError, ErrorKind, RawReply, TransportOptions, Verdict, WriteRequest};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::server::{
    Act, FINGERPRINT, Server, builder, builder_with, client, error_body, impatient, json, json_with, options,
    raw, read_request, success,
};

pub const REGION: &str = "cn-shanghai";
/// Stands in bodies and headers, and must not come out.
const CANARY: &str = "CanaryOfTheBody";
const SUCCESS: &str = r#"{"RequestId":"A-1","ResultCode":0}"#;

/// Sends the write of all these tests.
pub async fn write(client: &Client) -> Result<RawReply, CloudError> {
    let parameters = BTreeMap::from([("Bind.1".to_owned(), "u-1".to_owned())]);
    let request = WriteRequest {
        product: "sas",
        version: "2018-12-03",
        action: "BindAuthToMachine",
        region: REGION,
        parameters: &parameters,
        nonce: "5b0f6a3e-0000-4000-8000-00000000cafe",
        timestamp: Timestamp::from_second(1_767_323_045).unwrap(),
        attempt: 1,
        key_fingerprint: FINGERPRINT,
    };
    client.send_write(&request).await
}

/// A reply with these header lines in place of the usual ones.
fn reply(headers: &str, body: &str) -> Act {
    raw(&format!(
        "HTTP/1.1 200 OK\r\n{headers}connection: close\r\n\r\n{body}"
    ))
}

fn bytes(headers: &str, body: &[u8]) -> Act {
    let head = format!(
        "HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    Act::Reply([head.as_bytes(), body].concat())
}

fn length(length: impl std::fmt::Display, body: &str) -> Act {
    reply(&format!("content-length: {length}\r\n"), body)
}

fn chunked(body: &str) -> Act {
    reply("transfer-encoding: chunked\r\n", body)
}

/// Success, compressed; nobody asked for that.
const GZIPPED: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 10, 74, 45, 44, 77, 45, 46, 241, 76, 81, 178, 82, 114, 212, 53,
    84, 210, 1, 138, 20, 151, 230, 148, 56, 231, 167, 164, 42, 89, 25, 212, 2, 0, 212, 171, 36, 59, 34, 0, 0,
    0,
];

/// Bodies that are no answer, behind faultless HTTP.
fn bodies() -> Vec<(&'static str, Act)> {
    let deep = |text: &str| {
        let (open, close) = ("[".repeat(10_000), "]".repeat(10_000));
        json(200, &text.replace('_', &format!("{open}{close}")))
    };
    vec![
        (
            "10,000 lists deep",
            deep(r#"{"RequestId":"A-1","ResultCode":0,"x":_}"#),
        ),
        ("deep without end", json(200, &r#"{"a":"#.repeat(10_000))),
        ("NaN", json(200, r#"{"RequestId":"A-1","ResultCode":NaN}"#)),
        (
            "a number beyond all",
            json(200, r#"{"RequestId":"A-1","ResultCode":1e999}"#),
        ),
        ("a fraction", json(200, r#"{"RequestId":"A-1","ResultCode":0.5}"#)),
        (
            "a result twice",
            json(200, r#"{"RequestId":"A-1","ResultCode":2,"ResultCode":0}"#),
        ),
        (
            "a result in the depth twice",
            json(200, r#"{"RequestId":"A-1","D":[{"S":false,"S":true}]}"#),
        ),
        (
            "half a reply",
            json(200, r#"{"RequestId":"A-1","ResultCode":0,"Bi"#),
        ),
        ("two replies", json(200, &format!("{SUCCESS}{SUCCESS}"))),
        ("nothing", json(200, "")),
        ("no content", json(204, "")),
        ("a byte order mark", json(200, &format!("\u{feff}{SUCCESS}"))),
        (
            "UTF-16",
            bytes(
                "",
                &SUCCESS
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect::<Vec<_>>(),
            ),
        ),
        (
            "invalid UTF-8",
            bytes("", b"{\"RequestId\":\"A-1\",\"x\":\"\xff\xfe\"}"),
        ),
        (
            "half a character",
            json(200, r#"{"RequestId":"A-1","x":"\ud800"}"#),
        ),
        ("HTML", json(200, &format!("<html><body>{CANARY}</body></html>"))),
        (
            "HTML with an error in it",
            json(403, "<html><Error><Code>InvalidParameter</Code></Error></html>"),
        ),
        (
            "XML of success",
            json(200, "<R><RequestId>A-1</RequestId><ResultCode>0</ResultCode></R>"),
        ),
        (
            "half an XML error",
            json(400, "<Error><Code>InvalidParameter</Code><Message>m"),
        ),
        ("success with 400", json(400, SUCCESS)),
        ("success with 500", json(500, SUCCESS)),
        (
            "a redirect",
            json_with(307, "location: http://127.0.0.1:1/\r\n", SUCCESS),
        ),
        ("success without request id", json(200, r#"{"ResultCode":0}"#)),
        (
            "a request id of another kind",
            json(200, r#"{"RequestId":["A-1"],"ResultCode":0}"#),
        ),
        (
            "an error without code",
            json(400, &format!(r#"{{"Message":"{CANARY}"}}"#)),
        ),
        (
            "a refusal of a broken server",
            json(502, &error_body("InvalidParameter")),
        ),
        (
            "a body that is too large",
            json(
                200,
                &format!(r#"{{"RequestId":"A-1","x":"{}"}}"#, "y".repeat(70_000)),
            ),
        ),
        (
            "too many structures",
            json(
                200,
                &format!(r#"{{"RequestId":"A-1","x":[{}{{}}]}}"#, "{},".repeat(20_500)),
            ),
        ),
        ("gzip", bytes("content-encoding: gzip\r\n", GZIPPED)),
    ]
}

/// HTTP that is none, or breaks off.
fn protocols() -> Vec<(&'static str, Act)> {
    vec![
        ("a length that is too long", length(500, SUCCESS)),
        ("a length that is too short", length(20, SUCCESS)),
        ("a length that is none", length("many", SUCCESS)),
        ("a negative length", length(-1, SUCCESS)),
        ("an absurd length", length(u64::MAX, SUCCESS)),
        (
            "two lengths",
            reply("content-length: 5\r\ncontent-length: 34\r\n", SUCCESS),
        ),
        (
            "a chunk without size",
            chunked(&format!("zz\r\n{SUCCESS}\r\n0\r\n\r\n")),
        ),
        (
            "a chunk beyond all",
            chunked(&format!("fffffffffffffffff\r\n{SUCCESS}\r\n0\r\n\r\n")),
        ),
        ("a chunk that is cut", chunked(&format!("ff\r\n{SUCCESS}"))),
        ("chunks without end", chunked(&format!("22\r\n{SUCCESS}\r\n"))),
        (
            "a header without end",
            raw(&format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(2_000_000))),
        ),
        ("a thousand headers", reply(&"x: y\r\n".repeat(1_000), SUCCESS)),
        ("a header that is none", reply("no colon\r\n", SUCCESS)),
        (
            "a status that is none",
            raw("HTTP/1.1 2OO OK\r\ncontent-length: 0\r\n\r\n"),
        ),
        ("another protocol", raw("SSH-2.0-OpenSSH_9.9\r\n")),
        (
            "only interim answers",
            raw(&"HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000)),
        ),
        ("silence", Act::Hang),
        ("a broken connection", Act::Reset),
    ]
}

fn assert_unreadable(name: &str, error: &CloudError, verdict: Verdict) {
    let shown = format!("{error} {error:?}");
    assert_eq!(error.verdict, verdict, "{name}: {shown}");
    assert!(
        !error.message.is_empty() && error.message.chars().count() <= 300,
        "{name}: {shown}"
    );
    assert!(!shown.contains(CANARY), "{name}: {shown}");
    assert!(!error.is_not_sent(), "{name}: {shown}");
}

#[tokio::test]
async fn a_write_that_gets_no_answer_stays_unknown() {
    for (name, act) in bodies().into_iter().chain(protocols()) {
        let server = Server::start(vec![act; 9]).await;
        let started = Instant::now();
        let error = write(&impatient(&server).build()).await.expect_err(name);
        assert_unreadable(name, &error, Verdict::Unknown);
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{name}: {:?}",
            started.elapsed()
        );
        let requests = server.requests();
        assert!(
            requests.len() <= 3 && requests.iter().all(|one| *one == requests[0]),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_reply_that_cannot_be_read_is_not_asked_for_again_by_a_write() {
    for (name, act) in bodies() {
        let server = Server::start([act, success()]).await;
        let error = write(&client(&server)).await.expect_err(name);
        assert!(
            matches!(error.kind, ErrorKind::Unreadable | ErrorKind::Gateway),
            "{name}: {error}"
        );
        assert_eq!(server.count(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_read_that_gets_no_answer_says_so_and_may_be_tried_again() {
    for (name, act) in bodies().into_iter().chain(protocols()) {
        let server = Server::start(vec![act; 9]).await;
        let started = Instant::now();
        let client = impatient(&server).build();
        let error = client
            .read(&GetAuthSummary::default(), REGION)
            .await
            .expect_err(name);
        assert_unreadable(
            name,
            &error,
            if error.kind == ErrorKind::Gateway {
                error.verdict
            } else {
                Verdict::Retry
            },
        );
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{name}: {:?}",
            started.elapsed()
        );
        assert!(server.count() <= 4, "{name}");
    }
}

#[tokio::test]
async fn an_error_in_http_200_is_an_error() {
    for (code, verdict) in [
        ("Throttling.User", Verdict::Retry),
        ("InvalidParameter", Verdict::Rejected),
        ("NoPermission", Verdict::Forbidden),
        ("InternalError", Verdict::Unknown),
        ("SomethingNew", Verdict::Unknown),
    ] {
        let server = Server::start([json(200, &error_body(code))]).await;
        let error = write(&client(&server)).await.expect_err(code);
        assert_eq!(
            (error.verdict, error.code.as_deref()),
            (verdict, Some(code)),
            "{error}"
        );
    }
}

/// A server that lets a body drip for ever, and says how much it could send.
async fn dripping_server(drop: &'static [u8], pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                if read_request(&mut stream).await.is_none() {
                    return;
                }
                let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"x\":\"";
                let mut alive = stream.write_all(head).await.is_ok();
                while alive {
                    alive = stream.write_all(drop).await.is_ok();
                    tokio::time::sleep(pause).await;
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn an_endless_body_ends_at_the_deadline_or_at_the_limit() {
    let quick_end = TransportOptions {
        exchange_timeout: Duration::from_millis(300),
        ..options()
    };
    let slow = dripping_server(b"y", Duration::from_millis(5)).await;
    let fast = dripping_server(&[b'y'; 16 * 1024], Duration::ZERO).await;
    for (url, kind) in [(slow, ErrorKind::Timeout), (fast, ErrorKind::Unreadable)] {
        let started = Instant::now();
        let error = write(&builder_with(&url, &quick_end).build()).await.unwrap_err();
        assert_eq!((error.kind, error.verdict), (kind, Verdict::Unknown), "{error}");
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{:?}",
            started.elapsed()
        );
    }
}

/// A server that sends two answers to the first request of a connection, the second of them a success
/// that nobody asked for, and refuses every other request.
async fn surplus_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = |status: u16, body: &str| {
        format!(
            "HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let first = answer(200, r#"{"RequestId":"FIRST"}"#) + &answer(200, r#"{"RequestId":"SURPLUS"}"#);
    let refusal = answer(400, &error_body("InvalidParameter"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (first, refusal) = (first.clone(), refusal.clone());
            tokio::spawn(async move {
                while let Some(request) = read_request(&mut stream).await {
                    let is_write = String::from_utf8_lossy(&request).contains("BindAuthToMachine");
                    let answer = if is_write { &refusal } else { &first };
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_too_many_is_not_taken_for_that_of_the_next_call() {
    let url = surplus_server().await;
    for round in 0..100 {
        let client = builder(&url).build();
        let first = client.read(&GetAuthSummary::default(), REGION).await.unwrap();
        assert_eq!(first.request_id, "FIRST");
        if round % 2 == 1 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let error = write(&client)
            .await
            .expect_err("the surplus answer was taken for that of a write");
        assert_eq!(error.code.as_deref(), Some("InvalidParameter"), "{error}");
    }
}
