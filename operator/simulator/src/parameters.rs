//! Typed access to the flat, decoded parameters of a request. A parameter that is present but
//! does not parse is refused with `Invalid<Name>`, an absent one that is needed with `Missing<Name>`.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use crate::gateway::Refusal;

/// Flat wire names and values, such as `Bind.1`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// The parameters as they were sent.
    pub fn as_map(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Gives the parameters away, for the request log.
    pub fn into_map(self) -> BTreeMap<String, String> {
        self.0
    }

    /// The value of `name`; an empty value counts as absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|v| !v.is_empty())
    }

    /// The value of `name`, which the action needs.
    pub fn needed(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| Refusal::missing(name))
    }

    /// The values of `name`, several in one parameter with commas between.
    pub fn several(&self, name: &str) -> impl Iterator<Item = &str> {
        let values = self.text(name).unwrap_or_default().split(',');
        values.map(str::trim).filter(|value| !value.is_empty())
    }

    /// The value of `name` as a number.
    pub fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let parse = |value: &str| value.trim().parse().map_err(|_| Refusal::invalid(name));
        self.text(name).map(parse).transpose()
    }

    /// The value of `name` as a boolean; the Python SDK writes `True`, all others `true`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some("true" | "True") => Ok(Some(true)),
            Some("false" | "False") => Ok(Some(false)),
            Some(_) => Err(Refusal::invalid(name)),
        }
    }

    /// The value of `name` where the vendor writes a boolean as 0 or 1.
    pub fn switch(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name) {
            None => Ok(None),
            Some("0") => Ok(Some(false)),
            Some("1") => Ok(Some(true)),
            Some(_) => Err(Refusal::invalid(name)),
        }
    }

    /// The values of `name.1`, `name.2`, ... in the order of their index; gaps are allowed.
    pub fn list(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        let value = |index: usize| self.text(&format!("{name}.{index}"));
        Ok(self.indexes(name)?.into_iter().filter_map(value).collect())
    }

    /// The prefixes `name.1`, `name.2`, ... under which the elements of a list of structures stand.
    pub fn elements(&self, name: &str) -> Result<Vec<String>, Refusal> {
        let prefix = |index| format!("{name}.{index}");
        Ok(self.indexes(name)?.into_iter().map(prefix).collect())
    }

    fn indexes(&self, name: &str) -> Result<BTreeSet<usize>, Refusal> {
        let prefix = format!("{name}.");
        self.0
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
            .map(|(key, _)| {
                let index = key[prefix.len()..].split('.').next().unwrap_or_default();
                match index.parse() {
                    Ok(index) if index > 0 => Ok(index),
                    _ => Err(Refusal::invalid(name)),
                }
            })
            .collect()
    }
}

impl From<BTreeMap<String, String>> for Parameters {
    fn from(map: BTreeMap<String, String>) -> Self {
        Self(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect::<BTreeMap<_, _>>().into()
    }

    #[test]
    fn lists_follow_their_index_and_not_their_spelling() {
        let sent = parameters(&[("B.10", "ten"), ("B.2", "two"), ("B.1", "one"), ("Bx.1", "no")]);
        assert_eq!(sent.list("B").unwrap(), ["one", "two", "ten"]);
        assert_eq!(sent.list("C").unwrap(), [""; 0]);
        assert!(parameters(&[("B.0", "zero")]).list("B").is_err());
        assert!(parameters(&[("B.x", "text")]).list("B").is_err());
    }

    #[test]
    fn several_values_may_share_a_parameter() {
        let sent = parameters(&[("U", "a, b,,c"), ("E", "")]);
        assert_eq!(sent.several("U").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(sent.several("X").count(), 0);
        assert_eq!(sent.needed("U").unwrap(), "a, b,,c");
        assert_eq!(sent.needed("E").unwrap_err().code, "MissingE");
    }

    #[test]
    fn structures_are_found_by_any_of_their_fields() {
        let sent = parameters(&[("A.2.U.1", "u"), ("A.2.V", "7"), ("A.1.V", "3")]);
        assert_eq!(sent.elements("A").unwrap(), ["A.1", "A.2"]);
        assert_eq!(sent.list("A.2.U").unwrap(), ["u"]);
    }

    #[test]
    fn both_spellings_of_booleans_are_accepted() {
        let sent = parameters(&[("a", "True"), ("b", "false"), ("c", "yes"), ("n", "x"), ("e", "")]);
        assert_eq!(sent.boolean("a").unwrap(), Some(true));
        assert_eq!(sent.boolean("b").unwrap(), Some(false));
        assert_eq!(sent.boolean("c").unwrap_err().code, "Invalidc");
        let sent_as_numbers = parameters(&[("a", "1"), ("b", "0"), ("c", "2")]);
        assert_eq!(sent_as_numbers.switch("a").unwrap(), Some(true));
        assert_eq!(sent_as_numbers.switch("b").unwrap(), Some(false));
        assert_eq!(sent_as_numbers.switch("c").unwrap_err().code, "Invalidc");
        assert_eq!(sent_as_numbers.switch("d").unwrap(), None);
        assert!(sent.number::<i64>("n").is_err());
        assert_eq!(sent.number::<i64>("e").unwrap(), None);
    }
}
