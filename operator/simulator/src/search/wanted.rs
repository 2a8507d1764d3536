//! The value of a criterion, taken apart once for all servers.

/// What a criterion asks for.
#[derive(Debug)]
pub struct Wanted {
    text: String,
    /// In lower case.
    folded: String,
    /// The parts of a comma-separated list, in their order and without repetition.
    listed: Vec<String>,
}

impl From<String> for Wanted {
    fn from(text: String) -> Self {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let mut listed: Vec<String> = parts.map(str::to_owned).collect();
        listed.sort_unstable();
        listed.dedup();
        Self {
            folded: text.to_lowercase(),
            listed,
            text,
        }
    }
}

impl Wanted {
    /// The value as it was sent.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The parts of the list that it is.
    pub fn parts(&self) -> &[String] {
        &self.listed
    }

    /// Whether it is this text.
    pub fn is(&self, actual: &str) -> bool {
        self.text == actual
    }

    /// Whether it is this number.
    pub fn is_number(&self, actual: i64) -> bool {
        self.text.trim().parse() == Ok(actual)
    }

    /// Whether this text contains it, in capitals or not.
    pub fn is_within(&self, actual: &str) -> bool {
        actual.to_lowercase().contains(&self.folded)
    }

    /// Whether its list names this text.
    pub fn lists(&self, actual: &str) -> bool {
        self.listed
            .binary_search_by(|part| part.as_str().cmp(actual))
            .is_ok()
    }

    /// Whether its list names this number.
    pub fn lists_number(&self, actual: i64) -> bool {
        self.listed.iter().any(|part| part.parse() == Ok(actual))
    }

    /// Whether this number is one of those between its `|`, or, behind a `!`, none of them.
    pub fn allows_number(&self, actual: i64) -> bool {
        let (excluded, numbers) = match self.text.strip_prefix('!') {
            Some(numbers) => (true, numbers),
            None => (false, self.text.as_str()),
        };
        let numbers: Result<Vec<i64>, _> = numbers.split('|').map(|number| number.trim().parse()).collect();
        numbers.is_ok_and(|numbers| numbers.contains(&actual) != excluded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_text_a_number_a_list_or_a_choice() {
        let wanted = |text: &str| Wanted::from(text.to_owned());
        assert!(wanted("web").is("web") && !wanted("web").is("WEB"));
        assert!(wanted("EB-").is_within("Web-1") && !wanted("x").is_within("Web-1"));
        assert!(wanted(" 7 ").is_number(7) && !wanted("7,8").is_number(7) && !wanted("").is_number(0));
        let list = wanted("b, a,,b");
        assert_eq!(list.parts(), ["a", "b"]);
        assert!(list.lists("a") && !list.lists("c") && !list.lists(""));
        assert!(wanted("3,7").lists_number(7) && !wanted("3,7").lists_number(37));
    }

    #[test]
    fn a_choice_of_numbers_may_exclude() {
        for (text, allowed, refused) in [("8", 8, 0), ("0|8|15", 15, 1), ("!8", 0, 8), ("!8|9", 1, 9)] {
            let wanted = Wanted::from(text.to_owned());
            assert!(wanted.allows_number(allowed), "{text} {allowed}");
            assert!(!wanted.allows_number(refused), "{text} {refused}");
        }
        for nonsense in ["web", "!web", ""] {
            assert!(!Wanted::from(nonsense.to_owned()).allows_number(0), "{nonsense}");
        }
    }
}
