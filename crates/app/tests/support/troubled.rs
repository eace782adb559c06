//! A store that fails or waits when a test says so, cuts that take their time, and a spool that breaks.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use async_trait::async_trait;
use byleave_app::clock::SystemEntropy;
use byleave_app::intake::Mail;
use byleave_app::once::OnceId;
use byleave_app::ports::{
    Batch, Change, Clock, Disk, Enforcement, Entry, EvidenceRow, LeftEnds, LetterRow, MailKnown, OldEvidence,
    Person, Spool, Store, StoreError, Stored, StoredMail, VisitRow, VisitSum, VisitsWanted, WaitingEnd,
};
use byleave_app::{App, Parts};
use byleave_domain::ids::{
    ChangeRequestId, EvidenceId, LetterId, MessageId, OrganizationId, SubjectId, VisitId,
};
use byleave_domain::month::Month;
use byleave_store::SqliteStore;
use byleave_store::spool::EndSpool;
use byleave_tlog::Hash;
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::{Site, TestDisk, Told, keys};

/// The spool of this disk.
pub struct TestSpool(EndSpool, Arc<TestDisk>);

impl TestSpool {
    pub fn beside(database: &std::path::Path, disk: &Arc<TestDisk>) -> Arc<Self> {
        let spool = EndSpool::open(&database.with_extension("ends"), &keys()).unwrap();
        Arc::new(Self(spool, Arc::clone(disk)))
    }
}

impl Spool for TestSpool {
    fn left(&self) -> LeftEnds {
        self.0.left()
    }
    fn add(&self, end: WaitingEnd) {
        self.0.add(end);
    }
    fn keep(&self, waiting: Vec<WaitingEnd>) {
        self.0.keep(waiting);
    }
    fn holds(&self) -> usize {
        self.0.holds()
    }
    fn fault(&self) -> Option<String> {
        let fails = self.1.spool_fails.load(Ordering::SeqCst);
        fails.then(|| "the disk is gone".into()).or_else(|| self.0.fault())
    }
}

/// Fails for good from the commit on that a test names; 0 is never. Notes what is asked of it.
pub struct Failing(SqliteStore, Arc<AtomicUsize>, Arc<Watch>);

/// What a store was asked, and where it waits.
#[derive(Default)]
pub struct Watch {
    pub file: Mutex<PathBuf>,
    /// Organizations for which keys were made beforehand, each time.
    pub made: Mutex<Vec<usize>>,
    /// Commits that erase or clear somebody, change a setting, or are an import's.
    pub commits: Mutex<Vec<&'static str>>,
    /// The next making of keys, or the next commit with this change, once it is durable, waits for a word.
    pub go: Mutex<Option<(&'static str, mpsc::Receiver<()>)>>,
    /// Threads that looked for mail by its Message-ID, each time.
    pub mail_sought: Mutex<Vec<String>>,
    /// Every commit is refused, and nothing else is wrong.
    pub refuses: AtomicBool,
    /// Letters, and where entries are, cannot be looked up.
    pub unread: AtomicBool,
    /// Bytes by which the key file grew within commits.
    pub grown: AtomicU64,
}

impl Watch {
    /// What is called so waits, until something is sent.
    pub fn hold(&self, what: &'static str) -> mpsc::Sender<()> {
        let (go, wait) = mpsc::channel();
        *self.go.lock().unwrap() = Some((what, wait));
        go
    }

    fn wait(&self, what: &'static str) {
        let held = self.go.lock().unwrap().take_if(|(held, _)| *held == what);
        if let Some((_, wait)) = held {
            wait.recv().unwrap();
        }
    }

    fn read(&self) -> Result<(), StoreError> {
        let fails = self.unread.load(Ordering::SeqCst);
        if fails { Err(StoreError::Failed("a page is damaged".into())) } else { Ok(()) }
    }

    pub fn bytes(&self) -> u64 {
        std::fs::metadata(&*self.file.lock().unwrap()).unwrap().len()
    }
}

impl Store for Failing {
    fn load(&self) -> Result<Stored, StoreError> {
        self.0.load()
    }
    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        match self.1.load(Ordering::SeqCst) {
            0 => {}
            1 => return Err(StoreError::Failed("the disk is gone".into())),
            left => self.1.store(left - 1, Ordering::SeqCst),
        }
        if self.2.refuses.load(Ordering::SeqCst) {
            return Err(StoreError::Refused("not now".into()));
        }
        let before = self.2.bytes();
        let committed = self.0.commit(batch);
        self.2.grown.fetch_add(self.2.bytes() - before, Ordering::SeqCst);
        for change in &batch.changes {
            let what = match change {
                Change::SubjectErased { .. } => "erased",
                Change::ErasedCleared { .. } => "cleared",
                Change::SettingPut { setting, .. } if setting.epoch > 0 => "setting",
                Change::ImportStaged(_) => "staged",
                Change::ImportMade => "made",
                Change::ImportDropped(_) => "dropped",
                _ => continue,
            };
            self.2.commits.lock().unwrap().push(what);
            self.2.wait(what);
        }
        committed
    }
    fn make_keys(&self, organizations: &[OrganizationId]) -> Result<(), StoreError> {
        self.2.made.lock().unwrap().push(organizations.len());
        self.2.wait("keys");
        self.0.make_keys(organizations)
    }
    fn overwrite_erased(&self) -> Result<(), StoreError> {
        self.0.overwrite_erased()
    }
    fn entries(&self, o: OrganizationId, first: u64, count: u64) -> Result<Vec<Entry>, StoreError> {
        self.0.entries(o, first, count)
    }
    fn leaves(&self, o: OrganizationId, first: u64, count: u64) -> Result<Vec<Vec<u8>>, StoreError> {
        self.0.leaves(o, first, count)
    }
    fn entry_of_request(&self, o: OrganizationId, request: &[u8; 16]) -> Result<Option<u64>, StoreError> {
        self.2.read()?;
        self.0.entry_of_request(o, request)
    }
    fn entries_referring(
        &self,
        o: OrganizationId,
        reference: u64,
        count: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        self.0.entries_referring(o, reference, count)
    }
    fn entries_referring_last(
        &self,
        o: OrganizationId,
        reference: u64,
        count: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        self.0.entries_referring_last(o, reference, count)
    }
    fn first_about(&self, person: Person) -> Result<Vec<(OrganizationId, u64)>, StoreError> {
        self.0.first_about(person)
    }
    fn kept_about(&self, o: OrganizationId, person: Person) -> Result<Vec<u64>, StoreError> {
        self.0.kept_about(o, person)
    }
    fn is_something_left(&self, person: Person) -> Result<bool, StoreError> {
        self.0.is_something_left(person)
    }
    fn nodes(&self, o: OrganizationId, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
        self.0.nodes(o, level, first, count)
    }
    fn mail_known(&self, identifier: Option<&[u8; 32]>, body: &[u8; 32]) -> Result<MailKnown, StoreError> {
        self.0.mail_known(identifier, body)
    }
    fn mail_with(&self, identifier: &[u8; 32], count: u64) -> Result<Vec<StoredMail>, StoreError> {
        let by = std::thread::current().name().unwrap_or_default().to_owned();
        self.2.mail_sought.lock().unwrap().push(by);
        self.0.mail_with(identifier, count)
    }
    fn mail_of(&self, request: ChangeRequestId, count: u64) -> Result<Vec<StoredMail>, StoreError> {
        self.0.mail_of(request, count)
    }
    fn mail(&self, id: MessageId) -> Result<Option<StoredMail>, StoreError> {
        self.0.mail(id)
    }
    fn evidence(&self, id: EvidenceId) -> Result<Option<EvidenceRow>, StoreError> {
        self.0.evidence(id)
    }
    fn evidence_old(&self, until: jiff::Timestamp, count: u64) -> Result<Vec<OldEvidence>, StoreError> {
        self.0.evidence_old(until, count)
    }
    fn visit(&self, id: VisitId) -> Result<Option<VisitRow>, StoreError> {
        self.0.visit(id)
    }
    fn letter(&self, id: LetterId) -> Result<Option<LetterRow>, StoreError> {
        self.2.read()?;
        self.0.letter(id)
    }
    fn letters(&self, count: u64) -> Result<Vec<LetterRow>, StoreError> {
        self.0.letters(count)
    }
    fn statements_due(&self, month: Month, count: u64) -> Result<Vec<OrganizationId>, StoreError> {
        self.0.statements_due(month, count)
    }
    fn visits_summed(&self, o: OrganizationId, month: Month) -> Result<Vec<VisitSum>, StoreError> {
        self.0.visits_summed(o, month)
    }
    fn answer(&self, id: OnceId) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.answer(id)
    }
    fn visits(&self, wanted: &VisitsWanted, count: u64) -> Result<Vec<VisitRow>, StoreError> {
        self.0.visits(wanted, count)
    }
    fn visits_over(
        &self,
        subject: SubjectId,
        after: Option<(Timestamp, VisitId)>,
        count: u64,
    ) -> Result<Vec<VisitRow>, StoreError> {
        self.0.visits_over(subject, after, count)
    }
}

/// Its cuts wait until the test lets them through.
pub struct Slow(Arc<Semaphore>, Arc<Told>);

#[async_trait]
impl Enforcement for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }
    async fn cut(&self, organization: OrganizationId, epoch: u64) -> usize {
        self.1.cut(organization, epoch).await;
        drop(self.0.acquire().await.unwrap());
        0
    }
    async fn cut_visits(&self, visits: &BTreeSet<VisitId>) -> usize {
        let connections = self.1.cut_visits(visits).await;
        drop(self.0.acquire().await.unwrap());
        connections
    }
    fn open(&self, organization: OrganizationId, epoch: u64) {
        self.1.open(organization, epoch);
    }
}

/// Waits until something holds, some seconds at most.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let mut asked = 0;
    while !holds() {
        assert!(asked < 400, "never: {what}");
        asked += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub struct Troubled {
    pub site: Site,
    /// Commits until the store fails.
    pub left: Arc<AtomicUsize>,
    pub through: Arc<Semaphore>,
    pub watch: Arc<Watch>,
}

impl Troubled {
    pub async fn new(cuts_let_through: usize) -> Self {
        Self::with(cuts_let_through, Mail::none()).await
    }

    pub async fn with(cuts_let_through: usize, mail: Mail) -> Self {
        let site = Site::new().await;
        let database = site.database();
        let (clock, told) = (Arc::clone(&site.clock), Arc::clone(&site.told));
        let before = site.give_up();
        let store = loop {
            match SqliteStore::open(&database, &super::keys()) {
                Ok(store) => break store,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        let (left, through) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(cuts_let_through)));
        let keys = Arc::new(Watch::default());
        *keys.file.lock().unwrap() = database.with_extension("keys");
        let app = App::start(Parts {
            store: Arc::new(Failing(store, Arc::clone(&left), Arc::clone(&keys))),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(SystemEntropy),
            keys: super::keys(),
            mail,
            process: super::process(),
            enforcement: Arc::new(Slow(Arc::clone(&through), Arc::clone(&told))),
            disk: Arc::clone(&told.1) as Arc<dyn Disk>,
            spool: TestSpool::beside(&database, &told.1),
        })
        .unwrap();
        let site = before.with(app);
        Self { site, left, through, watch: keys }
    }
}
