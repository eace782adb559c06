//! Connections: accepting them, carrying them, ending them; and visits that are over while somebody still streams.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::{
    BUFFER_BYTES_MAX, CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_WAIT_MAX, HEADERS_MAX, VISIT_CHECK_EVERY,
};
use crate::forward::Downstream;
use crate::gateway::Gateway;
use crate::registry::Line;
use crate::socket::Socket;

/// Serves connections of `listener` until `shutdown`; then resets those that are left and closes every organization
/// (N11), and returns when the ends of all accesses have been reported.
pub async fn serve(listener: TcpListener, gateway: Arc<Gateway>, shutdown: CancellationToken) {
    tokio::select! {
        biased;
        () = shutdown.cancelled() => {}
        () = accept(&listener, &gateway) => {}
        () = watch_visits(&gateway) => {}
    }
    drop(listener);
    gateway.registry.cut_all().await;
}

async fn accept(listener: &TcpListener, gateway: &Arc<Gateway>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    // Never closed, so this waits for room and does not end.
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        match listener.accept().await {
            Ok((tcp, peer)) => {
                let gateway = Arc::clone(gateway);
                tokio::spawn(async move {
                    if let Err(error) = connection(gateway, tcp, peer).await {
                        tracing::debug!("connection from {peer}: {error}");
                    }
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!("accepting a connection: {error}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Carries one connection to its end. When its line is over, everything is dropped where it stands.
async fn connection(gateway: Arc<Gateway>, tcp: TcpStream, peer: SocketAddr) -> io::Result<()> {
    let line = gateway.registry.line();
    let socket = Socket::downstream(tcp, &line)?;
    let downstream = Arc::new(Downstream::new(Arc::clone(&line), peer));
    line.until_over(carry(gateway, socket, &line, downstream)).await;
    Ok(())
}

async fn carry(gateway: Arc<Gateway>, socket: Socket, line: &Line, downstream: Arc<Downstream>) {
    let handle = socket.handle();
    let service = service_fn(move |request| {
        let (gateway, downstream) = (Arc::clone(&gateway), Arc::clone(&downstream));
        async move { Ok::<_, std::convert::Infallible>(gateway.handle(&downstream, request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT_MAX)
        .max_headers(HEADERS_MAX)
        .max_header_size(HEAD_BYTES_MAX)
        .max_buf_size(BUFFER_BYTES_MAX);
    match http.serve_connection(TokioIo::new(socket), service).with_upgrades().await {
        Ok(()) => line.tunnels_ended().await,
        // Answered (400, 431) or gone quiet.
        Err(error) if error.is_parse() || error.is_timeout() => {}
        // Broken off on one side: the other side is to see that, and not an orderly end.
        Err(_) => return line.abandon(),
    }
    handle.end_orderly().await;
}

/// Open streams count as use of their visit; a visit that is over is cut.
async fn watch_visits(gateway: &Gateway) {
    let mut every = interval(VISIT_CHECK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        for visit in gateway.registry.visits_streaming() {
            let now = gateway.control.now();
            match gateway.control.visit(visit).map(|visit| visit.end_at(now)) {
                Some(None) => gateway.control.touch(visit),
                _ => _ = gateway.registry.cut_visit(visit).await,
            }
        }
    }
}
