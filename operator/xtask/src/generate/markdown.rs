//! Texts as they stand in Markdown tables.

use serde_json::Value;

/// A value as code.
pub fn code(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!("`{}`", cell(&text))
}

/// A text in a cell of a table.
pub fn cell(text: &str) -> String {
    one_line(text).replace('|', "\\|")
}

/// A text without line breaks.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
