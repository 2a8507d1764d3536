//! Names of servers in a sentence: the first few, each printable and brief, and how many more there are.

use std::sync::Arc;

use super::server::{Server, printable};

/// Names that a sentence holds.
const NAMED: usize = 5;
/// Characters of a name in a sentence that names several.
const BRIEF_CHARS: usize = 60;

/// Names of servers, the first few of them.
pub fn names<'a>(servers: impl IntoIterator<Item = &'a Arc<Server>>) -> String {
    named(servers.into_iter().map(|server| server.label()))
}

/// The first few of these texts.
pub fn named<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<_> = texts.collect();
    let shown = all
        .iter()
        .take(NAMED)
        .map(|text| brief(text))
        .collect::<Vec<_>>()
        .join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The beginning of a name or id, printable: a sentence that names several has a bound in the status.
fn brief(text: &str) -> String {
    let mut shown = printable(text, BRIEF_CHARS + 1);
    if let Some((cut, _)) = shown.char_indices().nth(BRIEF_CHARS) {
        shown.truncate(cut);
        shown.push('…');
    }
    shown
}
