//! An application over a real SQLite file, with a clock that the test moves.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod authenticator;
pub mod copy;
pub mod mail;
pub mod people;
pub mod troubled;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use async_trait::async_trait;
use byleave_api::disclosure::{Disclosed, FORMAT, Header, Opening as DisclosedOpening};
use byleave_api::entry::Kind;
use byleave_app::change_requests::{Message, Process, ReviewAct};
use byleave_app::clock::SystemEntropy;
use byleave_app::contacts::{CONTACT_WAIT, NewContact};
use byleave_app::keys::Keys;
use byleave_app::letters::Post;
use byleave_app::ports::{Clock, Disk, Enforcement, Entry, Kept};
use byleave_app::sessions::{Beginning, SessionLimits};
use byleave_app::setting::NotChanged;
use byleave_app::visits::{Begin, Denied, Opening};
use byleave_app::{App, Parts, StartError};
use byleave_calendar::OfficeHours;
use byleave_domain::approval::{Approval, SignedApproval};
use byleave_domain::change_request::{CallOutcome, ChangeRequest, Items, Source, StepRefused};
use byleave_domain::contact::ContactStanding;
use byleave_domain::contact_change::ContactChange;
use byleave_domain::decision::{AccessAttempt, Decision, VisitClaim, authorize};
use byleave_domain::ids::{
    ChangeRequestId, ContactId, DecisionId, DeskPersonId, OrganizationId, RequestId, SubjectId, ToolId,
    VisitId,
};
use byleave_domain::process::{Profile, ProfileName};
use byleave_domain::room::Space;
use byleave_domain::statement::{SignedStatement, Statement, Wish, public_key, sign_text};
use byleave_domain::subject::SubjectKind;
use byleave_domain::tool::{Isolation, Requirement, Tool};
use byleave_store::SqliteStore;
use byleave_tlog::{NoteVerifier, TilePath};
use byleave_verify::{Fault, Replayed, Report};
use jiff::{SignedDuration, Timestamp};

pub const CONTACT_SEED: [u8; 32] = [7; 32];
pub const DESK_SEED: [u8; 32] = [11; 32];
pub const SECOND_DESK_SEED: [u8; 32] = [12; 32];
pub const DEPLOYMENT_SEED: [u8; 32] = [42; 32];

pub struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_800_000_000))
    }
}

impl TestClock {
    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A disk of 100 bytes with as much on it as the test says, which counts how often it is asked.
#[derive(Default)]
pub struct TestDisk {
    pub used: AtomicU64,
    pub asked: AtomicU64,
    pub gone: AtomicBool,
    pub spool_fails: AtomicBool,
    /// The next answer waits for a word, at most half a minute.
    pub hangs: Mutex<Option<mpsc::Receiver<()>>>,
}

impl Disk for TestDisk {
    fn space(&self) -> Option<Space> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let hangs = self.hangs.lock().unwrap().take();
        if let Some(go) = hangs {
            go.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
        }
        let free = 100 - self.used.load(Ordering::SeqCst);
        (!self.gone.load(Ordering::SeqCst)).then_some(Space { free, size: 100 })
    }
}

/// Notes what it was told; the disk goes wherever this goes.
#[derive(Default)]
pub struct Told(pub Mutex<Vec<String>>, pub Arc<TestDisk>);

#[async_trait]
impl Enforcement for Told {
    fn name(&self) -> &'static str {
        "test"
    }
    async fn cut(&self, organization: OrganizationId, epoch: u64) -> usize {
        self.0.lock().unwrap().push(format!("cut {organization} {epoch}"));
        1
    }
    async fn cut_visits(&self, visits: &BTreeSet<VisitId>) -> usize {
        self.0.lock().unwrap().extend(visits.iter().map(|visit| format!("cut {visit}")));
        visits.len()
    }
    fn open(&self, organization: OrganizationId, epoch: u64) {
        self.0.lock().unwrap().push(format!("open {organization} {epoch}"));
    }
}

pub struct Site {
    pub folder: tempfile::TempDir,
    pub clock: Arc<TestClock>,
    pub told: Arc<Told>,
    pub app: App,
    pub organization: OrganizationId,
    pub contact: ContactId,
    pub subject: SubjectId,
    pub tool: ToolId,
    pub desk_person: DeskPersonId,
    pub second_desk_person: DeskPersonId,
}

impl Site {
    pub async fn new() -> Self {
        Self::new_in(tempfile::tempdir().unwrap()).await
    }

    pub async fn new_in(folder: tempfile::TempDir) -> Self {
        let clock = Arc::new(TestClock::default());
        let told = Arc::new(Told::default());
        let app = start(&folder.path().join("byleave.db"), &clock, &told).unwrap();
        let first = desk_person(&app, "Dana Example", DESK_SEED).await;
        let second_desk_person = desk_person(&app, "Lee Example", SECOND_DESK_SEED).await;
        let organization =
            app.organization_create("Acme Rockets".parse().unwrap(), "acme".parse().unwrap()).await.unwrap();
        let contact = app
            .contact_create(organization, new_contact("Sam Example", "sam@acme.example", &CONTACT_SEED))
            .await
            .unwrap()
            .0;
        let subject = app
            .subject_create(
                SubjectKind::SupportPerson,
                "Sasha Example".parse().unwrap(),
                "sasha@vendor.example".parse().unwrap(),
                "Vendor".parse().unwrap(),
            )
            .await
            .unwrap();
        let tool = Tool {
            id: app.fresh_tool_id(),
            slug: "system-log".parse().unwrap(),
            name: "System log".parse().unwrap(),
            upstream: "http://127.0.0.1:1".into(),
            isolation: Isolation::UpstreamVerified,
            reason: Requirement::Optional,
            case: Requirement::Optional,
            assets: vec![],
        };
        let tool_id = tool.id;
        app.tool_create(tool).await.unwrap();
        Self {
            folder,
            clock,
            told,
            app,
            organization,
            contact,
            subject,
            tool: tool_id,
            desk_person: first,
            second_desk_person,
        }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("byleave.db")
    }

    /// Stops the process as a crash would (nothing is tidied up) and starts it again.
    pub async fn restart(self, between: impl FnOnce(&std::path::Path, OrganizationId)) -> Self {
        let organization = self.organization;
        let stopped = self.stop().await;
        between(&stopped.0.path().join("byleave.db"), organization);
        stopped.start()
    }

    /// Stops and lets the file go.
    pub async fn stop(self) -> Stopped {
        let Self { folder, clock, told, app, .. } = self;
        drop(app);
        // The writer's thread ends once nobody can send it anything; then the lock is free.
        for _ in 0..500 {
            if SqliteStore::open(&folder.path().join("byleave.db"), &keys()).is_ok() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        Stopped(folder, clock, told)
    }

    /// Opens a folder that another process made with [`Site::new`]. Must be called within a runtime.
    pub fn reopen(folder: &std::path::Path) -> Self {
        let clock = Arc::new(TestClock::default());
        let app = start(&folder.join("byleave.db"), &clock, &Arc::default()).unwrap();
        // The folder is the other process's to remove, with this one in it.
        Self::found(tempfile::tempdir_in(folder).unwrap(), clock, Arc::default(), app)
    }

    pub fn found(folder: tempfile::TempDir, clock: Arc<TestClock>, told: Arc<Told>, app: App) -> Self {
        let (organization, contact, subject, tool, desk_person, second_desk_person) = {
            let world = app.world();
            let tenant = world.organizations.values().next().unwrap();
            let id = tenant.organization.id;
            // A log that does not hold names nobody; then there is nobody to act.
            let contact =
                tenant.organization.contacts.first().map_or(ContactId::from_bytes([0; 16]), |c| c.id);
            let subject = *world.subjects.keys().next().unwrap();
            let tool = *world.tools.keys().next().unwrap();
            let desk = |name: &str| {
                let person = world.desk_people.values().find(|person| person.name.as_str() == name);
                person.map_or(DeskPersonId::from_bytes([0; 16]), |person| person.id)
            };
            (id, contact, subject, tool, desk("Dana Example"), desk("Lee Example"))
        };
        Self {
            folder,
            clock,
            told,
            app,
            organization,
            contact,
            subject,
            tool,
            desk_person,
            second_desk_person,
        }
    }

    pub fn statement(&self, wish: Wish, epoch: u64) -> SignedStatement {
        Statement {
            organization: self.organization,
            epoch,
            wish,
            contact: self.contact,
            request: RequestId::from_bytes(self.app.random_bits()),
            issued: self.clock.now(),
        }
        .sign(&CONTACT_SEED)
    }

    /// A desk person's approval of a request, as it has to be now.
    pub fn approval(&self, id: ChangeRequestId, by: DeskPersonId) -> SignedApproval {
        let world = self.app.world();
        let (tracked, _) = world.change_request(id).unwrap();
        let organization = &world.organizations[&self.organization].organization;
        let approval = Approval {
            organization: self.organization,
            epoch: tracked.request.epoch_wanted(organization),
            wish: tracked.request.received.wish,
            change_request: id,
            call: tracked.request.call_entry(),
            by,
            issued: self.clock.now(),
        };
        approval.sign(if by == self.desk_person { &DESK_SEED } else { &SECOND_DESK_SEED })
    }

    /// Both desk people call a contact back; then the contact is confirmed.
    pub async fn confirm(&self, contact: ContactId) {
        for by in [self.desk_person, self.second_desk_person] {
            self.app.contact_call_begin(contact, by).unwrap();
            let words = self.app.contact_words(contact).unwrap();
            self.app.contact_call_heard(contact, by, &words.answer).unwrap();
            let called = self.app.contact_call_made(contact, by, CallOutcome::Confirmed, None, "answered");
            called.await.unwrap();
        }
    }

    /// Those of the organization's contacts who are not confirmed are.
    pub async fn confirm_all(&self) {
        let now = self.clock.now();
        let open: Vec<_> = {
            let world = self.app.world();
            let contacts = &world.organizations[&self.organization].organization.contacts;
            let confirmed = |standing| matches!(standing, ContactStanding::Confirmed(_));
            contacts.iter().filter(|c| !confirmed(c.standing(now))).map(|c| c.id).collect()
        };
        for contact in open {
            self.confirm(contact).await;
        }
    }

    /// Both desk people agree to a change of contacts.
    pub async fn agree(&self, change: ChangeRequestId) -> Result<ContactChange, NotChanged> {
        let mut agreed = Err(NotChanged::UnknownChangeRequest(change));
        for (by, seed) in [(self.desk_person, &DESK_SEED), (self.second_desk_person, &SECOND_DESK_SEED)] {
            let text = self.app.world().contact_changes[&change].0.text(by, self.clock.now());
            let signature = sign_text(&text, seed);
            agreed = self.app.contact_change_agree(change, by, text, signature.into()).await;
        }
        agreed
    }

    /// One turn of what the application does by itself each second.
    pub async fn turn(&self) {
        // What it could not do, a later one does.
        _ = self.app.turn().await;
    }

    /// A message that asks for something, as the desk takes it in.
    pub async fn message(&self, wish: Wish, source: Source) -> ChangeRequestId {
        let contact = Some(self.contact);
        let message = Message { wish, source, contact, items: Items::ALL, text: "please".into() };
        self.app.change_request_receive(self.organization, message).await.unwrap().id
    }

    /// One desk person reviews, the other approves.
    pub async fn approve(&self, id: ChangeRequestId) -> Result<ChangeRequest, NotChanged> {
        self.confirm_all().await;
        let reviewed = self.app.change_request_review(id, self.desk_person, ReviewAct::Proceed(None)).await;
        if let Err(why) = reviewed
            && !matches!(why, NotChanged::Step(StepRefused::Reviewed))
        {
            return Err(why);
        }
        let signed = self.approval(id, self.second_desk_person);
        self.app.approve(id, self.second_desk_person, signed).await
    }

    pub fn epoch(&self) -> u64 {
        self.app.world().organizations[&self.organization].organization.setting.epoch
    }

    pub fn decide(&self) -> Decision {
        let attempt = AccessAttempt {
            subject: self.subject,
            organization: self.organization,
            tool: self.tool,
            visit: VisitClaim::Opens { reason: None, case: None },
        };
        authorize(&self.app.policy(), &attempt, self.clock.now())
    }

    pub fn opening(&self, reason: &str) -> Opening {
        Opening {
            subject: self.subject,
            organization: self.organization,
            tool: self.tool,
            reason: reason.parse().ok(),
            case: None,
            token: None,
        }
    }

    pub fn begin(&self, visit: VisitId, epoch: u64) -> Begin {
        Begin {
            decision: DecisionId::from_bytes(self.app.random_bits()),
            visit,
            epoch,
            method: "GET".into(),
            target: "/".into(),
            peer: "127.0.0.1".into(),
        }
    }

    /// The enforcement point refused, and says so.
    pub async fn denied(&self, reason: &'static str, visit: Option<VisitId>) {
        let denied = Denied {
            decision: DecisionId::from_bytes(self.app.random_bits()),
            subject: self.subject,
            organization: self.organization,
            tool: Some(self.tool),
            visit,
            reason,
            method: "GET".into(),
            target: "/".into(),
            peer: "127.0.0.1".into(),
        };
        self.app.access_denied(denied).await;
    }

    pub fn vkey(&self) -> NoteVerifier {
        let log = self.app.world().organizations[&self.organization].organization.log;
        self.app.keys().verifier(log).unwrap()
    }

    /// Verifies the log as an outsider does, and as the organization does: with every payload, and every decision taken
    /// again.
    pub fn verify(&self, kept: Option<&str>) -> Result<Report, Fault> {
        let report = byleave_verify::verify(&Files(self), &self.vkey(), kept.map(str::as_bytes))?;
        self.replay()?;
        Ok(report)
    }

    /// What came of taking every decision again.
    pub fn replay(&self) -> Result<Replayed, Fault> {
        let mut lines = self.organization_file().into_iter().map(Ok);
        let report = byleave_verify::verify_disclosed(&Files(self), &self.vkey(), None, &mut lines)?;
        Ok(report.replayed.unwrap())
    }

    /// The organization's own file beside its log.
    pub fn organization_file(&self) -> Vec<String> {
        let note = self.app.checkpoint(self.organization).unwrap();
        let checkpoint = byleave_tlog::Checkpoint::open(note.as_bytes(), &self.vkey()).unwrap();
        let header = Header {
            format: FORMAT.to_owned(),
            organization: self.organization.to_string(),
            origin: checkpoint.origin,
            size: checkpoint.size,
        };
        let mut lines = vec![serde_json::to_string(&header).unwrap()];
        while lines.len() as u64 <= checkpoint.size {
            let page = self.app.entries_disclosed(self.organization, lines.len() as u64 - 1).unwrap();
            for Entry { index, kept, .. } in page {
                let opening = match &kept {
                    Kept::Whole { salt, payload } => Some(DisclosedOpening::new(salt, payload).unwrap()),
                    _ => None,
                };
                lines.push(serde_json::to_string(&Disclosed { entry: index, opening }).unwrap());
            }
        }
        lines
    }

    /// The kinds of the log's entries, in order; without the desk's keys, with which each begins.
    pub fn kinds(&self) -> Vec<&'static str> {
        let kinds = self.leaves().into_iter().map(|leaf| leaf.kind);
        kinds.filter(|kind| *kind != Kind::DeskKeyAdded).map(Kind::as_str).collect()
    }

    pub fn leaves(&self) -> Vec<byleave_api::entry::Leaf> {
        let size = self.app.world().organizations[&self.organization].log.edge.size();
        let mut leaves = Vec::new();
        for index in 0..size.div_ceil(256) {
            let path = TilePath::entries_at(index, size).unwrap();
            let bundle = self.app.log_file(self.organization, &path).unwrap().unwrap();
            let entries = byleave_tlog::tile::decode_entries(&bundle, path.width()).unwrap();
            leaves.extend(entries.iter().map(|entry| byleave_api::entry::Leaf::decode(entry).unwrap()));
        }
        leaves
    }
}

/// All of a site but its application.
pub struct Given(Box<dyn FnOnce(App) -> Site>);

impl Given {
    pub fn with(self, app: App) -> Site {
        (self.0)(app)
    }
}

impl Site {
    /// Stops the application, and keeps the rest for another.
    pub fn give_up(self) -> Given {
        let Self { app, folder, clock, told, organization, contact, subject, tool, .. } = self;
        let (desk_person, second_desk_person) = (self.desk_person, self.second_desk_person);
        drop(app);
        Given(Box::new(move |app| Self {
            folder,
            clock,
            told,
            app,
            organization,
            contact,
            subject,
            tool,
            desk_person,
            second_desk_person,
        }))
    }
}

/// A site that nobody runs.
pub struct Stopped(tempfile::TempDir, pub Arc<TestClock>, pub Arc<Told>);

impl Stopped {
    /// A folder that some other process left.
    pub fn at(folder: tempfile::TempDir) -> Self {
        Self(folder, Arc::new(TestClock::default()), Arc::default())
    }

    pub fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    pub fn start(self) -> Site {
        self.start_with(process())
    }

    pub fn start_with(self, process: Process) -> Site {
        let Self(folder, clock, told) = self;
        let app = start_with(&folder.path().join("byleave.db"), &clock, &told, process).unwrap();
        Site::found(folder, clock, told, app)
    }
}

struct Files<'a>(&'a Site);

impl byleave_verify::Source for Files<'_> {
    fn get(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        if path == "checkpoint" {
            return Ok(self.0.app.checkpoint(self.0.organization).map(String::into_bytes));
        }
        let path: TilePath = path.parse().unwrap();
        self.0.app.log_file(self.0.organization, &path).map_err(std::io::Error::other)
    }
}

pub fn start(
    database: &std::path::Path,
    clock: &Arc<TestClock>,
    told: &Arc<Told>,
) -> Result<App, StartError> {
    start_with(database, clock, told, process())
}

fn start_with(
    database: &std::path::Path,
    clock: &Arc<TestClock>,
    told: &Arc<Told>,
    process: Process,
) -> Result<App, StartError> {
    let store = SqliteStore::open(database, &keys()).unwrap();
    App::start(Parts {
        store: Arc::new(store),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        entropy: Arc::new(SystemEntropy),
        keys: keys(),
        mail: mail::intake(),
        process,
        enforcement: Arc::clone(told) as Arc<dyn Enforcement>,
        disk: Arc::clone(&told.1) as Arc<dyn Disk>,
        spool: troubled::TestSpool::beside(database, &told.1),
    })
}

pub fn beginning(instead_of: Option<&str>) -> Beginning {
    let instead_of = instead_of.map(ToOwned::to_owned);
    Beginning { limits: SessionLimits::USUAL, browser: "Firefox, Linux".into(), instead_of }
}

pub fn keys() -> Keys {
    Keys::new(DEPLOYMENT_SEED, "test.byleave.example")
}

pub fn new_contact(name: &str, email: &str, seed: &[u8; 32]) -> NewContact {
    NewContact {
        name: name.parse().unwrap(),
        email: email.parse().unwrap(),
        phone: "+1 555 0100".parse().unwrap(),
        key: Some(public_key(seed)),
    }
}

/// With the waiting times that vendors have.
pub fn waiting(name: ProfileName) -> Process {
    Process { profile: Profile::usual(name), contact_wait: CONTACT_WAIT, ..process() }
}

pub fn process() -> Process {
    Process {
        profile: Profile::usual(ProfileName::ArticlePlus).without_waiting(),
        vendor: "Vendor".into(),
        address: "support-access@vendor.example".into(),
        policy: String::new(),
        form_text: None,
        office_hours: OfficeHours::always(),
        contact_wait: [SignedDuration::ZERO; 2],
        passkey_wait: SignedDuration::ZERO,
        evidence_life: byleave_app::evidence::EVIDENCE_LIFE,
        meeting_notice: SignedDuration::ZERO,
        post: Some(Post {
            from: "support-access@vendor.example".into(),
            portal: "https://byleave.vendor.example/portal".into(),
            language: "en".into(),
            languages: BTreeMap::new(),
            statements: true,
        }),
    }
}

async fn desk_person(app: &App, name: &str, seed: [u8; 32]) -> DeskPersonId {
    let email = format!("{}@vendor.example", name.split(' ').next().unwrap().to_lowercase());
    let key = Some(public_key(&seed));
    app.desk_person_put(name.parse().unwrap(), email.parse().unwrap(), key).await.unwrap()
}
