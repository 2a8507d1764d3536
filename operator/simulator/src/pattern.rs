//! Patterns with `*` for any run of characters, as RAM policies and searches by name take them.

/// Whether the pattern covers the whole text.
pub fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => {
            let Some(tail) = text.strip_prefix(head) else {
                return false;
            };
            let mut starts = (0..=tail.len()).filter(|start| tail.is_char_boundary(*start));
            starts.any(|start| matches(rest, &tail[start..]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_run() {
        for (pattern, text, expected) in [
            ("*", "yundun-sas:Bind", true),
            ("yundun-sas:*", "yundun-sas:Bind", true),
            ("yundun-sas:*", "sts:Bind", false),
            (
                "yundun-sas:Describe*Codes",
                "yundun-sas:DescribeInstallCodes",
                true,
            ),
            (
                "yundun-sas:Describe*Codes",
                "yundun-sas:DescribeInstallCodesX",
                false,
            ),
            ("yundun-sas:Bind", "yundun-sas:BindAuth", false),
            ("*:*Bind*", "yundun-sas:UnBind", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
