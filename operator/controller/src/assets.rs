//! Lookup of servers in one data centre of one account. Many resources that ask at once become few
//! paged calls: ids that are wanted while a call is in flight go together into the next one, equal
//! searches share one. What the cloud returns is checked, because it ignores filters it does not know.

mod batches;
mod listing;
mod names;
mod search;
mod server;
mod targets;

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sas_api::kinds::auth_binding::ServerSelector;
use sas_client::actions::{CloudCenterInstances, Criterion, DescribeCloudCenterInstances};
use sas_client::wire::Json;
use sas_engine::Unavailable;
use tokio::sync::Semaphore;

use batches::{Batches, Found, Opened};
use listing::{Listing, read_all};
pub use names::{named, names};
use search::{Search, matches};
pub use search::{fits, targets_match};
pub use server::{Server, mode_name, printable};
pub use targets::missing;

use crate::shared::{Asked, Shared};

/// Rows per page, and ids per call.
const PAGE: usize = 100;
/// Calls about ids that are under way at once. The others wait here, where ids can still join them.
const MAX_FLIGHTS: usize = 4;
/// How long a call that is not full waits for more ids after the last one left: at the usual ten calls a
/// second, the next one would not leave earlier anyway. Alone, a call leaves at once.
const GATHER: Duration = Duration::from_millis(100);

/// Reads one page; the seam to the client.
pub trait Pages: Clone + Send + Sync + 'static {
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
    fn uuid(&self) -> Option<&str> {
        match self {
            Id::Uuid(text) => Some(text),
            Id::Instance(_) => None,
        }
    }

    fn text(&self) -> &str {
        match self {
            Id::Uuid(text) | Id::Instance(text) => text,
        }
    }
}

/// The answer to a search.
type SharedList = Shared<Vec<Arc<Server>>>;

/// The servers of one data centre of one account.
pub struct Servers<P>(Arc<Desk<P>>);

struct Desk<P> {
    pages: P,
    batches: Mutex<Batches>,
    flights: Semaphore,
    searches: Mutex<HashMap<Search, Arc<SharedList>>>,
}

impl<P: Pages> Servers<P> {
    /// The servers that `pages` lists.
    pub fn new(pages: P) -> Self {
        Self(Arc::new(Desk {
            pages,
            batches: Mutex::default(),
            flights: Semaphore::new(MAX_FLIGHTS),
            searches: Mutex::default(),
        }))
    }

    /// The servers with these ids; an id that the cloud does not list is absent from the answer.
    pub async fn by_id(&self, ids: &BTreeSet<Id>, asked: Asked) -> Result<Vec<Arc<Server>>, Unavailable> {
        let joined = self.0.batches().join(ids, asked);
        for call in joined.opened {
            tokio::spawn(self.0.clone().fly(call));
        }
        let mut servers = HashMap::new();
        for (id, flight) in joined.flights {
            let found = flight.outcome().await?;
            let found = found.get(id).into_iter().flatten();
            servers.extend(found.map(|server| (server.uuid.clone(), server.clone())));
        }
        Ok(servers.into_values().collect())
    }

    /// Every server, by uuid.
    pub async fn all(&self, asked: Asked) -> Result<Vec<Arc<Server>>, Unavailable> {
        let mut servers = self.0.search(Search::default(), asked).await?.to_vec();
        servers.sort_by(|a, b| a.uuid.cmp(&b.uuid));
        Ok(servers)
    }

    /// The servers that match a selector.
    pub async fn by_selector(
        &self,
        selector: &ServerSelector,
        asked: Asked,
    ) -> Result<Vec<Arc<Server>>, Unavailable> {
        let found = self.0.search(Search::of(selector), asked).await?;
        let matching = found.iter().filter(|server| matches(selector, server));
        Ok(matching.cloned().collect())
    }
}

impl<P: Pages> Desk<P> {
    /// Makes one call when enough ids have gathered or nobody else comes, and there is room for it.
    async fn fly(self: Arc<Self>, call: Opened) {
        if let Some(last) = call.last_departure {
            // Late is as good as full: it leaves either way.
            let _ = tokio::time::timeout_at((last + GATHER).into(), call.full.notified()).await;
        }
        let _room = self.flights.acquire().await;
        let ids = self.batches().depart(&call, Instant::now());
        call.pilot.land(self.find(ids)).await;
    }

    async fn find(&self, ids: BTreeSet<Id>) -> Result<Found, Unavailable> {
        let rows = match self.filtered(&ids).await? {
            Some(rows) => rows,
            None => self.search(Search::default(), Asked::fresh()).await?.to_vec(),
        };
        let mut found = Found::new();
        for server in rows {
            for id in ids_of(&server).into_iter().filter(|id| ids.contains(id)) {
                found.entry(id).or_default().push(server.clone());
            }
        }
        Ok(found)
    }

    /// The servers with these ids, unless the cloud ignores the filter and lists them all.
    async fn filtered(&self, ids: &BTreeSet<Id>) -> Result<Option<Vec<Arc<Server>>>, Unavailable> {
        let mut listing = Listing::of(request_for(ids));
        while let Some(request) = listing.next() {
            listing.take(self.pages.page(request).await?)?;
            let mut servers = listing.servers();
            if servers.any(|server| !ids_of(server).iter().any(|id| ids.contains(id))) {
                return Ok(None);
            }
        }
        Ok(Some(listing.servers().cloned().collect()))
    }

    /// What the cloud lists for a search, read once for all who ask.
    async fn search(&self, search: Search, asked: Asked) -> Result<Arc<Vec<Arc<Server>>>, Unavailable> {
        let shared = {
            let mut searches = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
            searches.retain(|known, shared| {
                *known == search || Arc::strong_count(shared) > 1 || !shared.is_stale()
            });
            searches.entry(search.clone()).or_default().clone()
        };
        let pages = self.pages.clone();
        shared
            .get(
                asked,
                move || async move { read_all(&pages, search.request()).await },
            )
            .await
    }

    fn batches(&self) -> MutexGuard<'_, Batches> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What names a server, as far as it has it.
fn ids_of(server: &Server) -> [Id; 2] {
    [
        Id::Uuid(server.uuid.clone()),
        Id::Instance(server.instance_id.clone()),
    ]
}

/// The call that finds these ids, which are all of one sort.
fn request_for(ids: &BTreeSet<Id>) -> DescribeCloudCenterInstances {
    let uuids: Vec<&str> = ids.iter().filter_map(Id::uuid).collect();
    let by_uuid = (!uuids.is_empty()).then(|| Criterion::new("uuidList", uuids.join(",")));
    let instances = ids.iter().filter(|id| id.uuid().is_none());
    let by_instance = instances.map(|id| Criterion::new("instanceId", id.text()));
    request(by_uuid.into_iter().chain(by_instance).collect(), "OR")
}

fn request(filters: Vec<Criterion>, logical_exp: &str) -> DescribeCloudCenterInstances {
    DescribeCloudCenterInstances {
        logical_exp: (filters.len() > 1).then(|| logical_exp.to_owned()),
        criteria: (!filters.is_empty()).then_some(Json(filters)),
        page_size: i64::try_from(PAGE).ok(),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests;
