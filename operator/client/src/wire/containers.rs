//! What may be absent, lists and maps. Null counts as absent or empty; a null item of a list is skipped.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serializer};

use super::{FromWire, Shape, ToWire, Wired, Wiring};

impl<T: FromWire> FromWire for Option<T> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        T::from_wire(deserializer).map(Some)
    }

    fn shape() -> Shape {
        T::shape()
    }
}

impl<T: FromWire> FromWire for Vec<T> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let items: Option<Vec<Wired<T>>> = Option::deserialize(deserializer)?;
        Ok(items.map(|items| items.into_iter().filter_map(|item| item.0).collect()))
    }

    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }
}

impl<T: FromWire> FromWire for BTreeMap<String, T> {
    fn from_wire<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let entries: Option<BTreeMap<String, Wired<T>>> = Option::deserialize(deserializer)?;
        let present = |(name, item): (String, Wired<T>)| Some((name, item.0?));
        Ok(entries.map(|entries| entries.into_iter().filter_map(present).collect()))
    }

    fn shape() -> Shape {
        Shape::Map(Box::new(T::shape()))
    }
}

impl<T: ToWire> ToWire for Option<T> {
    fn to_wire<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.to_wire(serializer),
            None => serializer.serialize_none(),
        }
    }
}

impl<T: ToWire> ToWire for Vec<T> {
    fn to_wire<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Wiring))
    }
}

impl<T: ToWire> ToWire for BTreeMap<String, T> {
    fn to_wire<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(name, value)| (name, Wiring(value))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed<T: FromWire + Default>(text: &str) -> Option<T> {
        super::super::read(&mut serde_json::Deserializer::from_str(text)).ok()
    }

    #[test]
    fn items_are_read_as_leniently_as_fields() {
        assert_eq!(parsed::<Vec<i64>>("[1,\"2\",null]"), Some(vec![1, 2]));
        assert_eq!(parsed::<Vec<i64>>("null"), Some(Vec::new()));
        assert_eq!(parsed::<Vec<i64>>("[\"x\"]"), None);
        let switches = BTreeMap::from([("CSPM".to_owned(), true), ("VUL".to_owned(), false)]);
        let text = r#"{"CSPM":1,"VUL":"0","AGENTLESS":null}"#;
        assert_eq!(parsed::<BTreeMap<String, bool>>(text), Some(switches));
    }
}
