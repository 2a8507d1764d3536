//! The load: many connections on one thread, each of which sends its next request when the one
//! before has been answered. Requests are signed afresh by the client's signing code; the HTTP
//! around them is the least that works, so that the load is lighter than what it measures.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use sas_client::sign;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::program::{self, Program};
use crate::shape::Shape;

/// Which of the two signatures.
#[derive(Clone, Copy, Debug)]
pub enum Signature {
    V1,
    V3,
}

/// One shape of request, in one signature version.
pub struct Load<'a> {
    pub program: &'a Program,
    pub signature: Signature,
    pub shape: Shape,
}

/// The times of all requests of a run.
pub struct Measured {
    elapsed: Duration,
    microseconds: Vec<u64>,
}

impl Load<'_> {
    /// Keeps `connections` requests under way for so long. Every answer must be a success, and
    /// the first of each connection must hold what was asked for.
    pub async fn run(&self, connections: usize, duration: Duration) -> anyhow::Result<Measured> {
        let started = Instant::now();
        let sent = Cell::new(0);
        let microseconds = RefCell::new(Vec::new());
        let worker = async || -> anyhow::Result<()> {
            let mut stream = TcpStream::connect(&self.program.address).await?;
            stream.set_nodelay(true)?;
            let mut reply = Vec::new();
            let mut first = true;
            while started.elapsed() < duration {
                let n = sent.replace(sent.get() + 1);
                let request = self.request(n);
                let begun = Instant::now();
                stream.write_all(request.as_bytes()).await?;
                let body = receive(&mut stream, &mut reply).await?;
                microseconds
                    .borrow_mut()
                    .push(begun.elapsed().as_micros().try_into()?);
                if std::mem::take(&mut first) {
                    self.shape.check(&serde_json::from_slice(&reply[body..])?)?;
                }
            }
            Ok(())
        };
        let workers = (0..connections).map(|_| worker());
        for finished in futures::future::join_all(workers).await {
            finished?;
        }
        let mut microseconds = microseconds.into_inner();
        microseconds.sort_unstable();
        Ok(Measured {
            elapsed: started.elapsed(),
            microseconds,
        })
    }

    fn request(&self, n: usize) -> String {
        let parameters = self.shape.parameters(n);
        let nonce = uuid::Uuid::new_v4().to_string();
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (query, headers) = match self.signature {
            Signature::V1 => (self.v1(parameters, nonce, now), String::new()),
            Signature::V3 => self.v3(&parameters, nonce, now),
        };
        let host = &self.program.address;
        format!("POST /?{query} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\n{headers}\r\n")
    }

    fn v1(&self, mut parameters: BTreeMap<String, String>, nonce: String, now: String) -> String {
        for (name, value) in [
            ("Action", self.shape.action()),
            ("Version", "2018-12-03"),
            ("Format", "JSON"),
            ("AccessKeyId", program::KEY),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
        ] {
            parameters.insert(name.to_owned(), value.to_owned());
        }
        parameters.insert("SignatureNonce".to_owned(), nonce);
        parameters.insert("Timestamp".to_owned(), now);
        let text = sign::v1::string_to_sign("POST", &parameters);
        let signature = sign::v1::signature(program::SECRET, &text);
        parameters.insert("Signature".to_owned(), signature);
        sign::canonical_query(&parameters)
    }

    fn v3(&self, parameters: &BTreeMap<String, String>, nonce: String, now: String) -> (String, String) {
        let query = sign::canonical_query(parameters);
        let digest = sign::v3::body_sha256(b"");
        let headers = [
            ("host", self.program.address.clone()),
            ("x-acs-action", self.shape.action().to_owned()),
            ("x-acs-version", "2018-12-03".to_owned()),
            ("x-acs-date", now),
            ("x-acs-signature-nonce", nonce),
            ("x-acs-content-sha256", digest.clone()),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        let canonical = sign::v3::canonical_request("POST", "/", &query, &headers, &digest);
        let signature = sign::v3::signature(program::SECRET, &sign::v3::string_to_sign(&canonical));
        let mut lines = format!(
            "authorization: {} Credential={},SignedHeaders={},Signature={signature}\r\n",
            sign::v3::ALGORITHM,
            program::KEY,
            sign::v3::signed_headers(&headers)
        );
        for (name, value) in headers.iter().skip(1) {
            lines.extend([name, ": ", value, "\r\n"]);
        }
        (query, lines)
    }
}

/// Reads one answer and returns where its body starts in `reply`.
async fn receive(stream: &mut TcpStream, reply: &mut Vec<u8>) -> anyhow::Result<usize> {
    const LENGTH: &str = "content-length: ";
    reply.clear();
    let mut end = None;
    loop {
        ensure!(
            stream.read_buf(reply).await? > 0,
            "failed to read an answer: the connection ended"
        );
        if end.is_none()
            && let Some(body) = reply
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .map(|at| at + 4)
        {
            let head = std::str::from_utf8(&reply[..body])?.to_ascii_lowercase();
            ensure!(
                head.starts_with("http/1.1 200"),
                "failed to get an answer: {}",
                String::from_utf8_lossy(reply)
            );
            let length = head.lines().find_map(|line| line.strip_prefix(LENGTH));
            let length: usize = length.context("an answer has a length")?.parse()?;
            end = Some((body, body + length));
        }
        if let Some((body, end)) = end
            && reply.len() >= end
        {
            return Ok(body);
        }
    }
}

impl Measured {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52 requests")]
    pub fn requests(&self) -> f64 {
        self.microseconds.len() as f64
    }

    pub fn per_second(&self) -> f64 {
        self.requests() / self.elapsed.as_secs_f64()
    }

    /// The time in microseconds within which so many of 100 requests were answered.
    pub fn percentile(&self, percent: usize) -> u64 {
        let last = self.microseconds.len().saturating_sub(1);
        self.microseconds.get(last * percent / 100).copied().unwrap_or(0)
    }
}
