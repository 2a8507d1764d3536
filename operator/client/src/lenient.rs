//! Readers for values that the cloud spells in more than one way.
//! Integers may come as a number or a numeric string, booleans as text or 0 and 1, absent things as
//! null or an empty string. A value that means nothing is an error that quotes no value.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

/// An integer of up to 64 bits.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = match &value {
        Value::Null => return Ok(None),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    };
    number
        .map(Some)
        .ok_or_else(|| D::Error::custom("expected an integer or a numeric string"))
}

/// A truth value.
pub(crate) fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Bool(value) => Ok(Some(value)),
        Value::Number(number) if number.as_i64() == Some(0) => Ok(Some(false)),
        Value::Number(number) if number.as_i64() == Some(1) => Ok(Some(true)),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "true" | "1" => Ok(Some(true)),
            "false" | "0" => Ok(Some(false)),
            _ => Err(D::Error::custom("expected a boolean")),
        },
        _ => Err(D::Error::custom("expected a boolean")),
    }
}

/// A text; a number is taken by its digits.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(D::Error::custom("expected a text")),
    }
}

/// A text that must never be shown.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(text(deserializer)?.map(SecretString::from))
}

/// A list; null counts as empty.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_come_as_numbers_and_strings() {
        let read = |text: &str| integer(&mut serde_json::Deserializer::from_str(text)).ok();
        assert_eq!(read("7"), Some(Some(7)));
        assert_eq!(read("\" 7\""), Some(Some(7)));
        assert_eq!(read("9007199254740993"), Some(Some(9_007_199_254_740_993)));
        assert_eq!(read("null"), Some(None));
        assert_eq!(read("\"\""), Some(None));
        assert_eq!(read("1.5"), None);
        assert_eq!(read("\"7a\""), None);
        assert_eq!(read("[7]"), None);
    }

    #[test]
    fn booleans_come_as_text_and_numbers() {
        let read = |text: &str| boolean(&mut serde_json::Deserializer::from_str(text)).ok();
        assert_eq!(read("true"), Some(Some(true)));
        assert_eq!(read("\"False\""), Some(Some(false)));
        assert_eq!(read("1"), Some(Some(true)));
        assert_eq!(read("2"), None);
        assert_eq!(read("null"), Some(None));
    }
}
