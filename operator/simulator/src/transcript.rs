//! Scripts and their output as cloud assistant shows them: in Base64 or as plain text, and the
//! output cut at 24 KB.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::gateway::Refusal;
use crate::parameters::Parameters;

/// The longest script in Base64, and the longest output.
pub const LONGEST: usize = 24 * 1024;
/// The longest script in Base64 that is kept.
pub const LONGEST_KEPT: usize = 18 * 1024;

/// How a reply writes texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Base64,
    PlainText,
}

impl Encoding {
    /// The encoding that a reader asks for.
    pub fn asked_for(parameters: &Parameters) -> Self {
        match parameters.text("ContentEncoding") {
            Some(name) if name.eq_ignore_ascii_case("PlainText") => Self::PlainText,
            _ => Self::Base64,
        }
    }

    /// The text as it goes into a reply.
    pub fn write(self, text: &str) -> String {
        match self {
            Self::Base64 => STANDARD.encode(text),
            Self::PlainText => text.to_owned(),
        }
    }
}

/// The output without what is beyond the limit, and how many bytes that is.
pub fn cut(output: &str) -> (&str, i32) {
    let end = output.floor_char_boundary(LONGEST);
    let dropped = i32::try_from(output.len() - end).unwrap_or(i32::MAX);
    (&output[..end], dropped)
}

/// The script of a request in plain text, which by default is how it is sent.
pub fn content(parameters: &Parameters) -> Result<String, Refusal> {
    let sent = parameters
        .text("CommandContent")
        .ok_or_else(|| Refusal::missing("CommandContent"))?;
    let encoding = parameters.text("ContentEncoding").unwrap_or_default();
    if !encoding.eq_ignore_ascii_case("Base64") {
        return Ok(sent.to_owned());
    }
    let decoded = STANDARD.decode(sent).ok();
    decoded
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            let message = "The CommandContent can not be base64 decoded.";
            Refusal::new(400, "CmdContent.DecodeError", message)
        })
}

/// Refuses a script that is longer in Base64 than cloud assistant takes.
pub fn check_length(content: &str, kept: bool) -> Result<(), Refusal> {
    let limit = if kept { LONGEST_KEPT } else { LONGEST };
    if content.len().div_ceil(3) * 4 <= limit {
        return Ok(());
    }
    let message = "The length of the command content exceeds the upper limit.";
    Err(Refusal::new(403, "CmdContent.ExceedLimit", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_cut_between_characters() {
        assert_eq!(cut("short"), ("short", 0));
        let long = format!("{}é{}", "x".repeat(LONGEST - 1), "y".repeat(7));
        let (kept, dropped) = cut(&long);
        assert_eq!((kept.len(), dropped), (LONGEST - 1, 9));
    }

    #[test]
    fn scripts_are_measured_in_base64() {
        assert!(check_length(&"x".repeat(18 * 1024), false).is_ok());
        assert!(check_length(&"x".repeat(18 * 1024 + 1), false).is_err());
        assert!(check_length(&"x".repeat(18 * 1024), true).is_err());
    }
}
