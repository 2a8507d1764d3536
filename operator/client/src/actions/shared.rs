//! What several actions have in common: filters, pages, tags, and the answer that says nothing.

part! {
    /// One filter of a `Criteria` parameter. Names are case-sensitive, such as `uuidList`, `instanceId`,
    /// `clusterId`. A filter that the cloud does not know may be ignored there.
    #[derive(PartialEq, Eq)]
    pub struct Criterion {
        /// Name of the filter.
        #[serde(rename = "name")]
        name: String,
        /// Value to match.
        #[serde(rename = "value")]
        value: String,
    }

    /// A tag, or a filter by one.
    pub struct Tag {
        /// Key.
        key: Option<String>,
        /// Value.
        value: Option<String>,
    }
}

impl Criterion {
    /// The filter `name` for `value`.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

reply! {
    /// Nothing but the request id that every reply has; what became of the call is read elsewhere.
    #[derive(PartialEq, Eq)]
    pub struct Accepted {}

    /// Where a page stands in the whole. Not every action tells everything.
    #[derive(PartialEq, Eq)]
    pub struct PageInfo {
        /// Rows on this page.
        count: Option<i64>,
        /// This page, from 1.
        current_page: Option<i64>,
        /// Rows per page.
        page_size: Option<i64>,
        /// Rows in all; absent when pages are read by token.
        total_count: Option<i64>,
        /// Token of the next page; empty at the end.
        next_token: Option<String>,
    }
}
