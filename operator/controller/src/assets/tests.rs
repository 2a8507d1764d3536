//! The lookup against a list in memory that pages, and that can be told to ignore every filter.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sas_api::Reason;
use sas_client::actions::{CloudCenterInstance, PageInfo};

use super::*;

struct List {
    count: usize,
    ignores_filters: bool,
    fails: bool,
    calls: AtomicUsize,
}

fn list(count: usize) -> List {
    List {
        count,
        ignores_filters: false,
        fails: false,
        calls: AtomicUsize::new(0),
    }
}

impl Pages for List {
    async fn page(&self, request: DescribeCloudCenterInstances) -> Result<CloudCenterInstances, Unavailable> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        if self.fails {
            return Err(Unavailable::new(Reason::CloudUnavailable, "down"));
        }
        let asked = request.criteria.filter(|_| !self.ignores_filters);
        let fits = |n: &usize| {
            asked
                .as_ref()
                .is_none_or(|text| text.contains(&format!("u-{n}.")) || text.contains(&format!("i-{n}.")))
        };
        let rows: Vec<usize> = (0..self.count).filter(fits).collect();
        let from = usize::try_from((request.current_page.unwrap() - 1) * request.page_size.unwrap()).unwrap();
        let page = rows.iter().skip(from).take(usize::try_from(PAGE).unwrap());
        let instances = page.map(|n| CloudCenterInstance {
            uuid: Some(format!("u-{n}.")),
            instance_id: Some(format!("i-{n}.")),
            instance_name: Some(format!("web-{n}")),
            tag: Some(if n % 2 == 1 { "odd" } else { "even" }.to_owned()),
            ..Default::default()
        });
        let total_count = Some(i64::try_from(rows.len()).unwrap());
        Ok(CloudCenterInstances {
            instances: instances.collect(),
            page_info: Some(PageInfo {
                total_count,
                ..Default::default()
            }),
        })
    }
}

fn uuids(numbers: impl IntoIterator<Item = usize>) -> BTreeSet<Id> {
    numbers.into_iter().map(|n| Id::Uuid(format!("u-{n}."))).collect()
}

#[tokio::test]
async fn ids_that_are_wanted_meanwhile_go_together_into_the_next_call() {
    let (servers, list) = (Servers::default(), list(1_000));
    let wanted: Vec<_> = (0..80).map(|n| uuids([n])).collect();
    let asks = wanted.iter().map(|ids| servers.by_id(&list, ids, Asked::fresh()));
    let answers = futures::future::try_join_all(asks).await.unwrap();
    assert!(answers.iter().all(|found| found.len() == 1));
    assert!(list.calls.load(Ordering::SeqCst) <= 2, "{:?}", list.calls);
}

#[tokio::test]
async fn unknown_ids_are_absent_and_ignored_filters_add_nothing() {
    let (servers, mut list) = (Servers::default(), list(250));
    let wanted = uuids([1, 2, 9_999]);
    assert_eq!(
        servers.by_id(&list, &wanted, Asked::fresh()).await.unwrap().len(),
        2
    );
    list.ignores_filters = true;
    let mut wanted = uuids([7]);
    wanted.insert(Id::Instance("i-201.".into()));
    wanted.insert(Id::Instance("i-7.".into()));
    let mut found = servers.by_id(&list, &wanted, Asked::fresh()).await.unwrap();
    found.sort_by(|a, b| a.uuid.cmp(&b.uuid));
    assert_eq!(
        found.iter().map(|s| s.uuid.as_str()).collect::<Vec<_>>(),
        ["u-201.", "u-7."]
    );
}

#[tokio::test]
async fn more_ids_than_a_call_takes_are_split_and_a_recent_answer_is_reused() {
    let (servers, list) = (Servers::default(), list(250));
    let wanted = uuids(0..250);
    assert_eq!(
        servers.by_id(&list, &wanted, Asked::fresh()).await.unwrap().len(),
        250
    );
    assert_eq!(list.calls.load(Ordering::SeqCst), 3);
    servers.by_id(&list, &wanted, Asked::recent(None)).await.unwrap();
    assert_eq!(list.calls.load(Ordering::SeqCst), 3);
    servers
        .by_id(&list, &uuids([3]), Asked::recent(Some(Instant::now())))
        .await
        .unwrap();
    assert_eq!(list.calls.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_failure_reaches_all_who_waited_and_nobody_later() {
    let (servers, mut list) = (Servers::default(), list(10));
    list.fails = true;
    let wanted: Vec<_> = (0..10).map(|n| uuids([n])).collect();
    let asks = wanted.iter().map(|ids| servers.by_id(&list, ids, Asked::fresh()));
    assert!(futures::future::join_all(asks).await.iter().all(Result::is_err));
    assert_eq!(list.calls.load(Ordering::SeqCst), 1);
    list.fails = false;
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(
        servers
            .by_id(&list, &uuids([1]), Asked::recent(None))
            .await
            .unwrap()
            .len(),
        1
    );
}

fn selector(json: serde_json::Value) -> ServerSelector {
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn a_search_reads_all_pages_once_for_all() {
    let (servers, list) = (Servers::default(), list(250));
    let all = selector(serde_json::json!({"names": ["*"]}));
    let few = selector(serde_json::json!({"names": ["web-1*"]}));
    let asks = (0..20).map(|_| servers.by_selector(&list, &all, Asked::recent(None)));
    let found = futures::future::try_join_all(asks).await.unwrap();
    assert!(found.iter().all(|servers| servers.len() == 250));
    // Another selector that the cloud cannot narrow is answered from the same list.
    let found = servers
        .by_selector(&list, &few, Asked::recent(None))
        .await
        .unwrap();
    assert_eq!(found.len(), 111);
    assert_eq!(list.calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_ignored_filter_does_not_widen_a_selector() {
    let (servers, mut list) = (Servers::default(), list(250));
    list.ignores_filters = true;
    let tagged = selector(serde_json::json!({"tags": ["odd"], "names": ["web-1*"]}));
    let found = servers.by_selector(&list, &tagged, Asked::fresh()).await.unwrap();
    assert!(!found.is_empty());
    assert!(
        found
            .iter()
            .all(|server| server.tags == ["odd"] && server.name.starts_with("web-1"))
    );
}
