//! Flattening of a typed request to the flat names and strings that go on the wire.
//! Lists count from 1 (`X.1`), structures nest (`X.1.Y.1`), nulls are skipped but keep their index,
//! empty lists and structures give nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::action::Action;

/// The flat wire parameters of a request, without any public parameter such as `Action`.
pub fn parameters<A: Action>(request: &A) -> BTreeMap<String, String> {
    flat(serde_json::to_value(request).expect("a request is a structure of strings, numbers and lists"))
}

/// The same of a request as a tree of values.
pub(crate) fn flat(request: Value) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    if let Value::Object(fields) = request {
        for (name, value) in fields {
            flatten(name, value, &mut flat);
        }
    }
    flat
}

fn flatten(name: String, value: Value, flat: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Bool(value) => {
            flat.insert(name, value.to_string());
        }
        Value::Number(value) => {
            flat.insert(name, value.to_string());
        }
        Value::String(value) => {
            flat.insert(name, value);
        }
        Value::Array(items) => {
            for (index, item) in items.into_iter().enumerate() {
                flatten(format!("{name}.{}", index + 1), item, flat);
            }
        }
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(format!("{name}.{field}"), value, flat);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;
    use crate::action::{Product, Read};

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Sample {
        list: Vec<Option<&'static str>>,
        nested: Vec<Inner>,
        absent: Option<i64>,
        empty: Vec<i64>,
        text: &'static str,
        flag: bool,
        off: bool,
        number: i64,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inner {
        uuid_list: Vec<&'static str>,
        version: Option<&'static str>,
    }

    impl Action for Sample {
        const PRODUCT: Product = Product::Sas;
        const NAME: &'static str = "Sample";
        const RAM: &'static str = "yundun-sas:Sample";
        type Effect = Read;
        type Response = Value;
    }

    #[test]
    fn flattening_follows_the_rules_of_the_wire() {
        let flat = parameters(&Sample {
            list: vec![Some("a"), None, Some("c")],
            nested: vec![
                Inner {
                    uuid_list: vec!["u1", "u2"],
                    version: None,
                },
                Inner {
                    uuid_list: Vec::new(),
                    version: Some("7"),
                },
            ],
            absent: None,
            empty: Vec::new(),
            text: "",
            flag: true,
            off: false,
            number: 1_735_689_600_123,
        });
        let expected = [
            ("Flag", "true"),
            ("List.1", "a"),
            ("List.3", "c"),
            ("Nested.1.UuidList.1", "u1"),
            ("Nested.1.UuidList.2", "u2"),
            ("Nested.2.Version", "7"),
            ("Number", "1735689600123"),
            ("Off", "false"),
            ("Text", ""),
        ];
        let expected = expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        assert_eq!(flat, expected);
    }
}
