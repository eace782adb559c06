//! `byleave demo`: everything in one process on embedded defaults, with a fictional vendor and its back office.

mod post_office;
pub mod ready;
mod sample;
mod tour;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use byleave_app::change_requests::Process;
use byleave_app::letters::Post;
use byleave_app::sessions::SessionLimits;
use byleave_calendar::OfficeHours;
use byleave_domain::process::{Profile, ProfileName};
use byleave_domain::text::Email;
use byleave_mail::fields::MESSAGE_BYTES_MAX;
use byleave_mail::smtp::{self, Protocol};
use byleave_server::Limits;
use byleave_server::brand::{Accent, Brand, Logo, Scheme};
use clap::Args;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::post_office::{Parties, PostOffice};
use self::ready::DnsRecord;
use crate::commands::print;
use crate::commands::serve::stop_on_signal;
use crate::config;
use crate::config::letters::Letters;
use crate::failure::{Context as _, Failure};
use crate::intake;
use crate::letters::{SELECTOR, kept_signer};
use crate::system::{Place, System, make_folder};

/// The vendor's name on pages.
const VENDOR: &str = "Northwind Cloud (fictional)";

/// How long a session of the demo lasts, unused or not: its links work once, and nobody is there to give out others.
const SESSION: SignedDuration = SessionLimits::USUAL.lasts;

/// Requests a minute of one token, or of one address: wide, since everything here comes from one machine.
const LIMIT: NonZeroU32 = NonZeroU32::MIN.saturating_add(9_999);

/// The address that customers write to where no other is given.
const INTAKE_ADDRESS: &str = "support-access@northwind.example";

/// Where mail comes in, unless something else does there.
const SMTP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 2525);

/// First part of the demo's log names.
const DEPLOYMENT: &str = "demo.byleave.example";

/// Runs everything on embedded defaults, with a fictional vendor, and prints links to click
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  byleave demo\n  byleave demo --listen 127.0.0.1:0 --gateway-listen 127.0.0.1:0 --ready-file ready.json\n  byleave demo --tour"
)]
pub struct Demo {
    /// Directory to keep everything in; without it a temporary one that is removed at the end
    #[arg(long)]
    data: Option<PathBuf>,
    #[command(flatten)]
    here: Here,
    #[command(flatten)]
    mail: MailHere,
    /// Play the whole story, then attack it; succeeds only if each step held
    #[arg(long)]
    tour: bool,
}

/// A process on this machine alone, with defaults for everything.
#[derive(Debug, Args)]
pub struct Here {
    /// Where the control plane listens; port 0 means any free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the gateway listens; port 0 means any free one
    #[arg(long, default_value = "127.0.0.1:8081")]
    gateway_listen: SocketAddr,
    /// Written once everything listens: addresses, tokens, links
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

/// Mail on this machine alone.
#[derive(Debug, Args)]
struct MailHere {
    /// Where mail comes in; port 0 means any free one; without it port 2525, or any other if that is taken
    #[arg(long)]
    smtp_listen: Option<SocketAddr>,
    /// The DNS server that is asked about senders, which need not answer yet; without it one of the demo's own, which knows
    /// its organizations
    #[arg(long, value_name = "ADDR")]
    resolver: Option<SocketAddr>,
    /// Server that letters are given to, `host:port`, which need not answer yet; without it one of the demo's own, which
    /// keeps them in the data directory
    #[arg(long, value_name = "ADDR", value_parser = config::letters::relay)]
    relay: Option<(String, u16)>,
    /// The address that mail is for
    #[arg(long, value_name = "ADDRESS", default_value = INTAKE_ADDRESS)]
    intake_address: Email,
}

impl MailHere {
    async fn listen(&self) -> Result<TcpListener, Failure> {
        if let Some(address) = self.smtp_listen {
            return bind(address, "--smtp-listen").await;
        }
        match TcpListener::bind(SMTP).await {
            Ok(listener) => Ok(listener),
            Err(_) => bind(SocketAddr::from(([127, 0, 0, 1], 0)), "--smtp-listen").await,
        }
    }

    fn settings(&self, resolver: SocketAddr) -> intake::Settings {
        intake::Settings {
            listen: None,
            protocol: Protocol::Smtp,
            hostname: "localhost".to_owned(),
            addresses: vec![self.intake_address.to_string()],
            resolver: Some(resolver),
            message_bytes_max: MESSAGE_BYTES_MAX,
            // All mail comes from this machine here.
            limits: smtp::Limits {
                per_minute: LIMIT.get(),
                from_network: usize::MAX,
                ..smtp::Limits::default()
            },
            tls: None,
        }
    }
}

impl Here {
    /// Listens for control plane and gateway.
    ///
    /// # Errors
    /// Names the flag by which another address is chosen.
    pub async fn listen(&self) -> Result<(TcpListener, TcpListener), Failure> {
        Ok((bind(self.listen, "--listen").await?, bind(self.gateway_listen, "--gateway-listen").await?))
    }

    /// Writes the ready file, if one is wanted.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn ready(&self, ready: &ready::Ready) -> Result<(), Failure> {
        self.ready_file.as_ref().map_or(Ok(()), |file| ready::write(file, ready))
    }
}

impl Demo {
    /// Runs until it is told to stop, or the tour is over.
    ///
    /// # Errors
    /// What kept it from starting, or the step of the tour that did not hold.
    pub async fn run(self, json: bool) -> Result<(), Failure> {
        // Kept until the end, then removed.
        let temporary =
            tempfile::Builder::new().prefix("byleave-demo-").tempdir().context("no temporary directory")?;
        let data = self.data.clone().unwrap_or_else(|| temporary.path().to_owned());
        let data = std::path::absolute(&data).context(format_args!("`{}`", data.display()))?;
        if self.tour {
            return tour::run(&data).await;
        }
        let (listener, gateway_listener) = self.here.listen().await?;
        let smtp_listener = self.mail.listen().await?;
        let mut place = place(&listener, &gateway_listener, DEPLOYMENT, VENDOR)?;
        place.sign_in = config::sign_in_of(std::env::vars_os(), &place.base_url)?;
        place.brand = Arc::new(brand()?);
        place.process.address = self.mail.intake_address.to_string();
        let smtp = smtp_listener.local_addr().map_err(Failure::new)?;
        let intake = place.process.address.clone();
        make_folder(&data)?;
        let dkim_key = data.join("letters.pem");
        let dkim = record(&dkim_key, &intake)?;
        let domains = sample::domains();
        let parties = Parties { domains: &domains, vendor: &dkim, intake: &intake, intake_smtp: smtp };
        let office = PostOffice::start(&data, &parties).await?;
        place.mail = Some(self.mail.settings(self.mail.resolver.unwrap_or(office.resolver)));
        let own = (office.smtp.ip().to_string(), office.smtp.port());
        place.letters = Some(Letters::signed(self.mail.relay.clone().unwrap_or(own), dkim_key));
        place.process.post = Some(Post {
            from: place.process.address.clone(),
            portal: format!("{}/portal", place.base_url),
            language: "en".to_owned(),
            languages: BTreeMap::new(),
            statements: true,
        });
        let system = System::open(&data, &place)?;
        // Nothing has happened yet that anybody would have to be told of.
        system.app.set_quiet(true);
        let mail = sample::Mail { smtp, dkim, mailboxes: office.into() };
        let sample = sample::fill(&system, &data, &place, mail).await?;
        system.app.set_quiet(false);
        self.here.ready(&sample.ready)?;
        print(json, &sample.ready, |_| sample.welcome.trim_end().to_owned())?;
        let stop = CancellationToken::new();
        tokio::spawn(stop_on_signal(stop.clone()));
        system.serve(listener, gateway_listener, Some(smtp_listener), stop).await
    }
}

/// The record of the key in `file`, which is made where there is none.
fn record(file: &Path, address: &str) -> Result<DnsRecord, Failure> {
    let domain = address.rsplit_once('@').map_or(address, |(_, domain)| domain);
    let (name, text) = kept_signer(file, domain, SELECTOR)?.record().map_err(Failure::new)?;
    Ok(DnsRecord { name, text })
}

async fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener, Failure> {
    let tried = TcpListener::bind(address).await;
    tried.context(format_args!(
        "`{address}` cannot be listened on (choose another with {flag}, port 0 means any)"
    ))
}

/// The fictional vendor's own look.
fn brand() -> Result<Brand, Failure> {
    let logo = Logo::new(byleave_sample_vendor::LOGO.into()).map_err(Failure::new)?;
    let accent = |text, scheme| Accent::new(text, scheme).map_err(Failure::new);
    let (light, dark) = (accent("#0f4c75", Scheme::Light)?, accent("#8fc1e3", Scheme::Dark)?);
    Ok(Brand::new(Some(logo), Some(light), Some(dark)))
}

/// A place on this machine alone, where nobody has to wait for anything.
///
/// # Errors
/// A listener has no address.
pub fn place(
    listener: &TcpListener,
    gateway_listener: &TcpListener,
    deployment: &str,
    vendor: &str,
) -> Result<Place, Failure> {
    let address = listener.local_addr().map_err(Failure::new)?;
    let gateway = gateway_listener.local_addr().map_err(Failure::new)?;
    let base_url = format!("http://{address}");
    Ok(Place {
        deployment: deployment.to_owned(),
        public_urls: vec![base_url.clone(), format!("http://localhost:{}", address.port())],
        base_url,
        gateway_url: format!("http://{gateway}"),
        support_domain: "localhost".to_owned(),
        vendor_name: vendor.to_owned(),
        brand: Arc::default(),
        letters: None,
        risks: Vec::new(),
        metrics_token: None,
        tls: None,
        gateway: config::Gateway::usual(),
        limits: Limits { credential: LIMIT, address: LIMIT },
        sessions: SessionLimits { idle: SESSION, contact_idle: SESSION, ..SessionLimits::USUAL },
        sign_in: None,
        mail: None,
        process: Process {
            profile: Profile::usual(ProfileName::ArticlePlus).without_waiting(),
            vendor: vendor.to_owned(),
            address: INTAKE_ADDRESS.to_owned(),
            policy: format!("the policy of {vendor} on access to customers' data"),
            form_text: None,
            office_hours: OfficeHours::always(),
            contact_wait: [SignedDuration::ZERO; 2],
            passkey_wait: SignedDuration::ZERO,
            evidence_life: byleave_app::evidence::EVIDENCE_LIFE,
            meeting_notice: SignedDuration::ZERO,
            post: None,
        },
    })
}
