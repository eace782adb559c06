//! The back office of a fictional vendor, Northwind Cloud: what Byleave's demo puts behind its gateway.
//!
//! It stands for software that nobody wrote for Byleave, save that it verifies the assertion. All organizations lie in
//! one database, and there is a global search, so the address of a request is no boundary: without the check in `guard`
//! any visitor could read everything. Three tools, each served at `/` of a listener of its own:
//!
//! - `system_log`: each organization's events, shaped like Okta's System Log; page, JSON, live tail, export, global search
//! - `user_lookup`: its people; page, detail page, JSON
//! - `diagnostics`: a console over WebSocket
//!
//! `seed` and `catalogue` make the data, the same for the same seed; `database` keeps it, in memory. Pages use relative
//! links alone, so that they work under a path prefix as well as under a host name.
//!
//! Absent: sign-in, people's own settings, any way to write; a network-wide address other than in the documentation
//! ranges (RFC 5737, RFC 5398); names of real people or companies.

mod answer;
mod catalogue;
mod database;
mod diagnostics;
mod guard;
mod log_event;
mod random;
mod seed;
mod system_log;
mod user_lookup;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use byleave_assertion::{KeysRejected, Verifier};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::database::Database;
use crate::guard::Guard;
use crate::system_log::live::Live;

/// The vendor's logo, SVG.
pub const LOGO: &[u8] = include_bytes!("../assets/logo.svg");

/// An organization that the vendor serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// What assertions call it in `sub`, `org_…`.
    pub id: String,
    /// The same in addresses; the e-mail addresses of its people end in `{slug}.example`.
    pub slug: String,
    /// Its name for people to read.
    pub name: String,
}

/// What the back office is opened with.
#[derive(Clone)]
pub struct Config {
    /// Whom it serves. An assertion for any other organization is answered 403.
    pub organizations: Vec<Organization>,
    /// How many events each organization's log holds; a new one pushes the oldest out, so it stays at this number.
    pub events_per_organization: u32,
    /// The same seed makes the same people and events.
    pub seed: u64,
    /// Reads the time: for the age of assertions and for new events.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// The keys of the control plane whose assertions count.
#[derive(Clone, Debug)]
pub struct Keys {
    /// A JWK set, as `/oauth2/jwks` serves it.
    pub jwks: String,
    /// The control plane's base URL, as it stands in `iss`.
    pub issuer: String,
}

/// Which of the three tools a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Events: page, JSON, live tail, export, global search.
    SystemLog,
    /// People: page, detail page, JSON.
    UserLookup,
    /// A console over WebSocket.
    Diagnostics,
}

impl Tool {
    /// The slug, which is also the audience that assertions for this tool must name.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Tool::SystemLog => "system-log",
            Tool::UserLookup => "user-lookup",
            Tool::Diagnostics => "diagnostics",
        }
    }
}

/// The database and what feeds it, shared by the tools. Clones share it.
#[derive(Clone)]
pub struct BackOffice {
    config: Arc<Config>,
    database: Database,
    live: Live,
}

/// The database could not be filled.
#[derive(Debug, thiserror::Error)]
#[error("cannot fill the sample vendor's database")]
pub struct OpenError(#[from] rusqlite::Error);

/// Why a tool is not served, or no longer.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The keys cannot be used, so no request could be let in.
    #[error("cannot use the keys of `{issuer}`")]
    Keys {
        /// Whose keys they are.
        issuer: String,
        /// What is wrong with them.
        source: KeysRejected,
    },
    /// The listener failed.
    #[error("listener of the sample vendor failed")]
    Listener(#[from] std::io::Error),
}

impl BackOffice {
    /// Makes the data. This takes a while (about 3 µs an event in a release build, 30 in a debug one) and blocks the thread.
    ///
    /// # Errors
    /// [`OpenError`] when SQLite refuses, as when two organizations have one id.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let database = Database::open(&config)?;
        let live = Live::new(&config.organizations);
        Ok(Self { config: Arc::new(config), database, live })
    }

    /// Serves one tool until the returned future is dropped. Each tool may be served once or several times.
    ///
    /// # Errors
    /// [`ServeError`], at once when the keys cannot be used.
    pub async fn serve(self, listener: TcpListener, tool: Tool, keys: &Keys) -> Result<(), ServeError> {
        let verifier = Verifier::from_jwks(&keys.jwks, &keys.issuer, tool.slug())
            .map_err(|source| ServeError::Keys { issuer: keys.issuer.clone(), source })?;
        // Dropped with this future, and the producers with it.
        let mut producers = JoinSet::new();
        let routes = match tool {
            Tool::SystemLog => {
                self.live.produce(&self, &mut producers);
                system_log::routes()
            }
            Tool::UserLookup => user_lookup::routes(),
            Tool::Diagnostics => diagnostics::routes(),
        };
        Ok(axum::serve(listener, guarded(routes, self, verifier)).await?)
    }

    fn now(&self) -> Timestamp {
        (self.config.clock)()
    }
}

/// The guard is the outermost layer: it stands before every route, the assets and the answer to unknown paths too.
fn guarded(routes: Router<BackOffice>, back_office: BackOffice, verifier: Verifier) -> Router {
    let guard = Guard { verifier, config: Arc::clone(&back_office.config) };
    let stylesheet = answer::asset("text/css; charset=utf-8", include_str!("../assets/style.css"));
    routes
        .route("/assets/style.css", stylesheet)
        .with_state(back_office)
        .layer(axum::middleware::from_fn_with_state(Arc::new(guard), guard::require_assertion))
}

/// How often the live tail of a watched organization gets an event.
const LIVE_INTERVAL: Duration = Duration::from_millis(700);

/// How often the console's `tail` prints a line.
const TAIL_INTERVAL: Duration = Duration::from_millis(500);
