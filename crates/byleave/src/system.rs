//! Control plane and gateway in one process: what `serve` and `demo` both run.

use std::path::Path;
use std::sync::Arc;

use byleave_app::change_requests::Process;
use byleave_app::clock::{SystemClock, SystemEntropy};
use byleave_app::keys::Keys;
use byleave_app::ports::Entropy as _;
use byleave_app::{App, Parts};
use byleave_assertion::Signer;
use byleave_domain::ids::{parse_hex, to_hex};
use byleave_gateway::{Gateway, Registry};
use byleave_store::SqliteStore;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::control::{AppControl, RegistryEnforcement};
use crate::failure::{Context as _, Failure};
use crate::key_file;

/// How long requests under way at the control plane may take to finish once the process is told to stop.
const STOP_MAX: std::time::Duration = std::time::Duration::from_secs(5);

/// Where the system stands in the world.
#[derive(Debug, Clone)]
pub struct Place {
    /// The deployment's name: first part of every log's origin.
    pub deployment: String,
    /// What the control plane calls itself.
    pub base_url: String,
    /// All origins that the control plane answers to, the first for browsers.
    pub public_urls: Vec<String>,
    /// The gateway's origin.
    pub gateway_url: String,
    /// Tools are at `{organization}--{tool}.{support_domain}`.
    pub support_domain: String,
    /// The vendor's name on pages.
    pub vendor_name: String,
    /// The vendor's side of the article.
    pub process: Process,
}

/// The application with what its listeners need, not yet listening.
pub struct System {
    /// The use cases.
    pub app: App,
    /// Keys of the assertions, as `/oauth2/jwks` serves them.
    pub jwks: String,
    gateway: Arc<Gateway>,
    server: byleave_server::Config,
}

impl System {
    /// Opens the data directory, believes what its logs prove, and ends what a crash left open.
    ///
    /// # Errors
    /// [`Failure`] says what to look at.
    pub fn open(data: &Path, place: &Place) -> Result<Self, Failure> {
        // What the database holds is for this process's owner alone.
        let mut folder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(folder.recursive(true), 0o700);
        folder.create(data).context(format_args!("`{}` cannot be made", data.display()))?;
        let keys = Keys::new(deployment_seed(data)?, &place.deployment);
        let signer = Signer::from_seed(&keys.seed_for("assertion")).map_err(Failure::new)?;
        let jwks = signer.jwks();
        let registry = Registry::new();
        let app = App::start(Parts {
            store: Arc::new(SqliteStore::open(&data.join("byleave.db")).map_err(Failure::new)?),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            keys,
            process: place.process.clone(),
            enforcement: Arc::new(RegistryEnforcement(Arc::clone(&registry))),
        })
        .map_err(Failure::new)?;
        let control = AppControl { app: app.clone(), signer, issuer: place.base_url.clone() };
        let gateway = Gateway::new(gateway_config(place), Arc::new(control), registry);
        let server = server_config(place, jwks.clone());
        Ok(Self { app, jwks, gateway: Arc::new(gateway), server })
    }

    /// Serves until `stop`, then ends every visit and returns.
    ///
    /// # Errors
    /// When a listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        gateway_listener: TcpListener,
        stop: CancellationToken,
    ) -> Result<(), Failure> {
        let visits = tokio::spawn(self.app.clone().keep_visits());
        let gateway = tokio::spawn(byleave_gateway::serve(gateway_listener, self.gateway, stop.clone()));
        let stopped = stop.clone().cancelled_owned();
        let mut server =
            tokio::spawn(byleave_server::serve(listener, self.app.clone(), self.server, stopped));
        tokio::select! {
            () = stop.cancelled() => {}
            // A listener that failed.
            _ = &mut server => {}
        }
        stop.cancel();
        // The gateway resets what is open and reports every end before it returns; then visits can be ended.
        let gateway = gateway.await;
        let closed = self.app.close_all().await;
        visits.abort();
        // Somebody who does not finish a request must not keep the process from stopping.
        let server = if server.is_finished() {
            Ok(())
        } else {
            tokio::time::timeout(STOP_MAX, server).await.map(drop)
        };
        if server.is_err() {
            tracing::warn!("requests to the control plane were still open after {STOP_MAX:?}");
        }
        gateway.context("the gateway stopped")?;
        closed.context("visits could not be ended")
    }
}

fn gateway_config(place: &Place) -> byleave_gateway::Config {
    let consoles: Vec<_> = place.public_urls.iter().map(String::as_str).collect();
    let plain = byleave_gateway::Config::plain(&place.support_domain, &consoles);
    if place.gateway_url.starts_with("https:") {
        return byleave_gateway::Config { external_scheme: byleave_gateway::ExternalScheme::Https, ..plain };
    }
    plain
}

fn server_config(place: &Place, jwks: String) -> byleave_server::Config {
    byleave_server::Config {
        base_url: place.base_url.clone(),
        public_urls: place.public_urls.clone(),
        gateway_urls: vec![place.gateway_url.clone()],
        support_domain: Some(place.support_domain.clone()),
        vendor_name: place.vendor_name.clone(),
        jwks,
    }
}

/// The deployment's secret: made at the first start, in a file that this process's owner alone can read.
fn deployment_seed(data: &Path) -> Result<[u8; 32], Failure> {
    let path = data.join("deployment.key");
    if !path.exists() {
        if data.join("byleave.db").exists() {
            return Err(Failure::new(format_args!(
                "`{}` is missing, and without it the logs in this directory cannot be continued; bring it back",
                path.display()
            )));
        }
        let mut seed = [0; 32];
        SystemEntropy.fill(&mut seed);
        key_file::write_secret(&path, &format!("{}\n", to_hex(&seed)))?;
    }
    let text = std::fs::read_to_string(&path).context(format_args!("`{}` cannot be read", path.display()))?;
    parse_hex(text.trim_end())
        .ok_or_else(|| Failure::new(format_args!("`{}` does not hold 64 hex digits", path.display())))
}
