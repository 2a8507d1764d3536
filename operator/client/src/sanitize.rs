//! Makes text of foreign origin fit for conditions, events and logs.
//! Server messages may echo the string to sign, URLs and parts of the key; transport errors may name
//! URLs. Everything that reaches an error goes through here.

use secrecy::ExposeSecret;

use crate::credentials::Credentials;
use crate::sign::percent_encode;

/// Longest message, in characters.
const MAX_CHARS: usize = 300;

/// Cuts echoed strings to sign, URLs, key material and control characters; limits the length.
pub(crate) fn message(text: &str, credentials: Option<&Credentials>) -> String {
    let text = before_string_to_sign(text);
    let text = credentials.map_or_else(|| text.to_owned(), |credentials| without_key(text, credentials));
    let words = text
        .split_whitespace()
        .map(|word| if is_telling(word) { "[removed]" } else { word });
    let joined = words.collect::<Vec<_>>().join(" ");
    let visible: String = joined.chars().filter(|letter| !letter.is_control()).collect();
    if visible.chars().count() <= MAX_CHARS {
        return visible;
    }
    visible.chars().take(MAX_CHARS - 1).chain(['…']).collect()
}

/// A code, an id or an action name: kept only if it consists of the characters that such names have.
pub(crate) fn token(text: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:*/".contains(&byte);
    let fits = !text.is_empty() && text.len() <= 128 && text.bytes().all(allowed);
    fits.then(|| text.to_owned())
}

fn before_string_to_sign(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let end = ["server string to sign", "string to sign"]
        .iter()
        .find_map(|mark| lower.find(mark));
    end.map_or(text, |end| text[..end].trim_end())
}

fn without_key(text: &str, credentials: &Credentials) -> String {
    let token = credentials
        .security_token
        .as_ref()
        .map_or("", |token| token.expose_secret());
    let hidden = [
        credentials.access_key_id.as_str(),
        credentials.secret.expose_secret(),
        token,
    ];
    hidden
        .iter()
        .filter(|value| value.len() >= 4)
        .fold(text.to_owned(), |text, value| {
            let once = percent_encode(value);
            let twice = percent_encode(&once);
            [*value, &once, &twice]
                .iter()
                .fold(text, |text, form| text.replace(form, "[removed]"))
        })
}

fn is_telling(word: &str) -> bool {
    ["://", "Signature=", "AccessKeyId=", "SecurityToken="]
        .iter()
        .any(|mark| word.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Credentials {
        let mut key = Credentials::access_key("LTAIexampleid", "s3cret/value+");
        key.security_token = Some("t0ken=value".into());
        key
    }

    #[test]
    fn nothing_after_the_string_to_sign_is_kept() {
        let text = "Specified signature is not matched with our calculation. \
                    server String To Sign is:POST&%2F&AccessKeyId%3DLTAIexampleid";
        let expected = "Specified signature is not matched with our calculation.";
        assert_eq!(message(text, None), expected);
    }

    #[test]
    fn urls_keys_and_control_characters_go() {
        let text =
            "see https://x.example/?a=b\u{7}\n key LTAIexampleid s3cret%2Fvalue%2B t0ken%253Dvalue end";
        assert_eq!(
            message(text, Some(&key())),
            "see [removed] key [removed] [removed] [removed] end"
        );
    }

    #[test]
    fn long_messages_end_on_a_character() {
        let cut = message(&"安".repeat(400), None);
        assert_eq!((cut.chars().count(), cut.chars().last()), (300, Some('…')));
    }

    #[test]
    fn tokens_have_no_room_for_anything_else() {
        assert_eq!(token("Forbidden.RAM").as_deref(), Some("Forbidden.RAM"));
        assert_eq!(
            token("yundun-sas:BindAuthToMachine").as_deref(),
            Some("yundun-sas:BindAuthToMachine")
        );
        assert_eq!(token("a b"), None);
        assert_eq!(token("x\n"), None);
        assert_eq!(token(&"x".repeat(129)), None);
    }
}
