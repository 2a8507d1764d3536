//! Reads a list of servers to its end, page by page, while servers come and go. What to ask next is a pure
//! function of the pages so far. A list by token holds still by itself; one by number shifts when a server
//! goes, so that another would be skipped: it is read again then, and given up when it never holds still.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sas_api::Reason;
use sas_client::actions::{CloudCenterInstances, DescribeCloudCenterInstances};
use sas_engine::Unavailable;

use super::server::Server;
use super::{PAGE, Pages};

/// More pages than any account has servers; a cloud that never ends a list is cut off here.
const MAX_PAGES: usize = 2_000;
/// How often a list that shifts is read from its beginning.
const MAX_TRIES: usize = 3;

/// All pages of a request, each server once.
pub async fn read_all<P: Pages>(
    pages: &P,
    request: DescribeCloudCenterInstances,
) -> Result<Vec<Arc<Server>>, Unavailable> {
    let mut listing = Listing::of(request);
    while let Some(request) = listing.next() {
        listing.take(pages.page(request).await?)?;
    }
    Ok(listing.servers().cloned().collect())
}

/// A list that cannot be read to its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Unsteady;

impl From<Unsteady> for Unavailable {
    fn from(_: Unsteady) -> Self {
        let message = "the list of servers changes while it is read, or has no end; the operator tries again";
        Self::new(Reason::CloudUnavailable, message)
    }
}

/// A list that is being read.
pub struct Listing {
    first: DescribeCloudCenterInstances,
    next: Option<DescribeCloudCenterInstances>,
    servers: HashMap<String, Arc<Server>>,
    tokens: HashSet<String>,
    rows: usize,
    largest_total: usize,
    pages: usize,
    tries: usize,
}

impl Listing {
    /// A list that begins with this request.
    pub fn of(first: DescribeCloudCenterInstances) -> Self {
        Self {
            next: Some(first.clone()),
            first,
            servers: HashMap::new(),
            tokens: HashSet::new(),
            rows: 0,
            largest_total: 0,
            pages: 0,
            tries: 1,
        }
    }

    /// What to ask next; nothing at the end.
    pub fn next(&self) -> Option<DescribeCloudCenterInstances> {
        self.next.clone()
    }

    /// The servers so far.
    pub fn servers(&self) -> impl Iterator<Item = &Arc<Server>> {
        self.servers.values()
    }

    /// Takes the answer to what was asked.
    pub fn take(&mut self, page: CloudCenterInstances) -> Result<(), Unsteady> {
        self.pages += 1;
        if self.pages > MAX_PAGES {
            return Err(Unsteady);
        }
        let count = page.instances.len();
        let known = self.servers.len();
        // A server that moved to a later page while the pages were read comes twice.
        let servers = page.instances.iter().filter_map(Server::from_row);
        self.servers
            .extend(servers.map(|server| (server.uuid.clone(), Arc::new(server))));
        self.rows += count;
        let info = page.page_info.unwrap_or_default();
        let total = info.total_count.and_then(|total| usize::try_from(total).ok());
        match (info.next_token, total) {
            (Some(token), _) if !token.is_empty() => self.go_on_by_token(token),
            (_, Some(total)) => self.go_on_by_total(total, count),
            // A cloud that tells neither may have ended the list or left it to be seen.
            (None, None) if count >= PAGE && self.servers.len() > known => {
                self.go_on_by_number();
                Ok(())
            }
            _ => {
                self.next = None;
                Ok(())
            }
        }
    }

    fn go_on_by_token(&mut self, token: String) -> Result<(), Unsteady> {
        if !self.tokens.insert(token.clone()) {
            return Err(Unsteady);
        }
        self.next = Some(DescribeCloudCenterInstances {
            next_token: Some(token),
            ..self.first.clone()
        });
        Ok(())
    }

    fn go_on_by_total(&mut self, total: usize, count: usize) -> Result<(), Unsteady> {
        let ended_early = count == 0 && self.rows < total;
        if total < self.largest_total || ended_early {
            return self.start_again();
        }
        self.largest_total = total;
        if self.rows >= total {
            self.next = None;
        } else {
            self.go_on_by_number();
        }
        Ok(())
    }

    fn go_on_by_number(&mut self) {
        let page = self.next.as_ref().and_then(|request| request.current_page);
        self.next = Some(DescribeCloudCenterInstances {
            current_page: Some(page.unwrap_or(1) + 1),
            use_next_token: None,
            ..self.first.clone()
        });
    }

    fn start_again(&mut self) -> Result<(), Unsteady> {
        if self.tries >= MAX_TRIES {
            return Err(Unsteady);
        }
        *self = Self {
            tries: self.tries + 1,
            pages: self.pages,
            ..Self::of(self.first.clone())
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sas_client::actions::{CloudCenterInstance, PageInfo};

    use super::*;

    fn page(uuids: std::ops::Range<usize>, total: Option<i64>, token: Option<&str>) -> CloudCenterInstances {
        let row = |n| CloudCenterInstance {
            uuid: Some(format!("u-{n}")),
            ..Default::default()
        };
        CloudCenterInstances {
            instances: uuids.map(row).collect(),
            page_info: Some(PageInfo {
                total_count: total,
                next_token: token.map(str::to_owned),
                ..Default::default()
            }),
        }
    }

    fn listing() -> Listing {
        Listing::of(DescribeCloudCenterInstances {
            use_next_token: Some(true),
            page_size: Some(100),
            ..Default::default()
        })
    }

    fn asked(listing: &Listing) -> Option<(Option<i64>, Option<&str>)> {
        let next = listing.next.as_ref()?;
        Some((next.current_page, next.next_token.as_deref()))
    }

    #[test]
    fn tokens_lead_to_the_end_and_never_in_a_circle() {
        let mut list = listing();
        list.take(page(0..100, None, Some("a"))).unwrap();
        assert_eq!(asked(&list), Some((None, Some("a"))));
        // A short page is not the end while there is a token.
        list.take(page(100..130, None, Some("b"))).unwrap();
        assert_eq!(list.clone_circle(), Err(Unsteady));
        list.take(page(130..230, None, Some(""))).unwrap();
        assert_eq!((asked(&list), list.servers.len()), (None, 230));
    }

    impl Listing {
        /// What a repeated token gives, without harm to this list.
        fn clone_circle(&self) -> Result<(), Unsteady> {
            let mut copy = Self::of(self.first.clone());
            copy.tokens = self.tokens.clone();
            copy.take(page(0..1, None, Some("a")))
        }
    }

    #[test]
    fn a_cloud_that_knows_no_tokens_is_asked_by_number() {
        let mut list = listing();
        list.take(page(0..100, Some(150), None)).unwrap();
        assert_eq!(asked(&list), Some((Some(2), None)));
        assert_eq!(list.next.as_ref().unwrap().use_next_token, None);
        list.take(page(100..150, Some(150), None)).unwrap();
        assert_eq!((asked(&list), list.servers.len()), (None, 150));
    }

    #[test]
    fn a_list_that_shrank_is_read_again() {
        let mut list = listing();
        list.take(page(0..100, Some(201), None)).unwrap();
        // One of the first hundred went, and number 100 moved to the page that was read.
        list.take(page(101..201, Some(200), None)).unwrap();
        assert_eq!((asked(&list), list.servers.len()), (Some((None, None)), 0));
        list.take(page(1..101, Some(200), None)).unwrap();
        list.take(page(101..201, Some(200), None)).unwrap();
        assert_eq!((asked(&list), list.servers.len()), (None, 200));
        assert!(list.servers.contains_key("u-100"));
    }

    #[test]
    fn a_list_that_never_holds_still_is_given_up() {
        let mut list = listing();
        let mut total = 1_000;
        let outcome = loop {
            total -= 1;
            if let Err(error) = list.take(page(0..100, Some(total), None)) {
                break error;
            }
        };
        assert_eq!((outcome, list.pages), (Unsteady, 6));
        // Rows that were announced and do not come.
        let mut list = listing();
        for _ in 0..2 {
            list.take(page(0..100, Some(250), None)).unwrap();
            list.take(page(0..0, Some(250), None)).unwrap();
        }
        list.take(page(0..100, Some(250), None)).unwrap();
        assert_eq!(list.take(page(0..0, Some(250), None)), Err(Unsteady));
    }

    #[test]
    fn without_total_and_token_a_page_that_brings_nothing_new_is_the_last() {
        let mut list = listing();
        list.take(page(0..100, None, None)).unwrap();
        assert_eq!(asked(&list), Some((Some(2), None)));
        list.take(page(0..100, None, None)).unwrap();
        assert_eq!((asked(&list), list.servers.len()), (None, 100));
        let mut short = listing();
        short.take(page(0..99, None, None)).unwrap();
        assert_eq!(asked(&short), None);
    }

    #[test]
    fn servers_that_appear_or_come_twice_count_once() {
        let mut list = listing();
        list.take(page(0..100, Some(150), None)).unwrap();
        list.take(page(99..151, Some(152), None)).unwrap();
        assert_eq!((asked(&list), list.servers.len()), (None, 151));
    }

    #[test]
    fn a_list_without_end_is_cut_off() {
        let mut list = listing();
        let taken = (0..=MAX_PAGES).try_for_each(|n| list.take(page(n..n + 1, None, Some(&n.to_string()))));
        assert_eq!((taken, list.pages), (Err(Unsteady), MAX_PAGES + 1));
    }
}
