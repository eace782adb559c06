//! The upstream that all proxies stand in front of: answers with as many bytes as the last part of the path says.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::Failure;
use crate::proxy::Answered;

/// Bytes of a body's piece.
const CHUNK: usize = 64 * 1024;

/// Where it listens.
#[derive(Debug, Clone, Copy)]
pub struct Upstream {
    /// HTTP/1.1.
    pub one: SocketAddr,
    /// HTTP/2 without TLS, known beforehand.
    pub two: SocketAddr,
}

impl Upstream {
    /// Starts it in a thread of its own.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start() -> Result<Self, Failure> {
        let one = listen(|tcp| async move {
            http1::Builder::new().serve_connection(TokioIo::new(tcp), service_fn(answer)).await.is_ok()
        })?;
        let two = listen(|tcp| async move {
            let http = http2::Builder::new(TokioExecutor::new());
            http.serve_connection(TokioIo::new(tcp), service_fn(answer)).await.is_ok()
        })?;
        Ok(Self { one, two })
    }
}

/// Starts one that speaks HTTP/1.1 through TLS, and says where it is.
///
/// # Errors
/// When it does not start.
pub fn encrypted(tls: Arc<ServerConfig>) -> Result<SocketAddr, Failure> {
    let acceptor = TlsAcceptor::from(tls);
    listen(move |tcp| {
        let accepted = acceptor.accept(tcp);
        async move {
            let Ok(stream) = accepted.await else { return false };
            http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await.is_ok()
        }
    })
}

fn listen<F>(carry: impl Fn(TcpStream) -> F + Send + 'static) -> Result<SocketAddr, Failure>
where
    F: Future<Output = bool> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        runtime.block_on(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                if tcp.set_nodelay(true).is_ok() {
                    tokio::spawn(carry(tcp));
                }
            }
        });
    });
    Ok(address)
}

async fn answer(request: Request<Incoming>) -> Answered<BoxBody<Bytes, Infallible>> {
    static BYTES: [u8; CHUNK] = [b'x'; CHUNK];
    let bytes: usize =
        request.uri().path().rsplit('/').next().and_then(|last| last.parse().ok()).unwrap_or_default();
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    if bytes <= CHUNK {
        return Ok(Response::new(Full::new(Bytes::from_static(&BYTES).slice(..bytes)).boxed()));
    }
    let last = bytes % CHUNK;
    let chunks = std::iter::repeat_n(CHUNK, bytes / CHUNK).chain((last > 0).then_some(last));
    let frames = chunks.map(|length| Ok(Frame::data(Bytes::from_static(&BYTES).slice(..length))));
    let mut response = Response::new(StreamBody::new(stream::iter(frames)).boxed());
    response.headers_mut().insert(http::header::CONTENT_LENGTH, bytes.into());
    Ok(response)
}
