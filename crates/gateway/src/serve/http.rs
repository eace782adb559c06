//! HTTP with a client, version 1.1 or 2, from the first request to the connection's end.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::config::{
    BUFFER_BYTES_MAX, HEAD_BYTES_MAX, HEAD_WAIT_MAX, HEADERS_MAX, ORDERLY_END_MAX, RESETS_MAX, SILENCE_MAX,
    STREAMS_MAX, WINDOW_BYTES,
};
use crate::forward::Downstream;
use crate::gateway::Gateway;
use crate::inbound::Inbound;
use crate::registry::Line;
use crate::socket::Handle;

/// Carries a client's requests until it, or its line, is over.
pub(super) async fn speak<S>(
    gateway: Arc<Gateway>,
    stream: Inbound<S>,
    handle: Handle,
    downstream: Downstream,
    speaks_2: bool,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let line = Arc::clone(&downstream.line);
    let ended = if speaks_2 {
        two(gateway, stream, downstream).await
    } else {
        one(gateway, stream.strict(), downstream).await
    };
    match ended {
        Ended::Orderly => handle.end_orderly(ORDERLY_END_MAX).await,
        Ended::Silent => {}
        Ended::Broken => line.abandon(),
    }
}

/// How a connection ended.
enum Ended {
    /// Everything was said, or what was refused has been answered: what was written is to arrive.
    Orderly,
    /// It has never asked for anything, so nothing is on its way to it: not another moment.
    Silent,
    /// Broken off on one side: the other side is to see that, and not an orderly end.
    Broken,
}

async fn one<S>(gateway: Arc<Gateway>, stream: Inbound<S>, downstream: Downstream) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let downstream = Arc::new(downstream);
    let (line, asked) = (Arc::clone(&downstream.line), Arc::new(AtomicBool::new(false)));
    let asks = Arc::clone(&asked);
    let service = service_fn(move |request| {
        asks.store(true, Ordering::Relaxed);
        let (gateway, downstream) = (Arc::clone(&gateway), Arc::clone(&downstream));
        async move { Ok::<_, Infallible>(gateway.handle(&downstream, request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_WAIT_MAX)
        .max_headers(HEADERS_MAX)
        .max_header_size(HEAD_BYTES_MAX)
        .max_buf_size(BUFFER_BYTES_MAX);
    match http.serve_connection(TokioIo::new(stream), service).with_upgrades().await {
        Ok(()) => {
            line.tunnels_ended().await;
            Ended::Orderly
        }
        Err(error) if error.is_timeout() && !asked.load(Ordering::Relaxed) => Ended::Silent,
        // Answered (400, 431) or gone quiet.
        Err(error) if error.is_parse() || error.is_timeout() => Ended::Orderly,
        Err(_) => Ended::Broken,
    }
}

async fn two<S>(gateway: Arc<Gateway>, stream: Inbound<S>, downstream: Downstream) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let tasks = OfLine(Arc::clone(&downstream.line));
    let downstream = Arc::new(downstream);
    let (count, mut running) = watch::channel(0);
    let count = Arc::new(count);
    let service = service_fn(move |request| {
        let (gateway, downstream) = (Arc::clone(&gateway), Arc::clone(&downstream));
        let running = Running::new(&count);
        async move {
            let response = gateway.handle(&downstream, request).await;
            Ok::<_, Infallible>(response.map(|body| body.keeping(running)))
        }
    });
    let mut http = http2::Builder::new(tasks);
    http.timer(TokioTimer::new())
        .keep_alive_interval(SILENCE_MAX)
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(RESETS_MAX)
        .max_local_error_reset_streams(RESETS_MAX)
        .max_send_buf_size(BUFFER_BYTES_MAX)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = idle(&mut running) => {
            connection.as_mut().graceful_shutdown();
            timeout(ORDERLY_END_MAX, connection).await.unwrap_or(Ok(()))
        }
    };
    if ended.is_ok() { Ended::Orderly } else { Ended::Broken }
}

/// Waits until nothing has been running for as long as the next head may take.
async fn idle(running: &mut watch::Receiver<usize>) {
    while running.wait_for(|count| *count == 0).await.is_ok() {
        match timeout(HEAD_WAIT_MAX, running.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

/// A request of a connection is being answered, body included.
pub(crate) struct Running(Arc<watch::Sender<usize>>);

impl Running {
    fn new(count: &Arc<watch::Sender<usize>>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(Arc::clone(count))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Runs the tasks of a connection for as long as its line is not over: a cut drops them all where they stand.
#[derive(Clone)]
struct OfLine(Arc<Line>);

impl<F> Executor<F> for OfLine
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        self.0.spawn(task);
    }
}
