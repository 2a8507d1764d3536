//! One HTTP exchange, with every limit explicit: connect timeout, total deadline, response size.
//! No redirect, no proxy unless switched on, no compression, no retry of its own; TLS roots are
//! compiled in, plus an extra CA. Failures say whether anything can have been written.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use reqwest::{Method, Response, Url, redirect};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

/// Longest pause that a server can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_mins(1);

/// How calls travel; one set for the whole process.
#[derive(Clone, Debug)]
pub struct TransportOptions {
    /// Longest time for name lookup, TCP and TLS together; 5 s.
    pub connect_timeout: Duration,
    /// Longest time for one exchange, from connecting to the last byte of the answer; 10 s.
    pub exchange_timeout: Duration,
    /// Largest answer in bytes; 8 MiB.
    pub max_response_bytes: usize,
    /// Certificates in PEM that are trusted beside the compiled-in roots.
    pub extra_ca_pem: Option<Vec<u8>>,
    /// Whether `HTTPS_PROXY` and its kin are honoured; no.
    pub proxy_from_environment: bool,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            exchange_timeout: Duration::from_secs(10),
            max_response_bytes: 8 * 1024 * 1024,
            extra_ca_pem: None,
            proxy_from_environment: false,
        }
    }
}

/// Why the transport could not be set up.
#[derive(Debug, Error)]
pub enum TransportError {
    /// The extra CA is not PEM or holds no certificate that can be trusted.
    #[error("failed to read the extra CA certificates: {reason}")]
    ExtraCa {
        /// What is wrong.
        reason: String,
    },
    /// The TLS library refused its settings.
    #[error("failed to set up TLS")]
    Tls {
        /// Why.
        source: rustls::Error,
    },
    /// The HTTP library refused its settings.
    #[error("failed to set up the HTTP client")]
    Http {
        /// Why.
        source: reqwest::Error,
    },
}

/// A connection pool with its limits. Clones share the pool.
#[derive(Clone, Debug)]
pub struct Transport {
    http: reqwest::Client,
    exchange_timeout: Duration,
    max_response_bytes: usize,
}

/// A signed request. It holds secrets in its URL or headers, hence no `Debug`.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// A complete answer.
pub(crate) struct Incoming {
    pub(crate) status: u16,
    pub(crate) date: Option<Timestamp>,
    /// From `x-acs-retry-after`, which counts milliseconds; at most one minute.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

/// How an exchange failed. The texts name no URL but are not yet sanitised.
pub(crate) enum Failure {
    /// Nothing was written.
    NotSent(String),
    /// The connection broke before a reply.
    Lost(String),
    /// The deadline passed.
    Timeout(Duration),
    /// A reply began and could not be read to its end.
    Unreadable { status: u16, reason: String },
}

impl Transport {
    /// A transport with these limits.
    pub fn new(options: &TransportOptions) -> Result<Self, TransportError> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls_config(options.extra_ca_pem.as_deref())?)
            .connect_timeout(options.connect_timeout)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only();
        if !options.proxy_from_environment {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder
                .build()
                .map_err(|source| TransportError::Http { source })?,
            exchange_timeout: options.exchange_timeout,
            max_response_bytes: options.max_response_bytes,
        })
    }

    /// Sends one request and reads its whole answer, until `deadline` or the exchange timeout,
    /// whichever is earlier.
    pub(crate) async fn exchange(&self, request: &Outgoing, deadline: Instant) -> Result<Incoming, Failure> {
        let started = Instant::now();
        let deadline = deadline.min(started + self.exchange_timeout);
        let exchange = async {
            let response = self.send(request).await?;
            self.receive(response).await
        };
        timeout_at(deadline, exchange)
            .await
            .unwrap_or_else(|_| Err(Failure::Timeout(deadline - started)))
    }

    async fn send(&self, request: &Outgoing) -> Result<Response, Failure> {
        let mut builder = self.http.request(request.method.clone(), request.url.clone());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        builder.body(request.body.clone()).send().await.map_err(|error| {
            let reason = innermost(&error);
            // An unfit header or URL shows before a connection is made.
            if error.is_connect() || error.is_builder() {
                Failure::NotSent(reason)
            } else {
                Failure::Lost(reason)
            }
        })
    }

    async fn receive(&self, mut response: Response) -> Result<Incoming, Failure> {
        let status = response.status().as_u16();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let date = header("date").and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        let retry_after = header("x-acs-retry-after").and_then(|text| text.trim().parse().ok());
        let retry_after =
            retry_after.map(|milliseconds| Duration::from_millis(milliseconds).min(MAX_RETRY_AFTER));
        let mut body = Vec::new();
        loop {
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => {
                    return Ok(Incoming {
                        status,
                        date,
                        retry_after,
                        body,
                    });
                }
                Err(error) => {
                    return Err(Failure::Unreadable {
                        status,
                        reason: innermost(&error),
                    });
                }
            };
            if body.len() + chunk.len() > self.max_response_bytes {
                let reason = format!("the answer is larger than {} bytes", self.max_response_bytes);
                return Err(Failure::Unreadable { status, reason });
            }
            body.extend_from_slice(&chunk);
        }
    }
}

fn tls_config(extra_ca_pem: Option<&[u8]>) -> Result<ClientConfig, TransportError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(pem) = extra_ca_pem {
        let unfit = |reason: String| TransportError::ExtraCa { reason };
        let before = roots.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| unfit(error.to_string()))?;
            roots.add(certificate).map_err(|error| unfit(error.to_string()))?;
        }
        if roots.len() == before {
            return Err(unfit("there is no certificate in it".to_owned()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| TransportError::Tls { source })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The text of the deepest cause; the outer ones say little and may name the URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = match error.source() {
        Some(source) => source,
        None => return "the request could not be made".to_owned(),
    };
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
