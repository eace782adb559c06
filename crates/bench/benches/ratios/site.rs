//! A real application over a real SQLite file: one organization, one support person, one tool.

use std::path::Path;
use std::sync::Arc;

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
/// The deployment's secret; every benchmark has the same.
pub const SEED: [u8; 32] = [42; 32];

/// An application with what it rests on.
pub struct Site {
    /// The use cases.
    pub app: App,
    /// The store under them.
    pub store: Arc<SqliteStore>,
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

impl Site {
    /// Starts one in `folder`, with a tool at `upstream`. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// Whatever kept it from starting.
    pub async fn start(folder: &Path, upstream: &str) -> Result<Self, Failure> {
        let registry = Registry::new();
        let metrics = Arc::new(Metrics::new(0));
        let keys = Keys::new(SEED, "bench.byleave.example");
        let store = Arc::new(SqliteStore::open(&folder.join("byleave.db"), &keys)?);
        let spool = EndSpool::open(&folder.join("byleave.ends"), &keys)?;
        let app = App::start(Parts {
            store: store.clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            keys,
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
        let tool = app.fresh_tool_id();
        app.tool_create(Tool {
            id: tool,
            slug: TOOL.parse()?,
            name: "System log".parse()?,
            upstream: upstream.to_owned(),
            isolation: Isolation::UpstreamVerified,
            reason: Requirement::Optional,
            case: Requirement::Optional,
            assets: vec![],
        })
        .await?;
        Ok(Self { app, store, registry, metrics, organization, subject, tool })
    }
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
        evidence_life: byleave_app::evidence::EVIDENCE_LIFE,
        meeting_notice: jiff::SignedDuration::ZERO,
    }
}
