//! The HTTP side: metrics for Prometheus, and the two probes. Alive means that the process answers;
//! ready means that it has started, also on replicas that stand by. Neither asks the cloud.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus::{Registry, TEXT_FORMAT, TextEncoder};
use tokio::net::TcpListener;

/// Whether the replica has started and is not about to end.
pub type Ready = Arc<AtomicBool>;

/// Serves until the process ends.
pub async fn serve(listener: TcpListener, registry: Registry, ready: Ready) -> std::io::Result<()> {
    axum::serve(listener, router(registry, ready)).await
}

fn router(registry: Registry, ready: Ready) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz).with_state(ready))
        .route("/metrics", get(metrics).with_state(registry))
}

async fn readyz(State(ready): State<Ready>) -> impl IntoResponse {
    if ready.load(Ordering::Relaxed) {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "starting or ending\n")
    }
}

async fn metrics(State(registry): State<Registry>) -> impl IntoResponse {
    match TextEncoder::new().encode_to_string(&registry.gather()) {
        Ok(text) => Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], text)),
        Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::telemetry::Metrics;

    async fn ask(router: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn probes_and_metrics() {
        let registry = Registry::new();
        let metrics = Metrics::register(&registry).unwrap();
        sas_engine::metrics::Metrics::register(&registry).unwrap();
        let ready = Ready::default();
        let router = router(registry, ready.clone());
        assert_eq!(ask(&router, "/healthz").await.0, StatusCode::OK);
        assert_eq!(ask(&router, "/readyz").await.0, StatusCode::SERVICE_UNAVAILABLE);
        ready.store(true, Ordering::Relaxed);
        assert_eq!(ask(&router, "/readyz").await.0, StatusCode::OK);
        metrics.observer()(&sas_client::CallObservation {
            action: "GetAuthSummary",
            effect: sas_client::action::Effect::Read,
            verdict: None,
            elapsed: std::time::Duration::from_millis(20),
            attempt: 1,
            nonce: None,
        });
        let (_, text) = ask(&router, "/metrics").await;
        assert!(
            text.contains(r#"sas_operator_cloud_requests_total{api="GetAuthSummary",code="ok"} 1"#),
            "{text}"
        );
        assert!(text.contains("sas_operator_build_info{version="), "{text}");
    }
}
