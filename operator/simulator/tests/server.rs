//! The simulator over real sockets: what a client sees of lost replies, what goes on after it hung
//! up, and the control interface as scripts use it.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use sas_client::sign;
use sas_sim::{Simulator, World};
use serde_json::{Value, json};

const ACCOUNT: &str = "1234567890123456";
const WEB_1: &str = "00000001-5a5a-4000-8000-000000000001";

struct Client {
    simulator: Simulator,
    address: String,
}

struct Reply {
    status: u16,
    head: String,
    body: Value,
}

impl Client {
    fn new() -> Self {
        let world = World::demo(1, jiff::Timestamp::now()).with_key(ACCOUNT, "LTAItest", "secret");
        let simulator = Simulator::start(world).unwrap();
        let address = simulator.url().replace("http://", "");
        Self { simulator, address }
    }

    fn open(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        stream
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        let mut text = String::new();
        self.open(method, path, body).read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Reply {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_lowercase(),
            body: serde_json::from_str(body).unwrap_or(Value::String(body.to_owned())),
        }
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        let reply = self.send(method, &format!("/_sim/{path}"), &body.to_string());
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }

    fn fault(&self, rule: &str) {
        self.simulator
            .add_fault(serde_json::from_str(rule).unwrap())
            .unwrap();
    }

    fn edition(&self) -> i32 {
        self.simulator.with(|state| {
            state.world.centre(ACCOUNT, "cn-shanghai").assets[WEB_1]
                .auth_version
                .0
        })
    }
}

/// A signed BindAuthToMachine of web-1 as the path of a POST.
fn bind(nonce: &str) -> String {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut parameters: BTreeMap<String, String> = [
        ("Action", "BindAuthToMachine"),
        ("Version", "2018-12-03"),
        ("Format", "JSON"),
        ("AccessKeyId", "LTAItest"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", nonce),
        ("Timestamp", &now),
        ("Bind.1", WEB_1),
        ("AuthVersion", "7"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let signature = sign::v1::signature("secret", &sign::v1::string_to_sign("POST", &parameters));
    parameters.insert("Signature".to_owned(), signature);
    format!("/?{}", sign::canonical_query(&parameters))
}

#[test]
fn a_request_is_answered_and_dated() {
    let client = Client::new();
    client.control("POST", "clock", &json!({"stepSeconds": 60}));
    let reply = client.send("POST", &bind("n"), "");
    assert_eq!((reply.status, &reply.body["ResultCode"]), (200, &json!(0)));
    let now: jiff::Timestamp = client.control("GET", "clock", &Value::Null)["now"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let date = reply
        .head
        .lines()
        .find(|line| line.starts_with("date: "))
        .unwrap();
    let date = jiff::fmt::rfc2822::parse(&date["date: ".len()..])
        .unwrap()
        .timestamp();
    assert!(now.duration_since(date).as_secs() < 5, "{date}");
    assert!(reply.head.contains("content-type: application/json"));
}

#[test]
fn a_lost_reply_is_a_reset_without_a_byte_and_the_write_has_happened() {
    let client = Client::new();
    client.fault(r#"{"kind":"commitThenReset"}"#);
    let error = client.open("POST", &bind("n"), "").read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(client.edition(), 7);
    let reply = client.send("POST", &bind("n"), "");
    assert_eq!(reply.body["Code"], "SignatureNonceUsed");
}

#[test]
fn a_lost_request_is_a_reset_and_may_be_sent_again() {
    let client = Client::new();
    client.fault(r#"{"kind":"resetBefore"}"#);
    let path = bind("n");
    let error = client.open("POST", &path, "").read(&mut [0; 1]).unwrap_err();
    assert_eq!((error.kind(), client.edition()), (ErrorKind::ConnectionReset, 1));
    assert_eq!(client.send("POST", &path, "").status, 200);
    assert_eq!(client.edition(), 7);
}

#[test]
fn a_slow_write_happens_although_the_client_hung_up() {
    let client = Client::new();
    client.fault(r#"{"kind":"slow","seconds":0.3}"#);
    let mut stream = client.open("POST", &bind("n"), "");
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(stream.read(&mut [0; 1]).is_err());
    drop(stream);
    assert_eq!(client.edition(), 1);
    let started = Instant::now();
    while client.edition() == 1 && started.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(client.edition(), 7);
}

#[test]
fn a_hanging_write_never_happens_and_ends_with_the_server() {
    let client = Client::new();
    client.fault(r#"{"kind":"hang"}"#);
    let mut stream = client.open("POST", &bind("n"), "");
    while client.simulator.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let record = client.simulator.requests().remove(0);
    assert_eq!((record.status, record.committed), (None, false));
    let started = Instant::now();
    drop(client.simulator);
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(stream.read(&mut [0; 1]).map_or(0, |bytes| bytes), 0);
}

#[test]
fn a_patch_of_one_field_brings_a_server_online() {
    let client = Client::new();
    let uuid = "00000006-5a5a-4000-8000-000000000006";
    let online = json!({"clientStatus": "online", "clientSubStatus": "online"});
    let patch = json!({"accounts": {ACCOUNT: {"dataCentres": {"cn-shanghai": {"assets": {uuid: online}}}}}});
    let world = client.control("PATCH", "world", &patch);
    let asset = &world["accounts"][ACCOUNT]["dataCentres"]["cn-shanghai"]["assets"][uuid];
    assert_eq!(
        (&asset["clientStatus"], &asset["instanceName"]),
        (&json!("online"), &json!("db-1"))
    );
    assert_eq!(client.control("GET", "world", &Value::Null), world);
    let misspelt = json!({"accounts": {ACCOUNT: {"dataCentre": {}}}});
    let reply = client.send("PATCH", "/_sim/world", &misspelt.to_string());
    assert_eq!(reply.status, 400);
    assert!(reply.body["error"].as_str().unwrap().contains("dataCentre"));
    assert_eq!(client.control("PUT", "world", &world), world);
}

#[test]
fn control_errors_are_json_and_nothing_is_taken_by_position() {
    let client = Client::new();
    for (method, path, body, status) in [
        ("GET", "requests?after=abc", "", 400),
        ("GET", "requests?foo=1", "", 400),
        ("POST", "world", "{}", 405),
        ("DELETE", "clock", "", 405),
        ("GET", "faults/1", "", 405),
        ("POST", "clock", "[null,60]", 400),
        ("POST", "faults", r#"["throttle"]"#, 400),
        ("GET", "nothing", "", 404),
    ] {
        let reply = client.send(method, &format!("/_sim/{path}"), body);
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.body);
        assert!(reply.body["error"].is_string(), "{method} {path}: {}", reply.body);
    }
}

#[test]
fn requests_are_listed_after_a_number_with_their_fields() {
    let client = Client::new();
    for nonce in ["a", "b", "c"] {
        client.send("POST", &bind(nonce), "");
    }
    let all = client.control("GET", "requests", &Value::Null);
    assert_eq!(all["dropped"], 0);
    let after = client.control("GET", "requests?after=2", &Value::Null);
    assert_eq!(after["requests"], json!([all["requests"][2]]));
    let record = after["requests"][0].as_object().unwrap();
    let fields: Vec<&str> = record.keys().map(String::as_str).collect();
    let documented = [
        "accessKeyID",
        "account",
        "action",
        "code",
        "committed",
        "committedAt",
        "dryRun",
        "effect",
        "fault",
        "method",
        "nonce",
        "parameters",
        "product",
        "receivedAt",
        "region",
        "requestID",
        "seq",
        "signature",
        "status",
        "userAgent",
        "version",
    ];
    assert_eq!(fields, documented);
    assert_eq!(record["parameters"], json!({"Bind.1": WEB_1, "AuthVersion": "7"}));
    assert_eq!(
        (&record["effect"], &record["signature"]),
        (&json!("write"), &json!("V1"))
    );
    assert_eq!(client.send("GET", "/_sim/requests?since=2", "").status, 400);
}

#[test]
fn fault_rules_are_added_counted_and_removed() {
    let client = Client::new();
    let rule = json!({"kind": "status", "status": 500, "action": "BindAuthToMachine", "count": 2});
    let id = client.control("POST", "faults", &rule)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(client.send("POST", &bind("n"), "").status, 500);
    let faults = client.control("GET", "faults", &Value::Null);
    assert_eq!(
        (&faults["faults"][0]["count"], &faults["faults"][0]["hits"]),
        (&json!(1), &json!(1))
    );
    client.control("DELETE", &format!("faults/{id}"), &Value::Null);
    assert_eq!(client.send("POST", &bind("m"), "").status, 200);
    assert_eq!(
        client.send("DELETE", &format!("/_sim/faults/{id}"), "").status,
        404
    );
    client.control("POST", "faults", &rule);
    assert_eq!(
        client.control("DELETE", "faults", &Value::Null)["faults"],
        json!([])
    );
    assert_eq!(
        client
            .send("POST", "/_sim/faults", r#"{"kind":"earthquake"}"#)
            .status,
        400
    );
    assert_eq!(client.send("GET", "/_sim/nothing", "").status, 404);
    assert_eq!(client.simulator.requests().len(), 2, "control is not logged");
}

#[test]
fn the_clock_is_frozen_stepped_and_set() {
    let client = Client::new();
    let frozen = client.control(
        "POST",
        "clock",
        &json!({"set": "2030-01-01T00:00:00Z", "freeze": true}),
    );
    assert_eq!(
        (&frozen["now"], &frozen["frozen"]),
        (&json!("2030-01-01T00:00:00Z"), &json!(true))
    );
    let stepped = client.control("POST", "clock", &json!({"stepSeconds": 1.5}));
    assert_eq!(stepped["now"], "2030-01-01T00:00:01.5Z");
    assert_eq!(
        client.send("POST", &bind("real"), "").status,
        200,
        "the real time is good"
    );
    client.control("PATCH", "world", &json!({"acceptRealTime": false}));
    assert_eq!(
        client.send("POST", &bind("n"), "").body["Code"],
        "InvalidTimeStamp.Expired"
    );
    assert_eq!(client.send("POST", "/_sim/clock", r#"{"speed":-1}"#).status, 400);
    assert_eq!(client.control("GET", "clock", &Value::Null), stepped);
}
