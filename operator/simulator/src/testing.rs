//! Test support: a client that signs requests in both versions and hands them to the gateway
//! without a socket. The signing here is the client's side of what the gateway recomputes.

pub mod alerts;
mod scans;

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;
use sas_client::sign;
use serde_json::Value;

use crate::action::Product;
use crate::actions;
use crate::clock::ClockChange;
use crate::fault::Rule;
use crate::gateway::{self, Answer, Received};
use crate::log::Record;
use crate::state::Shared;
use crate::world::{DEMO_ACCOUNT, DataCentre, World};

pub use scans::uuids;

pub const START: &str = "2026-01-02T03:04:05Z";
pub const KEY: &str = "LTAItest";
pub const SECRET: &str = "secret";

/// The demo world with a known key and a clock that stands still at `START`.
pub struct Cloud {
    pub shared: Shared,
}

/// A reply as a client reads it.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
    pub answer: Answer,
}

impl Reply {
    pub fn code(&self) -> &str {
        self.body["Code"].as_str().unwrap_or_default()
    }
}

/// What a client may get wrong.
#[derive(Clone)]
pub struct Signing {
    pub key: String,
    pub secret: String,
    pub token: Option<String>,
    pub nonce: String,
    pub timestamp: String,
    pub method: Method,
    pub path: String,
    pub host: String,
    /// What V3 claims the body's digest to be, where it is not the truth.
    pub claimed_digest: Option<String>,
}

impl Signing {
    pub fn nonce(nonce: &str) -> Self {
        Self {
            key: KEY.to_owned(),
            secret: SECRET.to_owned(),
            token: None,
            nonce: nonce.to_owned(),
            timestamp: START.to_owned(),
            method: Method::POST,
            path: "/".to_owned(),
            host: "tds.cn-shanghai.aliyuncs.com".to_owned(),
            claimed_digest: None,
        }
    }
}

impl Cloud {
    pub fn new() -> Self {
        let start: Timestamp = START.parse().unwrap();
        let mut world = World::demo(1, start).with_key(DEMO_ACCOUNT, KEY, SECRET);
        world.accounts.get_mut(DEMO_ACCOUNT).unwrap().rate_limits = crate::world::RateLimits::default();
        let shared = Shared::new(world);
        let cloud = Self { shared };
        cloud.clock(&format!(r#"{{"set":"{START}","freeze":true}}"#));
        cloud
    }

    pub fn clock(&self, change: &str) {
        let change: ClockChange = serde_json::from_str(change).unwrap();
        self.shared.lock().clock.change(&change).unwrap();
    }

    /// Moves the time and returns it as a timestamp for signing.
    pub fn step(&self, seconds: i64) -> String {
        self.clock(&format!(r#"{{"stepSeconds":{seconds}}}"#));
        let now = self.shared.lock().clock.now();
        now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    pub fn world<R>(&self, change: impl FnOnce(&mut World) -> R) -> R {
        change(&mut self.shared.lock().world)
    }

    pub fn mainland<R>(&self, change: impl FnOnce(&mut DataCentre) -> R) -> R {
        self.world(|world| change(world.centre(DEMO_ACCOUNT, "cn-shanghai")))
    }

    pub fn fault(&self, rule: &str) {
        let rule: Rule = serde_json::from_str(rule).unwrap();
        self.shared.lock().faults.add(rule).unwrap();
    }

    pub fn log(&self) -> Vec<Record> {
        self.shared
            .lock()
            .log
            .after(0)
            .requests
            .into_iter()
            .cloned()
            .collect()
    }

    pub fn last(&self) -> Record {
        self.log().pop().unwrap()
    }

    /// A call with a fresh nonce and everything right.
    pub fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Reply {
        let nonce = format!("nonce-{}", self.log().len());
        let now = self.step(0);
        let mut signing = Signing {
            timestamp: now,
            ..Signing::nonce(&nonce)
        };
        if actions::find(action).is_some_and(|action| action.product == Product::Ecs) {
            // The endpoint that serves all regions; the parameter names one.
            signing.host = "ecs.aliyuncs.com".to_owned();
        }
        self.send(&v1(&signing, action, parameters))
    }

    pub fn send(&self, received: &Received) -> Reply {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let answer = runtime.block_on(gateway::handle(&self.shared, received));
        Reply {
            status: answer.status,
            body: serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
            answer,
        }
    }
}

/// The version of the action, Security Center's for an unknown one.
fn version(action: &str) -> &'static str {
    let product = actions::find(action).map_or(Product::Sas, |action| action.product);
    product.version()
}

fn owned(parameters: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    parameters.iter().map(owned).collect()
}

/// A request signed with HMAC-SHA1, all parameters in the query; a parameter replaces a public one.
pub fn v1(signing: &Signing, action: &str, parameters: &[(&str, &str)]) -> Received {
    let mut all = owned(&[
        ("Action", action),
        ("Version", version(action)),
        ("Format", "JSON"),
        ("AccessKeyId", &signing.key),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", &signing.nonce),
        ("Timestamp", &signing.timestamp),
    ]);
    if let Some(token) = &signing.token {
        all.insert("SecurityToken".to_owned(), token.clone());
    }
    all.extend(owned(parameters));
    let text = sign::v1::string_to_sign(signing.method.as_str(), &all);
    all.insert(
        "Signature".to_owned(),
        sign::v1::signature(&signing.secret, &text),
    );
    received(signing, sign::canonical_query(&all), b"", &[])
}

/// A request signed with ACS3-HMAC-SHA256 over all its headers.
pub fn v3(signing: &Signing, action: &str, parameters: &[(&str, &str)], body: &[u8]) -> Received {
    let query = sign::canonical_query(&owned(parameters));
    let digest = sign::v3::body_sha256(body);
    let claimed = signing.claimed_digest.as_ref().unwrap_or(&digest);
    let mut headers = vec![
        ("accept".to_owned(), "application/json".to_owned()),
        ("host".to_owned(), signing.host.clone()),
        ("user-agent".to_owned(), "test".to_owned()),
        ("x-acs-action".to_owned(), action.to_owned()),
        ("x-acs-version".to_owned(), version(action).to_owned()),
        ("x-acs-date".to_owned(), signing.timestamp.clone()),
        ("x-acs-signature-nonce".to_owned(), signing.nonce.clone()),
        ("x-acs-content-sha256".to_owned(), claimed.clone()),
    ];
    if !body.is_empty() {
        let form = "application/x-www-form-urlencoded";
        headers.push(("content-type".to_owned(), form.to_owned()));
    }
    if let Some(token) = &signing.token {
        headers.push(("x-acs-accesskey-id".to_owned(), signing.key.clone()));
        headers.push(("x-acs-security-token".to_owned(), token.clone()));
    }
    let request = sign::v3::canonical_request(signing.method.as_str(), "/", &query, &headers, &digest);
    let authorization = format!(
        "{} Credential={},SignedHeaders={},Signature={}",
        sign::v3::ALGORITHM,
        signing.key,
        sign::v3::signed_headers(&headers),
        sign::v3::signature(&signing.secret, &sign::v3::string_to_sign(&request)),
    );
    headers.push(("authorization".to_owned(), authorization));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    received(signing, query, body, &headers)
}

fn received(signing: &Signing, query: String, body: &[u8], headers: &[(&str, &str)]) -> Received {
    let mut map = HeaderMap::new();
    map.insert("host", HeaderValue::from_str(&signing.host).unwrap());
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.insert(name, HeaderValue::from_str(value).unwrap());
    }
    Received {
        method: signing.method.clone(),
        path: signing.path.clone(),
        query,
        headers: map,
        body: Bytes::copy_from_slice(body),
    }
}

/// The instance id of the demo server with this number.
pub fn instance(number: u8) -> String {
    format!("i-bp1demo{number:012}")
}

/// The uuid of the demo server with this number.
pub fn uuid(number: u8) -> String {
    format!("{number:08}-5a5a-4000-8000-{number:012}")
}

/// The uuids of servers as the flat parameters of a list.
pub fn numbered<'a>(name: &str, uuids: &'a [String]) -> Vec<(String, &'a str)> {
    let named = |(index, uuid): (usize, &'a String)| (format!("{name}.{}", index + 1), uuid.as_str());
    uuids.iter().enumerate().map(named).collect()
}
