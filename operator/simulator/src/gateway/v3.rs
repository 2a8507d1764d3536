//! Requests signed with ACS3-HMAC-SHA256. The canonical request is rebuilt from the received raw
//! headers that the client lists in `SignedHeaders`; a list that leaves out the host or an
//! `x-acs-*` header that was sent is refused, because such a header could have been exchanged.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use sas_client::sign::{self, v3};

use super::envelope::{Envelope, Received, Scheme, text};
use super::refusal::Refusal;
use super::region;

/// Headers without which a request is not understood.
const REQUIRED: [&str; 4] = [
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-content-sha256",
    "x-acs-version",
];

pub(super) fn envelope(
    received: &Received,
    authorization: &str,
    query: BTreeMap<String, String>,
    form: BTreeMap<String, String>,
) -> Envelope {
    let headers = &received.headers;
    let Authorization {
        algorithm,
        access_key_id,
        signed_headers,
        signature,
    } = Authorization::parse(authorization);
    // Some clients repeat action and version in the query; the headers count.
    let take = |header: &str, parameter: &str| match text(headers, header) {
        empty if empty.is_empty() => query.get(parameter).cloned().unwrap_or_default(),
        value => value,
    };
    let (action, version) = (take("x-acs-action", "Action"), take("x-acs-version", "Version"));
    let strings_to_sign = strings_to_sign(received, &sign::canonical_query(&query), &signed_headers);
    let own = strings_to_sign.first().map_or("", String::as_str);
    let incomplete = || {
        let missing = [
            ("Credential", access_key_id.is_empty()),
            ("Signature", signature.is_empty()),
        ];
        let missing = missing
            .into_iter()
            .find_map(|(part, missing)| missing.then_some(part));
        let missing = missing.map(|part| format!("{part} is missing"));
        let problem = missing.or_else(|| not_signed(headers, &signed_headers))?;
        let message = format!(
            "The request signature does not conform to Aliyun standards: {problem}. server string to sign is:{own}"
        );
        Some(Refusal::new(400, "IncompleteSignature", message))
    };
    let malformed = missing(headers)
        .or_else(|| unsupported(&algorithm))
        .or_else(|| incomplete().filter(|_| !algorithm.is_empty()))
        .or_else(|| wrong_digest(received, own));
    let repeated = form.keys().find(|name| query.contains_key(*name)).cloned();
    let mut all = query;
    all.extend(form);
    Envelope {
        action,
        version,
        access_key_id,
        security_token: text(headers, "x-acs-security-token"),
        nonce: text(headers, "x-acs-signature-nonce"),
        timestamp: text(headers, "x-acs-date"),
        wants_json: !text(headers, "accept").contains("xml"),
        strings_to_sign,
        signature,
        malformed: repeated.map(|name| Refusal::invalid(&name)).or(malformed),
        unsigned: algorithm.is_empty().then(|| Refusal::missing("AccessKeyId")),
        ..Envelope::common(received, Scheme::V3, all)
    }
}

struct Authorization {
    algorithm: String,
    access_key_id: String,
    signed_headers: Vec<String>,
    signature: String,
}

impl Authorization {
    fn parse(text: &str) -> Self {
        let (algorithm, rest) = text.split_once(' ').unwrap_or((text, ""));
        let part = |name: &str| {
            let mut parts = rest.split(',').filter_map(|part| part.trim().split_once('='));
            let found = parts.find_map(|(key, value)| (key == name).then_some(value));
            found.unwrap_or_default().to_owned()
        };
        let names = part("SignedHeaders");
        let names = names.split(';').filter(|name| !name.is_empty());
        Self {
            algorithm: algorithm.to_owned(),
            access_key_id: part("Credential"),
            signed_headers: names.map(str::to_ascii_lowercase).collect(),
            signature: part("Signature"),
        }
    }
}

/// The RPC path is `/`. Behind a data centre's path prefix, which only the simulator has, a client
/// may also have signed the path that it sent.
fn strings_to_sign(received: &Received, canonical_query: &str, signed_headers: &[String]) -> Vec<String> {
    let headers: Vec<(String, String)> = signed_headers
        .iter()
        .map(|name| (name.clone(), text(&received.headers, name)))
        .collect();
    let digest = v3::body_sha256(&received.body);
    let mut paths = vec!["/"];
    if region::is_prefix(&received.path) {
        paths.push(&received.path);
    }
    let for_path = |path: &str| {
        let method = received.method.as_str();
        v3::string_to_sign(&v3::canonical_request(
            method,
            path,
            canonical_query,
            &headers,
            &digest,
        ))
    };
    paths.into_iter().map(for_path).collect()
}

fn unsupported(algorithm: &str) -> Option<Refusal> {
    let message = "Specified signature method is not supported.";
    (!algorithm.is_empty() && algorithm != v3::ALGORITHM)
        .then(|| Refusal::new(400, "InvalidSignatureMethod", message))
}

fn missing(headers: &HeaderMap) -> Option<Refusal> {
    let name = REQUIRED.into_iter().find(|name| !headers.contains_key(*name))?;
    let message = format!("The header {name} is mandatory for this action.");
    Some(Refusal::new(400, "MissingParameter", message))
}

/// The first header that has to be signed and is not.
fn not_signed(headers: &HeaderMap, signed: &[String]) -> Option<String> {
    let must_be_signed = |name: &str| name == "host" || name.starts_with("x-acs-");
    let unsigned = headers
        .keys()
        .map(axum::http::HeaderName::as_str)
        .find(|name| must_be_signed(name) && !signed.iter().any(|listed| listed == name))?;
    Some(format!("header {unsigned} is not signed"))
}

fn wrong_digest(received: &Received, own: &str) -> Option<Refusal> {
    let sent = text(&received.headers, "x-acs-content-sha256");
    let message = || {
        format!(
            "The specified x-acs-content-sha256 does not fit the received body. server string to sign is:{own}"
        )
    };
    (sent != v3::body_sha256(&received.body)).then(|| Refusal::new(400, "SignatureDoesNotMatch", message()))
}
