//! The client for the API server: found as kubectl finds it, or inside the cluster. It names itself, does
//! not retry on its own (a status write that is repeated blindly could hide a lost race), and waits for
//! the beginning of an answer for a bounded time.

use std::time::Duration;

use anyhow::Context;
use http::HeaderValue;
use http::header::USER_AGENT;
use kube::client::ClientBuilder;
use kube::{Client, Config};
use tower::BoxError;
use tower::util::MapFutureLayer;

/// Longest wait for the beginning of an answer. A watch begins at once and then stays open.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Connects to the API server.
pub async fn connect() -> anyhow::Result<Client> {
    let mut config = Config::infer()
        .await
        .context("failed to find a kubeconfig or a service account")?;
    config.default_retry = false;
    let agent = concat!("sas-operator/", env!("CARGO_PKG_VERSION"));
    config.headers.push((USER_AGENT, HeaderValue::from_static(agent)));
    let builder = ClientBuilder::try_from(config).context("failed to set up the client of the API server")?;
    let bounded = MapFutureLayer::new(|answer| async move {
        match tokio::time::timeout(ANSWER_TIMEOUT, answer).await {
            Ok(answer) => answer,
            Err(elapsed) => Err(BoxError::from(elapsed)),
        }
    });
    Ok(builder.with_layer(&bounded).build())
}
