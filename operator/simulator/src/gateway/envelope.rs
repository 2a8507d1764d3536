//! What a request says about itself before anything is believed: who calls which action with
//! which parameters, and the text its signature must fit. Both signature versions end up in the
//! same shape. Parsing needs no lock and no world.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, header};
use percent_encoding::percent_decode_str;
use sas_client::sign;

use super::refusal::Refusal;
use super::region;
use crate::parameters::Parameters;

/// A request as it came off the wire.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Received {
    pub method: Method,
    pub path: String,
    /// Raw query string.
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Which scheme signed the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `HMAC-SHA1` over parameters.
    V1,
    /// `ACS3-HMAC-SHA256` over headers.
    V3,
}

/// A parsed request; a missing text is empty.
#[derive(Debug)]
pub struct Envelope {
    pub scheme: Scheme,
    pub method: Method,
    pub action: String,
    pub version: String,
    pub access_key_id: String,
    pub security_token: String,
    pub nonce: String,
    pub timestamp: String,
    pub signature: String,
    /// Texts any of which the signature may fit.
    pub strings_to_sign: Vec<String>,
    /// Business parameters only.
    pub parameters: Parameters,
    pub wants_json: bool,
    pub host: String,
    pub user_agent: String,
    /// The region that path or host name.
    pub endpoint_region: Option<&'static str>,
    /// The data centre that path, host or `RegionId` name.
    pub centre: &'static str,
    /// What is wrong with the form of the request.
    pub malformed: Option<Refusal>,
    /// Which part of a signature is missing altogether.
    pub unsigned: Option<Refusal>,
}

/// Parameters of the protocol itself, which the request log does not repeat.
pub const PUBLIC: [&str; 12] = [
    "Action",
    "Version",
    "Format",
    "AccessKeyId",
    "SignatureMethod",
    "SignatureVersion",
    "SignatureNonce",
    "SignatureType",
    "Signature",
    "Timestamp",
    "SecurityToken",
    "BearerToken",
];

impl Envelope {
    /// Reads a request of either scheme.
    pub fn parse(received: &Received) -> Self {
        let authorization = text(&received.headers, header::AUTHORIZATION.as_str());
        let mut decoder = Decoder::default();
        let query = decoder.decode(&received.query);
        let form = if text(&received.headers, "content-type").starts_with("application/x-www-form-urlencoded")
        {
            decoder.decode(&String::from_utf8_lossy(&received.body))
        } else {
            BTreeMap::new()
        };
        // A client that knows no key leaves out nothing but the signature of the newer scheme.
        let named_in_header = received.headers.contains_key("x-acs-action")
            && ![&query, &form].iter().any(|all| all.contains_key("Action"));
        let mut envelope = if authorization.starts_with("ACS3-") || named_in_header {
            super::v3::envelope(received, &authorization, query, form)
        } else {
            v1(received, query, form)
        };
        envelope.malformed = decoder
            .malformed
            .or_else(|| region::unknown_path(&received.path))
            .or(envelope.malformed);
        envelope
    }

    /// The parts both schemes share; `all` are the query and form parameters.
    pub(super) fn common(received: &Received, scheme: Scheme, all: BTreeMap<String, String>) -> Self {
        let host = text(&received.headers, header::HOST.as_str());
        let region_id = all.get("RegionId").map_or("", String::as_str);
        let endpoint_region = region::of_endpoint(&received.path, &host);
        let centre = region::data_centre(endpoint_region, region_id);
        let mut business = all;
        for name in PUBLIC {
            business.remove(name);
        }
        Self {
            scheme,
            method: received.method.clone(),
            action: String::new(),
            version: String::new(),
            access_key_id: String::new(),
            security_token: String::new(),
            nonce: String::new(),
            timestamp: String::new(),
            signature: String::new(),
            strings_to_sign: Vec::new(),
            parameters: business.into(),
            wants_json: true,
            host,
            user_agent: text(&received.headers, header::USER_AGENT.as_str()),
            endpoint_region,
            centre,
            malformed: None,
            unsigned: None,
        }
    }

    /// Whether the action is only to be checked.
    pub fn dry_run(&self) -> Result<bool, Refusal> {
        let by_mode = self.parameters.text("RepeatMode") == Some("DryRun");
        Ok(by_mode || self.parameters.boolean("DryRun")?.unwrap_or(false))
    }

    /// The same, false when the parameter makes no sense.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run().unwrap_or(false)
    }
}

fn v1(received: &Received, query: BTreeMap<String, String>, form: BTreeMap<String, String>) -> Envelope {
    let mut all = query;
    let repeated = form.keys().find(|name| all.contains_key(*name)).cloned();
    all.extend(form);
    let mut signed = all.clone();
    let signature = signed.remove("Signature").unwrap_or_default();
    let take = |name: &str| signed.get(name).cloned().unwrap_or_default();
    let method = take("SignatureMethod");
    let version = take("SignatureVersion");
    let wrong_method = !method.is_empty() && method != "HMAC-SHA1" || !version.is_empty() && version != "1.0";
    let refused_method = wrong_method.then(|| {
        Refusal::new(
            400,
            "InvalidSignatureMethod",
            "Specified signature method is not supported.",
        )
    });
    let missing = ["SignatureMethod", "SignatureVersion"]
        .into_iter()
        .find(|name| take(name).is_empty())
        .map(Refusal::missing);
    Envelope {
        action: take("Action"),
        version: take("Version"),
        access_key_id: take("AccessKeyId"),
        security_token: take("SecurityToken"),
        nonce: take("SignatureNonce"),
        timestamp: take("Timestamp"),
        wants_json: take("Format").eq_ignore_ascii_case("json"),
        strings_to_sign: vec![sign::v1::string_to_sign(received.method.as_str(), &signed)],
        signature,
        malformed: repeated.map(|name| Refusal::invalid(&name)).or(refused_method),
        unsigned: missing,
        ..Envelope::common(received, Scheme::V1, all)
    }
}

/// The value of a header, several joined with a comma; empty when absent.
pub(super) fn text(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    values.join(",")
}

/// Form decoding (`+` is a space) that remembers the first thing it could not accept.
#[derive(Default)]
struct Decoder {
    malformed: Option<Refusal>,
}

impl Decoder {
    fn decode(&mut self, raw: &str) -> BTreeMap<String, String> {
        let mut parameters = BTreeMap::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (self.text(name), self.text(value));
            if parameters.insert(name.clone(), value).is_some() {
                // The vendor's clients never repeat a name; guessing which one counts would hide a bug.
                self.malformed.get_or_insert_with(|| Refusal::invalid(&name));
            }
        }
        parameters
    }

    fn text(&mut self, raw: &str) -> String {
        let spaced = raw.replace('+', " ");
        if let Ok(text) = percent_decode_str(&spaced).decode_utf8() {
            return text.into_owned();
        }
        self.malformed
            .get_or_insert_with(|| Refusal::invalid("Parameter"));
        String::new()
    }
}
