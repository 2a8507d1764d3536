//! Values as JSON and YAML, for programs. Hidden characters are written as escapes of the format: a
//! terminal shows them, and a parser reads the original.

use anyhow::{Context, Result};
use clap::ValueEnum;
use sas_api::text::is_hidden;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_saphyr::DoubleQuoted;

/// A format for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

/// A format of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listing {
    /// For people.
    Table,
    /// For people with a wide terminal.
    Wide,
    /// The objects as JSON.
    Json,
    /// The objects as YAML.
    Yaml,
}

/// A format of something that is written in sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// For people.
    Text,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Shape {
    /// The format for programs, if it is one.
    pub fn format(self) -> Option<Format> {
        match self {
            Shape::Text => None,
            Shape::Json => Some(Format::Json),
            Shape::Yaml => Some(Format::Yaml),
        }
    }
}

impl Listing {
    /// The format for programs, if it is one.
    pub fn format(self) -> Option<Format> {
        match self {
            Listing::Table | Listing::Wide => None,
            Listing::Json => Some(Format::Json),
            Listing::Yaml => Some(Format::Yaml),
        }
    }
}

pub(super) fn render(value: &impl Serialize, format: Format) -> Result<String> {
    let text = match format {
        Format::Json => serde_json::to_string_pretty(value).context("failed to write JSON")? + "\n",
        Format::Yaml => {
            let value = serde_json::to_value(value).context("failed to write YAML")?;
            serde_saphyr::to_string(&Yaml(&value)).context("failed to write YAML")?
        }
    };
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match format {
            // The line breaks of a document are its own; those of a text are escaped or laid out already.
            _ if c == '\n' || !is_hidden(c) => escaped.push(c),
            Format::Json => {
                let mut units = [0; 2];
                escaped.extend(
                    c.encode_utf16(&mut units)
                        .iter()
                        .map(|unit| format!("\\u{unit:04x}")),
                );
            }
            Format::Yaml => escaped.extend([format!("\\U{:08x}", u32::from(c))]),
        }
    }
    Ok(escaped)
}

/// A value whose texts stand in double quotes where something is hidden: only there YAML has escapes.
struct Yaml<'a>(&'a Value);

impl Serialize for Yaml<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hides = |text: &str| text.chars().any(|c| is_hidden(c) && c != '\n');
        match self.0 {
            Value::String(text) if hides(text) => DoubleQuoted(text).serialize(serializer),
            Value::Array(items) => serializer.collect_seq(items.iter().map(Yaml)),
            Value::Object(fields) => {
                serializer.collect_map(fields.iter().map(|(key, value)| (key, Yaml(value))))
            }
            plain => plain.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hostile() -> Value {
        json!({
            "status": {"summary": "a\u{1b}[2J\u{202e}b\u{200b}\u{e0041}\u{9b}", "lines": "one\ntwo\n", "n": 3},
            "list": ["服务器", "yes", "\u{feff}x\ny", "1.0", null, {"a": "'\"\\u202e"}],
        })
    }

    #[test]
    fn documents_hide_nothing_and_read_back_as_they_were() {
        for format in [Format::Json, Format::Yaml] {
            let text = render(&hostile(), format).unwrap();
            let shows = |c: char| c == '\n' || !is_hidden(c);
            assert!(text.chars().all(shows), "{format:?}: {text:?}");
            let read: Value = match format {
                Format::Json => serde_json::from_str(&text).unwrap(),
                Format::Yaml => serde_saphyr::from_str(&text).unwrap(),
            };
            assert_eq!(read, hostile(), "{text}");
        }
    }
}
