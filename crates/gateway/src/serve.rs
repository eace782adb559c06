//! Connections: accepting them, carrying them, ending them; and visits that are over while somebody still streams.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::{
    BUFFER_BYTES_MAX, HEAD_BYTES_MAX, HEAD_WAIT_MAX, HEADERS_MAX, ORDERLY_END_MAX, VISIT_CHECK_EVERY,
    connections_max,
};
use crate::forward::Downstream;
use crate::gateway::Gateway;
use crate::registry::Line;
use crate::socket::Socket;

/// Serves connections of `listener` until `shutdown`; then resets those that are left and closes every organization
/// (N11), and returns when the ends of all accesses have been reported.
///
/// Raises the process's soft limit on open files to the hard one, and holds no more connections than leave file
/// descriptors for the rest of the process: whoever holds all of them open here must not keep a Disable out elsewhere.
pub async fn serve(listener: TcpListener, gateway: Arc<Gateway>, shutdown: CancellationToken) {
    tokio::select! {
        biased;
        () = shutdown.cancelled() => {}
        () = accept(&listener, connections_max(descriptors()), |tcp, peer| {
            let connection = connection(Arc::clone(&gateway), tcp, peer);
            async move {
                if let Err(error) = connection.await {
                    tracing::debug!("connection from {peer}: {error}");
                }
            }
        }) => {}
        () = watch_visits(&gateway) => {}
    }
    drop(listener);
    gateway.registry.cut_all().await;
}

/// How many files this process may have open at once, after asking for as many as it may ask for.
fn descriptors() -> u64 {
    let raised = rlimit::increase_nofile_limit(u64::MAX);
    let descriptors = raised.or_else(|error| {
        tracing::warn!("raising the limit on open files: {error}");
        rlimit::Resource::NOFILE.get_soft()
    });
    // Unreadable: as if there were hardly any.
    descriptors.unwrap_or_default()
}

/// Carries connections of `listener`, at most `connections_max` at once; further ones wait in the kernel's queue.
async fn accept<F>(listener: &TcpListener, connections_max: usize, carry: impl Fn(TcpStream, SocketAddr) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    tracing::debug!("holding at most {connections_max} connections");
    let room = Arc::new(Semaphore::new(connections_max));
    // Never closed, so this waits for room and does not end.
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        match listener.accept().await {
            Ok((tcp, peer)) => {
                let carried = carry(tcp, peer);
                tokio::spawn(async move {
                    carried.await;
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
    let asked = Arc::new(AtomicBool::new(false));
    let asks = Arc::clone(&asked);
    let service = service_fn(move |request| {
        asks.store(true, Ordering::Relaxed);
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
        // It has never asked for anything, so nothing is on its way to it: not another moment.
        Err(error) if error.is_timeout() && !asked.load(Ordering::Relaxed) => return,
        // Answered (400, 431) or gone quiet.
        Err(error) if error.is_parse() || error.is_timeout() => {}
        // Broken off on one side: the other side is to see that, and not an orderly end.
        Err(_) => return line.abandon(),
    }
    handle.end_orderly(ORDERLY_END_MAX).await;
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn connections_over_the_limit_wait_until_one_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            accept(&listener, 2, |mut tcp, _| async move {
                // Greets, and stays until the other side ends.
                let _ = tcp.write_all(b"!").await;
                let _ = tcp.read_u8().await;
            })
            .await;
        });
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut client = TcpStream::connect(address).await.unwrap();
            assert_eq!(client.read_u8().await.unwrap(), b'!');
            held.push(client);
        }
        let mut waiting = TcpStream::connect(address).await.unwrap();
        assert!(timeout(Duration::from_millis(200), waiting.read_u8()).await.is_err(), "there is no room");
        held.pop();
        assert_eq!(waiting.read_u8().await.unwrap(), b'!');
    }

    #[test]
    fn as_many_files_may_be_open_as_may_be_asked_for() {
        let descriptors = descriptors();
        assert_eq!(rlimit::Resource::NOFILE.get_soft().unwrap(), descriptors);
        assert!(descriptors > 0);
    }
}
