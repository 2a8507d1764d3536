//! Reads a world from what a person wrote. A refusal names the place in the text, the field and what
//! is allowed there, and repeats no line of the text: a world has keys in it.

use std::fmt::Display;

use serde::Deserialize;
use serde_path_to_error::{Path, Track};

use super::World;

/// Why a world was refused.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Neither JSON nor YAML of the documented form.
    #[error("failed to read the world: {field}: {problem}; docs/simulator-world.md lists every field")]
    Format {
        /// From the top, joined by dots; `.` is the world itself.
        field: String,
        /// What the parser said, with line and column where there are any.
        problem: String,
    },
}

impl World {
    /// Reads a world from JSON or YAML.
    pub fn parse(text: &str) -> Result<Self, WorldError> {
        if text.trim_start().starts_with('{') {
            let mut json = serde_json::Deserializer::from_str(text);
            let mut track = Track::new();
            return Self::deserialize(serde_path_to_error::Deserializer::new(&mut json, &mut track))
                .and_then(|world| json.end().map(|()| world))
                .map_err(|error| WorldError::at(&track.path(), &error));
        }
        let options = serde_saphyr::options! { with_snippet: false };
        let mut track = Track::new();
        serde_saphyr::with_deserializer_from_str_with_options(text, options, |yaml| {
            Self::deserialize(serde_path_to_error::Deserializer::new(yaml, &mut track))
        })
        .map_err(|error| WorldError::at(&track.path(), &error))
    }

    /// Reads a world from its JSON value.
    pub fn from_value(value: serde_json::Value) -> Result<Self, WorldError> {
        serde_path_to_error::deserialize(value).map_err(|error| WorldError::at(error.path(), error.inner()))
    }
}

impl WorldError {
    fn at(path: &Path, problem: &dyn Display) -> Self {
        Self::Format {
            field: path.to_string(),
            problem: problem.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_where_what_and_what_is_allowed() {
        let asset = "dataCentres:\n      cn-shanghai:\n        assets:\n          a: {clientStatus: onlin}";
        let misspelt = format!("accounts:\n  '1':\n    {asset}\n");
        let place = "accounts.1.dataCentres.cn-shanghai.assets.a.clientStatus";
        for (text, said) in [
            (
                misspelt.as_str(),
                &[place, "`onlin`", "online, offline", "line 6"][..],
            ),
            (
                "accounts:\n  '1': {dataCentre: {}}",
                &["accounts.1", "`dataCentre`", "dataCentres", "line 2"],
            ),
            ("accounts:\n  '1': [", &["line 2"]),
            (
                r#"{"accounts": {"1": {"keys": {"k": {"active": 3}}}}}"#,
                &["accounts.1.keys.k.active", "a boolean", "line 1 column"],
            ),
            (r#"{"accounts": {}} {"#, &["trailing characters", "line 1"]),
            ("- a list", &["line 1"]),
        ] {
            let error = World::parse(text).unwrap_err().to_string();
            let missing: Vec<_> = said.iter().filter(|part| !error.contains(**part)).collect();
            assert!(missing.is_empty(), "{error}\nlacks {missing:?}");
        }
    }

    #[test]
    fn a_refusal_repeats_no_secret_of_the_text() {
        let yaml =
            "accounts:\n  '1':\n    keys:\n      k: {accessKeySecret: hidden}\n      l: {activ: true}\n";
        let error = World::parse(yaml).unwrap_err().to_string();
        assert!(error.contains("activ") && !error.contains("hidden"), "{error}");
    }
}
