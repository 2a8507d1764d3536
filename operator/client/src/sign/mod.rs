//! Request signatures of Alibaba Cloud's RPC gateway, as pure functions of text.
//! Both versions share one percent-encoding and one canonical query. Nothing here reads a clock,
//! a nonce or a configuration, so equal inputs always give equal bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub mod v1;
pub mod v3;

/// Everything but the unreserved characters of RFC 3986 section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Percent-encodes the UTF-8 bytes of `text`: RFC 3986 unreserved characters stay, everything
/// else becomes `%XX` in upper case (a space is `%20`, never `+`).
pub fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Joins decoded parameters to `name=value&...`, sorted by name in byte order (`X.1`, `X.10`,
/// `X.2`), both sides encoded once. An empty value keeps its `name=`.
pub fn canonical_query(parameters: &BTreeMap<String, String>) -> String {
    let mut query = String::new();
    for (name, value) in parameters {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&percent_encode(name));
        query.push('=');
        query.push_str(&percent_encode(value));
    }
    query
}

/// Lower-case hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_keeps_exactly_the_unreserved_characters() {
        let kept = "AZaz09-_.~";
        assert_eq!(percent_encode(kept), kept);
        assert_eq!(percent_encode(" +*/%=&:"), "%20%2B%2A%2F%25%3D%26%3A");
        assert_eq!(percent_encode("安🔒"), "%E5%AE%89%F0%9F%94%92");
    }

    #[test]
    fn names_sort_by_bytes_and_empty_values_stay() {
        let parameters = ["X.2", "X.10", "X.1", "a"]
            .map(|name| (name.to_owned(), String::new()))
            .into();
        assert_eq!(canonical_query(&parameters), "X.1=&X.10=&X.2=&a=");
    }
}
