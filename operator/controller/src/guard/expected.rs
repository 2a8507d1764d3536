//! The policy objects that this version was built with, from the files in `config/policy`. They differ
//! between presets and installations in the values of a few variables only, which are left out of the
//! comparison.

use std::sync::LazyLock;

use serde_json::Value;

/// Variables whose values an installation chooses.
const CHOSEN: [&str; 8] = [
    "preset",
    "fourEyes",
    "wildcardRightsCount",
    "impersonatedMayDecide",
    "operator",
    "gitops",
    "approverServiceAccounts",
    "breakGlassUsers",
];

/// An object that has to be there.
pub struct Expected {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Without it nothing is guarded; the others write names.
    pub guards: bool,
    /// Its spec, in comparable form.
    pub spec: Value,
}

static ALL: LazyLock<Vec<Expected>> = LazyLock::new(|| {
    let files = FILES.into_iter();
    files
        .flat_map(|(text, guards)| {
            parse(text)
                .into_iter()
                .map(move |document| expected(&document, guards))
        })
        .collect()
});

/// Files of the policies, and whether they guard.
const FILES: [(&str, bool); 3] = [
    (
        include_str!("../../../../config/policy/standard/approval.yaml"),
        true,
    ),
    (
        include_str!("../../../../config/policy/standard/status.yaml"),
        true,
    ),
    (
        include_str!("../../../../config/policy/stamps/stamps.yaml"),
        false,
    ),
];

fn parse(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).expect("the generated policies are YAML")
}

/// The objects as they are applied, in the order of [`all`].
#[cfg(test)]
pub fn documents() -> Vec<Value> {
    FILES.into_iter().flat_map(|(text, _)| parse(text)).collect()
}

/// All objects, in the order of the files.
pub fn all() -> &'static [Expected] {
    &ALL
}

fn expected(document: &Value, guards: bool) -> Expected {
    let leak = |value: &Value| -> &'static str {
        let text = value.as_str().expect("every policy object has a kind and a name");
        String::leak(text.to_owned())
    };
    Expected {
        kind: leak(&document["kind"]),
        name: leak(&document["metadata"]["name"]),
        guards,
        spec: comparable(document["spec"].clone()),
    }
}

/// A spec without what the API server adds by itself and without the values that installations choose.
pub fn comparable(mut spec: Value) -> Value {
    if let Some(constraints) = spec["matchConstraints"].as_object_mut() {
        for selector in ["namespaceSelector", "objectSelector"] {
            if constraints
                .get(selector)
                .is_some_and(|s| s.as_object().is_some_and(serde_json::Map::is_empty))
            {
                constraints.remove(selector);
            }
        }
        for rule in constraints
            .get_mut("resourceRules")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if let Some(rule) = rule.as_object_mut()
                && rule.get("scope").is_some_and(|scope| scope == "*")
            {
                rule.remove("scope");
            }
        }
    }
    for variable in spec["variables"].as_array_mut().into_iter().flatten() {
        if CHOSEN.iter().any(|name| variable["name"] == *name) {
            variable["expression"] = Value::Null;
        }
    }
    spec
}

/// The expression of a variable, such as `'Off'`.
pub fn variable<'a>(spec: &'a Value, name: &str) -> Option<&'a str> {
    let variables = spec["variables"].as_array()?;
    variables.iter().find(|variable| variable["name"] == name)?["expression"].as_str()
}
