//! Makes visible what does not show by itself. The one place where text from elsewhere is made safe.

use std::borrow::Cow;

use sas_api::text::is_hidden;

/// The text with every hidden character as an escape: `\n`, `\t`, `\u{202e}`.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\r' => escaped.extend(c.escape_default()),
            c if is_hidden(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_steers_the_terminal() {
        let hostile = "a\u{1b}[31mred\u{9b}2J\u{202e}ecruos\u{200b}\r\nRISK R0\t\u{7}";
        assert_eq!(
            escape(hostile),
            r"a\u{1b}[31mred\u{9b}2J\u{202e}ecruos\u{200b}\r\nRISK R0\t\u{7}"
        );
    }

    #[test]
    fn writing_stays_as_it_is() {
        for text in ["web-1", "服务器 Ä ß", "מחשב", r"C:\new"] {
            assert_eq!(escape(text), text);
        }
    }
}
