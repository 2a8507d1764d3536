//! The page's frame: its head with the only style there is, the headers that forbid it everything
//! else, and how times and long texts are written.

use axum::http::{HeaderName, header};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// No script, nothing loaded, no frame around it, forms only to here.
pub const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    // Not stricter: without a referrer browsers send forms with the origin `null`.
    (header::REFERRER_POLICY, "same-origin"),
];

const STYLE: &str = "
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #3b424d); --soft: light-dark(#f4f6f9, #23282f);
  --good: light-dark(#116329, #57c27a); --bad: light-dark(#b3261e, #ff8a80); --link: light-dark(#0b57d0, #8ab4f8) }
body { font: 14px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 0 1.5rem 3rem; max-width: 78rem }
header { border-bottom: 1px solid var(--line); padding: .9rem 0 .7rem; margin-bottom: 1rem }
h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
h3 { font-size: 1.05rem; margin: 0 0 .7rem } h4 { font-size: .95rem; margin: 1.1rem 0 .3rem }
nav a { margin-right: 1rem } a { color: var(--link) }
.centre { border: 1px solid var(--line); border-radius: 8px; padding: 1rem; margin: .8rem 0 }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: baseline }
th { font-weight: 600; background: var(--soft); white-space: nowrap }
code, .id { font: 12px ui-monospace, monospace; overflow-wrap: anywhere }
form { display: inline-flex; flex-wrap: wrap; gap: .35rem .7rem; align-items: end; margin: 0 }
form.wide { display: flex; background: var(--soft); border-radius: 8px; padding: .7rem; margin: .5rem 0 }
label { display: inline-flex; flex-direction: column; font-size: 12px; gap: .1rem }
input, select, button { font: inherit; padding: 0 .45rem; height: 1.8rem; box-sizing: border-box; max-width: 15rem }
input[type=number] { width: 6.5rem } button { cursor: pointer }
.good { color: var(--good) } .bad { color: var(--bad) } .dim { opacity: .7 }
.problem { border: 1px solid var(--bad); border-radius: 8px; padding: .6rem .9rem }
";

/// The whole document around a body.
pub fn page(body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "sas-sim" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "sas-sim, a simulated Security Center" }
                    nav {
                        a href="/" { "Refresh" }
                        a href="#clock" { "Clock" }
                        a href="#faults" { "Faults" }
                        a href="#requests" { "Requests" }
                        a href="#accounts" { "Accounts" }
                        a href="/_sim/world" { "World as JSON" }
                    }
                }
                main { (body) }
            }
        }
    }
}

/// A time for people, in UTC to the second.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A time that may be missing.
pub fn time_or_never(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), time)
}

/// The document with every character spelled out (`\u{202e}`) that shows nothing itself but changes what
/// is seen around it: controls, marks of the writing direction, and what has no width.
pub fn without_controls(document: &str) -> String {
    let is_hidden = |character: char| {
        character.is_control() && !matches!(character, '\n' | '\t')
            || matches!(
                character,
                '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
            )
    };
    let mut shown = String::with_capacity(document.len());
    for character in document.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// The beginning of a text that may be very long.
pub fn short(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A table, or a line that says there is nothing to show.
pub fn table(columns: &[&str], rows: &[Markup]) -> Markup {
    html! {
        @if rows.is_empty() {
            p.dim { "None." }
        } @else {
            div.scroll { table {
                thead { tr { @for column in columns { th { (column) } } } }
                tbody { @for row in rows { tr { (row) } } }
            } }
        }
    }
}
