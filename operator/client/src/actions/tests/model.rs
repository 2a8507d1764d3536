//! The vendor's models of the actions, from the test data: names, positions, encodings and types.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

/// The vendor's model of an action. A type is a word, a list of one type, or an object of types.
#[derive(Deserialize)]
pub struct Model {
    pub product: String,
    pub version: String,
    pub method: String,
    pub access: String,
    pub ram: String,
    pub request: BTreeMap<String, Value>,
    #[serde(default)]
    pub body: Vec<String>,
    /// `json` or `comma`, where a list or structure travels as one text.
    #[serde(default)]
    pub encodings: BTreeMap<String, String>,
    #[serde(default)]
    pub required: Vec<String>,
    pub response: BTreeMap<String, Value>,
}

impl Model {
    /// The model of the action with this name.
    pub fn of(action: &str) -> &'static Self {
        models()
            .get(action)
            .unwrap_or_else(|| panic!("the test data has no model of {action}"))
    }
}

/// All models, by name of the action.
pub fn models() -> &'static BTreeMap<String, Model> {
    static MODELS: LazyLock<BTreeMap<String, Model>> =
        LazyLock::new(|| serde_json::from_str(include_str!("../../../testdata/actions.json")).unwrap());
    &MODELS
}

/// The type of a field in a structure of types.
pub fn field<'a>(structure: &'a Value, name: &str, place: &str) -> &'a Value {
    structure
        .get(name)
        .unwrap_or_else(|| panic!("{place} has no {name} in the vendor's model"))
}
