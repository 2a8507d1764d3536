//! Which characters a text from somebody else may not bring along where people read it.

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

#[cfg(test)]
mod tests {
    use super::is_hidden;

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
