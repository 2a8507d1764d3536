//! Thousands of calls that wait for the limit of an account hold up no urgent one: by the cloud's log it leaves
//! with the next token.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sas_client::actions::DescribeCloudCenterInstances;
use sas_client::{
    Client, Credentials, EndpointOverrides, Product, RateLimits, Transport, TransportOptions, Urgency,
};
use sas_sim::{Record, Simulator, World};
use tokio::task::JoinSet;

const REGION: &str = "cn-shanghai";
/// Scans that were approved and look at their servers once more.
const WAITING: usize = 5_000;
/// What the urgent call alone asks for.
const PAGE: i64 = 7;

fn client(cloud: &Simulator) -> Client {
    let mut overrides = EndpointOverrides::default();
    let url = format!("{}/{{region}}/", cloud.url());
    overrides.set(Product::Sas, &url).unwrap();
    let credentials = Credentials::access_key("LTAI-a", "secret-a");
    let transport = Transport::new(&TransportOptions::default()).unwrap();
    Client::builder(transport, Arc::new(credentials))
        .endpoint_overrides(overrides)
        // So slow that no call is still on its way when the next one leaves, however busy the machine is.
        .rate_limits(RateLimits {
            per_second: NonZeroU32::MIN,
            ..RateLimits::default()
        })
        .build()
}

fn asked(page_size: i64) -> DescribeCloudCenterInstances {
    DescribeCloudCenterInstances {
        page_size: Some(page_size),
        ..DescribeCloudCenterInstances::default()
    }
}

#[tokio::test]
async fn five_thousand_waiting_calls_hold_up_no_urgent_one() {
    let cloud =
        Simulator::start(World::default().with_key("1000000000000001", "LTAI-a", "secret-a")).unwrap();
    let client = client(&cloud);
    let started = Instant::now();
    let mut scans = JoinSet::new();
    for _ in 0..WAITING {
        let client = client.with_urgency(Urgency(1));
        scans.spawn(async move { client.read(&asked(20), REGION).await });
    }
    while cloud.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // A busy machine may not have sent yet what got a token. So many had one when the urgent call is made.
    let tokens = 1 + usize::try_from(started.elapsed().as_secs()).unwrap();
    client
        .with_urgency(Urgency(3))
        .read(&asked(PAGE), REGION)
        .await
        .unwrap();
    let log = cloud.requests();
    let is_urgent = |call: &Record| {
        call.parameters
            .get("PageSize")
            .is_some_and(|size| *size == PAGE.to_string())
    };
    let before = log.iter().position(is_urgent).unwrap();
    assert!(
        before <= tokens,
        "{before} calls left before it, with {tokens} tokens"
    );
    scans.shutdown().await;
    assert!(cloud.requests().len() < WAITING / 10, "they did not wait");
}
