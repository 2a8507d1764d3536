//! HTTP/1.1 on one port: everything under `/_sim/` is control and under `/latest` the metadata service, a
//! visit to `/` is the page, everything else is the cloud. A connection can be reset from inside a request, which is
//! how a lost reply looks to a client, and every answer carries the simulated time as its `Date`.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::control;
use crate::gateway::{self, Answer, Delivery, Received};
use crate::guard::{Names, guard};
use crate::metadata;
use crate::page;
use crate::state::Shared;

/// Largest request body; the gateway's own limit for parameters is far below.
const MAXIMUM_BODY: usize = 16 << 20;

/// Serves until the future is dropped; all but the cloud answers only to these names.
pub async fn serve(listener: TcpListener, shared: Shared, names: Names) -> io::Result<()> {
    let guarded = Router::new()
        .merge(control::router())
        .merge(page::router())
        .merge(metadata::router())
        .route_layer(middleware::from_fn_with_state(names.clone(), guard))
        .with_state(shared.clone());
    let router = guarded
        .fallback(cloud_or_page)
        .with_state(Front { shared, names });
    let make_service = router.into_make_service_with_connect_info::<Switch>();
    axum::serve(Doors(listener), make_service).await
}

#[derive(Clone)]
struct Front {
    shared: Shared,
    names: Names,
}

async fn cloud_or_page(
    State(front): State<Front>,
    ConnectInfo(switch): ConnectInfo<Switch>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    if page::is_asked_for(&parts) {
        return match front.names.objection(&parts.method, &parts.headers) {
            Some(refusal) => refusal,
            None => page::show(&front.shared, &parts.uri),
        };
    }
    cloud(front.shared, &switch, parts, body).await
}

async fn cloud(shared: Shared, switch: &Switch, parts: Parts, body: Body) -> Response {
    let Ok(body) = to_bytes(body, MAXIMUM_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let received = Received {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    };
    // A task of its own: the cloud goes on when the client hangs up.
    let handled = tokio::spawn(async move { gateway::handle(&shared, &received).await });
    match handled.await {
        Ok(answer) => deliver(answer, switch).await,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn deliver(answer: Answer, switch: &Switch) -> Response {
    match answer.delivery {
        Delivery::Now => {}
        Delivery::After(pause) => tokio::time::sleep(pause).await,
        Delivery::ResetAfter(pause) => {
            tokio::time::sleep(pause).await;
            switch.reset();
            // The reset ends the connection and this future with it.
            std::future::pending::<()>().await;
        }
    }
    let mut response = Response::new(Body::from(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(answer.content_type),
    );
    if let Ok(date) = HeaderValue::from_str(&gateway::http_date(answer.date)) {
        headers.insert(header::DATE, date);
    }
    if let Some(milliseconds) = answer.retry_after_milliseconds {
        headers.insert("x-acs-retry-after", HeaderValue::from(milliseconds));
        // The vendor's Go core reads this one instead.
        let left = HeaderValue::from_str(&format!("Remain:0,TimeLeft:{milliseconds}"));
        headers.insert("x-ratelimit-user", left.expect("a number is printable"));
    }
    response
}

/// Accepts connections that can be reset.
struct Doors(TcpListener);

impl Listener for Doors {
    type Io = Connection;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // Small replies would otherwise wait for the client's delayed acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "failed to switch off Nagle's algorithm");
        }
        let switch = Switch::default();
        (Connection { stream, switch }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

/// A connection and the switch that resets it.
struct Connection {
    stream: TcpStream,
    switch: Switch,
}

/// Resets its connection from anywhere.
#[derive(Clone, Default)]
struct Switch(Arc<SwitchState>);

#[derive(Default)]
struct SwitchState {
    thrown: AtomicBool,
    reader: Mutex<Option<Waker>>,
}

impl Switch {
    fn reset(&self) {
        self.0.thrown.store(true, Ordering::SeqCst);
        let waker = self
            .0
            .reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Connected<IncomingStream<'_, Doors>> for Switch {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Self {
        stream.io().switch.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut reader = self
            .switch
            .0
            .reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *reader = Some(context.waker().clone());
        drop(reader);
        if self.switch.0.thrown.load(Ordering::SeqCst) {
            // Without lingering, closing sends RST instead of FIN.
            self.stream.set_zero_linger()?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
