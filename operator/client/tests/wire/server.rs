//! A raw HTTP/1 server under full control: it records the bytes of every request and answers each
//! with the next line of a script, faults included. A request beyond the script gets an error that no
//! client takes for an answer.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sas_client::{
    Client, ClientBuilder, Credentials, EndpointOverrides, Product, ProvideCredentials, RetryPolicy,
    Transport, TransportOptions,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const KEY_ID: &str = "LTAI5tCanaryKeyId";
/// `printf LTAI5tCanaryKeyId | sha256sum`
pub const FINGERPRINT: &str = "f42e6d84d2faced7";
pub const SECRET: &str = "CanarySecretOfTheKey";
pub const TOKEN: &str = "CAISCanaryToken+/=of/sts";

/// What the server does with one request.
#[derive(Clone)]
pub enum Act {
    /// Writes these bytes and closes.
    Reply(Vec<u8>),
    /// Breaks the connection without a byte.
    Reset,
    /// Says nothing until the client goes away.
    Hang,
}

/// A JSON answer with further header lines (each ending in `\r\n`).
pub fn json_with(status: u16, headers: &str, body: &str) -> Act {
    raw(&format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    ))
}

pub fn json(status: u16, body: &str) -> Act {
    json_with(status, "", body)
}

pub fn raw(bytes: &str) -> Act {
    Act::Reply(bytes.as_bytes().to_vec())
}

/// A success without any field but the request id.
pub fn success() -> Act {
    json(200, r#"{"RequestId":"9C4F2D0A-AAAA-BBBB-CCCC-000000000001"}"#)
}

/// An error as the gateway sends it.
pub fn error(status: u16, code: &str) -> Act {
    json(status, &error_body(code))
}

pub fn error_body(code: &str) -> String {
    format!(
        r#"{{"Code":"{code}","Message":"what {code} says","RequestId":"9C4F2D0A-AAAA-BBBB-CCCC-0000000000EE",
        "HostId":"tds.aliyuncs.com","Recommend":"https://api.example/troubleshoot?q={code}"}}"#
    )
}

/// A running server. It ends with the test's runtime.
pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    pub async fn start(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let recorded = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&recorded)));
            }
        });
        Self { url, requests }
    }

    /// The raw requests so far.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// The decoded query parameters of each request.
    pub fn queries(&self) -> Vec<BTreeMap<String, String>> {
        self.requests().iter().map(|request| query(request)).collect()
    }
}

/// The decoded query parameters of a raw request.
pub fn query(request: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(request);
    let target = text.split(' ').nth(1).unwrap().to_owned();
    let encoded = target.split_once('?').map_or("", |(_, query)| query);
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    let pairs = encoded.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

async fn serve(mut stream: TcpStream, script: Arc<Mutex<VecDeque<Act>>>, requests: Arc<Mutex<Vec<Vec<u8>>>>) {
    let Some(request) = read_request(&mut stream).await else {
        return;
    };
    requests.lock().unwrap().push(request);
    let act = script.lock().unwrap().pop_front();
    match act
        .unwrap_or_else(|| raw("HTTP/1.1 599 unscripted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"))
    {
        Act::Reply(bytes) => answer(&mut stream, &bytes).await,
        Act::Reset => stream.set_zero_linger().unwrap(),
        Act::Hang => {
            let _ = stream.read(&mut [0; 1]).await;
        }
    }
}

/// Writes an answer and closes in an orderly way.
pub async fn answer<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) {
    // A client that has seen enough may be gone already.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let _ = stream.read(&mut [0; 1]).await;
}

/// Reads head and body of one request; `None` when the client leaves first.
pub async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        request.extend_from_slice(&buffer[..read]);
        let Some(head) = request.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        if request.len() >= head + 4 + length {
            return Some(request);
        }
    }
}

/// Fast retries and short timeouts.
pub fn quick() -> RetryPolicy {
    RetryPolicy {
        tries: 4,
        pause: Duration::from_millis(5),
        max_pause: Duration::from_millis(20),
        deadline: Duration::from_secs(20),
    }
}

/// Small limits, with enough time for a busy machine.
pub fn options() -> TransportOptions {
    TransportOptions {
        exchange_timeout: Duration::from_secs(2),
        max_response_bytes: 64 * 1024,
        ..TransportOptions::default()
    }
}

/// The key of all tests: a temporary one, so that all three secrets travel.
pub fn key() -> Credentials {
    Credentials {
        security_token: Some(TOKEN.into()),
        ..Credentials::access_key(KEY_ID, SECRET)
    }
}

pub fn builder_with(url: &str, options: &TransportOptions) -> ClientBuilder {
    builder_of_all(url, options, Arc::new(key()))
}

/// A client with other credentials.
pub fn builder_of(url: &str, credentials: Arc<dyn ProvideCredentials>) -> ClientBuilder {
    builder_of_all(url, &options(), credentials)
}

fn builder_of_all(
    url: &str,
    options: &TransportOptions,
    credentials: Arc<dyn ProvideCredentials>,
) -> ClientBuilder {
    let mut overrides = EndpointOverrides::default();
    for product in Product::ALL {
        overrides.set(product, url).unwrap();
    }
    let transport = Transport::new(options).unwrap();
    Client::builder(transport, credentials)
        .endpoint_overrides(overrides)
        .retry(quick())
}

pub fn builder(url: &str) -> ClientBuilder {
    builder_with(url, &options())
}

/// For servers that hang.
pub fn impatient(server: &Server) -> ClientBuilder {
    builder_with(
        &server.url,
        &TransportOptions {
            exchange_timeout: Duration::from_millis(250),
            ..options()
        },
    )
}

pub fn client(server: &Server) -> Client {
    builder(&server.url).build()
}
