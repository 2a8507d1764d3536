//! The policy objects that this version was built with, from the files in `config/policy`. They differ
//! between presets and installations in the values of a few variables only, which are left out of the
//! comparison.

use std::sync::LazyLock;

use serde_json::Value;

/// Variables whose values an installation chooses.
const CHOSEN: [&str; 10] = [
    "preset",
    "fourEyes",
    "wildcardRightsCount",
    "impersonatedMayDecide",
    "operator",
    "gitops",
    "approverServiceAccounts",
    "breakGlassUsers",
    "administrators",
    "administratorGroups",
];

/// What an object is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Keeps decisions to approvers and statuses to the operator: without it nothing is guarded.
    Guard,
    /// Keeps the right to approve from being given away; belongs to the preset Strict.
    Grants,
    /// Writes the names of requester, approver and revoker; from Kubernetes 1.36 on.
    Stamps,
}

/// An object of `config/policy`.
pub struct Expected {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is there for.
    pub part: Part,
    /// Its spec, in comparable form.
    pub spec: Value,
}

static ALL: LazyLock<Vec<Expected>> = LazyLock::new(|| {
    let files = FILES.into_iter();
    files
        .flat_map(|(text, part)| {
            parse(text)
                .into_iter()
                .map(move |document| expected(&document, part))
        })
        .collect()
});

/// Files of the policies.
const FILES: [(&str, Part); 5] = [
    (
        include_str!("../../../../config/policy/standard/approval.yaml"),
        Part::Guard,
    ),
    (
        include_str!("../../../../config/policy/standard/status.yaml"),
        Part::Guard,
    ),
    (
        include_str!("../../../../config/policy/standard/standing.yaml"),
        Part::Guard,
    ),
    (
        include_str!("../../../../config/policy/strict/grants.yaml"),
        Part::Grants,
    ),
    (
        include_str!("../../../../config/policy/stamps/stamps.yaml"),
        Part::Stamps,
    ),
];

fn parse(text: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(text).expect("the generated policies are YAML")
}

/// The objects as they are applied, in the order of [`all`].
pub fn documents() -> Vec<Value> {
    FILES.into_iter().flat_map(|(text, _)| parse(text)).collect()
}

/// All objects, in the order of the files.
pub fn all() -> &'static [Expected] {
    &ALL
}

fn expected(document: &Value, part: Part) -> Expected {
    let leak = |value: &Value| -> &'static str {
        let text = value.as_str().expect("every policy object has a kind and a name");
        String::leak(text.to_owned())
    };
    Expected {
        kind: leak(&document["kind"]),
        name: leak(&document["metadata"]["name"]),
        part,
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

/// A variable whose value an installation chooses and has not written out: an expression in its place could
/// let anybody in.
pub fn not_written_out(spec: &Value) -> Option<&'static str> {
    let is_written_out = |literal: &str| {
        text(literal).is_some() || list(literal).is_some() || literal.trim().parse::<bool>().is_ok()
    };
    CHOSEN
        .into_iter()
        .find(|name| variable(spec, name).is_some_and(|literal| !is_written_out(literal)))
}

/// The text of a CEL literal `'text'`.
pub fn text(literal: &str) -> Option<&str> {
    let inner = literal.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.contains(['\'', '\\'])).then_some(inner)
}

/// The texts of a CEL literal `['a', 'b']`.
pub fn list(literal: &str) -> Option<Vec<String>> {
    let inner = literal.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    if inner.is_empty() {
        return Some(Vec::new());
    }
    inner
        .split(',')
        .map(|item| text(item).map(str::to_owned))
        .collect()
}

/// The expression of a variable, such as `'Off'`.
pub fn variable<'a>(spec: &'a Value, name: &str) -> Option<&'a str> {
    let variables = spec["variables"].as_array()?;
    variables.iter().find(|variable| variable["name"] == name)?["expression"].as_str()
}
