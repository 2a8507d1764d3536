//! Clock skew: measured from every answer, used for every signature, corrected once per call.

use std::sync::Arc;

use crate::server::{Server, builder, error_body, json_with};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use sas_client::actions::GetAuthSummary;
use sas_client::{Client, Verdict};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn date_header(time: Timestamp) -> String {
    format!(
        "date: {}\r\n",
        time.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    )
}

/// A client whose local clock is one hour late.
fn late_client(server: &Server) -> Client {
    builder(&server.url)
        .now(Arc::new(|| Timestamp::now() - HOUR))
        .build()
}

#[tokio::test]
async fn an_expired_timestamp_is_signed_again_once_with_the_clouds_time() {
    let cloud_time = Timestamp::now();
    let date = date_header(cloud_time);
    let expired = json_with(400, &date, &error_body("InvalidTimeStamp.Expired"));
    let good = json_with(200, &date, r#"{"RequestId":"A-1"}"#);
    let server = Server::start([expired, good]).await;
    let client = late_client(&server);
    assert!((client.now() - cloud_time).get_hours().abs() == 0 && client.now() < cloud_time);
    client
        .read(&GetAuthSummary::default(), "cn-shanghai")
        .await
        .unwrap();
    let sent: Vec<Timestamp> = server
        .queries()
        .iter()
        .map(|query| query["Timestamp"].parse().unwrap())
        .collect();
    assert!(
        cloud_time.duration_since(sent[0]) > SignedDuration::from_mins(59),
        "{sent:?}"
    );
    assert!(
        cloud_time.duration_since(sent[1]).abs() < SignedDuration::from_secs(10),
        "{sent:?}"
    );
    assert!(client.now().duration_since(cloud_time).abs() < SignedDuration::from_secs(10));
}

#[tokio::test]
async fn a_clock_that_stays_wrong_is_reported() {
    let date = date_header(Timestamp::now());
    let expired = json_with(400, &date, &error_body("InvalidTimeStamp.Expired"));
    let server = Server::start(vec![expired; 5]).await;
    let error = late_client(&server)
        .read(&GetAuthSummary::default(), "cn-shanghai")
        .await
        .unwrap_err();
    assert!(error.is_clock_skew());
    assert_eq!((error.verdict, server.count()), (Verdict::Retry, 2));
}

#[tokio::test]
async fn every_answer_sets_the_clock_and_a_small_difference_does_not() {
    let now = Timestamp::now();
    let answer = |time| json_with(200, &date_header(time), r#"{"RequestId":"A-1"}"#);
    let server = Server::start([answer(now - HOUR), answer(now)]).await;
    let client = builder(&server.url).now(Arc::new(move || now)).build();
    client
        .read(&GetAuthSummary::default(), "cn-shanghai")
        .await
        .unwrap();
    assert!((now - HOUR).duration_since(client.now()).abs() <= SignedDuration::from_secs(1));
    client
        .read(&GetAuthSummary::default(), "cn-shanghai")
        .await
        .unwrap();
    assert_eq!(client.now(), now);
}
