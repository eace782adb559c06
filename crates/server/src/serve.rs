//! Listening, with or without TLS: the one loop that accepts, and the bounds of every connection (K19).
//!
//! Whoever is slow keeps nobody else waiting: a handshake, a request's head and its body have their time, a network has its share of
//! the connections, and all of them together leave files for the rest of the process. What is over the share is closed at
//! once; what is over the whole waits in the kernel's queue.
//!
//! Absent: the gateway's loop. Its connections are cut where they stand, these are let finish; edges know nothing of each
//! other, and what is left in common is shorter than what would carry it.

mod body;
mod networks;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{StatusCode, Version, header};
use byleave_app::App;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::limit::network;
use crate::problem::Refusal;
use crate::{Config, OneClient, router};
use networks::Networks;

/// Connections at once, where the process may have files enough open.
const CONNECTIONS_MAX: usize = 4096;
/// So many files that the process may have open does each connection ask for; the gateway leaves twice that.
const DESCRIPTORS_PER_CONNECTION: usize = 8;
/// Connections at once from one network, as [`network`] has it, where there are [enough](NETWORKS_MIN).
const FROM_NETWORK_MAX: usize = 256;
/// It takes so many networks at least to hold all connections.
const NETWORKS_MIN: usize = 4;
/// A handshake must be complete within this.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);
/// A request's head must be complete within this, from the connection's start or the answer before it.
const HEAD_WAIT_MAX: Duration = Duration::from_secs(30);
/// A request's body must be there whole within this: a document, over a slow line.
const BODY_WAIT_MAX: Duration = Duration::from_secs(120);
/// Bytes of a request's head (K15).
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Headers in a request (K15).
const HEADERS_MAX: usize = 100;
/// Bytes read or buffered at once on a connection.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Somebody who takes nothing of an answer for this long is gone (`TCP_USER_TIMEOUT`).
const UNTAKEN_MAX: Duration = Duration::from_secs(60);

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Answers on `listener` until `stop` ends. Connections that ask for nothing end then, requests under way are finished.
pub async fn serve(listener: TcpListener, app: App, config: Config, stop: impl Future<Output = ()> + Send) {
    let listening = Listening {
        bounds: Bounds::within(descriptors()),
        tls: config.tls.clone().map(TlsAcceptor::from),
        one_client: Arc::clone(&config.one_client),
        router: router(app, config),
    };
    Arc::new(listening).until(listener, stop).await;
}

/// What a listener grants.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    connections: usize,
    from_network: usize,
    handshake: Duration,
    head: Duration,
    body: Duration,
    untaken: Duration,
}

impl Bounds {
    /// Where the process may have so many files open.
    fn within(descriptors: usize) -> Self {
        let connections = (descriptors / DESCRIPTORS_PER_CONNECTION).clamp(1, CONNECTIONS_MAX);
        Self {
            connections,
            from_network: (connections / NETWORKS_MIN).clamp(1, FROM_NETWORK_MAX),
            handshake: HANDSHAKE_MAX,
            head: HEAD_WAIT_MAX,
            body: BODY_WAIT_MAX,
            untaken: UNTAKEN_MAX,
        }
    }
}

/// How many files this process may have open at once, after asking for as many as it may ask for.
fn descriptors() -> usize {
    let raised = rlimit::increase_nofile_limit(u64::MAX);
    let descriptors = raised.or_else(|error| {
        tracing::warn!("raising the limit on open files: {error}");
        rlimit::Resource::NOFILE.get_soft()
    });
    // Unreadable: as if there were hardly any.
    usize::try_from(descriptors.unwrap_or_default()).unwrap_or(usize::MAX)
}

/// What every connection of a listener needs.
struct Listening {
    bounds: Bounds,
    tls: Option<TlsAcceptor>,
    one_client: OneClient,
    router: Router,
}

impl Listening {
    async fn until(self: Arc<Self>, listener: TcpListener, stop: impl Future<Output = ()>) {
        let connections = self.bounds.connections;
        let room = Arc::new(Semaphore::new(connections));
        let networks = Networks::default();
        // Dropping the one tells every other.
        let (stopping, stopped) = watch::channel(());
        let mut stop = pin!(stop);
        loop {
            let (permit, tcp, Peer(peer)) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accept(&listener, &room) => accepted,
            };
            let of_network =
                if (self.one_client)(peer.ip()) { self.bounds.from_network } else { connections };
            let Some(place) = networks.place(network(peer.ip()), of_network) else {
                tracing::debug!("a connection too many from one network");
                continue;
            };
            let carried = Arc::clone(&self).connection(tcp, peer, stopped.clone());
            tokio::spawn(async move {
                if let Err(error) = carried.await {
                    tracing::debug!("a connection: {error}");
                }
                drop((place, permit));
            });
        }
        drop((listener, stopping));
        // Whoever has all the room is alone.
        let all = u32::try_from(connections).unwrap_or(u32::MAX);
        let _alone = room.acquire_many(all).await;
    }

    /// Carries one connection to its end.
    async fn connection(
        self: Arc<Self>,
        tcp: TcpStream,
        peer: SocketAddr,
        mut stopped: watch::Receiver<()>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        tcp.set_nodelay(true)?;
        SockRef::from(&tcp).set_tcp_user_timeout(Some(self.bounds.untaken))?;
        let Some(tls) = &self.tls else { return Ok(self.speak(tcp, peer, stopped).await?) };
        let handshake = timeout(self.bounds.handshake, tls.accept(tcp));
        tokio::select! {
            biased;
            _ = stopped.changed() => Ok(()),
            shaken = handshake => Ok(self.speak(shaken??, peer, stopped.clone()).await?),
        }
    }

    /// Answers one request after the other.
    async fn speak(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin,
        peer: SocketAddr,
        mut stopped: watch::Receiver<()>,
    ) -> hyper::Result<()> {
        let service = service_fn(async |mut request: Request<Incoming>| {
            if !names_one_host(&request) {
                let why = "a request names its host, and once (RFC 9112 §3.2)";
                return Ok(Refusal::plain(StatusCode::BAD_REQUEST, why).document(""));
            }
            request.extensions_mut().insert(ConnectInfo(Peer(peer)));
            let body_wait = self.bounds.body;
            self.router.clone().oneshot(request.map(|body| body::in_time(body, body_wait))).await
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.bounds.head)
            .max_headers(HEADERS_MAX)
            .max_header_size(HEAD_BYTES_MAX)
            .max_buf_size(BUFFER_BYTES_MAX);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            ended = &mut connection => ended,
            _ = stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    }
}

/// Whether it is clear which host a request is for. Before HTTP/1.1 it need not be named.
fn names_one_host(request: &Request<Incoming>) -> bool {
    match request.headers().get_all(header::HOST).iter().count() {
        0 => request.version() < Version::HTTP_11,
        count => count == 1,
    }
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> (OwnedSemaphorePermit, TcpStream, Peer) {
    loop {
        // Never closed, so this waits for room and does not fail.
        let Ok(permit) = Arc::clone(room).acquire_owned().await else { continue };
        match listener.accept().await {
            Ok((tcp, peer)) => return (permit, tcp, Peer(peer)),
            Err(error) => {
                tracing::warn!("accepting a connection: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
