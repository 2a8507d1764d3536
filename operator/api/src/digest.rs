//! SHA-256 as it is written everywhere here: `sha256:` and 64 lower-case hex digits.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// The digest of a text.
pub fn digest(text: &str) -> String {
    format!("sha256:{}", hex(&Sha256::digest(text.as_bytes())))
}

/// Two lower-case hex digits per byte.
pub fn hex(bytes: &[u8]) -> String {
    let empty = String::with_capacity(bytes.len() * 2);
    bytes.iter().fold(empty, |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
