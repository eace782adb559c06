//! A client: where it goes, how it is dressed, which HTTP it speaks; and that it takes no answer but the upstream's.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::Version;
use http_body_util::BodyExt as _;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::Failure;

/// What browsers let an HTTP/2 server send before they have taken any of it: on one stream, and on a connection.
const STREAM_WINDOW_BYTES: u32 = 6 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 15 * 1024 * 1024;

/// Where requests go, and how they are dressed.
#[derive(Debug, Clone)]
pub struct Way {
    /// Whom to connect to.
    pub address: SocketAddr,
    /// What comes before the upstream's own path.
    pub prefix: String,
    /// Bearer token, where one is asked for.
    pub token: Option<String>,
    /// Why they come, which makes the visit.
    pub reason: String,
    /// With it they speak TLS.
    pub tls: Option<Arc<ClientConfig>>,
    /// 1.1, or 2 without asking.
    pub version: Version,
}

/// A connection that requests go over.
#[derive(Clone)]
pub struct Client {
    way: Arc<Way>,
    sender: Sender,
}

#[derive(Clone)]
enum Sender {
    One(Arc<tokio::sync::Mutex<http1::SendRequest<Full<Bytes>>>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Way {
    /// Straight to whoever answers as the upstream would.
    pub fn to(address: SocketAddr) -> Self {
        let (prefix, reason) = (String::new(), "Sync fails".to_owned());
        Self { address, prefix, token: None, reason, tls: None, version: Version::HTTP_11 }
    }

    /// The same through TLS.
    pub fn encrypted(self, tls: &Arc<ClientConfig>) -> Self {
        Self { tls: Some(Arc::clone(tls)), ..self }
    }

    /// The same over HTTP/2.
    pub fn two(self) -> Self {
        Self { version: Version::HTTP_2, ..self }
    }

    /// As many ways, each for a reason of its own, so that each has its own visit.
    pub fn times(&self, connections: usize) -> Vec<Self> {
        (0..connections).map(|n| Self { reason: format!("Sync {n} fails"), ..self.clone() }).collect()
    }
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nobody is there, or they speak something else.
    pub async fn connect(way: &Way) -> Result<Self, Failure> {
        let tcp = TcpStream::connect(way.address).await?;
        tcp.set_nodelay(true)?;
        // Thousands of connections in a row must not use up the ports.
        tcp.set_zero_linger()?;
        let way = Arc::new(way.clone());
        let sender = match way.tls.clone() {
            None => Sender::over(tcp, way.version).await?,
            Some(tls) => {
                let name = ServerName::from(way.address.ip());
                Sender::over(TlsConnector::from(tls).connect(name, tcp).await?, way.version).await?
            }
        };
        Ok(Self { way, sender })
    }

    /// Fetches `path`, whose body has `expected` bytes.
    ///
    /// # Errors
    /// When it is answered otherwise.
    pub async fn get(&mut self, path: &str, expected: usize) -> Result<(), Failure> {
        self.ask(Method::GET, path, Bytes::new(), expected).await
    }

    /// Sends `body` to `path`.
    ///
    /// # Errors
    /// When it is answered otherwise.
    pub async fn post(&mut self, path: &str, body: Bytes) -> Result<(), Failure> {
        self.ask(Method::POST, path, body, 0).await
    }

    async fn ask(&mut self, method: Method, path: &str, body: Bytes, expected: usize) -> Result<(), Failure> {
        let Way { address, prefix, token, reason, version, tls } = &*self.way;
        let origin = match (*version, tls) {
            (Version::HTTP_2, None) => format!("http://{address}"),
            (Version::HTTP_2, Some(_)) => format!("https://{address}"),
            _ => String::new(),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{origin}{prefix}{path}"))
            .version(*version)
            .header("byleave-reason", reason);
        if *version != Version::HTTP_2 {
            request = request.header("host", address.to_string());
        }
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Full::new(body))?;
        let answer = match &mut self.sender {
            Sender::One(sender) => {
                let mut sender = sender.lock().await;
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Sender::Two(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
        };
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
}

impl Sender {
    async fn over<S>(stream: S, version: Version) -> Result<Self, Failure>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        if version == Version::HTTP_2 {
            let mut http = http2::Builder::new(TokioExecutor::new());
            http.initial_stream_window_size(STREAM_WINDOW_BYTES)
                .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
            let (sender, connection) = http.handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            return Ok(Self::Two(sender));
        }
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self::One(Arc::new(tokio::sync::Mutex::new(sender))))
    }
}
