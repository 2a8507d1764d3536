//! Keeps other people's web pages out of the simulator. A browser in which a person also visits
//! foreign sites can be made to send requests here, so the page, the control interface and the metadata
//! service, which hands out keys, refuse to be called by a foreign name (DNS rebinding) and to be changed
//! from a foreign page (request forgery). The cloud's own paths need no such guard: there every request is signed.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Names besides addresses and `localhost` by which the page and the control interface may be called.
#[derive(Debug, Clone, Default)]
pub struct Names(Arc<[String]>);

impl From<Vec<String>> for Names {
    fn from(names: Vec<String>) -> Self {
        Self(names.iter().map(|name| name.to_ascii_lowercase()).collect())
    }
}

/// Lets a request pass or answers 403.
pub async fn guard(State(names): State<Names>, request: Request, next: Next) -> Response {
    match names.objection(request.method(), request.headers()) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}

impl Names {
    /// The refusal of a request that may not pass. What only reads may come from anywhere: the
    /// browser keeps the answer from foreign pages.
    pub fn objection(&self, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let problem = if !self.has(headers) {
            "this name is not known here: call a loopback address, or start with --host-name"
        } else if !method.is_safe() && is_foreign(headers) {
            "changes from other sites' pages are refused"
        } else {
            return None;
        };
        let body = axum::Json(serde_json::json!({"error": problem}));
        Some((StatusCode::FORBIDDEN, body).into_response())
    }

    /// Whether the name in `Host` is known. An address cannot be rebound, only a name can.
    fn has(&self, headers: &HeaderMap) -> bool {
        let Some(host) = text(headers, "host") else {
            // Browsers always send it.
            return true;
        };
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let name = authority.host().to_ascii_lowercase();
        let address = name.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok()
            || name == "localhost"
            || name.ends_with(".localhost")
            || self.0.contains(&name)
    }
}

/// Whether a browser says that another site's page sends this. Programs say nothing.
fn is_foreign(headers: &HeaderMap) -> bool {
    let own = |origin: &str| origin.split_once("://").map(|(_, host)| host) == text(headers, "host");
    text(headers, "origin").is_some_and(|origin| !own(origin))
        || text(headers, "sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    // What is not text is present and fits nothing.
    headers
        .get(name)
        .map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(header).collect()
    }

    #[test]
    fn only_names_that_cannot_be_rebound_are_known() {
        let names = Names::from(vec!["Sim.test".to_owned()]);
        for (host, known) in [
            ("127.0.0.1:8080", true),
            ("127.8.9.10", true),
            ("[::1]:8080", true),
            ("10.1.2.3:80", true),
            ("localhost:1", true),
            ("cn-shanghai.localhost:1", true),
            ("sim.test:8080", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("notlocalhost", false),
            ("", false),
        ] {
            assert_eq!(names.has(&headers(&[("host", host)])), known, "{host}");
        }
        assert!(names.has(&headers(&[])));
    }

    #[test]
    fn only_pages_from_here_and_programs_may_change_anything() {
        const HOST: (&str, &str) = ("host", "127.0.0.1:8080");
        for (sent, foreign) in [
            (&[HOST][..], false),
            (&[HOST, ("origin", "http://127.0.0.1:8080")], false),
            (&[HOST, ("origin", "http://127.0.0.1:8081")], true),
            (&[HOST, ("origin", "https://evil.example")], true),
            (&[HOST, ("origin", "null")], true),
            (&[HOST, ("sec-fetch-site", "same-origin")], false),
            (&[HOST, ("sec-fetch-site", "none")], false),
            (&[HOST, ("sec-fetch-site", "same-site")], true),
            (&[HOST, ("sec-fetch-site", "cross-site")], true),
        ] {
            assert_eq!(is_foreign(&headers(sent)), foreign, "{sent:?}");
        }
    }
}
