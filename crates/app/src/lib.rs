//! Use cases: what people and programs can have done, and the one writer that does it.
//!
//! | question | module |
//! |---|---|
//! | what does this need from the world? | [`ports`] |
//! | how does a change become durable, and when is it answered? | `writer` |
//! | what is believed at start, and what did a crash leave? | `load` |
//! | disable, and what every change of a setting goes through | [`setting`] |
//! | keep everybody out, or one employer's people; let them in again | [`freezes`] |
//! | the article's journeys, step by step | [`change_requests`] |
//! | what came in that nobody can be held to yet? | [`messages`] |
//! | what becomes of mail, and who is to be answered? | [`intake`] |
//! | who is erased, and what is left of them? | [`erasure`] |
//! | who is written to, and what became of it? | [`letters`] |
//! | what do the steps rest on, and who read it? | [`evidence`] |
//! | enter, record, leave | [`visits`] |
//! | who is a security contact, and who confirms it? | [`contacts`] |
//! | was this asked before? | [`once`] |
//! | organizations, people, tools | [`catalog`] |
//! | where do copies of letters go? | [`notice_addresses`] |
//! | is there room for more, and can it be written? | `disk`, `standing` |
//! | how do the vendor's people sign in? | [`vendor`] |
//! | who is calling? | [`caller`], [`credentials`], [`sessions`], [`tokens`] |
//! | with which passkey does somebody sign in, or sign a form? | [`passkeys`] |
//! | how does a browser get from a visit's page into the tool? | `passes` |
//! | does what is stored hold, without starting? | [`check`] |
//! | what does an organization's log look like from outside? | [`log`] |
//!
//! Absent: HTTP, SQL, pages, files, environment. Rules about who may do what live in `domain`; here they are asked.

pub mod caller;
pub mod catalog;
pub mod change_requests;
pub mod check;
pub mod clock;
pub mod contacts;
pub mod credentials;
mod disk;
pub mod doubts;
pub mod erasure;
pub mod evidence;
pub mod freezes;
pub mod intake;
pub mod keys;
pub mod letters;
mod load;
pub mod log;
pub mod mail_domains;
pub mod messages;
pub mod notice_addresses;
pub mod once;
mod passes;
pub mod passkeys;
pub mod ports;
pub mod sessions;
pub mod setting;
mod standing;
pub mod tokens;
pub mod vendor;
pub mod visits;
pub mod world;
mod writer;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use byleave_domain::ids::OrganizationId;
use byleave_domain::room::{DenialsWithoutRoom, Space};
use byleave_domain::snapshot::PolicySnapshot;
use jiff::Timestamp;
use tokio::sync::{Semaphore, mpsc};

use crate::change_requests::Process;
use crate::disk::Measured;
use crate::evidence::Swept;
use crate::keys::Keys;
use crate::ports::{Clock, Disk, Enforcement, Entropy, Spool, Store, StoreError};
use crate::world::World;
pub use crate::writer::NotWritten;

/// How long somebody who asks whether anything can be written waits for the answer.
pub const WRITE_WAIT_MAX: Duration = Duration::from_secs(2);

/// The application: every use case is a method of it. Cheap to clone.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
    jobs: writer::Jobs,
    enforcement: Arc<dyn Enforcement>,
    disk: Measured,
    asked: standing::Asked,
    denials: Arc<Mutex<DenialsWithoutRoom>>,
    passes: passes::Passes,
    uses: tokens::Uses,
    seen: sessions::Seen,
    calls: change_requests::Calls,
    swept: Swept,
    tokens_swept: Swept,
    months: letters::MonthsWritten,
    told: freezes::Told,
    deferrals: intake::Deferrals,
    registered: intake::Registered,
    /// Imports are made one after the other. Holds what one has staged and not made.
    imports: Arc<tokio::sync::Mutex<Vec<OrganizationId>>>,
    /// Places for looking into files that came back: a file made to take long takes its place, and no more.
    inspections: Arc<Semaphore>,
}

/// What the writer and the readers share.
pub(crate) struct Shared {
    /// Before the store, which has the lock on both: so it is closed before.
    pub ends: visits::PendingEnds,
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub keys: Keys,
    pub process: Process,
    pub mail: intake::Mail,
    /// This start of this process.
    pub node: [u8; 16],
    world: RwLock<World>,
    policy: RwLock<Arc<PolicySnapshot>>,
    /// Whether nobody is written to for now.
    pub quiet: AtomicBool,
    /// How many letters went to whom for nothing but their own mail.
    pub answers: letters::Answers,
    /// What passkeys were asked.
    pub challenges: passkeys::challenges::Challenges,
    /// Organizations whose connections must be cut since their stored setting turned out not to be the log's.
    pub closed: mpsc::UnboundedSender<(OrganizationId, u64)>,
}

/// Why the application did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What a crash left open could not be ended, or a waiting entry not be added.
    #[error("what was left open cannot be ended: {0}")]
    Recovery(#[from] NotWritten),
    /// The deployment's name cannot stand in a log's origin.
    #[error("the deployment's name cannot name a log key: {0}")]
    Name(#[from] byleave_tlog::note::KeyError),
    /// No thread for the writer.
    #[error("the writer's thread cannot be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// What an application is made of.
pub struct Parts {
    /// Where things are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The deployment's keys.
    pub keys: Keys,
    /// The vendor's side of the article.
    pub process: Process,
    /// What mail is for us, and who asks DNS about it.
    pub mail: intake::Mail,
    /// Whatever lets people in.
    pub enforcement: Arc<dyn Enforcement>,
    /// What things are kept on.
    pub disk: Arc<dyn Disk>,
    /// Where ends wait for their logs.
    pub spool: Arc<dyn Spool>,
}

impl App {
    /// Reads what is stored, believes of it what the logs prove, ends what a crash left open, and starts the writer.
    /// Blocks; nothing may be served before it returns (N1). Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] says what to look at. Nothing is served then.
    pub fn start(parts: Parts) -> Result<Self, StartError> {
        let mut node = [0; 16];
        parts.entropy.fill(&mut node);
        let (closed, closures) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            ends: visits::PendingEnds::new(parts.spool),
            store: parts.store,
            clock: parts.clock,
            entropy: parts.entropy,
            keys: parts.keys,
            process: parts.process,
            mail: parts.mail,
            node,
            world: RwLock::default(),
            policy: RwLock::new(Arc::new(PolicySnapshot::deny_all("the gateway is starting"))),
            quiet: AtomicBool::new(false),
            answers: letters::Answers::default(),
            challenges: passkeys::challenges::Challenges::default(),
            closed,
        });
        load::load(&shared)?;
        for (id, organization) in &shared.policy().organizations {
            if organization.standing
                == byleave_domain::snapshot::Standing::Proven(
                    byleave_domain::support_access::SupportAccess::Enabled,
                )
            {
                parts.enforcement.open(*id, organization.epoch);
            }
        }
        let jobs = writer::start(Arc::clone(&shared))?;
        let app = Self {
            shared,
            jobs,
            enforcement: parts.enforcement,
            disk: Measured::new(parts.disk),
            asked: standing::Asked::default(),
            denials: Arc::default(),
            passes: passes::Passes::default(),
            uses: tokens::Uses::default(),
            seen: sessions::Seen::default(),
            calls: change_requests::Calls::default(),
            swept: Swept::default(),
            tokens_swept: Swept::default(),
            months: letters::MonthsWritten::default(),
            told: freezes::Told::default(),
            deferrals: intake::Deferrals::default(),
            registered: intake::Registered::default(),
            imports: Arc::default(),
            inspections: Arc::new(Semaphore::new(change_requests::INSPECTIONS)),
        };
        tokio::spawn(cut_closed(Arc::clone(&app.enforcement), closures));
        Ok(app)
    }

    /// Now, by the application's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// How full the disk is, measured within the last second; `None` when it cannot be asked.
    pub async fn space(&self) -> Option<Space> {
        self.disk.space(self.now()).await
    }

    /// What enforcement points decide from.
    #[must_use]
    pub fn policy(&self) -> Arc<PolicySnapshot> {
        self.shared.policy()
    }

    /// The state, for reading. Held only as long as it takes to copy what is shown.
    pub fn world(&self) -> RwLockReadGuard<'_, World> {
        self.shared.world()
    }

    /// 128 random bits.
    #[must_use]
    pub fn random_bits(&self) -> [u8; 16] {
        self.shared.random_bits()
    }

    /// Runs `work` to its end, even if whoever waits for it is gone: what has been committed must be followed through.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, NotWritten> {
        tokio::spawn(work).await.map_err(|why| NotWritten::Unavailable(why.to_string()))
    }

    /// Runs what keeps a thread busy beside everything else: neither the writer nor a connection waits for it.
    pub(crate) async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, NotWritten> {
        let app = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&app)).await;
        done.map_err(|why| NotWritten::Unavailable(why.to_string()))
    }

    /// The vendor's side of the article.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.shared.process
    }

    /// The deployment's keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.shared.keys
    }
}

/// Cuts organizations that were found closed. Ends with the application.
async fn cut_closed(
    enforcement: Arc<dyn Enforcement>,
    mut closures: mpsc::UnboundedReceiver<(OrganizationId, u64)>,
) {
    while let Some((id, epoch)) = closures.recv().await {
        enforcement.cut(id, epoch).await;
    }
}

impl Shared {
    /// A poisoned lock means that a thread died while it held it; what it guards is replaced whole or by single
    /// fields, so it is still what the last commit made it.
    pub fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn world_mut(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn policy(&self) -> Arc<PolicySnapshot> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn set_policy(&self, policy: PolicySnapshot) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// Nothing can be recorded any more, so nobody is let in, and whoever is in is cut off.
    pub fn close_all(&self) {
        self.set_policy(PolicySnapshot::deny_all("what happens cannot be recorded"));
        self.have_cut(|_| true);
    }

    /// Has the connections of organizations cut.
    pub fn have_cut(&self, which: impl Fn(OrganizationId) -> bool) {
        for (id, tenant) in &self.world().organizations {
            if which(*id) {
                // The receiver lives as long as the process; without it there is no connection to cut either.
                let _ = self.closed.send((*id, tenant.organization.setting.epoch));
            }
        }
    }

    pub fn random_bits(&self) -> [u8; 16] {
        let mut bits = [0; 16];
        self.entropy.fill(&mut bits);
        bits
    }
}
