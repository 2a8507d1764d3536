//! Signature version 3 (`ACS3-HMAC-SHA256`): action, version, time and nonce travel as signed
//! headers, the body is signed by its digest, the result travels in `Authorization`.
//! Which headers are signed is the caller's choice; a server uses the list the client sent.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::hex;

/// First word of the string to sign and of the `Authorization` header.
pub const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// Hex SHA-256 of the exact body bytes, the value of `x-acs-content-sha256`.
pub fn body_sha256(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// The canonical request. `headers` are (lower-case name, value) pairs that are signed, in any
/// order; values of a repeated name are sorted and joined with a comma.
pub fn canonical_request(
    method: &str,
    path: &str,
    canonical_query: &str,
    headers: &[(String, String)],
    body_sha256: &str,
) -> String {
    let mut canonical_headers = String::new();
    for (name, values) in grouped(headers) {
        // Writing to a String cannot fail.
        let _ = writeln!(canonical_headers, "{name}:{}", values.join(","));
    }
    let signed = signed_headers(headers);
    format!("{method}\n{path}\n{canonical_query}\n{canonical_headers}\n{signed}\n{body_sha256}")
}

/// The sorted names of the signed headers, joined with semicolons.
pub fn signed_headers(headers: &[(String, String)]) -> String {
    let names: Vec<&str> = grouped(headers).into_keys().collect();
    names.join(";")
}

/// The text that is signed: the algorithm and the digest of the canonical request.
pub fn string_to_sign(canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{}", body_sha256(canonical_request.as_bytes()))
}

/// Hex of HMAC-SHA256 under the access key's secret.
pub fn signature(secret: &str, string_to_sign: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(string_to_sign.as_bytes());
    hex(&mac.finalize().into_bytes())
}

fn grouped(headers: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in headers {
        groups.entry(name).or_default().push(value.trim());
    }
    for values in groups.values_mut() {
        values.sort_unstable();
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_headers_are_sorted_and_joined() {
        let headers = [("x-a", " 2 "), ("host", "h"), ("x-a", "1")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(signed_headers(&headers), "host;x-a");
        assert_eq!(
            canonical_request("POST", "/", "", &headers, "d"),
            "POST\n/\n\nhost:h\nx-a:1,2\n\nhost;x-a\nd"
        );
    }
}
