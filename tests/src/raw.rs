//! Requests to the API server as JSON, for what typed clients hide: warnings, causes of a refusal, and
//! objects that no type would let through.

use anyhow::{Context, Result};
use http::Request;
use kube::Client;
use kube::client::Body;
use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body, `null` where it is no JSON.
    pub body: Value,
    /// The headers `Warning`.
    pub warnings: Vec<String>,
}

/// Path of a kind's objects in a namespace, followed by `rest`.
pub fn path(plural: &str, namespace: &str, rest: &str) -> String {
    format!(
        "/apis/{}/{}/namespaces/{namespace}/{plural}{rest}",
        sas_api::GROUP,
        sas_api::VERSION
    )
}

/// Sends a request and reads the whole answer.
pub async fn send_full(client: &Client, method: &str, path: &str, body: Value) -> Result<Answer> {
    send_as(client, method, path, "application/json", body).await
}

/// As [`send_full`], with the body declared as this type.
pub async fn send_as(client: &Client, method: &str, path: &str, media: &str, body: Value) -> Result<Answer> {
    let content = if body.is_null() {
        Vec::new()
    } else {
        serde_json::to_vec(&body)?
    };
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(http::header::CONTENT_TYPE, media)
        .body(Body::from(content))?;
    let (parts, body) = client
        .send(request)
        .await
        .context("failed to reach the API server")?
        .into_parts();
    let warnings = parts.headers.get_all(http::header::WARNING).iter();
    let warnings = warnings
        .map(|w| String::from_utf8_lossy(w.as_bytes()).into_owned())
        .collect();
    let body = body.collect_bytes().await.context("failed to read the answer")?;
    Ok(Answer {
        status: parts.status.as_u16(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        warnings,
    })
}

/// Status and body of an answer.
pub async fn send(client: &Client, method: &str, path: &str, body: Value) -> Result<(u16, Value)> {
    let answer = send_full(client, method, path, body).await?;
    Ok((answer.status, answer.body))
}
