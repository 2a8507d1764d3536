//! Replies that are right but for one value: they are read or refused, and nobody sees the value.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::awkward::Awkward;
use super::{Registered, Shape, Visitor, visit};
use crate::laws::{CANARY, every_type};
use crate::wire::FromWire;

/// The shape of the reply of every action.
#[derive(Default)]
struct Shapes(Vec<Shape>);

impl Visitor for Shapes {
    fn visit<A: Registered>(&mut self) {
        self.0.push(A::Response::shape());
    }
}

fn any_reply() -> impl Strategy<Value = Value> {
    let mut shapes = Shapes::default();
    visit(&mut shapes);
    select(shapes.0).prop_map(|shape| Awkward::default().value(&shape))
}

/// Values that fit hardly any field; most have the canary in them.
fn any_intruder() -> impl Strategy<Value = Value> {
    let broken_json = format!("[\"{CANARY}");
    select(vec![
        json!(CANARY),
        json!({ CANARY: CANARY }),
        json!([CANARY]),
        json!([[CANARY]]),
        json!(json!({ CANARY: [CANARY] }).to_string()),
        json!(broken_json),
        json!(1.5),
        json!(u64::MAX),
        json!(true),
        json!(null),
    ])
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Puts `intruder` in the place of the value number `place`, counted from the outside in; whether it did.
fn spoil(value: &mut Value, place: &mut usize, intruder: &Value) -> bool {
    if *place == 0 {
        value.clone_from(intruder);
        return true;
    }
    *place -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| spoil(item, place, intruder)),
        Value::Object(fields) => fields.values_mut().any(|field| spoil(field, place, intruder)),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_spoiled_reply_tells_nobody_what_it_holds(
        mut reply in any_reply(),
        intruder in any_intruder(),
        place in any::<Index>(),
    ) {
        let mut place = place.index(count(&reply));
        prop_assert!(spoil(&mut reply, &mut place, &intruder));
        every_type(reply.to_string().as_bytes());
    }
}
