//! Fills every request with awkward values and compares what goes on the wire with the vendor's model.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::awkward::Awkward;
use super::model::{Model, field};
use super::*;
use crate::action::parameters;

/// Parameters that no caller of ours can have a use for.
const NOBODY_NEEDS: &[&str] = &[
    "Lang",
    "OwnerAccount",
    "OwnerId",
    "ResourceDirectoryAccountId",
    "ResourceOwnerAccount",
    "ResourceOwnerId",
    "SourceIp",
    // A dry run is a type of its own.
    "DryRun",
];

/// What a write cannot carry on purpose.
const LEFT_OUT: &[(&str, &[&str])] = &[
    // The same as `PostPayModuleSwitch`, which wins.
    ("ModifyPostPayModuleSwitch", &["PostPayModuleSwitchObj"]),
    // The cloud was seen to scan everything anyway.
    ("ModifyStartVulScan", &["Uuids"]),
    // Targets that are not listed by id, and what belongs to containers, buckets and passwords.
    ("RunCommand", ECS_LEFT_OUT),
    ("InvokeCommand", ECS_LEFT_OUT),
];

const ECS_LEFT_OUT: &[&str] = &[
    "ContainerId",
    "ContainerName",
    "Launcher",
    "OssOutputDelivery",
    "ResourceGroupId",
    "ResourceTag",
    "Tag",
    "WindowsPasswordName",
];

struct CheckRequests;

impl Visitor for CheckRequests {
    fn visit<A: Registered>(&mut self) {
        let model = Model::of(A::NAME);
        let Shape::Structure { fields, .. } = A::shape() else {
            panic!("{} is not a structure", A::NAME);
        };
        check_parameters::<A>(model, &fields);
        let values = Awkward::default().value(&A::shape());
        let request = A::from_wire(values.clone()).unwrap().unwrap();
        let mut expected = BTreeMap::new();
        for (name, _) in &fields {
            let encoded = is_encoded(model, &fields, name);
            flatten(name, encoded, &values[name], &mut expected);
        }
        assert_eq!(
            decoded(parameters(&request), model, &fields),
            expected,
            "{}",
            A::NAME
        );
    }
}

fn check_parameters<A: Registered>(model: &Model, fields: &[(&str, Shape)]) {
    let carried: BTreeSet<&str> = fields.iter().map(|(name, _)| *name).collect();
    for (name, shape) in fields {
        let place = format!("{}.{name}", A::NAME);
        let modelled = model
            .request
            .get(*name)
            .unwrap_or_else(|| panic!("{place} is not modelled"));
        fits(
            shape,
            modelled,
            model.encodings.get(*name).map(String::as_str),
            &place,
        );
    }
    for name in &model.required {
        assert!(
            carried.contains(name.as_str()),
            "{} cannot carry {name}, which it needs",
            A::NAME
        );
    }
    let body: Vec<_> = model
        .body
        .iter()
        .filter(|name| carried.contains(name.as_str()))
        .collect();
    assert_eq!(A::BODY.iter().collect::<Vec<_>>(), body, "{}", A::NAME);
    if ActionInfo::of::<A>().effect == Effect::Write {
        let left_out = LEFT_OUT
            .iter()
            .find(|(action, _)| *action == A::NAME)
            .map_or(&[][..], |row| row.1);
        let expected = model.request.keys().map(String::as_str);
        let missing: Vec<_> = expected
            .filter(|name| !carried.contains(name))
            .filter(|name| !NOBODY_NEEDS.contains(name) && !left_out.contains(name))
            .collect();
        assert!(missing.is_empty(), "{} cannot carry {missing:?}", A::NAME);
    }
}

/// Whether a parameter of this shape travels as the vendor's type does.
fn fits(shape: &Shape, modelled: &Value, encoding: Option<&str>, place: &str) {
    let fit = match (shape, modelled, encoding) {
        (Shape::List(item), Value::Array(items), None) => return fits(item, &items[0], None, place),
        (Shape::Structure { fields, .. }, Value::Object(_), None) => {
            for (name, shape) in fields {
                fits(
                    shape,
                    field(modelled, name, place),
                    None,
                    &format!("{place}.{name}"),
                );
            }
            return;
        }
        (Shape::Json(_), _, Some("json")) | (Shape::CommaList, _, Some("comma")) => true,
        // This crate knows the form of some documented texts.
        (Shape::Text | Shape::Secret | Shape::Json(_) | Shape::CommaList, Value::String(word), None) => {
            word == "string"
        }
        // A number's digits are a text as well.
        (Shape::Integer, Value::String(word), None) => ["int32", "int64", "string"].contains(&word.as_str()),
        (Shape::Boolean, Value::String(word), None) => word == "boolean",
        _ => false,
    };
    assert!(
        fit,
        "{place}: {shape:?} does not travel like {modelled} {encoding:?}"
    );
}

/// Whether the top-level parameter holds JSON in one text.
fn is_encoded(model: &Model, fields: &[(&str, Shape)], name: &str) -> bool {
    let is_json = |(field, shape): &(&str, Shape)| *field == name && matches!(shape, Shape::Json(_));
    model
        .encodings
        .get(name)
        .is_some_and(|encoding| encoding == "json")
        || fields.iter().any(is_json)
}

/// The wire parameters that the vendor's rules give, each as JSON so that encoded ones compare by meaning.
fn flatten(name: &str, encoded: bool, value: &Value, flat: &mut BTreeMap<String, Value>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{name}.{}", index + 1), false, item, flat);
            }
        }
        Value::Object(fields) => {
            for (field, value) in fields {
                flatten(&format!("{name}.{field}"), false, value, flat);
            }
        }
        Value::String(text) if encoded => {
            flat.insert(name.to_owned(), serde_json::from_str(text).unwrap());
        }
        Value::String(text) => {
            flat.insert(name.to_owned(), Value::String(text.clone()));
        }
        scalar => {
            flat.insert(name.to_owned(), Value::String(scalar.to_string()));
        }
    }
}

fn decoded(
    sent: BTreeMap<String, String>,
    model: &Model,
    fields: &[(&str, Shape)],
) -> BTreeMap<String, Value> {
    let decode = |(name, text): (String, String)| {
        let value = if is_encoded(model, fields, &name) {
            serde_json::from_str(&text).unwrap()
        } else {
            Value::String(text)
        };
        (name, value)
    };
    sent.into_iter().map(decode).collect()
}

#[test]
fn requests_travel_as_the_vendors_models_say() {
    visit(&mut CheckRequests);
}

#[test]
fn secrets_of_requests_are_never_shown() {
    struct Secrets(usize);
    impl Visitor for Secrets {
        fn visit<A: Registered>(&mut self) {
            let mut values = Awkward::default().value(&A::shape());
            let Shape::Structure { fields, .. } = A::shape() else {
                return;
            };
            for (name, _) in fields.iter().filter(|(_, shape)| *shape == Shape::Secret) {
                values[name] = "s3cretvalue".into();
                self.0 += 1;
            }
            let request = A::from_wire(values).unwrap().unwrap();
            assert!(!format!("{request:?}").contains("s3cretvalue"), "{}", A::NAME);
        }
    }
    let mut secrets = Secrets(0);
    visit(&mut secrets);
    assert!(secrets.0 >= 2, "the scripts of RunCommand and the OIDC token");
}
