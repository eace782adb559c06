//! The upstream that all proxies stand in front of, and the load that is put on them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::{self as client, SendRequest};
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::Failure;
use crate::proxy::Answered;

/// Body bytes of a small answer.
pub const SMALL: usize = 1024;
/// Body bytes of a large answer.
pub const LARGE: usize = 256 * 1024 * 1024;
const CHUNK: usize = 64 * 1024;

/// Where requests go, and how they are dressed.
#[derive(Debug, Clone)]
pub struct Way {
    /// Whom to connect to.
    pub address: SocketAddr,
    /// What comes before the upstream's own path.
    pub prefix: String,
    /// Bearer token, where one is asked for.
    pub token: Option<String>,
}

/// What a number of small requests took.
pub struct Small {
    /// Answers per second, over all connections.
    pub rate: f64,
    /// From request to whole answer, ascending.
    pub times: Vec<Duration>,
}

/// Starts the upstream in a thread of its own, and says where it is.
///
/// # Errors
/// When it does not start.
pub fn upstream() -> Result<SocketAddr, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || runtime.block_on(serve(listener)));
    Ok(address)
}

async fn serve(listener: TcpListener) -> std::io::Result<()> {
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(tcp), service_fn(answer)));
    }
}

async fn answer(request: Request<Incoming>) -> Answered<BoxBody<Bytes, std::convert::Infallible>> {
    static BYTES: [u8; CHUNK] = [b'x'; CHUNK];
    if request.uri().path() == "/large" {
        let chunks = (0..LARGE / CHUNK).map(|_| Ok(Frame::data(Bytes::from_static(&BYTES))));
        let mut response = Response::new(StreamBody::new(stream::iter(chunks)).boxed());
        response.headers_mut().insert(http::header::CONTENT_LENGTH, LARGE.into());
        return Ok(response);
    }
    let body = Bytes::from_static(&BYTES).slice(..SMALL);
    Ok(Response::new(Full::new(body).boxed()))
}

/// Asks for small answers over `connections` kept-alive connections, one request at a time on each, for `length`.
///
/// # Errors
/// When any answer is not the upstream's.
pub async fn small(way: &Way, connections: usize, length: Duration) -> Result<Small, Failure> {
    let mut opened = Vec::new();
    for _ in 0..connections {
        let mut sender = connect(way).await?;
        get(&mut sender, way, "/small", SMALL).await?;
        opened.push(sender);
    }
    let mut clients = JoinSet::new();
    let began = Instant::now();
    for mut sender in opened {
        let way = way.clone();
        clients.spawn(async move {
            let mut times = Vec::new();
            let mut sent = Instant::now();
            while sent.duration_since(began) < length {
                get(&mut sender, &way, "/small", SMALL).await?;
                times.push(sent.elapsed());
                sent = Instant::now();
            }
            Ok::<_, Failure>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = clients.join_next().await {
        times.extend(done??);
    }
    let took = began.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Small { rate: times.len() as f64 / took, times })
}

/// Downloads the large answer once; seconds.
///
/// # Errors
/// When the answer is not the upstream's.
pub async fn large(way: &Way) -> Result<f64, Failure> {
    let mut sender = connect(way).await?;
    let began = Instant::now();
    get(&mut sender, way, "/large", LARGE).await?;
    Ok(began.elapsed().as_secs_f64())
}

async fn connect(way: &Way) -> Result<SendRequest<Empty<Bytes>>, Failure> {
    let tcp = TcpStream::connect(way.address).await?;
    tcp.set_nodelay(true)?;
    let (sender, connection) = client::handshake(TokioIo::new(tcp)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

async fn get(
    sender: &mut SendRequest<Empty<Bytes>>,
    way: &Way,
    path: &str,
    expected: usize,
) -> Result<(), Failure> {
    let mut request = Request::builder()
        .uri(format!("{}{path}", way.prefix))
        .header("host", way.address.to_string())
        .header("byleave-reason", "Sync fails");
    if let Some(token) = &way.token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    sender.ready().await?;
    let answer = sender.send_request(request.body(Empty::new())?).await?;
    let status = answer.status();
    let mut body = answer.into_body();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame?.data_ref().map_or(0, Bytes::len);
    }
    if status == StatusCode::OK && length == expected {
        return Ok(());
    }
    Err(format!("`{path}` was answered with {status} and {length} bytes").into())
}
