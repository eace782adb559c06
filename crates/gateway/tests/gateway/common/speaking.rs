//! Clients and upstreams that speak whole protocols, HTTP/1.1 and 2, plain and TLS, with every byte that arrives counted
//! below all of them.

use std::convert::Infallible;
use std::future::pending;
use std::io::Read as _;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, Request, Response, StatusCode, Version};
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// What is spoken over a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    Http1,
    Http1Tls,
    Http2,
    Http2Tls,
    /// HTTP/1.1 behind a PROXY protocol header; of clients only.
    Proxied,
}

impl Speaks {
    pub fn tls(self) -> bool {
        matches!(self, Self::Http1Tls | Self::Http2Tls)
    }

    pub fn http2(self) -> bool {
        matches!(self, Self::Http2 | Self::Http2Tls)
    }

    fn alpn(self) -> Vec<Vec<u8>> {
        vec![if self.http2() { b"h2".to_vec() } else { b"http/1.1".to_vec() }]
    }
}

/// A certificate for `localhost` and the hosts below it, and who has its key.
pub struct Authority {
    pub certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    pub fn new() -> Self {
        let names = ["localhost", "acme--system-log.localhost", "globex--system-log.localhost"];
        let own = rcgen::generate_simple_self_signed(names.map(str::to_owned)).unwrap();
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        Self { certificate: own.cert.der().clone(), key }
    }

    /// Server settings that offer what `alpn` names.
    pub fn server(&self, alpn: Vec<Vec<u8>>) -> Arc<rustls::ServerConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let mut config =
            config.with_single_cert(vec![self.certificate.clone()], self.key.clone_key()).unwrap();
        config.alpn_protocols = alpn;
        Arc::new(config)
    }

    /// The certificate with its key, for a resolver.
    pub fn certified(&self) -> Arc<rustls::sign::CertifiedKey> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let key = provider.key_provider.load_private_key(self.key.clone_key()).unwrap();
        Arc::new(rustls::sign::CertifiedKey::new(vec![self.certificate.clone()], key))
    }

    fn client(&self, alpn: Vec<Vec<u8>>) -> Arc<rustls::ClientConfig> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider);
        let mut config = config
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn;
        Arc::new(config)
    }
}

/// Counts what has arrived at a socket.
#[derive(Clone)]
pub struct Meter {
    read: Arc<AtomicU64>,
    /// Where nothing is read, as a client or upstream that is busy with something else.
    stopped: Arc<AtomicBool>,
    socket: Arc<std::net::TcpStream>,
}

impl Meter {
    /// Bytes that have arrived: read, or in the kernel to be read. Exact on a runtime with one thread.
    pub fn arrived(&self) -> u64 {
        let waiting = rustix::io::ioctl_fionread(&*self.socket).unwrap_or(0);
        self.read.load(SeqCst) + waiting
    }

    /// Whether the other side has gone, and everything that it sent has been read.
    pub fn is_over(&self) -> bool {
        match self.socket.peek(&mut [0]) {
            Ok(waiting) => waiting == 0,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }

    /// Takes whatever still comes, also where the reader has stopped; what has arrived then.
    pub fn drained(&self) -> u64 {
        let mut buffer = [0; 64 * 1024];
        while let Ok(read @ 1..) = (&*self.socket).read(&mut buffer) {
            self.read.fetch_add(read as u64, SeqCst);
        }
        self.arrived()
    }

    pub fn stop(&self) {
        self.stopped.store(true, SeqCst);
    }
}

/// A socket under a meter.
pub struct Metered {
    tcp: TcpStream,
    meter: Meter,
}

impl Metered {
    fn new(tcp: TcpStream) -> Self {
        let socket = tcp.into_std().unwrap();
        let meter = Meter {
            read: Arc::default(),
            stopped: Arc::default(),
            socket: Arc::new(socket.try_clone().unwrap()),
        };
        Self { tcp: TcpStream::from_std(socket).unwrap(), meter }
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.meter.stopped.load(SeqCst) {
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(context, buffer))?;
        self.meter.read.fetch_add((buffer.filled().len() - before) as u64, SeqCst);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

type AnyBody = BoxBody<Bytes, Infallible>;

/// A body that a test sends part by part; dropping what is returned with it ends it.
pub fn body() -> (mpsc::Sender<Frame<Bytes>>, AnyBody) {
    let (sender, receiver) = mpsc::channel(1);
    let frames = futures_util::stream::unfold(receiver, |mut receiver: mpsc::Receiver<_>| async {
        receiver.recv().await.map(|frame| (Ok(frame), receiver))
    });
    (sender, BodyExt::boxed(StreamBody::new(frames)))
}

pub fn whole(text: &'static str) -> AnyBody {
    Full::from(text).boxed()
}

pub fn part(text: &'static str) -> Frame<Bytes> {
    Frame::data(Bytes::from_static(text.as_bytes()))
}

/// A client on one connection.
pub struct Speaker {
    sender: Sender,
    pub meter: Meter,
    pub connection: JoinHandle<()>,
    speaks: Speaks,
}

#[derive(Clone)]
enum Sender {
    Http1(Arc<tokio::sync::Mutex<http1::SendRequest<AnyBody>>>),
    Http2(http2::SendRequest<AnyBody>),
}

impl Speaker {
    pub async fn connect(to: SocketAddr, speaks: Speaks, authority: &Authority, host: &'static str) -> Self {
        let mut metered = Metered::new(TcpStream::connect(to).await.unwrap());
        let meter = metered.meter.clone();
        if speaks == Speaks::Proxied {
            metered.write_all(b"PROXY TCP4 198.51.100.7 127.0.0.1 4711 443\r\n").await.unwrap();
        }
        let stream: Box<dyn Stream> = if speaks.tls() {
            let connector = tokio_rustls::TlsConnector::from(authority.client(speaks.alpn()));
            Box::new(connector.connect(ServerName::try_from(host).unwrap(), metered).await.unwrap())
        } else {
            Box::new(metered)
        };
        let io = TokioIo::new(stream);
        let (sender, connection) = if speaks.http2() {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
            let connection = tokio::spawn(async move { drop(connection.await) });
            (Sender::Http2(sender), connection)
        } else {
            let (sender, connection) = http1::handshake(io).await.unwrap();
            let connection = tokio::spawn(async move { drop(connection.with_upgrades().await) });
            (Sender::Http1(Arc::new(tokio::sync::Mutex::new(sender))), connection)
        };
        Self { sender, meter, connection, speaks }
    }

    /// Asks, in a task of its own.
    pub fn ask(
        &self,
        method: &str,
        host: &str,
        path: &str,
        headers: &[(&'static str, &str)],
        body: AnyBody,
    ) -> JoinHandle<Result<Response<Incoming>, hyper::Error>> {
        let mut request = Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let scheme = if self.speaks.tls() { "https" } else { "http" };
        request = if self.speaks.http2() {
            request.version(Version::HTTP_2).uri(format!("{scheme}://{host}{path}"))
        } else {
            request.uri(path).header("host", host)
        };
        let (request, sender) = (request.body(body).unwrap(), self.sender.clone());
        tokio::spawn(async move {
            match sender {
                Sender::Http1(sender) => {
                    let mut sender = sender.lock().await;
                    sender.ready().await?;
                    sender.send_request(request).await
                }
                Sender::Http2(mut sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await
                }
            }
        })
    }
}

/// An upstream that does as the path of a request says.
pub struct Served {
    pub address: SocketAddr,
    pub seen: Arc<SeenBy>,
}

/// What happened at an upstream.
#[derive(Default)]
pub struct SeenBy {
    pub requests: Mutex<Vec<(http::Method, String, HeaderMap)>>,
    pub meters: Mutex<Vec<Meter>>,
    /// Parts of bodies and tunnels that have been taken.
    pub taken: AtomicU64,
    /// The trailers of the latest request that had any.
    pub trailers: Mutex<Option<HeaderMap>>,
}

impl SeenBy {
    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// Whether nobody is connected any more.
    pub fn is_over(&self) -> bool {
        self.meters.lock().unwrap().iter().all(Meter::is_over)
    }

    pub fn arrived(&self) -> u64 {
        self.meters.lock().unwrap().iter().map(Meter::arrived).sum()
    }

    pub fn drained(&self) -> u64 {
        self.meters.lock().unwrap().iter().map(Meter::drained).sum()
    }
}

impl Served {
    pub async fn start(speaks: Speaks, authority: &Authority) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(SeenBy::default());
        let (noted, tls) = (Arc::clone(&seen), authority.server(speaks.alpn()));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (seen, tls) = (Arc::clone(&noted), speaks.tls().then(|| Arc::clone(&tls)));
                let metered = Metered::new(tcp);
                seen.meters.lock().unwrap().push(metered.meter.clone());
                tokio::spawn(async move {
                    serve(metered, speaks, tls, Arc::clone(&seen)).await;
                });
            }
        });
        Self { address, seen }
    }

    pub fn origin(&self, speaks: Speaks) -> String {
        let port = self.address.port();
        match speaks {
            Speaks::Http1 | Speaks::Proxied => format!("http://localhost:{port}"),
            Speaks::Http2 => format!("h2c://localhost:{port}"),
            Speaks::Http1Tls | Speaks::Http2Tls => format!("https://localhost:{port}"),
        }
    }
}

async fn serve(metered: Metered, speaks: Speaks, tls: Option<Arc<rustls::ServerConfig>>, seen: Arc<SeenBy>) {
    let stream: Box<dyn Stream> = match tls {
        Some(tls) => match tokio_rustls::TlsAcceptor::from(tls).accept(metered).await {
            Ok(stream) => Box::new(stream),
            Err(_) => return,
        },
        None => Box::new(metered),
    };
    let service = service_fn(move |request| answer(request, Arc::clone(&seen)));
    let io = TokioIo::new(stream);
    if speaks.http2() {
        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(io, service)
            .await;
    } else {
        let mut http = hyper::server::conn::http1::Builder::new();
        let _ = http.half_close(true).serve_connection(io, service).with_upgrades().await;
    }
}

async fn answer(request: Request<Incoming>, seen: Arc<SeenBy>) -> Result<Response<AnyBody>, Infallible> {
    let path = request.uri().path().to_owned();
    let noted = (request.method().clone(), path.clone(), request.headers().clone());
    seen.requests.lock().unwrap().push(noted);
    Ok(match path.as_str() {
        "/wait" => pending().await,
        "/events" | "/static/events" => {
            let (sender, body) = body();
            sender.send(part("event")).await.unwrap();
            tokio::spawn(async move {
                sender.closed().await;
            });
            Response::new(body)
        }
        "/flood" => {
            let (sender, body) = body();
            tokio::spawn(async move {
                let part = Bytes::from(vec![b'x'; 64 * 1024]);
                while sender.send(Frame::data(part.clone())).await.is_ok() {}
            });
            Response::new(body)
        }
        "/echo" => echo(request, seen),
        "/switch" => switch(request, seen),
        _ => {
            let mut body = request.into_body();
            let mut length = 0;
            while let Some(Ok(frame)) = body.frame().await {
                if let Ok(data) = frame.into_data() {
                    length += data.len();
                    seen.taken.fetch_add(1, SeqCst);
                }
            }
            Response::builder().header("x-length", length.to_string()).body(whole("ok")).unwrap()
        }
    })
}

/// Sends the body back as it comes, then trailers.
fn echo(request: Request<Incoming>, seen: Arc<SeenBy>) -> Response<AnyBody> {
    let (sender, back) = body();
    tokio::spawn(async move {
        let mut body = request.into_body();
        while let Some(Ok(frame)) = body.frame().await {
            match frame.into_data() {
                Ok(data) => {
                    seen.taken.fetch_add(1, SeqCst);
                    let _ = sender.send(Frame::data(data)).await;
                }
                Err(rest) => *seen.trailers.lock().unwrap() = rest.into_trailers().ok(),
            }
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("x-status", "0".parse().unwrap());
        let _ = sender.send(Frame::trailers(trailers)).await;
    });
    Response::builder().header("trailer", "x-status").body(back).unwrap()
}

/// Agrees to whatever protocol is asked for, and sends back what comes over it.
fn switch(mut request: Request<Incoming>, seen: Arc<SeenBy>) -> Response<AnyBody> {
    let Some(protocol) = request.headers().get(UPGRADE).cloned() else {
        return Response::builder().status(StatusCode::BAD_REQUEST).body(whole("")).unwrap();
    };
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgraded.await else { return };
        let (mut reads, mut writes) = tokio::io::split(TokioIo::new(upgraded));
        let mut buffer = [0; 1024];
        loop {
            match reads.read(&mut buffer).await {
                // Has more to say after the other side has ended.
                Ok(0) => loop {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    if writes.write_all(b"more").await.is_err() {
                        return;
                    }
                },
                Ok(read) => {
                    seen.taken.fetch_add(1, SeqCst);
                    if writes.write_all(&buffer[..read]).await.is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    });
    Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(UPGRADE, protocol)
        .header(CONNECTION, "upgrade")
        .body(whole(""))
        .unwrap()
}
