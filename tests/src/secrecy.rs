//! Search for secrets in everything that people and tools can read. A secret also counts as found in
//! the encodings in which it could leak: base64 at any offset, hex and percent encoding.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The encodings of a secret that a text must not contain.
pub fn traces(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let hex = bytes
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let percent: String = bytes.iter().map(|byte| percent(*byte)).collect();
    let mut traces = vec![secret.to_owned(), hex, percent];
    for offset in 0..3 {
        traces.extend(base64_core(bytes, offset));
    }
    traces
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// The part of a base64 text that does not depend on what surrounds the secret, when the secret starts
/// `offset` bytes after a multiple of three; `None` where too little is left to recognise it.
fn base64_core(secret: &[u8], offset: usize) -> Vec<String> {
    let skipped = (3 - offset) % 3;
    let whole = secret.len().saturating_sub(skipped) / 3 * 3;
    let core = secret.get(skipped..skipped + whole).unwrap_or_default();
    // Four characters of base64 appear in any long text by chance.
    if core.len() < 6 {
        return Vec::new();
    }
    vec![STANDARD_NO_PAD.encode(core), URL_SAFE_NO_PAD.encode(core)]
}

/// Which traces of the secrets a text contains, and where.
pub fn leaks(text: &str, secrets: &[String]) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    for trace in secrets.iter().flat_map(|secret| traces(secret)) {
        // Hex exists in both cases; everything else is compared as it is.
        let is_hex = trace.bytes().all(|byte| byte.is_ascii_hexdigit());
        let place = text
            .find(&trace)
            .or_else(|| is_hex.then(|| lower.find(&trace)).flatten());
        if let Some(place) = place {
            found.push(format!("'{trace}' at byte {place}"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_secret_is_found_in_every_encoding_and_at_every_offset() {
        let secrets = ["s3cret/Value+1".to_owned()];
        for prefix in ["", "x", "xy", "xyz"] {
            let text = format!("{prefix}{}suffix", secrets[0]);
            let encoded = format!("aGVsbG8 {} end", STANDARD.encode(&text));
            assert!(!leaks(&encoded, &secrets).is_empty(), "{prefix}");
            assert!(!leaks(&text, &secrets).is_empty());
        }
        assert!(!leaks("?q=s3cret%2FValue%2B1", &secrets).is_empty());
        let hex = secrets[0]
            .bytes()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"));
        assert!(!leaks(&hex, &secrets).is_empty());
        assert!(leaks("nothing to see", &secrets).is_empty());
    }
}
