//! The laws of requests: what is signed is what arrives, and flattening loses nothing. Encoding,
//! decoding and both strings to sign are written out again here, from the vendor's description.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::Credentials;
use crate::action::ActionInfo;
use crate::actions::BindAuthToMachine;
use crate::parameters::flat;
use crate::request::{Call, SignatureVersion, is_public_parameter};
use crate::sign::hex;
use crate::transport::Outgoing;

const SECRET: &str = "SecretOfTheLaws/+=";

type Parameters = BTreeMap<String, String>;

/// Exactly the given parameters arrive, under a signature that a server finds by itself; the secret does
/// not travel, and equal calls are equal bytes.
pub fn signature(parameters: &Parameters, nonce: &str, token: Option<&str>, in_body: bool) {
    let mut parameters = parameters.clone();
    parameters.retain(|name, _| !name.is_empty() && !is_public_parameter(name));
    let mut action = ActionInfo::of::<BindAuthToMachine>();
    if in_body {
        action.body = &["Bind", "Note"];
    }
    let call = Call {
        action,
        parameters: &parameters,
        nonce,
        timestamp: Timestamp::from_second(1_767_323_045).unwrap(),
        attempt: 1,
    };
    let mut key = Credentials::access_key("LTAIid", SECRET);
    key.security_token = token.map(Into::into);
    let base = "http://127.0.0.1:8080/cn-shanghai/".parse().unwrap();
    for version in [SignatureVersion::V1, SignatureVersion::V3] {
        let sent = call.signed(version, &base, &key);
        assert_eq!(bytes(&sent), bytes(&call.signed(version, &base, &key)));
        assert!(!bytes(&sent).contains(SECRET), "the secret travels");
        let (mut query, form) = (decoded(sent.url.query().unwrap_or_default()), decoded(&sent.body));
        match version {
            SignatureVersion::V1 => assert_v1(&mut query, &form, nonce, token),
            SignatureVersion::V3 => assert_v3(&sent, &query, nonce, token),
        }
        assert!(
            form.keys()
                .all(|name| in_body && ["Bind", "Note"].contains(&name.split('.').next().unwrap()))
        );
        query.extend(form);
        assert_eq!(query, parameters, "{version:?}");
    }
}

fn bytes(sent: &Outgoing) -> String {
    format!("{} {} {:?} {}", sent.method, sent.url, sent.headers, sent.body)
}

/// Takes the public parameters out of `query`.
fn assert_v1(query: &mut Parameters, form: &Parameters, nonce: &str, token: Option<&str>) {
    let signature = query.remove("Signature").unwrap();
    let mut all = query.clone();
    all.extend(form.clone());
    let text = format!("POST&%2F&{}", encoded(&canonical(&all)));
    let mut mac = Hmac::<Sha1>::new_from_slice(format!("{SECRET}&").as_bytes()).unwrap();
    mac.update(text.as_bytes());
    assert_eq!(
        STANDARD.decode(signature).unwrap(),
        mac.finalize().into_bytes().to_vec()
    );
    assert_eq!(query.remove("SecurityToken").as_deref(), token);
    assert_eq!(query.remove("SignatureNonce").as_deref(), Some(nonce));
    query.retain(|name, _| !is_public_parameter(name));
}

fn assert_v3(sent: &Outgoing, query: &Parameters, nonce: &str, token: Option<&str>) {
    let header = |name: &str| {
        let mut found = sent.headers.iter().filter(|(other, _)| other == name);
        let value = found.next().map(|(_, value)| value.trim());
        assert!(found.next().is_none(), "{name} is there twice");
        value
    };
    assert_eq!(header("x-acs-signature-nonce"), Some(nonce.trim()));
    assert_eq!(header("x-acs-security-token"), token.map(str::trim));
    let digest = |text: &str| hex(&Sha256::digest(text.as_bytes()));
    assert_eq!(header("x-acs-content-sha256"), Some(digest(&sent.body).as_str()));
    let authorization = header("authorization").unwrap();
    let (before, signature) = authorization.rsplit_once(",Signature=").unwrap();
    let (credential, names) = before.split_once(",SignedHeaders=").unwrap();
    assert_eq!(credential, "ACS3-HMAC-SHA256 Credential=LTAIid");
    let signed: Vec<&str> = names.split(';').collect();
    let must_be = |name: &str| name == "host" || name.starts_with("x-acs-");
    assert!(
        sent.headers
            .iter()
            .all(|(name, _)| !must_be(name) || signed.contains(&name.as_str()))
    );
    let lines: Vec<_> = signed
        .iter()
        .map(|name| format!("{name}:{}\n", header(name).unwrap()))
        .collect();
    let lines = lines.concat();
    let request = format!(
        "POST\n/cn-shanghai/\n{}\n{lines}\n{names}\n{}",
        canonical(query),
        digest(&sent.body)
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("ACS3-HMAC-SHA256\n{}", digest(&request)).as_bytes());
    assert_eq!(signature, hex(&mac.finalize().into_bytes()));
}

fn canonical(parameters: &Parameters) -> String {
    let pairs = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    });
    bytes.collect()
}

fn decoded(text: &str) -> Parameters {
    let decode = |text| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs: Vec<_> = text.split('&').filter(|pair| !pair.is_empty()).collect();
    let found: Parameters = pairs
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    assert_eq!(found.len(), pairs.len(), "a name is there twice: {text}");
    found
}

/// A tree of named values, in which lists are named from 1.
#[derive(Debug, Default, PartialEq)]
struct Tree {
    text: Option<String>,
    inside: BTreeMap<String, Tree>,
}

/// Flat names lead back to the same structure. The names of fields have letters only.
pub fn flattening(request: Map<String, Value>) {
    let mut expected = Tree::default();
    for (name, value) in &request {
        expected.plant(name, value);
    }
    let mut found = Tree::default();
    for (name, text) in flat(Value::Object(request)) {
        let place = name.split('.').fold(&mut found, |tree, part| {
            tree.inside.entry(part.to_owned()).or_default()
        });
        assert!(place.inside.is_empty(), "{name} is a value and a structure");
        assert!(place.text.replace(text).is_none(), "{name} is there twice");
    }
    assert_eq!(found, expected);
}

impl Tree {
    fn plant(&mut self, name: &str, value: &Value) {
        let mut tree = Tree::default();
        match value {
            Value::Null => {}
            Value::Bool(value) => tree.text = Some(value.to_string()),
            Value::Number(value) => tree.text = Some(value.to_string()),
            Value::String(value) => tree.text = Some(value.clone()),
            Value::Array(items) => {
                let numbered = items.iter().zip(1..);
                numbered.for_each(|(item, number)| tree.plant(&number.to_string(), item));
            }
            Value::Object(fields) => fields.iter().for_each(|(name, value)| tree.plant(name, value)),
        }
        if tree != Tree::default() {
            self.inside.insert(name.to_owned(), tree);
        }
    }
}

/// Whether the laws of flattening speak of such a request: a point in a name looks like structure.
pub fn has_plain_names(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().all(|(name, value)| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic()) && has_plain_names(value)
        }),
        Value::Array(items) => items.iter().all(has_plain_names),
        _ => true,
    }
}
