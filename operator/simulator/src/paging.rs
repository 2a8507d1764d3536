//! Pages by `CurrentPage`, from 1, and `PageSize`, as most listings of Security Center take them;
//! with `UseNextToken` by a token instead, which some take.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;

use crate::gateway::Refusal;
use crate::parameters::Parameters;

/// The page that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    current: usize,
    size: usize,
}

/// `PageInfo` of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PageInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_page: Option<usize>,
    page_size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Page {
    /// The page asked for, or the first one of this size.
    pub fn of(parameters: &Parameters, default_size: usize) -> Result<Self, Refusal> {
        let positive = |name, default| match parameters.number(name)? {
            Some(0) => Err(Refusal::invalid(name)),
            number => Ok(number.unwrap_or(default)),
        };
        Ok(Self {
            current: positive("CurrentPage", 1)?,
            size: positive("PageSize", default_size)?,
        })
    }

    /// The same page, refused when it is longer than a listing gives out at once.
    pub fn at_most(self, maximum: usize) -> Result<Self, Refusal> {
        if self.size > maximum {
            return Err(Refusal::invalid("PageSize"));
        }
        Ok(self)
    }

    /// The page asked for, where a listing insists on both parameters.
    pub fn needed(parameters: &Parameters) -> Result<Self, Refusal> {
        parameters.needed("CurrentPage")?;
        parameters.needed("PageSize")?;
        Self::of(parameters, 1)
    }

    /// The elements on this page, and what the listing says about it.
    pub fn cut<T>(self, mut all: Vec<T>) -> (Vec<T>, PageInfo) {
        let total_count = all.len();
        let before = (self.current - 1).saturating_mul(self.size).min(total_count);
        let mut items = all.split_off(before);
        items.truncate(self.size);
        let info = PageInfo {
            count: Some(items.len()),
            current_page: Some(self.current),
            page_size: self.size,
            total_count: Some(total_count),
            next_token: None,
        };
        (items, info)
    }

    /// The same where a listing takes `UseNextToken`. The token stands for the key of the last
    /// element before, so that elements may come and go in between; the elements must be in the
    /// order of their keys.
    pub fn cut_as_asked<T>(
        self,
        parameters: &Parameters,
        mut all: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, PageInfo), Refusal> {
        if !parameters.boolean("UseNextToken")?.unwrap_or(false) {
            return Ok(self.cut(all));
        }
        let token = STANDARD.decode(parameters.text("NextToken").unwrap_or_default());
        let before = token.ok().and_then(|token| String::from_utf8(token).ok());
        let before = before.ok_or_else(|| Refusal::invalid("NextToken"))?;
        let mut items = all.split_off(all.partition_point(|item| key(item) <= before));
        let more = items.len() > self.size;
        items.truncate(self.size);
        let last = items.last().filter(|_| more);
        let info = PageInfo {
            count: Some(items.len()),
            current_page: None,
            page_size: self.size,
            total_count: None,
            next_token: Some(last.map_or_else(String::new, |last| STANDARD.encode(key(last)))),
        };
        Ok((items, info))
    }
}

impl PageInfo {
    /// The same for listings that do not count the elements of the page.
    pub fn without_count(self) -> Self {
        Self { count: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn page(current: &str, size: &str) -> Result<Page, Refusal> {
        let named = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let sent = [("CurrentPage", current), ("PageSize", size)].map(named);
        Page::of(&BTreeMap::from(sent).into(), 20)
    }

    #[test]
    fn pages_are_cut_and_counted() {
        let all: Vec<usize> = (1..=45).collect();
        for (current, size, first, count) in [
            ("", "", Some(1), 20),
            ("3", "20", Some(41), 5),
            ("4", "20", None, 0),
        ] {
            let (items, info) = page(current, size).unwrap().cut(all.clone());
            assert_eq!((items.first().copied(), items.len()), (first, count));
            assert_eq!((info.count, info.total_count), (Some(count), Some(45)));
        }
    }

    #[test]
    fn a_page_zero_and_an_absent_page_are_refused() {
        assert_eq!(page("0", "").unwrap_err().code, "InvalidCurrentPage");
        assert_eq!(page("1", "0").unwrap_err().code, "InvalidPageSize");
        assert!(page("1", "100").unwrap().at_most(100).is_ok());
        assert_eq!(
            page("1", "101").unwrap().at_most(100).unwrap_err().code,
            "InvalidPageSize"
        );
        assert_eq!(
            Page::needed(&Parameters::default()).unwrap_err().code,
            "MissingCurrentPage"
        );
    }

    #[test]
    fn a_token_goes_on_behind_the_last_element_whatever_became_of_it() {
        let part = |token: &str, all: Vec<&'static str>| {
            let named = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            let sent = [("UseNextToken", "true"), ("NextToken", token), ("PageSize", "2")].map(named);
            let sent = BTreeMap::from(sent).into();
            Page::of(&sent, 20)?.cut_as_asked(&sent, all, |item| (*item).to_owned())
        };
        let (items, info) = part("", vec!["a", "b", "c", "d"]).unwrap();
        assert_eq!((items, info.total_count), (vec!["a", "b"], None));
        let token = info.next_token.unwrap();
        let (items, info) = part(&token, vec!["a", "c", "d"]).unwrap();
        assert_eq!((items, info.next_token.as_deref()), (vec!["c", "d"], Some("")));
        assert_eq!(part("%", vec!["a"]).unwrap_err().code, "InvalidNextToken");
    }
}
