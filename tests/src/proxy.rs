//! A reverse proxy between the operator and the API server: plain HTTP on loopback in, the real API
//! server in the operator's name out. It keeps what the operator asked ([`crate::traffic`]), catches
//! chosen requests before they are forwarded or before their answer is given back, and can be away, as
//! an API server is that restarts.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Context, Result};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kube::{Client, Config};
use tokio::sync::oneshot;

use crate::traffic::{Asked, Traffic};

const LARGEST_BODY: usize = 16 << 20;

/// Where a caught request waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The API server has not seen it.
    BeforeForwarding,
    /// The API server has answered, the operator has not got the answer.
    BeforeAnswering,
}

type Filter = Box<dyn Fn(&Asked) -> bool + Send>;

struct Snare {
    moment: Moment,
    filter: Filter,
    caught: oneshot::Sender<Asked>,
    released: oneshot::Receiver<()>,
}

/// A request that is waited for, or held.
pub struct Trap {
    caught: Option<oneshot::Receiver<Asked>>,
    release: oneshot::Sender<()>,
}

impl Trap {
    /// Waits until a request is caught; it is held from then on.
    pub async fn caught(&mut self) -> Result<Asked> {
        let caught = self
            .caught
            .take()
            .context("the trap has been waited for before")?;
        let asked = tokio::time::timeout(crate::wait::PATIENCE, caught).await;
        asked
            .context("no request came into the trap in time")?
            .context("the proxy has gone")
    }

    /// Lets the caught request go on. A trap that is dropped instead never lets go: the request is lost.
    pub fn release(self) {
        // The proxy has gone when nobody listens, and the request with it.
        let _ = self.release.send(());
    }
}

#[derive(Clone)]
struct Shared {
    traffic: Arc<Traffic>,
    snares: Arc<Mutex<Vec<Snare>>>,
}

/// The running proxy.
pub struct Proxy {
    upstream: Config,
    address: SocketAddr,
    shared: Shared,
    server: Mutex<Option<Server>>,
}

struct Server {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Proxy {
    /// Starts in front of `upstream`, on a free loopback port.
    pub fn start(upstream: Config) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("failed to find a free port")?;
        let proxy = Self {
            upstream,
            address: listener.local_addr()?,
            shared: Shared {
                traffic: Arc::default(),
                snares: Arc::default(),
            },
            server: Mutex::new(None),
        };
        proxy.serve(listener)?;
        Ok(proxy)
    }

    /// The base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked so far.
    pub fn traffic(&self) -> &Traffic {
        &self.shared.traffic
    }

    /// Catches the next request that `filter` accepts.
    pub fn trap(&self, moment: Moment, filter: impl Fn(&Asked) -> bool + Send + 'static) -> Trap {
        let (caught_sender, caught) = oneshot::channel();
        let (release, released) = oneshot::channel();
        let snare = Snare {
            moment,
            filter: Box::new(filter),
            caught: caught_sender,
            released,
        };
        lock(&self.shared.snares).push(snare);
        Trap {
            caught: Some(caught),
            release,
        }
    }

    /// Closes all connections and refuses new ones until [`Self::back`].
    pub fn away(&self) {
        if let Some(server) = lock(&self.server).take() {
            // The thread has ended by itself when nobody listens.
            let _ = server.stop.send(());
            let _ = server.thread.join();
        }
    }

    /// Serves again, on the same port.
    pub fn back(&self) -> Result<()> {
        self.serve(TcpListener::bind(self.address).context("failed to take the port again")?)
    }

    /// Serves on a thread and runtime of its own, so that dropping the runtime closes every connection.
    fn serve(&self, listener: TcpListener) -> Result<()> {
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let (upstream, shared) = (self.upstream.clone(), self.shared.clone());
        let work = move || {
            let served = runtime.block_on(async {
                tokio::select! {
                    served = run(listener, upstream, shared) => served,
                    _ = stopped => Ok(()),
                }
            });
            if let Err(error) = served {
                eprintln!("the proxy ended: {error:#}");
            }
        };
        let thread = std::thread::Builder::new().name("proxy".to_owned()).spawn(work)?;
        *lock(&self.server) = Some(Server { stop, thread });
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.away();
    }
}

async fn run(listener: TcpListener, upstream: Config, shared: Shared) -> Result<()> {
    let client = Client::try_from(upstream)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = axum::Router::new().fallback(pass).with_state((client, shared));
    Ok(axum::serve(listener, router).await?)
}

async fn pass(State((client, shared)): State<(Client, Shared)>, request: Request) -> Response {
    match forward(&client, &shared, request).await {
        Ok(response) => response,
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
    }
}

async fn forward(client: &Client, shared: &Shared, request: Request) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await?;
    let mut asked = Asked {
        at: Instant::now(),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        status: None,
    };
    hold(shared, Moment::BeforeForwarding, &asked).await;

    let target = parts
        .uri
        .path_and_query()
        .context("a request without a path")?
        .as_str();
    let mut outgoing = http::Request::new(kube::client::Body::from(body));
    *outgoing.method_mut() = parts.method;
    *outgoing.uri_mut() = target.parse()?;
    *outgoing.headers_mut() = end_to_end(parts.headers);
    let index = shared.traffic.begin(asked.clone());
    let (parts, body) = client.send(outgoing).await?.into_parts();
    asked.status = Some(parts.status.as_u16());
    shared.traffic.answered(index, parts.status.as_u16());
    hold(shared, Moment::BeforeAnswering, &asked).await;

    let mut response = Response::new(Body::new(body));
    *response.status_mut() = parts.status;
    *response.headers_mut() = end_to_end(parts.headers);
    Ok(response)
}

/// Waits while a trap holds the request; for ever if the trap is dropped.
async fn hold(shared: &Shared, moment: Moment, asked: &Asked) {
    let snare = {
        let mut snares = lock(&shared.snares);
        let sprung = snares
            .iter()
            .position(|snare| snare.moment == moment && (snare.filter)(asked));
        sprung.map(|index| snares.remove(index))
    };
    let Some(snare) = snare else { return };
    let heard = snare.caught.send(asked.clone()).is_ok();
    if !heard || snare.released.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Headers without those that speak of one connection only, and without the caller's own credentials.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in [
        header::HOST,
        header::CONNECTION,
        header::TRANSFER_ENCODING,
        header::CONTENT_LENGTH,
        header::AUTHORIZATION,
    ] {
        headers.remove(name);
    }
    headers
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether nobody listens on the address of a URL like [`Proxy::url`].
pub fn refuses(url: &str) -> Result<bool> {
    let address = url.strip_prefix("http://").context("not an http URL")?;
    match std::net::TcpStream::connect(address) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(true),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(false),
    }
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
