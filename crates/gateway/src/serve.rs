//! Connections: accepting them, carrying them, ending them; and visits that are over while somebody still streams.

mod http;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::config::{GREETING_WAIT_MAX, HEAD_WAIT_MAX, VISIT_CHECK_EVERY, connections_max, descriptors};
use crate::forward::Downstream;
use crate::gateway::Gateway;
use crate::inbound::Inbound;
use crate::peer::{is_within, read_proxy_header};
use crate::registry::Line;
use crate::socket::Socket;

pub(crate) use http::Running;

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
            let connection = connection(Arc::clone(&gateway), tcp, peer.ip());
            async move {
                if let Err(error) = connection.await {
                    tracing::debug!("a connection: {error}");
                }
            }
        }) => {}
        () = watch_visits(&gateway) => {}
    }
    drop(listener);
    gateway.registry.cut_all().await;
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
async fn connection(gateway: Arc<Gateway>, tcp: TcpStream, peer: IpAddr) -> io::Result<()> {
    let line = gateway.registry.line();
    let socket = Socket::new(tcp, &line)?;
    line.until_over(async {
        if let Err(error) = greet(gateway, socket, &line, peer).await {
            tracing::debug!("a connection ended before its first request: {error}");
        }
    })
    .await;
    Ok(())
}

/// Finds out who is there and what they speak, and lets them speak it.
async fn greet(gateway: Arc<Gateway>, mut socket: Socket, line: &Arc<Line>, peer: IpAddr) -> io::Result<()> {
    let handle = socket.handle();
    let (peer, read_before) = timeout(GREETING_WAIT_MAX, introduced(&gateway, &mut socket, peer)).await??;
    let mut inbound = Inbound::new(read_before, socket);
    let downstream = Downstream::new(Arc::clone(line), peer);
    let Some(tls) = gateway.config.tls.clone() else {
        let speaks_2 = timeout(HEAD_WAIT_MAX, inbound.speaks_2()).await??;
        http::speak(gateway, inbound, handle, downstream, speaks_2).await;
        return Ok(());
    };
    let stream = timeout(GREETING_WAIT_MAX, TlsAcceptor::from(tls).accept(inbound)).await??;
    let (_, session) = stream.get_ref();
    let speaks_2 = session.alpn_protocol() == Some(b"h2");
    let downstream = downstream.through_tls(session.server_name().map(str::to_ascii_lowercase));
    http::speak(gateway, Inbound::new(Vec::new(), stream), handle, downstream, speaks_2).await;
    Ok(())
}

/// The client's address as a proxy states it, where one that may has to, and what has been read beyond that.
async fn introduced(gateway: &Gateway, socket: &mut Socket, peer: IpAddr) -> io::Result<(IpAddr, Vec<u8>)> {
    if !is_within(&gateway.config.proxy_protocol_from, peer) {
        return Ok((peer, Vec::new()));
    }
    let (stated, rest) = read_proxy_header(socket).await?;
    Ok((stated.map_or(peer, |stated| stated.ip()), rest))
}

/// Open streams count as use of their visit; a visit that is over is cut. Upstream connections that nobody has used for
/// a while are let go of.
async fn watch_visits(gateway: &Gateway) {
    let mut every = interval(VISIT_CHECK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        gateway.pool.sweep();
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
}
