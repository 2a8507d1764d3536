//! Finishes a derived CRD: what kube and schemars cannot express, or express in a way that the API
//! server warns about, is put right on the JSON.

use anyhow::{Context, Result};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde_json::{Map, Value, json};

/// The definition as it is written to `crds/`.
pub fn finish(definition: &CustomResourceDefinition) -> Result<Value> {
    let mut crd = serde_json::to_value(definition).context("failed to write a CRD as JSON")?;
    let versions = crd["spec"]["versions"]
        .as_array_mut()
        .context("failed to find the versions of a CRD")?;
    for version in versions {
        let schema = &mut version["schema"]["openAPIV3Schema"];
        visit(schema, &finish_schema);
        if let Some(status) = schema["properties"].get_mut("status") {
            // Without it kstatus, Helm and Argo CD call an object ready that nobody has looked at yet.
            status["default"] = json!({"observedGeneration": -1});
        }
    }
    Ok(crd)
}

/// Calls `change` on a schema and on every schema below it.
fn visit(schema: &mut Value, change: &impl Fn(&mut Map<String, Value>)) {
    let Value::Object(fields) = schema else { return };
    change(fields);
    if let Some(Value::Object(properties)) = fields.get_mut("properties") {
        for property in properties.values_mut() {
            visit(property, change);
        }
    }
    for key in ["items", "additionalProperties", "not"] {
        if let Some(below) = fields.get_mut(key) {
            visit(below, change);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        if let Some(Value::Array(alternatives)) = fields.get_mut(key) {
            for alternative in alternatives {
                visit(alternative, change);
            }
        }
    }
}

fn finish_schema(schema: &mut Map<String, Value>) {
    // Null and absent would be two ways to say the same, and merge patches cannot set null.
    schema.remove("nullable");
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    signed_format(schema);
    integer_bounds(schema);
    condition_bounds(schema);
}

/// The API server knows int32 and int64 only and warns about the rest.
fn signed_format(schema: &mut Map<String, Value>) {
    let Some(format) = schema.get("format").and_then(Value::as_str) else {
        return;
    };
    let (signed, unsigned) = match format {
        "int8" | "int16" => ("int32", false),
        "uint8" | "uint16" => ("int32", true),
        "uint32" | "uint64" | "uint" => ("int64", true),
        "int" => ("int64", false),
        _ => return,
    };
    schema.insert("format".into(), signed.into());
    if unsigned {
        schema.entry("minimum").or_insert(json!(0));
    }
}

/// Bounds are floats in the typed CRD; `100.0` reads badly and differs from what the server returns.
fn integer_bounds(schema: &mut Map<String, Value>) {
    for key in ["minimum", "maximum", "multipleOf"] {
        let Some(bound) = schema.get(key).and_then(Value::as_f64) else {
            continue;
        };
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a whole number well inside the range of i64"
        )]
        if bound.fract() == 0.0 && bound.abs() < 9e15 {
            schema.insert(key.into(), json!(bound as i64));
        }
    }
}

/// The bounds that metav1.Condition carries in Go as markers and that its Rust type lacks.
fn condition_bounds(schema: &mut Map<String, Value>) {
    let is_conditions = schema.get("x-kubernetes-list-map-keys") == Some(&json!(["type"]))
        && schema
            .get("items")
            .is_some_and(|items| items["properties"].get("lastTransitionTime").is_some());
    if !is_conditions {
        return;
    }
    schema.entry("maxItems").or_insert(json!(32));
    let fields = &mut schema["items"]["properties"];
    let name = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$";
    let reason = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$";
    for (field, bounds) in [
        ("type", json!({"maxLength": 316, "pattern": name})),
        ("status", json!({"enum": ["True", "False", "Unknown"]})),
        (
            "reason",
            json!({"minLength": 1, "maxLength": 1024, "pattern": reason}),
        ),
        ("message", json!({"maxLength": 32768})),
        ("observedGeneration", json!({"minimum": 0})),
    ] {
        if let (Value::Object(field), Value::Object(bounds)) = (&mut fields[field], bounds) {
            field.extend(bounds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(mut schema: Value) -> Value {
        visit(&mut schema, &finish_schema);
        schema
    }

    #[test]
    fn null_is_not_a_value() {
        let schema = json!({"properties": {"a": {"items": {"nullable": true, "enum": ["x", null]}}}});
        assert_eq!(
            finished(schema),
            json!({"properties": {"a": {"items": {"enum": ["x"]}}}})
        );
    }

    #[test]
    fn integers_are_signed_and_bounds_whole() {
        let schema = json!({"format": "uint32", "type": "integer", "maximum": 100.0});
        assert_eq!(
            finished(schema),
            json!({"format": "int64", "type": "integer", "minimum": 0, "maximum": 100})
        );
        let fraction = json!({"type": "number", "format": "double", "maximum": 0.5});
        assert_eq!(finished(fraction.clone()), fraction);
    }

    #[test]
    fn every_definition_is_finished() {
        for definition in sas_api::crds() {
            let crd = finish(&definition).unwrap();
            let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
            let status = &schema["properties"]["status"];
            assert_eq!(status["default"], json!({"observedGeneration": -1}));
            let condition = &status["properties"]["conditions"]["items"]["properties"];
            assert_eq!(condition["status"]["enum"], json!(["True", "False", "Unknown"]));
            let text = crd.to_string();
            for unwanted in ["nullable", "\"uint", "Auto-generated"] {
                assert!(
                    !text.contains(unwanted),
                    "{unwanted} in {}",
                    definition.spec.names.kind
                );
            }
        }
    }
}
