//! The proxy in front of a small server that counts what reaches it.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::any;

use super::*;

/// A server that counts requests, and the configuration that leads to it.
async fn upstream() -> (Arc<AtomicUsize>, Config) {
    let arrived = Arc::new(AtomicUsize::new(0));
    let counter = arrived.clone();
    let router = Router::new().fallback(any(move |request: Request| {
        counter.fetch_add(1, Ordering::SeqCst);
        std::future::ready(format!("{} {}", request.method(), request.uri()))
    }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut config = Config::new(url.parse().unwrap());
    config.default_retry = false;
    (arrived, config)
}

/// One request through the proxy; the answer's text.
async fn ask(proxy: &Proxy, method: &str, path: &str, body: &str) -> Result<String, kube::Error> {
    let mut config = Config::new(proxy.url().parse().unwrap());
    config.default_retry = false;
    let client = Client::try_from(config).unwrap();
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .body(body.as_bytes().to_vec())
        .unwrap();
    client.request_text(request).await
}

fn provider() {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[tokio::test]
async fn requests_pass_and_are_counted() {
    provider();
    let (_, config) = upstream().await;
    let proxy = Proxy::start(config).unwrap();
    let path = "/apis/g/v1/namespaces/n/things/t/status";
    let body = r#"{"status":{"execution":{"calls":[{"intent":{}}]}}}"#;
    assert_eq!(
        ask(&proxy, "PUT", path, body).await.unwrap(),
        format!("PUT {path}")
    );
    assert_eq!(
        ask(&proxy, "GET", "/x?watch=1", "").await.unwrap(),
        "GET /x?watch=1"
    );
    let writes = proxy.traffic().status_writes(0, "things", "t");
    assert_eq!(writes.len(), 1);
    assert!(writes[0].has_open_intent() && !writes[0].has_receipt());
    assert_eq!(writes[0].status, Some(200));
    assert!(proxy.traffic().status_writes(0, "things", "other").is_empty());
    assert!(proxy.traffic().status_writes(1, "things", "t").is_empty());
}

#[tokio::test]
async fn a_trap_holds_before_forwarding_and_lets_go() {
    provider();
    let (arrived, config) = upstream().await;
    let proxy = Proxy::start(config).unwrap();
    let mut trap = proxy.trap(Moment::BeforeForwarding, |asked| asked.method == "PUT");
    let work = async {
        assert_eq!(trap.caught().await.unwrap().path, "/a");
        assert_eq!(arrived.load(Ordering::SeqCst), 0);
        trap.release();
    };
    let (answer, ()) = tokio::join!(ask(&proxy, "PUT", "/a", "{}"), work);
    assert_eq!(answer.unwrap(), "PUT /a");
}

#[tokio::test]
async fn a_dropped_trap_loses_the_request_or_the_answer() {
    provider();
    let (arrived, config) = upstream().await;
    let proxy = Proxy::start(config).unwrap();
    for (moment, arrivals) in [(Moment::BeforeForwarding, 0), (Moment::BeforeAnswering, 1)] {
        let mut trap = proxy.trap(moment, |_| true);
        let work = async {
            trap.caught().await.unwrap();
            drop(trap);
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        };
        tokio::select! {
            answer = ask(&proxy, "PUT", "/a", "{}") => panic!("an answer came: {answer:?}"),
            () = work => {}
        }
        assert_eq!(arrived.load(Ordering::SeqCst), arrivals);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_away_and_comes_back_on_the_same_port() {
    provider();
    let (_, config) = upstream().await;
    let proxy = Proxy::start(config).unwrap();
    ask(&proxy, "GET", "/", "").await.unwrap();
    proxy.away();
    assert!(refuses(&proxy.url()).unwrap());
    ask(&proxy, "GET", "/", "").await.unwrap_err();
    proxy.back().unwrap();
    ask(&proxy, "GET", "/", "").await.unwrap();
}
