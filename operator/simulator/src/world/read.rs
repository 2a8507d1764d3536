//! Reads a world from what a person wrote. A refusal names the place in the text, the field and what
//! is allowed there, and repeats no line of the text: a world has keys in it. What a world names has to be
//! there.

use std::fmt::Display;

use serde::Deserialize;
use serde_path_to_error::{Path, Track};

use super::{World, check};

/// Why a world was refused.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// Neither JSON nor YAML of the documented form, or it names what is not there.
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
        let world = Self::parse_form(text)?;
        world.check(None)?;
        Ok(world)
    }

    /// The same for a world that takes the place of another: what the other had may still be named.
    pub fn parse_instead_of(before: &Self, text: &str) -> Result<Self, WorldError> {
        let world = Self::parse_form(text)?;
        world.check(Some(before))?;
        Ok(world)
    }

    /// Reads a world that takes the place of another from its JSON value.
    pub fn from_value_instead_of(before: &Self, value: serde_json::Value) -> Result<Self, WorldError> {
        let world: Self = serde_path_to_error::deserialize(value)
            .map_err(|error| WorldError::at(error.path(), error.inner()))?;
        world.check(Some(before))?;
        Ok(world)
    }

    /// Refuses what names something that nothing knows, unless the world before did so already.
    fn check(&self, before: Option<&Self>) -> Result<(), WorldError> {
        let earlier = before.map_or_else(Vec::new, |before| check::unknown(before, None));
        let is_new = |unknown: &check::Unknown| !earlier.iter().any(|earlier| earlier.is_same(unknown));
        let mut unknown = check::unknown(self, before).into_iter();
        match unknown.find(is_new) {
            None => Ok(()),
            Some(check::Unknown { field, problem, .. }) => Err(WorldError::Format { field, problem }),
        }
    }

    fn parse_form(text: &str) -> Result<Self, WorldError> {
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
