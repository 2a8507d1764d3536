//! Lookup of servers in one data centre of one account. Many resources that ask at once become few
//! paged calls: ids that are wanted while a call is in flight go together into the next one, equal
//! searches share one. What the cloud returns is checked, because it ignores filters it does not know.

mod search;
mod server;

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use sas_api::kinds::auth_binding::ServerSelector;
use sas_client::actions::{CloudCenterInstances, Criterion, DescribeCloudCenterInstances, criteria};
use sas_engine::Unavailable;

pub use search::targets_match;
use search::{Search, matches};
pub use server::{Server, mode_name, printable};

use crate::shared::{Asked, MAX_AGE, Shared};

/// Rows per page.
const PAGE: i64 = 100;
/// Ids per call.
const IDS_PER_CALL: usize = 100;
/// More pages than any account has servers; a cloud that never ends a list is cut off here.
const MAX_PAGES: i64 = 2_000;

/// Reads one page; the seam to the client.
pub trait Pages: Sync {
    /// One page of servers.
    fn page(
        &self,
        request: DescribeCloudCenterInstances,
    ) -> impl Future<Output = Result<CloudCenterInstances, Unavailable>> + Send;
}

/// What names one server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id {
    /// UUID in Security Center.
    Uuid(String),
    /// Id at the cloud that runs the server.
    Instance(String),
}

impl Id {
    fn text(&self) -> &str {
        match self {
            Id::Uuid(text) | Id::Instance(text) => text,
        }
    }
}

/// The answer to a search.
type SharedList = Shared<Vec<Arc<Server>>>;

/// The servers of one data centre of one account.
#[derive(Default)]
pub struct Servers {
    wanted: Mutex<BTreeSet<Id>>,
    known: tokio::sync::Mutex<Known>,
    searches: Mutex<HashMap<Search, Arc<SharedList>>>,
}

#[derive(Default)]
struct Known {
    servers: HashMap<Id, (Instant, Option<Arc<Server>>)>,
    failure: Option<(Instant, Unavailable)>,
}

impl Servers {
    /// The servers with these ids; an id that the cloud does not list is absent from the answer.
    pub async fn by_id<P: Pages>(
        &self,
        pages: &P,
        ids: &BTreeSet<Id>,
        asked: Asked,
    ) -> Result<Vec<Arc<Server>>, Unavailable> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.lock_wanted().extend(ids.iter().cloned());
        let mut known = self.known.lock().await;
        if let Some((finished, error)) = known
            .failure
            .as_ref()
            .filter(|(finished, _)| asked.waited_for(*finished))
        {
            tracing::debug!(?finished, "the lookup that was waited for failed");
            return Err(error.clone());
        }
        let have = |known: &Known, id: &Id| {
            known
                .servers
                .get(id)
                .is_some_and(|(started, _)| asked.accepts(*started))
        };
        if !ids.iter().all(|id| have(&known, id)) {
            let mut batch = std::mem::take(&mut *self.lock_wanted());
            batch.extend(ids.iter().cloned());
            self.fetch(pages, batch, &mut known).await?;
        }
        self.lock_wanted().retain(|id| !ids.contains(id));
        let found: HashMap<&str, Arc<Server>> = ids
            .iter()
            .filter_map(|id| known.servers.get(id)?.1.as_ref())
            .map(|server| (server.uuid.as_str(), server.clone()))
            .collect();
        Ok(found.into_values().collect())
    }

    async fn fetch<P: Pages>(
        &self,
        pages: &P,
        batch: BTreeSet<Id>,
        known: &mut Known,
    ) -> Result<(), Unavailable> {
        known
            .servers
            .retain(|_, (started, _)| started.elapsed() <= MAX_AGE);
        known.failure = None;
        let started = Instant::now();
        for request in requests(&batch) {
            let rows = match read_all(pages, request).await {
                Ok(rows) => rows,
                Err(error) => {
                    known.failure = Some((Instant::now(), error.clone()));
                    return Err(error);
                }
            };
            for server in rows {
                for id in [
                    Id::Uuid(server.uuid.clone()),
                    Id::Instance(server.instance_id.clone()),
                ] {
                    if batch.contains(&id) {
                        known.servers.insert(id, (started, Some(server.clone())));
                    }
                }
            }
        }
        for id in batch {
            known.servers.entry(id).or_insert((started, None));
        }
        Ok(())
    }

    /// The servers that match a selector.
    pub async fn by_selector<P: Pages>(
        &self,
        pages: &P,
        selector: &ServerSelector,
        asked: Asked,
    ) -> Result<Vec<Arc<Server>>, Unavailable> {
        let search = Search::of(selector);
        let shared = {
            let mut searches = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
            searches.retain(|known, shared| {
                *known == search || Arc::strong_count(shared) > 1 || !shared.is_stale()
            });
            searches.entry(search.clone()).or_default().clone()
        };
        let found = shared.get(asked, || read_all(pages, search.request())).await?;
        let matching = found.iter().filter(|server| matches(selector, server));
        Ok(matching.cloned().collect())
    }

    fn lock_wanted(&self) -> std::sync::MutexGuard<'_, BTreeSet<Id>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The calls that find these ids.
fn requests(ids: &BTreeSet<Id>) -> Vec<DescribeCloudCenterInstances> {
    let uuids: Vec<&str> = ids
        .iter()
        .filter(|id| matches!(id, Id::Uuid(_)))
        .map(Id::text)
        .collect();
    let instances: Vec<&str> = ids
        .iter()
        .filter(|id| matches!(id, Id::Instance(_)))
        .map(Id::text)
        .collect();
    let by_uuid = uuids.chunks(IDS_PER_CALL).map(|chunk| {
        let value = chunk.join(",");
        request(
            &[Criterion {
                name: "uuidList",
                value: &value,
            }],
            "OR",
        )
    });
    let by_instance = instances.chunks(IDS_PER_CALL).map(|chunk| {
        let filters: Vec<_> = chunk
            .iter()
            .map(|value| Criterion {
                name: "instanceId",
                value,
            })
            .collect();
        request(&filters, "OR")
    });
    by_uuid.chain(by_instance).collect()
}

fn request(filters: &[Criterion<'_>], logical_exp: &str) -> DescribeCloudCenterInstances {
    DescribeCloudCenterInstances {
        criteria: (!filters.is_empty()).then(|| criteria(filters)),
        logical_exp: (filters.len() > 1).then(|| logical_exp.to_owned()),
        page_size: Some(PAGE),
        ..Default::default()
    }
}

/// All pages of a request, each server once.
async fn read_all<P: Pages>(
    pages: &P,
    request: DescribeCloudCenterInstances,
) -> Result<Vec<Arc<Server>>, Unavailable> {
    let mut servers: HashMap<String, Arc<Server>> = HashMap::new();
    let mut rows = 0;
    for page in 1..=MAX_PAGES {
        let answer = pages
            .page(DescribeCloudCenterInstances {
                current_page: Some(page),
                ..request.clone()
            })
            .await?;
        let count = i64::try_from(answer.instances.len()).unwrap_or(PAGE);
        rows += count;
        // A server that moved to a later page while the pages were read comes twice.
        let new = answer.instances.iter().filter_map(Server::from_row);
        servers.extend(new.map(|server| (server.uuid.clone(), Arc::new(server))));
        let total = answer.page_info.and_then(|info| info.total_count);
        if count == 0 || total.map_or(count < PAGE, |total| rows >= total) {
            break;
        }
    }
    Ok(servers.into_values().collect())
}

#[cfg(test)]
mod tests;
