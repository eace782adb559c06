//! A real application over a real SQLite file: one organization or many, one support person, and a tool twice, with its
//! assets declared and without.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use byleave_app::clock::{SystemClock, SystemEntropy};
use byleave_app::keys::Keys;
use byleave_app::ports::Disk;
use byleave_app::{App, Parts};
use byleave_domain::ids::{OrganizationId, SubjectId, ToolId};
use byleave_domain::room::Space;
use byleave_domain::subject::SubjectKind;
use byleave_domain::tool::{Isolation, Requirement, Tool};
use byleave_gateway::Registry;
use byleave_store::SqliteStore;
use byleave_store::spool::EndSpool;
use tempfile::TempDir;

use crate::Failure;
use crate::control::RegistryEnforcement;
use crate::metrics::Metrics;

/// Slug of the organization.
pub const ORGANIZATION: &str = "acme";
/// Slug of the tool.
pub const TOOL: &str = "system-log";
/// Slug of the same tool with its assets declared.
pub const TOOL_WITH_ASSETS: &str = "system-log-with-assets";
/// How many there are where there are many.
pub const ORGANIZATIONS: usize = 1_000;
/// The deployment's secret; every benchmark has the same.
pub const SEED: [u8; 32] = [42; 32];

/// An application with what it rests on.
pub struct Site {
    /// The use cases.
    pub app: App,
    /// The file under them.
    pub database: PathBuf,
    /// Entries of each transaction.
    pub batches: Batches,
    /// The enforcement point that they control.
    pub registry: Arc<Registry>,
    /// Where requests and cuts are counted.
    pub metrics: Arc<Metrics>,
    /// Acme Rockets.
    pub organization: OrganizationId,
    /// Who enters.
    pub subject: SubjectId,
    /// Where.
    pub tool: ToolId,
}

/// Entries of each transaction since they were last asked for.
#[derive(Clone, Default)]
pub struct Batches(Arc<Mutex<Vec<usize>>>);

impl Batches {
    fn add(&self, entries: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entries);
    }

    /// Those of the transactions that had any.
    pub fn take(&self) -> Vec<usize> {
        let mut all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        all.retain(|entries| *entries > 0);
        all
    }
}

/// A disk with nothing on it: a measure a second is no part of any ratio.
struct Empty;

impl Disk for Empty {
    fn space(&self) -> Option<Space> {
        Some(Space { free: u64::MAX, size: u64::MAX })
    }
}

/// A directory on the disk that the build is on, removed when dropped. Temporary directories are often in memory, where
/// making something durable costs nothing.
///
/// # Errors
/// When the disk does not take it.
pub fn folder() -> std::io::Result<TempDir> {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(tmp)?;
    tempfile::Builder::new().prefix("bench-").tempdir_in(tmp)
}

/// Slug of one of many organizations.
pub fn organization(n: usize) -> String {
    format!("{ORGANIZATION}-{n}")
}

impl Site {
    /// Starts one in `folder`, with its tools at `upstream`. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// Whatever kept it from starting.
    pub async fn start(folder: &Path, upstream: &str) -> Result<Self, Failure> {
        let registry = Registry::new();
        let metrics = Arc::new(Metrics::new(0));
        let keys = Keys::new(SEED, "bench.byleave.example");
        let database = folder.join("byleave.db");
        let batches = Batches::default();
        let seen = batches.clone();
        let store = SqliteStore::open(&database, &keys)?.observed(move |entries, _, _| seen.add(entries));
        let spool = EndSpool::open(&folder.join("byleave.ends"), &keys)?;
        let app = App::start(Parts {
            store: Arc::new(store),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            keys,
            mail: byleave_app::intake::Mail::none(),
            process: process(),
            enforcement: Arc::new(RegistryEnforcement {
                registry: registry.clone(),
                metrics: metrics.clone(),
            }),
            disk: Arc::new(Empty),
            spool: Arc::new(spool),
        })?;
        let organization = app.organization_create("Acme Rockets".parse()?, ORGANIZATION.parse()?).await?;
        let (name, email) = ("Sasha Example".parse()?, "sasha@vendor.example".parse()?);
        let subject = app.subject_create(SubjectKind::SupportPerson, name, email, "Vendor".parse()?).await?;
        let tool = tool_create(&app, TOOL, upstream, vec![]).await?;
        tool_create(&app, TOOL_WITH_ASSETS, upstream, vec!["/assets/".to_owned()]).await?;
        Ok(Self { app, database, batches, registry, metrics, organization, subject, tool })
    }

    /// Creates [`ORGANIZATIONS`] more.
    ///
    /// # Errors
    /// When one cannot be created.
    pub async fn have_many_organizations(&self) -> Result<(), Failure> {
        for n in 0..ORGANIZATIONS {
            let slug = organization(n).parse()?;
            self.app.organization_create(format!("Acme Rockets {n}").parse()?, slug).await?;
        }
        Ok(())
    }
}

async fn tool_create(app: &App, slug: &str, upstream: &str, assets: Vec<String>) -> Result<ToolId, Failure> {
    let id = app.fresh_tool_id();
    app.tool_create(Tool {
        id,
        slug: slug.parse()?,
        name: "System log".parse()?,
        upstream: upstream.to_owned(),
        isolation: Isolation::UpstreamVerified,
        reason: Requirement::Optional,
        case: Requirement::Optional,
        assets,
    })
    .await?;
    Ok(id)
}

fn process() -> byleave_app::change_requests::Process {
    byleave_app::change_requests::Process {
        profile: byleave_domain::process::Profile::usual(byleave_domain::process::ProfileName::ArticlePlus),
        vendor: "Vendor".to_owned(),
        address: "support-access@vendor.example".to_owned(),
        policy: String::new(),
        form_text: None,
        office_hours: byleave_calendar::OfficeHours::always(),
        contact_wait: byleave_app::contacts::CONTACT_WAIT,
        passkey_wait: byleave_app::passkeys::PASSKEY_WAIT,
        evidence_life: byleave_app::evidence::EVIDENCE_LIFE,
        meeting_notice: jiff::SignedDuration::ZERO,
        post: None,
    }
}
