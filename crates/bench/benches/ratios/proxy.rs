//! The proxies under test, each a process of its own with one thread of proxying, like nginx with one worker: so each
//! has the same room, and its processor time can be told from the load's.
//!
//! The benchmark starts itself again as `ratios proxy KIND UPSTREAM`. The child says on one line how it is reached and
//! runs until its standard input ends.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use byleave_app::credentials::Holder;
use byleave_assertion::Signer;
use byleave_gateway::ports::ControlPlane;
use byleave_gateway::{Config, Gateway};
use hyper::body::Incoming;
use hyper::client::conn::http1 as client;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::Failure;
use crate::control::AppControl;
use crate::site::{self, ORGANIZATION, SEED, Site, TOOL};
use crate::unrecorded::Unrecorded;

/// A bare hyper server that hands each request to a hyper client.
pub const PASS_THROUGH: &str = "pass-through";
/// The gateway; requests are not recorded.
pub const RECORDING_OFF: &str = "gateway-recording-off";
/// The gateway as `byleave` runs it.
pub const RECORDING_ON: &str = "gateway-recording-on";

/// A running proxy. Dropping it ends its process.
pub struct Running {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// What comes before the upstream's own path.
    pub prefix: String,
    /// Bearer token, where one is asked for.
    pub token: Option<String>,
}

impl Running {
    /// A process that answers at `address` as the upstream would.
    pub const fn transparent(process: Child, address: SocketAddr) -> Self {
        Self { process, address, prefix: String::new(), token: None }
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

/// Starts the proxy `kind` in front of `upstream`.
///
/// # Errors
/// When it does not start.
pub fn start(kind: &str, upstream: SocketAddr) -> Result<Running, Failure> {
    let mut process = Command::new(std::env::current_exe()?)
        .args(["proxy", kind, &upstream.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(process.stdout.take().ok_or("no standard output")?).read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let address = words.next().ok_or_else(|| format!("the proxy `{kind}` did not start"))?.parse()?;
    let token = words.next().map(str::to_owned);
    let prefix = token.as_ref().map(|_| format!("/t/{TOOL}/{ORGANIZATION}")).unwrap_or_default();
    Ok(Running { process, address, prefix, token })
}

/// The child's side: runs the proxy `kind` until standard input ends.
///
/// # Errors
/// When it cannot.
pub fn run(kind: &str, upstream: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let folder = site::folder()?;
        let token = match kind {
            PASS_THROUGH => {
                tokio::spawn(pass_through(listener, upstream.parse()?));
                None
            }
            _ => Some(gateway(listener, folder.path(), upstream, kind == RECORDING_ON).await?),
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
    folder: &std::path::Path,
    upstream: &str,
    recording: bool,
) -> Result<String, Failure> {
    let site = Site::start(folder, &format!("http://{upstream}")).await?;
    let token = site.app.issue_token(Holder::Subject(site.subject), "bench").await?;
    tokio::spawn(site.app.clone().keep_visits());
    let signer = Signer::from_seed(&SEED)?;
    let issuer = "http://127.0.0.1:8080".into();
    let app = AppControl { app: site.app, signer, issuer, metrics: site.metrics };
    let control: Arc<dyn ControlPlane> =
        if recording { Arc::new(app) } else { Arc::new(Unrecorded { app, next: AtomicU64::new(0) }) };
    let config = Config::plain("localhost", &["http://127.0.0.1:8080"]);
    let gateway = Arc::new(Gateway::new(config, control, site.registry));
    tokio::spawn(byleave_gateway::serve(listener, gateway, CancellationToken::new()));
    Ok(token.reveal().to_owned())
}

/// Each downstream connection has one upstream connection; nothing is looked at or changed.
async fn pass_through(listener: TcpListener, upstream: SocketAddr) -> Result<(), Failure> {
    loop {
        let (tcp, _) = listener.accept().await?;
        tcp.set_nodelay(true)?;
        let to = TcpStream::connect(upstream).await?;
        to.set_nodelay(true)?;
        let (sender, connection) = client::handshake::<_, Incoming>(TokioIo::new(to)).await?;
        tokio::spawn(connection);
        let sender = Arc::new(Mutex::new(sender));
        let service = service_fn(move |request| pass(Arc::clone(&sender), request));
        tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(tcp), service));
    }
}

async fn pass(
    sender: Arc<Mutex<client::SendRequest<Incoming>>>,
    request: Request<Incoming>,
) -> Result<Response<Incoming>, hyper::Error> {
    let mut sender = sender.lock().await;
    sender.ready().await?;
    sender.send_request(request).await
}

/// What a service that cannot fail answers with.
pub type Answered<B> = Result<Response<B>, Infallible>;
