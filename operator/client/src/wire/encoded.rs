//! Values that travel inside one text: JSON in a string, and comma-joined lists.

use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::Value;
use thiserror::Error;

use super::{FromWire, Shape, ToWire, Wiring};

/// A value that travels as JSON inside one string. Fields that are absent are left out of the JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: ToWire> Json<T> {
    /// The JSON text, as it is sent.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(Wiring(&self.0))?;
        drop_absent(&mut value);
        serde_json::to_string(&value)
    }
}

fn drop_absent(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_absent),
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_absent);
        }
        _ => {}
    }
}

impl<T: ToWire> ToWire for Json<T> {
    fn to_wire<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text().map_err(S::Error::custom)?)
    }
}

/// Takes the value itself too, where the cloud sends it without the string around it.
impl<T: FromWire> FromWire for Json<T> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let value = match Value::deserialize(deserializer)? {
            Value::String(text) if text.trim().is_empty() => return Ok(None),
            Value::String(text) => serde_json::from_str(&text),
            value => Ok(value),
        };
        let read = value.and_then(T::from_wire);
        // The reader's own text may quote values.
        let read =
            read.map_err(|_| D::Error::custom("expected a string that holds JSON of the known form"))?;
        Ok(read.map(Self))
    }

    fn shape() -> Shape {
        Shape::Json(Box::new(T::shape()))
    }
}

/// A list that travels as one string with commas between the items; an empty list is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommaList(Vec<String>);

/// Why a list cannot be joined with commas.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("failed to join a list with commas: item {position} holds a comma itself")]
pub struct CommaInItem {
    /// Place of the item in the list, from 1.
    pub position: usize,
}

impl CommaList {
    /// The list of `items`, none of which may hold a comma.
    pub fn new(items: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, CommaInItem> {
        let items: Vec<String> = items.into_iter().map(Into::into).collect();
        match items.iter().position(|item| item.contains(',')) {
            Some(index) => Err(CommaInItem { position: index + 1 }),
            None => Ok(Self(items)),
        }
    }

    /// The items, in order.
    pub fn items(&self) -> &[String] {
        &self.0
    }
}

impl ToWire for CommaList {
    fn to_wire<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty() {
            return serializer.serialize_none();
        }
        serializer.serialize_str(&self.0.join(","))
    }
}

impl FromWire for CommaList {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let text = String::from_wire(deserializer)?.filter(|text| !text.is_empty());
        Ok(text.map(|text| Self(text.split(',').map(str::to_owned).collect())))
    }

    fn shape() -> Shape {
        Shape::CommaList
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn written<T: ToWire>(value: &T) -> Value {
        value.to_wire(serde_json::value::Serializer).unwrap()
    }

    #[test]
    fn json_travels_as_one_text_without_absent_fields() {
        let pairs = BTreeMap::from([("a".to_owned(), Some("x\"y".to_owned())), ("b".to_owned(), None)]);
        let value = Json(vec![pairs]);
        assert_eq!(written(&value), r#"[{"a":"x\"y"}]"#);
        let read =
            |text: &str| Json::<Vec<i64>>::from_wire(&mut serde_json::Deserializer::from_str(text)).ok();
        assert_eq!(read(r#""[1,\"2\"]""#), Some(Some(Json(vec![1, 2]))));
        assert_eq!(read("[1]"), Some(Some(Json(vec![1]))));
        assert_eq!(read(r#""""#), Some(None));
        assert_eq!(read("null"), Some(None));
        assert_eq!(read(r#""[1""#), None);
    }

    #[test]
    fn comma_lists_hold_no_commas() {
        let list = CommaList::new(["u-1", "u-2"]).unwrap();
        assert_eq!(written(&list), "u-1,u-2");
        assert_eq!(written(&CommaList::default()), Value::Null);
        assert_eq!(CommaList::new(["a", "b,c"]), Err(CommaInItem { position: 2 }));
        let read = CommaList::from_wire(&mut serde_json::Deserializer::from_str("\"u-1,u-2\""));
        assert_eq!(read.unwrap(), Some(list));
    }
}
