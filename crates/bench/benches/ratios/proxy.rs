//! The proxies under test, each a process of its own with one thread of proxying, like nginx with one worker: so each
//! has the same room, and its processor time can be told from the load's.
//!
//! The benchmark starts itself again as `ratios proxy KIND ORIGIN FOLDER`. The child says on one line how it is reached
//! and runs until its standard input ends.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use byleave_app::credentials::Holder;
use byleave_assertion::Signer;
use byleave_gateway::ports::ControlPlane;
use byleave_gateway::{Config, ExternalScheme, Gateway};
use hyper::body::Incoming;
use hyper::client::conn::http1 as client;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::Failure;
use crate::certificate::Certificate;
use crate::client::Way;
use crate::control::AppControl;
use crate::site::{ORGANIZATION, SEED, Site, TOOL};
use crate::unrecorded::Unrecorded;

/// A bare hyper server that hands each request to a hyper client.
pub const PASS_THROUGH: &str = "pass-through";
/// The gateway; requests are not recorded.
pub const RECORDING_OFF: &str = "gateway-recording-off";
/// The gateway as `byleave` runs it.
pub const RECORDING_ON: &str = "gateway-recording-on";
/// The same with many organizations.
pub const MANY_ORGANIZATIONS: &str = "gateway-many-organizations";
/// The same with TLS on both sides.
pub const TLS: &str = "gateway-tls";

/// How a browser's HTTP/2 connection begins (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI ";

/// A running proxy. Dropping it ends its process.
pub struct Running {
    process: Child,
    address: SocketAddr,
    /// Bearer token, where one is asked for.
    token: Option<String>,
}

impl Running {
    /// A process that answers at `address` as the upstream would.
    pub const fn transparent(process: Child, address: SocketAddr) -> Self {
        Self { process, address, token: None }
    }

    /// The way to the upstream's root through it.
    pub fn way(&self) -> Way {
        let prefix = self.token.as_ref().map(|_| format!("/t/{TOOL}/{ORGANIZATION}")).unwrap_or_default();
        Way { prefix, token: self.token.clone(), ..Way::to(self.address) }
    }

    /// Id of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.process.stdin.take().is_none() {
            // One that does not watch its standard input. An error says that it has ended already.
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// Starts the proxy `kind` in front of `origin`, with its files in `folder`.
///
/// # Errors
/// When it does not start.
pub fn start(kind: &str, origin: &str, folder: &Path) -> Result<Arc<Running>, Failure> {
    let mut process = Command::new(std::env::current_exe()?)
        .args(["proxy", kind, origin])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(process.stdout.take().ok_or("no standard output")?).read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let address = words.next().ok_or_else(|| format!("the proxy `{kind}` did not start"))?.parse()?;
    let token = words.next().map(str::to_owned);
    Ok(Arc::new(Running { process, address, token }))
}

/// The child's side: runs the proxy `kind` until standard input ends.
///
/// # Errors
/// When it cannot.
pub fn run(kind: &str, origin: &str, folder: &Path) -> Result<(), Failure> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let data = tempfile::tempdir_in(folder)?;
        let token = match kind {
            PASS_THROUGH => {
                let upstream = origin.trim_start_matches("http://").parse()?;
                tokio::spawn(pass_through(listener, upstream));
                None
            }
            _ => Some(gateway(listener, kind, origin, folder, data.path()).await?),
        };
        println!("{address} {}", token.unwrap_or_default());
        std::io::stdout().flush()?;
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
        Ok(())
    })
}

/// Wires application and gateway as `byleave serve` does; answers with the support person's token.
async fn gateway(
    listener: TcpListener,
    kind: &str,
    origin: &str,
    folder: &Path,
    data: &Path,
) -> Result<String, Failure> {
    let site = Site::start(data, origin).await?;
    if kind == MANY_ORGANIZATIONS {
        site.have_many_organizations().await?;
    }
    let token = site.app.issue_token(Holder::Subject(site.subject), "bench").await?;
    tokio::spawn(site.app.clone().keep_visits());
    let signer = Signer::from_seed(&SEED)?;
    let issuer = "http://127.0.0.1:8080".into();
    let app = AppControl { app: site.app, signer, issuer, metrics: site.metrics };
    let control: Arc<dyn ControlPlane> = if kind == RECORDING_OFF {
        Arc::new(Unrecorded { app, next: AtomicU64::new(0) })
    } else {
        Arc::new(app)
    };
    let mut config = Config::plain("localhost", &["http://127.0.0.1:8080"]);
    if kind == TLS {
        let certificate = Certificate::within(folder);
        config.external_scheme = ExternalScheme::Https;
        config.upstream_roots = vec![certificate.root()?.to_vec()];
        config.tls = Some(certificate.server()?);
    }
    let gateway = Arc::new(Gateway::new(config, control, site.registry));
    tokio::spawn(byleave_gateway::serve(listener, gateway, CancellationToken::new()));
    Ok(token.reveal().to_owned())
}

/// Each downstream connection has its own upstream connections; nothing is looked at or changed.
async fn pass_through(listener: TcpListener, upstream: SocketAddr) -> Result<(), Failure> {
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        tokio::spawn(async move {
            let mut first = [0; PREFACE.len()];
            if tcp.peek(&mut first).await? > 0 && first == PREFACE {
                pass_two(tcp, upstream).await
            } else {
                pass_one(tcp, upstream).await
            }
        });
    }
}

async fn pass_one(tcp: TcpStream, upstream: SocketAddr) -> std::io::Result<()> {
    let sender = Arc::new(Mutex::new(connect(upstream).await?));
    let service = service_fn(move |request| {
        let sender = Arc::clone(&sender);
        async move {
            let mut sender = sender.lock().await;
            sender.ready().await?;
            sender.send_request(request).await
        }
    });
    http1::Builder::new().serve_connection(TokioIo::new(tcp), service).await.map_err(std::io::Error::other)
}

/// Of HTTP/2, each request under way has an upstream connection to itself, which the next one takes over.
async fn pass_two(tcp: TcpStream, upstream: SocketAddr) -> std::io::Result<()> {
    let senders = Arc::new(Mutex::new(Vec::<client::SendRequest<Incoming>>::new()));
    let service = service_fn(move |request: Request<Incoming>| {
        let senders = Arc::clone(&senders);
        async move {
            let free = {
                let mut senders = senders.lock().await;
                senders.iter().position(client::SendRequest::is_ready).map(|at| senders.swap_remove(at))
            };
            let mut sender = match free {
                Some(sender) => sender,
                None => connect(upstream).await?,
            };
            let answer = sender.send_request(as_one(request)).await.map_err(std::io::Error::other)?;
            senders.lock().await.push(sender);
            Ok::<_, std::io::Error>(answer)
        }
    });
    let http = http2::Builder::new(TokioExecutor::new());
    http.serve_connection(TokioIo::new(tcp), service).await.map_err(std::io::Error::other)
}

/// What stands in an HTTP/2 request, as HTTP/1.1 says it.
fn as_one(request: Request<Incoming>) -> Request<Incoming> {
    let (mut head, body) = request.into_parts();
    let authority = head.uri.authority().and_then(|authority| authority.as_str().parse().ok());
    if let Some(path) = head.uri.path_and_query().cloned() {
        head.uri = path.into();
    }
    head.headers.extend(authority.map(|host| (http::header::HOST, host)));
    head.version = http::Version::HTTP_11;
    Request::from_parts(head, body)
}

async fn connect(upstream: SocketAddr) -> std::io::Result<client::SendRequest<Incoming>> {
    let to = TcpStream::connect(upstream).await?;
    to.set_nodelay(true)?;
    let (sender, connection) = client::handshake(TokioIo::new(to)).await.map_err(std::io::Error::other)?;
    tokio::spawn(connection);
    Ok(sender)
}

/// What a service that cannot fail answers with.
pub type Answered<B> = Result<Response<B>, Infallible>;
