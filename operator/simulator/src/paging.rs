//! Pages by `CurrentPage`, from 1, and `PageSize`, as most listings of Security Center take them.

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
    current_page: usize,
    page_size: usize,
    total_count: usize,
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
            current_page: self.current,
            page_size: self.size,
            total_count,
        };
        (items, info)
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
            assert_eq!((info.count, info.total_count), (Some(count), 45));
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
}
