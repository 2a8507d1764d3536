//! Single values. Integers may come as a number or a numeric string, booleans as text or 0 and 1,
//! texts as digits.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{FromWire, Shape, ToWire};

impl FromWire for i64 {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let number = match Value::deserialize(deserializer)? {
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

    fn shape() -> Shape {
        Shape::Integer
    }
}

impl FromWire for bool {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let value = match Value::deserialize(deserializer)? {
            Value::Null => return Ok(None),
            Value::Bool(value) => Some(value),
            Value::Number(number) => truth(&number.to_string()),
            Value::String(text) if text.trim().is_empty() => return Ok(None),
            Value::String(text) => truth(&text.trim().to_ascii_lowercase()),
            _ => None,
        };
        value
            .map(Some)
            .ok_or_else(|| D::Error::custom("expected a boolean"))
    }

    fn shape() -> Shape {
        Shape::Boolean
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

impl FromWire for String {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            Value::Number(number) => Ok(Some(number.to_string())),
            Value::Bool(value) => Ok(Some(value.to_string())),
            Value::Array(_) | Value::Object(_) => Err(D::Error::custom("expected a text")),
        }
    }

    fn shape() -> Shape {
        Shape::Text
    }
}

impl FromWire for SecretString {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(String::from_wire(deserializer)?.map(Self::from))
    }

    fn shape() -> Shape {
        Shape::Secret
    }
}

/// An RFC 3339 text.
impl FromWire for Timestamp {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let Some(text) = String::from_wire(deserializer)?.filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        let time = text.trim().parse().map(Some);
        time.map_err(|_| D::Error::custom("expected a time such as 2026-04-09T11:52:19Z"))
    }

    fn shape() -> Shape {
        Shape::Time
    }
}

impl ToWire for i64 {
    fn to_wire<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

impl ToWire for bool {
    fn to_wire<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

impl ToWire for String {
    fn to_wire<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

/// The cloud needs the secret itself, so whatever holds a flattened request holds the secret.
impl ToWire for SecretString {
    fn to_wire<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.expose_secret().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Err` stands for a value without meaning.
    fn parsed<T: FromWire>(text: &str) -> Result<Option<T>, ()> {
        T::from_wire(&mut serde_json::Deserializer::from_str(text)).map_err(|_| ())
    }

    #[test]
    fn integers_come_as_numbers_and_strings() {
        let read = parsed::<i64>;
        assert_eq!(read("7"), Ok(Some(7)));
        assert_eq!(read("\" 7\""), Ok(Some(7)));
        assert_eq!(read("9007199254740993"), Ok(Some(9_007_199_254_740_993)));
        assert_eq!(read("-9223372036854775808"), Ok(Some(i64::MIN)));
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read("\"\""), Ok(None));
        for unfit in ["1.5", "\"7a\"", "[7]", "9223372036854775808", "true"] {
            assert_eq!(read(unfit), Err(()), "{unfit}");
        }
    }

    #[test]
    fn booleans_come_as_text_and_numbers() {
        let read = parsed::<bool>;
        assert_eq!(read("true"), Ok(Some(true)));
        assert_eq!(read("\"False\""), Ok(Some(false)));
        assert_eq!(read("1"), Ok(Some(true)));
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read("\"\""), Ok(None));
        for unfit in ["2", "\"yes\"", "[true]"] {
            assert_eq!(read(unfit), Err(()), "{unfit}");
        }
    }

    #[test]
    fn texts_come_as_digits_too() {
        let read = parsed::<String>;
        assert_eq!(read("\"\""), Ok(Some(String::new())));
        assert_eq!(read("196813200012"), Ok(Some("196813200012".to_owned())));
        assert_eq!(read("null"), Ok(None));
        assert_eq!(read("{}"), Err(()));
    }

    #[test]
    fn times_come_as_texts() {
        let read = parsed::<Timestamp>;
        let time = "2026-04-09T11:52:19Z".parse().unwrap();
        assert_eq!(read("\"2026-04-09T11:52:19Z\""), Ok(Some(time)));
        assert_eq!(read("\"\""), Ok(None));
        assert_eq!(read("\"2026-04-09\""), Err(()));
    }

    #[test]
    fn an_unfit_value_is_not_quoted() {
        let read = i64::from_wire(&mut serde_json::Deserializer::from_str("\"s3cret\""));
        assert!(!read.unwrap_err().to_string().contains("s3cret"));
    }
}
