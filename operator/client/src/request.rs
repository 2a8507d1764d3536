//! Turns a call into a signed HTTP request: a pure function of the call, its nonce and time, and the
//! key. Equal inputs give equal bytes, which is what lets a write be sent again without running twice.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::{Method, Url};
use secrecy::ExposeSecret;

use crate::action::ActionInfo;
use crate::credentials::Credentials;
use crate::sign::{canonical_query, v1, v3};
use crate::transport::Outgoing;

/// Which signature a client uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignatureVersion {
    /// HMAC-SHA1, public parameters in the query.
    #[default]
    V1,
    /// ACS3-HMAC-SHA256, public parameters in headers.
    V3,
}

/// Parameters that belong to the signature; a call may not bring its own.
const PUBLIC_PARAMETERS: &[&str] = &[
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

/// Whether a parameter name is reserved for the signature.
pub(crate) fn is_public_parameter(name: &str) -> bool {
    PUBLIC_PARAMETERS
        .iter()
        .any(|public| public.eq_ignore_ascii_case(name))
}

/// A call with everything that its bytes depend on, except the key.
pub(crate) struct Call<'a> {
    pub(crate) action: ActionInfo,
    pub(crate) parameters: &'a BTreeMap<String, String>,
    pub(crate) nonce: &'a str,
    pub(crate) timestamp: Timestamp,
    pub(crate) attempt: u32,
}

impl Call<'_> {
    /// The signed request to `base`.
    pub(crate) fn signed(&self, version: SignatureVersion, base: &Url, key: &Credentials) -> Outgoing {
        let (query, form) = self.split();
        let body = canonical_query(&form);
        let method = Method::from_bytes(self.action.method.as_bytes()).unwrap_or(Method::POST);
        let (query, headers) = match version {
            SignatureVersion::V1 => (self.query_v1(query, &form, key), Vec::new()),
            SignatureVersion::V3 => {
                let query = canonical_query(&query);
                let headers = self.headers_v3(&query, base, &body, key);
                (query, headers)
            }
        };
        let mut url = base.clone();
        url.set_query((!query.is_empty()).then_some(query.as_str()));
        Outgoing {
            method,
            url,
            headers: self.with_common(headers, !form.is_empty()),
            body,
        }
    }

    /// The request to `base` of an action that no key signs. Everything but what the gateway needs to
    /// route it travels in the body, because the proof is among it.
    pub(crate) fn unsigned(&self, base: &Url) -> Outgoing {
        let time = self.time();
        let public = [
            ("Action", self.action.name),
            ("Version", self.action.version),
            ("Format", "JSON"),
            ("Timestamp", &time),
        ];
        let query = public.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut url = base.clone();
        url.set_query(Some(&canonical_query(&query.into())));
        Outgoing {
            method: Method::POST,
            url,
            headers: self.with_common(Vec::new(), true),
            body: canonical_query(self.parameters),
        }
    }

    /// What an unsigned call proves itself with, in the form of a key that has nothing but a token.
    pub(crate) fn proof(&self) -> Credentials {
        let token = self.parameters.get("OIDCToken");
        Credentials {
            security_token: token.map(|token| token.as_str().into()),
            ..Credentials::access_key("", "")
        }
    }

    fn split(&self) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
        let in_body = |name: &str| {
            self.action
                .body
                .contains(&name.split('.').next().unwrap_or_default())
        };
        self.parameters
            .clone()
            .into_iter()
            .partition(|(name, _)| !in_body(name))
    }

    fn time(&self) -> String {
        self.timestamp
            .to_zoned(TimeZone::UTC)
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string()
    }

    fn query_v1(
        &self,
        mut query: BTreeMap<String, String>,
        form: &BTreeMap<String, String>,
        key: &Credentials,
    ) -> String {
        let time = self.time();
        let public = [
            ("Action", self.action.name),
            ("Version", self.action.version),
            ("Format", "JSON"),
            ("AccessKeyId", &key.access_key_id),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", self.nonce),
            ("Timestamp", &time),
        ];
        query.extend(public.map(|(name, value)| (name.to_owned(), value.to_owned())));
        if let Some(token) = &key.security_token {
            query.insert("SecurityToken".to_owned(), token.expose_secret().to_owned());
        }
        let mut signed = query.clone();
        signed.extend(form.clone());
        let text = v1::string_to_sign(self.action.method, &signed);
        query.insert(
            "Signature".to_owned(),
            v1::signature(key.secret.expose_secret(), &text),
        );
        canonical_query(&query)
    }

    fn headers_v3(&self, query: &str, base: &Url, body: &str, key: &Credentials) -> Vec<(String, String)> {
        let digest = v3::body_sha256(body.as_bytes());
        let mut headers = vec![
            ("host".to_owned(), authority(base)),
            ("x-acs-action".to_owned(), self.action.name.to_owned()),
            ("x-acs-version".to_owned(), self.action.version.to_owned()),
            ("x-acs-date".to_owned(), self.time()),
            ("x-acs-signature-nonce".to_owned(), self.nonce.to_owned()),
            ("x-acs-content-sha256".to_owned(), digest.clone()),
        ];
        if !body.is_empty() {
            headers.push(("content-type".to_owned(), FORM.to_owned()));
        }
        if let Some(token) = &key.security_token {
            headers.push(("x-acs-accesskey-id".to_owned(), key.access_key_id.clone()));
            headers.push((
                "x-acs-security-token".to_owned(),
                token.expose_secret().to_owned(),
            ));
        }
        let request = v3::canonical_request(self.action.method, base.path(), query, &headers, &digest);
        let signature = v3::signature(key.secret.expose_secret(), &v3::string_to_sign(&request));
        let signed = v3::signed_headers(&headers);
        let (algorithm, id) = (v3::ALGORITHM, &key.access_key_id);
        let authorization =
            format!("{algorithm} Credential={id},SignedHeaders={signed},Signature={signature}");
        headers.push(("authorization".to_owned(), authorization));
        headers
    }

    fn with_common(&self, mut headers: Vec<(String, String)>, has_form: bool) -> Vec<(String, String)> {
        let has = |headers: &[(String, String)], name: &str| headers.iter().any(|(other, _)| other == name);
        if has_form && !has(&headers, "content-type") {
            headers.push(("content-type".to_owned(), FORM.to_owned()));
        }
        if !has_form && self.action.method != "GET" {
            // The HTTP library leaves it out when there is no body, and front ends may insist on it.
            headers.push(("content-length".to_owned(), "0".to_owned()));
        }
        headers.push(("accept".to_owned(), "application/json".to_owned()));
        let agent = format!(
            "sas-operator/{} attempt/{}",
            env!("CARGO_PKG_VERSION"),
            self.attempt
        );
        headers.push(("user-agent".to_owned(), agent));
        headers
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests;
