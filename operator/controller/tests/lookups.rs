//! Look-ups of servers through the real client against the simulated cloud: how many calls they cost, by
//! the cloud's own log, and that nobody sees what belongs to another account, data centre or time.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use sas_api::account::{DataCentre, Site};
use sas_client::{
    Client, Credentials, EndpointOverrides, Product, RateLimits, RetryPolicy, Transport, TransportOptions,
};
use sas_operator::assets::{Id, Server};
use sas_operator::claims::Claims;
use sas_operator::sas::{Identity, Sas};
use sas_operator::shared::Asked;
use sas_sim::world::Asset;
use sas_sim::{FaultKind, Rule, Simulator, World};

const ACTION: &str = "DescribeCloudCenterInstances";
const PAGE: usize = 100;
const ACCOUNT: &str = "1000000000000001";
const HERE: DataCentre = DataCentre::CnShanghai;

fn server(name: &str) -> Asset {
    Asset {
        instance_id: format!("i-{name}"),
        instance_name: name.to_owned(),
        ..Asset::default()
    }
}

/// A cloud of one account with this many servers in one data centre.
fn cloud(servers: usize) -> Simulator {
    let mut world = World::default().with_key(ACCOUNT, "LTAI-a", "secret-a");
    let centre = world.centre(ACCOUNT, HERE.as_str());
    let names = (0..servers).map(|n| format!("{n:05}"));
    centre.assets = names.map(|name| (format!("u-{name}"), server(&name))).collect();
    Simulator::start(world).unwrap()
}

fn account(cloud: &Simulator, id: &str, key: &str) -> Arc<Sas> {
    let mut overrides = EndpointOverrides::default();
    let url = format!("{}/{{region}}/", cloud.url());
    overrides.set(Product::Sas, &url).unwrap();
    let credentials = Credentials::access_key(format!("LTAI-{key}"), format!("secret-{key}"));
    let transport = Transport::new(&TransportOptions::default()).unwrap();
    let client = Client::builder(transport, Arc::new(credentials))
        .endpoint_overrides(overrides)
        .rate_limits(RateLimits {
            per_second: NonZeroU32::new(1_000).unwrap(),
            ..RateLimits::default()
        })
        .retry(RetryPolicy {
            tries: 1,
            ..RetryPolicy::default()
        })
        .build();
    let identity = Identity {
        account_id: id.to_owned(),
        site: Site::Cn,
    };
    let (claims, prices) = (Claims::default(), Arc::default());
    Arc::new(Sas::new(
        client,
        identity,
        "f".into(),
        "the test".into(),
        claims,
        prices,
        Arc::default(),
    ))
}

/// By which id a server is looked up.
type IdOf = fn(usize) -> BTreeSet<Id>;

fn uuid(n: usize) -> BTreeSet<Id> {
    [Id::Uuid(format!("u-{n:05}"))].into()
}

fn instance(n: usize) -> BTreeSet<Id> {
    [Id::Instance(format!("i-{n:05}"))].into()
}

fn names(servers: &[Arc<Server>]) -> Vec<&str> {
    let mut names: Vec<_> = servers.iter().map(|server| server.name.as_str()).collect();
    names.sort_unstable();
    names
}

fn calls(cloud: &Simulator) -> usize {
    let requests = cloud.requests();
    requests.iter().filter(|request| request.action == ACTION).count()
}

/// Each look-up on a task of its own, the last one of them after `spread`.
async fn look_up_all(sas: &Arc<Sas>, count: usize, spread: Duration, id: IdOf) {
    let look_ups = (0..count).map(|n| {
        let sas = sas.clone();
        let delay = spread / u32::try_from(count).unwrap() * u32::try_from(n).unwrap();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let found = sas.servers(HERE).by_id(&id(n), Asked::fresh()).await.unwrap();
            assert_eq!(names(&found), [format!("{n:05}")]);
        })
    });
    try_join_all(look_ups).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_look_ups_cost_hardly_more_calls_than_pages() {
    let mixed = |n: usize| if n.is_multiple_of(2) { uuid(n) } else { instance(n) };
    let second = Duration::from_secs(1);
    let loads: [(&str, usize, Duration, IdOf); 3] = [
        ("within a second", 10_000, second, uuid),
        ("at once", 2_000, Duration::ZERO, uuid),
        ("by two sorts of id", 2_000, second / 5, mixed),
    ];
    for (load, count, spread, id) in loads {
        let cloud = cloud(count);
        let sas = account(&cloud, ACCOUNT, "a");
        let started = Instant::now();
        look_up_all(&sas, count, spread, id).await;
        let (calls, pages) = (calls(&cloud), count / PAGE);
        println!("{load}: {calls} calls for {pages} pages, {:?}", started.elapsed());
        // A call that leaves before its page is full is one too many; a busy machine brings more of them.
        let most = pages * 5 / 4 + 2;
        assert!(calls <= most, "{load}: {calls} calls for {pages} pages");
        // Not one more for those who can do with what is known.
        let all = (0..count).flat_map(id).collect();
        let found = sas.servers(HERE).by_id(&all, Asked::recent(None)).await.unwrap();
        assert_eq!(found.len(), count);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_account_and_data_centre_sees_its_own_servers_only() {
    let accounts = [(ACCOUNT, "a"), ("1000000000000002", "b")];
    let mut world = World::default();
    for (id, key) in accounts {
        world = world.with_key(id, &format!("LTAI-{key}"), &format!("secret-{key}"));
        for centre in DataCentre::ALL {
            let name = format!("{key}-{}", centre.as_str());
            let assets = &mut world.centre(id, centre.as_str()).assets;
            assets.insert("u-00001".to_owned(), server(&name));
        }
    }
    // One server that a single place has.
    let only = &mut world.centre(ACCOUNT, HERE.as_str()).assets;
    only.insert("u-00002".to_owned(), server("only"));
    let cloud = Simulator::start(world).unwrap();
    let everything = serde_json::from_value(serde_json::json!({"names": ["*"]})).unwrap();
    let handles = accounts.map(|(id, key)| (key, account(&cloud, id, key)));
    for _ in 0..3 {
        for (key, sas) in &handles {
            for centre in DataCentre::ALL {
                let here = format!("{key}-{}", centre.as_str());
                let mut expected = vec![here.as_str()];
                let servers = sas.servers(centre);
                let ids = uuid(1).union(&uuid(2)).cloned().collect();
                if here == "a-cn-shanghai" {
                    expected.push("only");
                }
                let found = servers.by_id(&ids, Asked::recent(None)).await.unwrap();
                assert_eq!(names(&found), expected);
                let found = servers
                    .by_selector(&everything, Asked::recent(None))
                    .await
                    .unwrap();
                assert_eq!(names(&found), expected);
            }
        }
    }
    // Each place was asked once by id and once by search.
    assert_eq!(calls(&cloud), 4 * 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_come_and_go_between_pages_hide_no_other() {
    let cloud = cloud(450);
    let slow = Rule {
        seconds: Some(0.2),
        ..Rule::new(FaultKind::Slow).on(ACTION).times(9)
    };
    cloud.add_fault(slow).unwrap();
    let sas = account(&cloud, ACCOUNT, "a");
    let looking = tokio::spawn({
        let sas = sas.clone();
        let everything = serde_json::from_value(serde_json::json!({"names": ["*"]})).unwrap();
        async move {
            sas.servers(HERE)
                .by_selector(&everything, Asked::fresh())
                .await
                .unwrap()
        }
    });
    while calls(&cloud) < 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    cloud.with(|state| {
        let assets = &mut state.world.centre(ACCOUNT, HERE.as_str()).assets;
        assets.retain(|uuid, _| !["u-00003", "u-00042"].contains(&uuid.as_str()));
        assets.insert("u-99999".to_owned(), server("99999"));
    });
    let found = looking.await.unwrap();
    let stayed = (0..450)
        .filter(|n| ![3, 42].contains(n))
        .map(|n| format!("{n:05}"));
    let seen: BTreeSet<&str> = names(&found).into_iter().collect();
    let hidden: Vec<_> = stayed.filter(|name| !seen.contains(name.as_str())).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
    assert!(seen.contains("99999"));
    assert_eq!(calls(&cloud), 5);
}

// On one thread all have asked before the first call leaves.
#[tokio::test]
async fn a_failed_call_fails_all_who_waited_and_the_next_one_asks_again() {
    let cloud = cloud(10);
    let fault = Rule {
        status: Some(500),
        code: Some("InternalError".to_owned()),
        ..Rule::new(FaultKind::Error).on(ACTION)
    };
    cloud.add_fault(fault).unwrap();
    let sas = account(&cloud, ACCOUNT, "a");
    let ids: Vec<_> = (0..10).map(uuid).collect();
    let asks = ids
        .iter()
        .map(|ids| sas.servers(HERE).by_id(ids, Asked::recent(None)));
    for answer in futures::future::join_all(asks).await {
        let error = answer.unwrap_err();
        assert!(error.message.contains("InternalError"), "{}", error.message);
    }
    let found = sas
        .servers(HERE)
        .by_id(&ids[3], Asked::recent(None))
        .await
        .unwrap();
    assert_eq!((names(&found), calls(&cloud)), (vec!["00003"], 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_for_after_a_change_shows_the_change() {
    let cloud = cloud(3);
    let sas = account(&cloud, ACCOUNT, "a");
    let ids = uuid(1);
    let look = async |asked| sas.servers(HERE).by_id(&ids, asked).await.unwrap()[0].cores;
    let before = look(Asked::recent(None)).await;
    cloud.with(|state| {
        let assets = &mut state.world.centre(ACCOUNT, HERE.as_str()).assets;
        assets.get_mut("u-00001").unwrap().cores = 77;
    });
    let changed = Instant::now();
    assert_eq!(
        look(Asked::recent(None)).await,
        before,
        "it was not cached at all"
    );
    assert_eq!(look(Asked::recent(Some(changed))).await, 77);
    assert_eq!(look(Asked::fresh()).await, 77);
}
