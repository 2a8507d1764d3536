//! Signature version 1 (`SignatureMethod=HMAC-SHA1`): query and form parameters are signed
//! together, decoded, without `Signature` itself; the result travels as one more query parameter.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::{canonical_query, percent_encode};

/// The text that is signed. `parameters` are all query and form parameters, decoded and
/// flattened, without `Signature`; `method` is the HTTP method in upper case.
pub fn string_to_sign(method: &str, parameters: &BTreeMap<String, String>) -> String {
    let canonical = canonical_query(parameters);
    format!("{method}&%2F&{}", percent_encode(&canonical))
}

/// Base64 of HMAC-SHA1 under the access key's secret with an `&` appended.
pub fn signature(secret: &str, string_to_sign: &str) -> String {
    let key = format!("{secret}&");
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(string_to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}
