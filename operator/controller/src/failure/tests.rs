//! What answers of a cloud on the loopback become. Each is asked twice, because equal failures have to
//! give equal texts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use sas_client::actions::GetAuthSummary;
use sas_client::{Client, Credentials, EndpointOverrides, Product, RetryPolicy, Transport, TransportOptions};
use serde_json::json;

use super::*;

const SECRET: &str = "s3cr3tValue";

/// A client of a server that answers everything with this code, and with another request id each time.
async fn client(status: StatusCode, code: &'static str, message: &'static str, headers: HeaderMap) -> Client {
    let asked = Arc::new(AtomicUsize::new(0));
    let answer = move || {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        let body = json!({"Code": code, "Message": message.replace('#', &number.to_string()),
            "RequestId": format!("R-{number}"), "HostId": "h"});
        async move { (status, headers, body.to_string()).into_response() }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, Router::new().fallback(answer)).into_future());
    client_of(&url)
}

fn client_of(url: &str) -> Client {
    let mut endpoints = EndpointOverrides::default();
    for product in [Product::Sas, Product::Sts] {
        endpoints.set(product, url).unwrap();
    }
    let transport = Transport::new(&TransportOptions::default()).unwrap();
    let once = RetryPolicy {
        tries: 1,
        ..RetryPolicy::default()
    };
    Client::builder(transport, Arc::new(Credentials::access_key("id", SECRET)))
        .endpoint_overrides(endpoints)
        .retry(once)
        .build()
}

/// What two tries give; their texts must be equal.
async fn failure(client: &Client) -> (CloudError, Unavailable) {
    let request = GetAuthSummary::default();
    let first = client.read(&request, "cn-shanghai").await.unwrap_err();
    let second = client.read(&request, "cn-shanghai").await.unwrap_err();
    let texts = [&first, &second].map(|error| unavailable(error, "Secret team/key").message);
    assert_eq!(texts[0], texts[1]);
    assert!(
        !texts[0].contains(SECRET) && !texts[0].contains("R-"),
        "{}",
        texts[0]
    );
    (first.clone(), unavailable(&first, "Secret team/key"))
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let client = client(
        StatusCode::FORBIDDEN,
        "NoPermission",
        "You may not.",
        HeaderMap::new(),
    )
    .await;
    let (error, found) = failure(&client).await;
    assert_eq!(found.reason, Reason::PermissionDenied);
    assert!(
        found
            .message
            .starts_with("the RAM policy lacks `yundun-sas:GetAuthSummary`; add it"),
        "{}",
        found.message
    );
    assert!(matches!(
        send_error(&error, "x"),
        SendError::Forbidden {
            request_id: Some(_),
            ..
        }
    ));
}

#[tokio::test]
async fn a_refused_key_is_told_with_its_secret_and_proves_that_nothing_ran() {
    for code in [
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId.NotFound",
        "InvalidSecurityToken.Expired",
    ] {
        let client = client(StatusCode::BAD_REQUEST, code, "bad key", HeaderMap::new()).await;
        let (error, found) = failure(&client).await;
        assert_eq!(found.reason, Reason::CredentialsNotReady, "{code}");
        assert!(
            found.message.contains("Secret team/key; put a valid one there"),
            "{}",
            found.message
        );
        let sent = send_error(&error, "x");
        assert!(
            matches!(
                sent,
                SendError::NotRun {
                    reason: Reason::CredentialsNotReady,
                    ..
                }
            ),
            "{sent:?}"
        );
    }
}

#[tokio::test]
async fn throttling_keeps_the_wish_of_the_cloud() {
    let mut headers = HeaderMap::new();
    headers.insert("x-acs-retry-after", "2000".parse().unwrap());
    let client = client(
        StatusCode::BAD_REQUEST,
        "Throttling.User",
        "slow down, call #",
        headers,
    )
    .await;
    // The client itself keeps still after a throttled call, so the second try never leaves.
    let error = client
        .read(&GetAuthSummary::default(), "cn-shanghai")
        .await
        .unwrap_err();
    let found = unavailable(&error, "x");
    assert_eq!(
        (found.reason, found.retry_after),
        (Reason::Throttled, Some(Duration::from_secs(2)))
    );
    let sent = send_error(&error, "x");
    assert!(
        matches!(
            sent,
            SendError::NotRun {
                reason: Reason::Throttled,
                retry_after: Some(_),
                ..
            }
        ),
        "{sent:?}"
    );
}

#[tokio::test]
async fn what_the_cloud_does_not_like_is_final_for_a_write() {
    let client = client(
        StatusCode::BAD_REQUEST,
        "InvalidParameter",
        "bad #",
        HeaderMap::new(),
    )
    .await;
    let (error, found) = failure(&client).await;
    assert_eq!(found.reason, Reason::CloudUnavailable);
    assert!(matches!(send_error(&error, "x"), SendError::Rejected { .. }));
}

#[tokio::test]
async fn an_unreachable_cloud_is_tried_again_and_a_lost_reply_is_unknown() {
    let (error, found) = failure(&client_of("http://127.0.0.1:1")).await;
    assert_eq!(found.reason, Reason::CloudUnavailable);
    assert!(found.message.contains("no connection"), "{}", found.message);
    assert!(matches!(
        send_error(&error, "x"),
        SendError::NotRun {
            reason: Reason::CloudUnavailable,
            ..
        }
    ));
    let lost = error.after_earlier_copy();
    assert!(matches!(
        send_error(&lost, "x"),
        SendError::Unknown { arrived: false, .. }
    ));
}

#[tokio::test]
async fn a_role_that_gives_no_key_is_told_with_what_it_takes() {
    let role = "role acs:ram::1:role/r by way of Secret team/key";
    let table = [
        (
            "NoPermission",
            "the caller lacks `sts:AssumeRole`, or the role's trust policy",
        ),
        (
            "EntityNotExist.Role",
            "the role or the key that asks for it is wrong",
        ),
    ];
    for (code, why) in table {
        let client = client(StatusCode::FORBIDDEN, code, "no", HeaderMap::new()).await;
        let error = client
            .read(&AssumeRole::default(), "cn-shanghai")
            .await
            .unwrap_err();
        let found = unavailable(&error, role);
        assert_eq!(found.reason, Reason::CredentialsNotReady, "{code}");
        for part in [role, why, "goes on by itself", code] {
            assert!(found.message.contains(part), "{}", found.message);
        }
    }
    // Trouble of the service says nothing about the role.
    let client = client(
        StatusCode::SERVICE_UNAVAILABLE,
        "ServiceUnavailable",
        "later",
        HeaderMap::new(),
    )
    .await;
    let error = client
        .read(&AssumeRole::default(), "cn-shanghai")
        .await
        .unwrap_err();
    assert_eq!(unavailable(&error, role).reason, Reason::CloudUnavailable);
}
