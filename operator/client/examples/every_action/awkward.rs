//! Fills any request type with values that are hard to sign: long and nested lists, JSON in a string,
//! every character that encoders differ about, other scripts, empty texts.

use serde_json::{Map, Value, json};

use super::Shape;

/// Items per list, so that `X.10` has to be sorted before `X.2`.
const ITEMS: usize = 12;

const TEXTS: &[&str] = &[
    "a b+c~d*e/f=g%h&i",
    "服务器 一号🛡️",
    "",
    "%20%2B+ %",
    "~._-*'()!@#$^|\\\"<>{}[]`?:;",
    "line\nbreak\ttab",
];

const INTEGERS: &[i64] = &[1_735_689_600_123, 0, -1, i64::MAX];

/// Gives values in turn, so that neighbours differ.
#[derive(Default)]
pub struct Awkward {
    turn: usize,
}

impl Awkward {
    /// A value of `shape`, as the request type reads it back.
    pub fn value(&mut self, shape: &Shape) -> Value {
        self.turn += 1;
        match shape {
            Shape::Integer => json!(INTEGERS[self.turn % INTEGERS.len()]),
            Shape::Boolean => json!(self.turn.is_multiple_of(2)),
            Shape::Text | Shape::Secret => json!(TEXTS[self.turn % TEXTS.len()]),
            Shape::Time => json!("2026-04-09T11:52:19Z"),
            Shape::List(item) => (0..ITEMS).map(|_| self.value(item)).collect(),
            Shape::Map(item) => ["name", "a b", "键"]
                .map(|name| (name.to_owned(), self.value(item)))
                .into_iter()
                .collect(),
            Shape::CommaList => json!(["~a b+c", "服务器", "u-3"].repeat(ITEMS / 3).join(",")),
            Shape::Json(inner) => json!(self.value(inner).to_string()),
            Shape::Structure { fields, .. } => {
                let named = fields
                    .iter()
                    .map(|(name, shape)| ((*name).to_owned(), self.value(shape)));
                Value::Object(named.collect::<Map<_, _>>())
            }
        }
    }
}
