//! Which characters a text from somebody else may not bring along where people read it, and how such a
//! text is made safe to show. The one place for both.

use std::borrow::Cow;

/// Whether a character does not show by itself: it moves the cursor, turns or hides other text, or takes
/// no room. Such characters can make a text look like another one.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

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

/// The text as a status shows it: escaped, and at most `bytes` long. `…` stands for what was cut off.
pub fn shown(text: &str, bytes: usize) -> String {
    const CUT: char = '…';
    // An escape is never shorter than what it stands for, so no more than this can be needed.
    let needed = text.char_indices().find(|(at, _)| *at > bytes);
    let escaped = escape(needed.map_or(text, |(at, _)| &text[..at]));
    if escaped.len() <= bytes {
        return escaped.into_owned();
    }
    let room = bytes.saturating_sub(CUT.len_utf8());
    let mut end = room;
    while !escaped.is_char_boundary(end) {
        end -= 1;
    }
    let mut cut = escaped[..end].to_owned();
    cut.push(CUT);
    cut
}

#[cfg(test)]
mod tests {
    use super::{escape, is_hidden, shown};

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

    #[test]
    fn long_texts_are_cut_visibly_and_within_their_bytes() {
        let table = [
            ("abc", 3, "abc"),
            ("abcdefg", 6, "abc…"),
            ("服务器", 9, "服务器"),
            ("服务器!", 9, "服务…"),
            ("\u{1b}\u{1b}\u{1b}", 12, r"\u{1b}\u{…"),
        ];
        for (text, bytes, expected) in table {
            assert_eq!(shown(text, bytes), expected, "{text:?}");
            assert!(expected.len() <= bytes);
        }
        assert!(shown(&"\u{e0041}".repeat(1_000_000), 100).len() <= 100);
    }

    #[test]
    fn what_turns_or_hides_text_is_hidden_and_writing_is_not() {
        for c in [
            '\u{1b}',
            '\u{7f}',
            '\u{9b}',
            '\n',
            '\u{202e}',
            '\u{2066}',
            '\u{200d}',
            '\u{e0041}',
        ] {
            assert!(is_hidden(c), "{c:?}");
        }
        for c in "aÄ 服务器 ключ שלום 𝒳".chars() {
            assert!(!is_hidden(c), "{c:?}");
        }
    }
}
