//! Control plane and gateway in one process: what `serve` and `demo` both run.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use byleave_app::change_requests::Process;
use byleave_app::clock::{SystemClock, SystemEntropy};
use byleave_app::intake::Mail;
use byleave_app::keys::Keys;
use byleave_app::ports::{Clock as _, Entropy as _};
use byleave_app::sessions::SessionLimits;
use byleave_app::{App, Parts};
use byleave_assertion::Signer;
use byleave_domain::ids::{parse_hex, to_hex};
use byleave_gateway::{Gateway, Registry};
use byleave_server::Limits;
use byleave_server::brand::Brand;
use byleave_store::SqliteStore;
use byleave_store::spool::EndSpool;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::certificate::Certificate;
use crate::config::{self, is_loopback};
use crate::control::{AppControl, RegistryEnforcement};
use crate::failure::{Context as _, Failure};
use crate::intake;
use crate::key_file;
use crate::letters::Sender;
use crate::metrics::Metrics;
use crate::operations;

/// How long cutting, writing ends and closing visits may take once the process is told to stop.
const STOP_MAX: Duration = Duration::from_secs(10);
/// How long requests under way at the control plane may take to finish after that.
const FINISH_MAX: Duration = Duration::from_secs(5);

/// Where ends of requests wait for their logs, in the data directory.
pub const SPOOL: &str = "byleave.ends";

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
    /// The vendor's picture and colours.
    pub brand: Arc<Brand>,
    /// The vendor's side of the article.
    pub process: Process,
    /// How letters are sent; none where nobody is written to.
    pub letters: Option<config::letters::Letters>,
    /// Weak settings that are accepted: names, and what each means.
    pub risks: Vec<(&'static str, &'static str)>,
    /// Opens `/metrics` to whoever sends it.
    pub metrics_token: Option<String>,
    /// With it both listeners speak TLS.
    pub tls: Option<Arc<Certificate>>,
    /// What is particular to the gateway.
    pub gateway: config::Gateway,
    /// How often somebody may ask the control plane.
    pub limits: Limits,
    /// How long whoever signs in stays so.
    pub sessions: SessionLimits,
    /// How the vendor's people sign in, if not by links alone.
    pub sign_in: Option<config::sign_in::SignIn>,
    /// How mail comes in, if it does.
    pub mail: Option<intake::Settings>,
}

/// The application with what its listeners need, not yet listening.
pub struct System {
    /// The use cases.
    pub app: App,
    /// Keys of the assertions, as `/oauth2/jwks` serves them.
    pub jwks: String,
    gateway: Arc<Gateway>,
    server: byleave_server::Config,
    operator: Arc<operations::Process>,
    mail: Option<intake::Settings>,
    sender: Option<Sender>,
}

/// Makes the data directory where there is none. What is in it is for this process's owner alone.
///
/// # Errors
/// It cannot be made.
pub fn make_folder(data: &Path) -> Result<(), Failure> {
    let mut folder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(folder.recursive(true), 0o700);
    folder.create(data).context(format_args!("`{}` cannot be made", data.display()))
}

impl System {
    /// Opens the data directory, believes what its logs prove, and ends what a crash left open.
    ///
    /// # Errors
    /// [`Failure`] says what to look at.
    pub fn open(data: &Path, place: &Place) -> Result<Self, Failure> {
        let from = place.process.post.as_ref().map(|post| post.from.as_str());
        let resolver = place.mail.as_ref().and_then(|mail| mail.resolver);
        let sender = place.letters.as_ref().zip(from);
        let sender = sender.map(|(letters, from)| Sender::new(letters, &place.vendor_name, from, resolver));
        let sender = sender.transpose()?;
        make_folder(data)?;
        let keys = Keys::new(deployment_seed(data)?, &place.deployment);
        let store = SqliteStore::open(&data.join("byleave.db"), &keys).map_err(Failure::new)?;
        let spool = EndSpool::open(&data.join(SPOOL), &keys).map_err(Failure::new)?;
        let signer = Signer::from_seed(&keys.seed_for("assertion")).map_err(Failure::new)?;
        let assertions = Signer::from_seed(&keys.seed_for("assertion")).map_err(Failure::new)?;
        let jwks = signer.jwks();
        let registry = Registry::new();
        let metrics = Arc::new(Metrics::new(SystemClock.now().as_second()));
        let counted = Arc::clone(&metrics);
        let store = store.observed(move |entries, took, worked| {
            counted.committed(entries, took, worked, SystemClock.now().as_second());
        });
        let app = App::start(Parts {
            store: Arc::new(store),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            keys,
            process: place.process.clone(),
            mail: place.mail.as_ref().map_or_else(|| Ok(Mail::none()), intake::Settings::mail)?,
            enforcement: Arc::new(RegistryEnforcement {
                registry: Arc::clone(&registry),
                metrics: Arc::clone(&metrics),
            }),
            disk: Arc::new(operations::DiskOf(data.to_owned())),
            spool: Arc::new(spool),
        })
        .map_err(Failure::new)?;
        let issuer = place.base_url.clone();
        let control = AppControl { app: app.clone(), signer, issuer, metrics: Arc::clone(&metrics) };
        let gateway = Gateway::new(gateway_config(place)?, Arc::new(control), Arc::clone(&registry));
        let operator = Arc::new(operations::Process {
            app: app.clone(),
            registry,
            metrics,
            certificate: place.tls.clone(),
            gateway_listens: AtomicBool::new(false),
            mail_ended: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            signer: assertions,
            issuer: place.base_url.clone(),
        });
        let server = server_config(place, jwks.clone(), Arc::clone(&operator))?;
        let mail = place.mail.clone();
        Ok(Self { app, jwks, gateway: Arc::new(gateway), server, operator, mail, sender })
    }

    /// Serves until `stop`. Then nothing new is let in, what is open is reset (N11), every request gets its end and every
    /// visit its last entry, within [`STOP_MAX`]; as long as that takes, `/readyz` says so.
    ///
    /// # Errors
    /// When a listener fails, or what is open could not be ended in time. It is ended at the next start then.
    pub async fn serve(
        self,
        listener: TcpListener,
        gateway_listener: TcpListener,
        mail_listener: Option<TcpListener>,
        stop: CancellationToken,
    ) -> Result<(), Failure> {
        let Self { app, gateway, server, operator, mail, sender, .. } = self;
        let intake = mail.zip(mail_listener).map(|(mail, listener)| mail.serve(listener, app.clone()));
        let intake = intake.transpose()?;
        let mut intake = tokio::spawn(async {
            match intake {
                Some(intake) => intake.await,
                // Nothing listens that could end.
                None => std::future::pending().await,
            }
        });
        let answered_all = CancellationToken::new();
        let visits = tokio::spawn(app.clone().keep_visits());
        let clock = tokio::spawn(operations::watch_clock());
        if let Some(sender) = sender {
            tokio::spawn(app.clone().keep_statements());
            tokio::spawn(sender.keep(app.clone(), Arc::clone(&operator.metrics), stop.clone()));
        }
        let mut gateway = tokio::spawn(byleave_gateway::serve(gateway_listener, gateway, stop.clone()));
        let until = answered_all.clone().cancelled_owned();
        let mut server = tokio::spawn(byleave_server::serve(listener, app.clone(), server, until));
        operator.gateway_listens.store(true, Ordering::Relaxed);
        operations::notify("READY=1");
        let failed = first_end(&stop, [&mut gateway, &mut server, &mut intake]).await;
        operations::notify("STOPPING=1");
        operator.stopping.store(true, Ordering::Relaxed);
        operator.gateway_listens.store(false, Ordering::Relaxed);
        // What was not answered "250" is not taken, and its sender tries again.
        operator.mail_ended.store(intake.is_finished(), Ordering::Relaxed);
        intake.abort();
        stop.cancel();
        // The gateway resets what is open and reports every end before it returns; then visits can be ended.
        let end_all = async {
            if !gateway.is_finished() {
                gateway.await.context("the gateway stopped")?;
            }
            app.close_all().await.context("visits could not be ended")
        };
        let ended = tokio::time::timeout(STOP_MAX, end_all).await;
        visits.abort();
        clock.abort();
        answered_all.cancel();
        // Somebody who does not finish a request must not keep the process from stopping.
        if !server.is_finished() && tokio::time::timeout(FINISH_MAX, server).await.is_err() {
            tracing::warn!("requests to the control plane were still open after {FINISH_MAX:?}");
        }
        let late = "what was open could not be ended in time; the next start ends it";
        ended.map_err(|_| Failure::new(format_args!("{late} (waited {STOP_MAX:?})")))??;
        match failed {
            None => {
                tracing::info!("stopped; nothing is open");
                Ok(())
            }
            Some(failed) => Err(Failure::new(failed)),
        }
    }
}

/// What ended first of what goes on for ever: gateway, control plane, listener for mail. `None` when it was told to stop.
async fn first_end(stop: &CancellationToken, parts: [&mut JoinHandle<()>; 3]) -> Option<&'static str> {
    let [gateway, server, intake] = parts;
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        _ = gateway => Some("the gateway stopped"),
        _ = server => Some("the control plane stopped"),
        _ = intake => Some("the listener for mail stopped"),
    }
}

fn gateway_config(place: &Place) -> Result<byleave_gateway::Config, Failure> {
    let consoles: Vec<_> = place.public_urls.iter().map(String::as_str).collect();
    let mut config = byleave_gateway::Config::plain(&place.support_domain, &consoles);
    if place.gateway_url.starts_with("https:") {
        config.external_scheme = byleave_gateway::ExternalScheme::Https;
    }
    let config::Gateway { proxy_protocol_from, trusted_forwarders, upgrades } = place.gateway.clone();
    let tls = place.tls.as_ref().map(|certificate| certificate.server(&[b"h2", b"http/1.1"])).transpose()?;
    Ok(byleave_gateway::Config { tls, proxy_protocol_from, trusted_forwarders, upgrades, ..config })
}

fn server_config(
    place: &Place,
    jwks: String,
    operations: Arc<operations::Process>,
) -> Result<byleave_server::Config, Failure> {
    Ok(byleave_server::Config {
        base_url: place.base_url.clone(),
        public_urls: place.public_urls.clone(),
        gateway_urls: vec![place.gateway_url.clone()],
        support_domain: Some(place.support_domain.clone()),
        vendor_name: place.vendor_name.clone(),
        brand: Arc::clone(&place.brand),
        jwks,
        operations,
        metrics_token: place.metrics_token.clone(),
        is_local: is_loopback(&place.base_url),
        limits: place.limits,
        sessions: place.sessions,
        vendor: place.sign_in.as_ref().map(config::sign_in::SignIn::vendor).transpose()?,
        client: client_address(place.gateway.trusted_forwarders.clone()),
        one_client: one_client(place.gateway.trusted_forwarders.clone(), place.tls.is_some()),
        tls: place.tls.as_ref().map(|certificate| certificate.server(&[b"http/1.1"])).transpose()?,
        risks: place.risks.clone(),
    })
}

fn client_address(forwarders: Vec<ipnet::IpNet>) -> byleave_server::ClientAddress {
    Arc::new(move |peer, headers| byleave_gateway::client(peer, headers, &forwarders))
}

/// A forwarder stands for many. Without TLS, somebody whom we were not told about ends it in front of us.
fn one_client(forwarders: Vec<ipnet::IpNet>, tls: bool) -> byleave_server::OneClient {
    let told_apart = tls || !forwarders.is_empty();
    Arc::new(move |peer| {
        told_apart && !forwarders.iter().any(|network| network.contains(&peer.to_canonical()))
    })
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
    read_deployment_seed(data)
}

/// The deployment's secret, where there is one.
///
/// # Errors
/// When there is none, or the file does not hold it.
pub fn read_deployment_seed(data: &Path) -> Result<[u8; 32], Failure> {
    let path = data.join("deployment.key");
    if !path.exists() {
        return Err(Failure::new(format_args!(
            "`{}` is missing; no backup holds it: bring it from where it is kept",
            path.display()
        )));
    }
    let text = std::fs::read_to_string(&path).context(format_args!("`{}` cannot be read", path.display()))?;
    parse_hex(text.trim_end())
        .ok_or_else(|| Failure::new(format_args!("`{}` does not hold 64 hex digits", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whatever_ends_by_itself_is_noticed() {
        for (ends, said) in
            ["the gateway stopped", "the control plane stopped", "the listener for mail stopped"]
                .into_iter()
                .enumerate()
        {
            let mut parts = [0, 1, 2].map(|part| {
                tokio::spawn(async move {
                    if part != ends {
                        std::future::pending().await
                    }
                })
            });
            let [gateway, server, intake] = &mut parts;
            let stop = CancellationToken::new();
            assert_eq!(first_end(&stop, [gateway, server, intake]).await, Some(said));
            parts.iter().for_each(JoinHandle::abort);
        }
    }
}
