//! The lookup against a list in memory that pages, and that can be told to ignore every filter and every
//! token, to fail, and to lose a server between two pages.

use std::time::Duration;

use sas_api::Reason;
use sas_client::actions::{CloudCenterInstance, PageInfo};

use super::*;

/// A server of the list: number of its uuid, and of its instance id.
type Row = (usize, usize);

#[derive(Default)]
struct State {
    rows: Vec<Row>,
    ignores_filters: bool,
    ignores_tokens: bool,
    fails: bool,
    /// Goes after the next page.
    doomed: Option<usize>,
    calls: Vec<DescribeCloudCenterInstances>,
}

#[derive(Clone, Default)]
struct List(Arc<Mutex<State>>);

fn list(count: usize) -> (Servers<List>, List) {
    let list = List::default();
    list.lock().rows = (0..count).map(|n| (n, n)).collect();
    (Servers::new(list.clone()), list)
}

impl List {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn calls(&self) -> usize {
        self.lock().calls.len()
    }
}

impl State {
    fn answer(&mut self, request: &DescribeCloudCenterInstances) -> CloudCenterInstances {
        let asked = request
            .criteria
            .as_ref()
            .filter(|_| !self.ignores_filters)
            .map(|json| json.text().unwrap());
        let fits = |(uuid, instance): &Row| {
            asked.as_ref().is_none_or(|text| {
                text.contains(&format!("u-{uuid}.")) || text.contains(&format!("i-{instance}."))
            })
        };
        let rows: Vec<Row> = self.rows.iter().copied().filter(fits).collect();
        let by_token = request.use_next_token == Some(true) && !self.ignores_tokens;
        let from = if by_token {
            let after = request.next_token.as_ref().map(|token| token.parse().unwrap());
            rows.iter()
                .take_while(|(uuid, _)| after.is_some_and(|after: usize| *uuid <= after))
                .count()
        } else {
            usize::try_from(request.current_page.unwrap_or(1) - 1).unwrap() * PAGE
        };
        let page: Vec<Row> = rows.iter().copied().skip(from).take(PAGE).collect();
        let more = from + page.len() < rows.len();
        let token = page.last().filter(|_| more).map(|(uuid, _)| uuid.to_string());
        if let Some(doomed) = self.doomed.take() {
            self.rows.retain(|(uuid, _)| *uuid != doomed);
        }
        CloudCenterInstances {
            instances: page.into_iter().map(instance).collect(),
            page_info: Some(PageInfo {
                total_count: (!by_token).then(|| i64::try_from(rows.len()).unwrap()),
                next_token: by_token.then(|| token.unwrap_or_default()),
                ..Default::default()
            }),
        }
    }
}

fn instance((uuid, instance): Row) -> CloudCenterInstance {
    CloudCenterInstance {
        uuid: Some(format!("u-{uuid}.")),
        instance_id: Some(format!("i-{instance}.")),
        instance_name: Some(format!("web-{instance}")),
        tag: Some(if uuid % 2 == 1 { "odd" } else { "even" }.to_owned()),
        ..Default::default()
    }
}

impl Pages for List {
    async fn page(&self, request: DescribeCloudCenterInstances) -> Result<CloudCenterInstances, Unavailable> {
        let answer = {
            let mut state = self.lock();
            state.calls.push(request.clone());
            if state.fails {
                Err(Unavailable::new(Reason::CloudUnavailable, "down"))
            } else {
                Ok(state.answer(&request))
            }
        };
        tokio::time::sleep(Duration::from_millis(20)).await;
        answer
    }
}

fn uuids(numbers: impl IntoIterator<Item = usize>) -> BTreeSet<Id> {
    numbers.into_iter().map(|n| Id::Uuid(format!("u-{n}."))).collect()
}

fn names(servers: &[Arc<Server>]) -> Vec<&str> {
    let mut names: Vec<_> = servers.iter().map(|server| server.uuid.as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn ids_that_are_wanted_meanwhile_go_together_into_the_next_call() {
    let (servers, list) = list(1_000);
    let wanted: Vec<_> = (0..80).map(|n| uuids([n])).collect();
    let asks = wanted.iter().map(|ids| servers.by_id(ids, Asked::fresh()));
    let answers = futures::future::try_join_all(asks).await.unwrap();
    assert!(answers.iter().all(|found| found.len() == 1));
    assert_eq!(list.calls(), 1);
}

#[tokio::test]
async fn calls_leave_full_while_more_ids_come() {
    let (servers, list) = list(1_000);
    let (servers, wanted) = (&servers, (0..1_000).map(|n| uuids([n])));
    let asks = wanted.enumerate().map(|(n, ids)| async move {
        // Ten a millisecond: faster than a call, slower than all at once.
        tokio::time::sleep(Duration::from_millis(u64::try_from(n / 10).unwrap())).await;
        servers.by_id(&ids, Asked::fresh()).await
    });
    let answers = futures::future::try_join_all(asks).await.unwrap();
    assert!(answers.iter().all(|found| found.len() == 1));
    assert!((10..=13).contains(&list.calls()), "{}", list.calls());
}

#[tokio::test]
async fn alone_a_call_leaves_at_once_and_the_next_one_soon() {
    let (servers, list) = list(10);
    let started = Instant::now();
    servers.by_id(&uuids([1]), Asked::fresh()).await.unwrap();
    assert!(started.elapsed() < GATHER, "{:?}", started.elapsed());
    servers.by_id(&uuids([1]), Asked::fresh()).await.unwrap();
    assert!(started.elapsed() >= GATHER, "{:?}", started.elapsed());
    assert_eq!(list.calls(), 2);
}

#[tokio::test]
async fn unknown_ids_are_absent() {
    let (servers, list) = list(250);
    let found = servers
        .by_id(&uuids([1, 2, 9_999]), Asked::fresh())
        .await
        .unwrap();
    assert_eq!(names(&found), ["u-1.", "u-2."]);
    // That it is absent is an answer as well.
    let found = servers.by_id(&uuids([9_999]), Asked::recent(None)).await.unwrap();
    assert_eq!((found.len(), list.calls()), (0, 1));
}

#[tokio::test]
async fn a_cloud_that_ignores_the_filter_is_read_once_for_all_and_adds_nothing() {
    let (servers, list) = list(250);
    list.lock().ignores_filters = true;
    let mut wanted = uuids([7]);
    wanted.insert(Id::Instance("i-201.".into()));
    wanted.insert(Id::Instance("i-7.".into()));
    let found = servers.by_id(&wanted, Asked::fresh()).await.unwrap();
    assert_eq!(names(&found), ["u-201.", "u-7."]);
    // The first page of each of the two sorts, and the list: once for both, unless one sort found the filter
    // ignored after the other had read the list already.
    assert!([2 + 3, 2 + 2 * 3].contains(&list.calls()), "{}", list.calls());
}

#[tokio::test]
async fn more_ids_than_a_call_takes_are_split_and_a_recent_answer_is_reused() {
    let (servers, list) = list(250);
    let wanted = uuids(0..250);
    assert_eq!(servers.by_id(&wanted, Asked::fresh()).await.unwrap().len(), 250);
    assert_eq!(list.calls(), 3);
    servers.by_id(&wanted, Asked::recent(None)).await.unwrap();
    assert_eq!(list.calls(), 3);
    // Only what is not known is asked for.
    servers
        .by_id(&uuids(240..260), Asked::recent(None))
        .await
        .unwrap();
    assert_eq!(list.calls(), 4);
    let filter = list.lock().calls[3].criteria.as_ref().unwrap().text().unwrap();
    assert!(
        filter.contains("u-259.") && !filter.contains("u-249."),
        "{filter}"
    );
}

#[tokio::test]
async fn who_wants_the_truth_of_now_gets_no_older_answer() {
    let (servers, list) = list(10);
    assert_eq!(
        servers
            .by_id(&uuids([3]), Asked::recent(None))
            .await
            .unwrap()
            .len(),
        1
    );
    // A call about the server is under way while it goes.
    let third = uuids([3]);
    let under_way = servers.by_id(&third, Asked::fresh());
    let later = async {
        while list.calls() < 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        list.lock().rows.clear();
        let gone = Instant::now();
        let fresh = servers.by_id(&uuids([3]), Asked::fresh()).await.unwrap();
        let since = servers
            .by_id(&uuids([3]), Asked::recent(Some(gone)))
            .await
            .unwrap();
        (fresh.len(), since.len())
    };
    let (before, after) = tokio::join!(under_way, later);
    assert_eq!((before.unwrap().len(), after), (1, (0, 0)));
}

#[tokio::test]
async fn a_failure_reaches_all_who_waited_and_nobody_later() {
    let (servers, list) = list(10);
    list.lock().fails = true;
    let wanted: Vec<_> = (0..10).map(|n| uuids([n])).collect();
    let asks = wanted.iter().map(|ids| servers.by_id(ids, Asked::recent(None)));
    let answers = futures::future::join_all(asks).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap_err().message == "down")
    );
    assert_eq!(list.calls(), 1);
    list.lock().fails = false;
    let found = servers.by_id(&uuids([1]), Asked::recent(None)).await.unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn who_leaves_takes_the_answer_from_nobody() {
    let (servers, list) = list(10);
    let (first, second) = (uuids([1, 2]), uuids([2, 3]));
    let leaver = servers.by_id(&first, Asked::recent(None));
    let stayer = servers.by_id(&second, Asked::recent(None));
    let leaver = tokio::time::timeout(Duration::from_millis(5), leaver);
    let (gave_up, answer) = tokio::join!(leaver, stayer);
    assert!(gave_up.is_err());
    assert_eq!(names(&answer.unwrap()), ["u-2.", "u-3."]);
    assert_eq!(list.calls(), 1);
}

#[tokio::test]
async fn servers_that_share_an_instance_id_are_all_found() {
    let (servers, list) = list(3);
    list.lock().rows.push((100, 1));
    let wanted = [Id::Instance("i-1.".into())].into();
    let found = servers.by_id(&wanted, Asked::fresh()).await.unwrap();
    assert_eq!(names(&found), ["u-1.", "u-100."]);
    let same_name = selector(serde_json::json!({"names": ["web-1"]}));
    let found = servers.by_selector(&same_name, Asked::fresh()).await.unwrap();
    assert_eq!(names(&found), ["u-1.", "u-100."]);
}

fn selector(json: serde_json::Value) -> ServerSelector {
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn a_search_reads_all_pages_once_for_all() {
    let (servers, list) = list(250);
    let all = selector(serde_json::json!({"names": ["*"]}));
    let few = selector(serde_json::json!({"names": ["web-1*"]}));
    let asks = (0..20).map(|_| servers.by_selector(&all, Asked::recent(None)));
    let found = futures::future::try_join_all(asks).await.unwrap();
    assert!(found.iter().all(|servers| servers.len() == 250));
    // Another selector that the cloud cannot narrow is answered from the same list.
    let found = servers.by_selector(&few, Asked::recent(None)).await.unwrap();
    assert_eq!(found.len(), 111);
    assert_eq!(list.calls(), 3);
}

#[tokio::test]
async fn a_server_that_goes_between_two_pages_hides_no_other() {
    for ignores_tokens in [false, true] {
        let (servers, list) = list(250);
        list.lock().ignores_tokens = ignores_tokens;
        list.lock().doomed = Some(5);
        let all = selector(serde_json::json!({"names": ["*"]}));
        let found = servers.by_selector(&all, Asked::fresh()).await.unwrap();
        let missing: Vec<_> = (0..250)
            .map(|n| format!("u-{n}."))
            .filter(|uuid| !found.iter().any(|server| server.uuid == *uuid))
            .collect();
        assert!(
            missing.iter().all(|uuid| uuid == "u-5."),
            "tokens ignored: {ignores_tokens}: {missing:?}"
        );
    }
}

#[tokio::test]
async fn an_ignored_filter_does_not_widen_a_selector() {
    let (servers, list) = list(250);
    list.lock().ignores_filters = true;
    let tagged = selector(serde_json::json!({"tags": ["odd"], "names": ["web-1*"]}));
    let found = servers.by_selector(&tagged, Asked::fresh()).await.unwrap();
    let fits = |server: &Arc<Server>| server.tags == ["odd"] && server.name.starts_with("web-1");
    assert!(!found.is_empty() && found.iter().all(fits));
}
