//! The bounds of a kind, read from its CRD as the API server has it, and for each bound an object that
//! keeps it and one that breaks it. A field that somebody adds later is covered without a new test.

use serde_json::{Map, Value, json};

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    FirstItem,
}

/// One bound of one field.
#[derive(Clone, Debug)]
pub struct Bound {
    steps: Vec<Step>,
    /// The rule's name in the schema, such as `maxLength`.
    pub rule: &'static str,
    /// A value that keeps it, if one can be written down.
    pub kept: Option<Value>,
    /// A value that breaks it.
    pub broken: Value,
    /// What the API server says of a broken one.
    pub complaint: &'static str,
}

impl Bound {
    /// The field as the API server names it, such as `spec.targets.uuids[0]`.
    pub fn field(&self) -> String {
        show(&self.steps)
    }

    /// `base` with a value at the field; what is missing on the way is filled in.
    pub fn place(&self, schema: &Value, base: &Value, value: &Value) -> Value {
        let mut object = base.clone();
        put(schema, &mut object, &self.steps, value);
        object
    }
}

fn show(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Field(name) if text.is_empty() => text.push_str(name),
            Step::Field(name) => text.extend([".", name]),
            Step::FirstItem => text.push_str("[0]"),
        }
    }
    text
}

/// What is found in a part of a schema.
#[derive(Debug, Default)]
pub struct Bounds {
    /// Every bound.
    pub bounds: Vec<Bound>,
    /// Fields without the bounds that every field must have.
    pub unbounded: Vec<String>,
}

/// All bounds below `part` (`spec` or `status`) of a kind's schema.
pub fn bounds(schema: &Value, part: &str) -> Bounds {
    let mut found = Bounds::default();
    let steps = vec![Step::Field(part.to_owned())];
    walk(&schema["properties"][part], &steps, &mut found);
    found
}

fn walk(schema: &Value, steps: &[Step], found: &mut Bounds) {
    for (rule, kept, broken, complaint) in of_node(schema) {
        found.bounds.push(Bound {
            steps: steps.to_vec(),
            rule,
            kept,
            broken,
            complaint,
        });
    }
    if !is_bounded(schema) {
        found.unbounded.push(show(steps));
    }
    for (name, child) in schema["properties"].as_object().into_iter().flatten() {
        walk(child, &[steps, &[Step::Field(name.clone())]].concat(), found);
    }
    if schema["items"].is_object() {
        walk(&schema["items"], &[steps, &[Step::FirstItem]].concat(), found);
    }
}

fn is_bounded(schema: &Value) -> bool {
    let has = |name: &str| !schema[name].is_null();
    match schema["type"].as_str() {
        Some("string") => has("maxLength") || has("enum") || schema["format"] == "date-time",
        Some("integer" | "number") => has("minimum") && (has("maximum") || has("format")),
        Some("array") => has("maxItems"),
        Some("object") => {
            // Without any of these it holds nothing: the API server drops what is put into it.
            let further = has("additionalProperties") && schema["additionalProperties"] != false;
            let open = further || has("x-kubernetes-preserve-unknown-fields");
            has("properties") || has("maxProperties") || !open
        }
        _ => true,
    }
}

type Rule = (&'static str, Option<Value>, Value, &'static str);

/// The bounds of one field.
fn of_node(schema: &Value) -> Vec<Rule> {
    let mut rules = Vec::new();
    let whole = |name: &str| whole_number(&schema[name]);
    let count = |name: &str| schema[name].as_u64().and_then(|n| usize::try_from(n).ok());
    if let Some(least) = whole("minimum") {
        let complaint = "should be greater than or equal to";
        rules.push(("minimum", Some(json!(least)), json!(least - 1), complaint));
    }
    if let Some(most) = whole("maximum") {
        let complaint = "should be less than or equal to";
        rules.push(("maximum", Some(json!(most)), json!(most + 1), complaint));
    }
    if let Some(most) = count("maxLength") {
        let text = |length| json!("a".repeat(length));
        rules.push((
            "maxLength",
            Some(text(most)),
            text(most + 1),
            "may not be more than",
        ));
    }
    if let Some(least) = count("minLength").filter(|least| *least > 0) {
        let text = |length| json!("a".repeat(length));
        let complaint = "should be at least";
        rules.push(("minLength", Some(text(least)), text(least - 1), complaint));
    }
    if let Some(most) = count("maxItems") {
        let list = |length| (0..length).map(|n| item(schema, n)).collect();
        let complaint = "must have at most";
        rules.push(("maxItems", Some(list(most)), list(most + 1), complaint));
    }
    if let Some(choices) = schema["enum"].as_array() {
        let complaint = "supported values";
        rules.push((
            "enum",
            choices.first().cloned(),
            json!("no-such-value"),
            complaint,
        ));
    }
    if schema["pattern"].is_string() {
        let length = count("minLength").unwrap_or(1).max(1);
        rules.push(("pattern", None, json!("!".repeat(length)), "should match"));
    }
    rules
}

/// Typed clients write bounds as floats.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the values are whole numbers up to 2^53"
)]
fn whole_number(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
}

/// Item `number` of a list, different from the others where the list's type asks for that.
fn item(list: &Value, number: usize) -> Value {
    let schema = &list["items"];
    let mut item = minimal(schema);
    if let Some(keys) = list["x-kubernetes-list-map-keys"].as_array() {
        for key in keys.iter().filter_map(Value::as_str) {
            item[key] = distinct(&schema["properties"][key], number);
        }
        return item;
    }
    match list["x-kubernetes-list-type"].as_str() {
        Some("set") => distinct(schema, number),
        _ => item,
    }
}

fn distinct(schema: &Value, number: usize) -> Value {
    match (schema["type"].as_str(), schema["enum"].as_array()) {
        (_, Some(choices)) => choices[number % choices.len()].clone(),
        (Some("integer"), _) => json!(number),
        _ => json!(format!("a{number}")),
    }
}

/// The smallest value that fits a schema.
fn minimal(schema: &Value) -> Value {
    if let Some(choices) = schema["enum"].as_array() {
        return choices.first().cloned().unwrap_or_default();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let required = schema["required"].as_array().into_iter().flatten();
            let fields = required.filter_map(Value::as_str);
            let filled: Map<String, Value> = fields
                .map(|name| (name.to_owned(), minimal(&schema["properties"][name])))
                .collect();
            Value::Object(filled)
        }
        Some("array") => json!([]),
        Some("integer" | "number") => json!(whole_number(&schema["minimum"]).unwrap_or(0)),
        Some("boolean") => json!(false),
        _ => minimal_text(schema),
    }
}

fn minimal_text(schema: &Value) -> Value {
    if schema["format"] == "date-time" {
        return json!("2026-01-01T00:00:00Z");
    }
    if schema["pattern"]
        .as_str()
        .is_some_and(|pattern| pattern.starts_with("^sha256:"))
    {
        return json!(format!("sha256:{}", "0".repeat(64)));
    }
    let length = schema["minLength"].as_u64().unwrap_or(1).max(1);
    json!("a".repeat(usize::try_from(length).unwrap_or(1)))
}

fn put(schema: &Value, target: &mut Value, steps: &[Step], value: &Value) {
    let Some((step, rest)) = steps.split_first() else {
        *target = value.clone();
        return;
    };
    match step {
        Step::Field(name) => {
            let child = &schema["properties"][name];
            if target[name].is_null() {
                target[name] = minimal(child);
            }
            put(child, &mut target[name], rest, value);
        }
        Step::FirstItem => {
            let child = &schema["items"];
            if target.as_array().is_none_or(Vec::is_empty) {
                *target = json!([minimal(child)]);
            }
            put(child, &mut target[0], rest, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Value {
        json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "list": {"type": "array", "maxItems": 2, "items": {"type": "object", "required": ["id"],
                "properties": {"id": {"type": "string", "maxLength": 3}, "free": {"type": "string"}}}},
            "number": {"type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991.0},
        }}}})
    }

    #[test]
    fn every_bound_is_found_with_its_place() {
        let found = bounds(&schema(), "spec");
        assert_eq!(found.unbounded, ["spec.list[0].free"]);
        let named: Vec<_> = found
            .bounds
            .iter()
            .map(|b| format!("{} {}", b.field(), b.rule))
            .collect();
        let wanted = [
            "spec.list maxItems",
            "spec.list[0].id maxLength",
            "spec.number minimum",
            "spec.number maximum",
        ];
        assert_eq!(named, wanted);
    }

    #[test]
    fn a_value_is_placed_with_what_it_needs_around_it() {
        let found = bounds(&schema(), "spec");
        let placed = found.bounds[1].place(&schema(), &json!({"kind": "K"}), &json!("long"));
        assert_eq!(placed, json!({"kind": "K", "spec": {"list": [{"id": "long"}]}}));
        assert_eq!(
            found.bounds[0].broken,
            json!([{"id": "a"}, {"id": "a"}, {"id": "a"}])
        );
        assert_eq!(found.bounds[3].broken, json!(9_007_199_254_740_992_i64));
    }
}
