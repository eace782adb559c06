//! A server in memory but for its database, with two organizations and everybody who might ask.

mod organization;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::Router;
use byleave_api::payload::{AccessEnd, SignedRecord};
use byleave_api::v1::{Change, ToolCheck, ToolProbe};
use byleave_app::caller::Caller as AppCaller;
use byleave_app::change_requests::{Message, Process, ReviewAct};
use byleave_app::contacts::{NewContact, Wanted as WantedContact};
use byleave_app::credentials::Holder;
use byleave_app::keys::Keys;
use byleave_app::letters::Post;
use byleave_app::ports::{Clock, Disk, Enforcement, Entropy};
use byleave_app::sessions::{Beginning, SessionLimits};
use byleave_app::visits::{Begin, Opening};
use byleave_app::{App, Parts};
use byleave_calendar::OfficeHours;
use byleave_domain::approval::Approval;
use byleave_domain::change_request::{By, Items, Source};
use byleave_domain::freeze::{FreezeScope, Lift};
use byleave_domain::ids::{
    ChangeRequestId, ContactId, DecisionId, DeskPersonId, FreezeId, OrganizationId, PasskeyId, RequestId,
    SessionId, SubjectId, ToolId, VisitId, to_hex,
};
use byleave_domain::process::{Profile, ProfileName};
use byleave_domain::room::Space;
use byleave_domain::statement::{Statement, Wish, public_key, sign_text};
use byleave_domain::subject::SubjectKind;
use byleave_domain::token::Wanted;
use byleave_domain::tool::{Isolation, Requirement, Tool};
use byleave_server::Limits;
use byleave_server::brand::{Accent, Brand, Logo, Scheme};
use byleave_server::operations::{Missing, Operations};
use byleave_server::{Config, router};
use byleave_store::SqliteStore;
use byleave_store::intruder::Intruder;
use byleave_store::spool::EndSpool;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use std::num::NonZeroU32;

use crate::authenticator::{Authenticator, ORIGIN, page};
use organization::organization;

const DESK_SEED: [u8; 32] = [21; 32];
const SECOND_DESK_SEED: [u8; 32] = [22; 32];
pub const BASE: &str = "http://127.0.0.1:8080";

pub struct Stage {
    pub app: App,
    pub router: Router,
    pub acme: Organization,
    pub globex: Organization,
    pub admin: Caller,
    pub desk: Caller,
    pub desk_person: DeskPersonId,
    pub second_desk: Caller,
    pub second_desk_person: DeskPersonId,
    pub support: Caller,
    pub other_support: Caller,
    pub subject: SubjectId,
    pub clock: Arc<ManualClock>,
    pub bits: Arc<Bits>,
    /// Transactions so far.
    pub commits: Arc<AtomicUsize>,
    /// Cuts of a whole organization so far.
    pub cuts: Arc<AtomicUsize>,
    dir: tempfile::TempDir,
}

pub struct Organization {
    pub id: OrganizationId,
    pub slug: &'static str,
    pub contact_id: ContactId,
    pub contact: Caller,
    pub token: Caller,
    seed: [u8; 32],
}

/// What somebody can show: a session, a token, or nothing.
#[derive(Clone, Default)]
pub struct Caller {
    pub session: Option<String>,
    pub token: Option<String>,
}

/// How the names on the stage read.
pub struct Names {
    pub organization: &'static str,
    pub person: &'static str,
    pub tool: &'static str,
    pub reason: &'static str,
    pub target: &'static str,
}

pub const PLAIN: Names = Names {
    organization: "Acme Rockets",
    person: "Sam Okafor",
    tool: "System log",
    reason: "looks into failing sign-ins",
    target: "/events?after=5",
};

pub struct ManualClock(AtomicI64);

impl ManualClock {
    pub fn forward(&self, by: SignedDuration) {
        self.0.fetch_add(by.as_micros() as i64, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Bits that are the same in every run. Each side of the stage has its own, so that what one does leaves the other's ids
/// and secrets as they are.
#[derive(Default)]
pub struct Bits {
    side: AtomicUsize,
    drawn: [AtomicU64; 2],
}

impl Bits {
    /// What is drawn from here on is `side`'s.
    pub fn draw_for(&self, side: usize) {
        self.side.store(side, Ordering::SeqCst);
    }
}

impl Entropy for Bits {
    fn fill(&self, bytes: &mut [u8]) {
        let side = self.side.load(Ordering::SeqCst);
        for chunk in bytes.chunks_mut(32) {
            let count = self.drawn[side].fetch_add(1, Ordering::SeqCst);
            let drawn = Sha256::new().chain_update(side.to_be_bytes()).chain_update(count.to_be_bytes());
            chunk.copy_from_slice(&drawn.finalize()[..chunk.len()]);
        }
    }
}

/// Counts what it was asked to cut.
struct Door(Arc<AtomicUsize>);

#[async_trait]
impl Enforcement for Door {
    fn name(&self) -> &'static str {
        "gateway"
    }
    async fn cut(&self, _: OrganizationId, _: u64) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst);
        3
    }
    async fn cut_visits(&self, _: &BTreeSet<VisitId>) -> usize {
        2
    }
    fn open(&self, _: OrganizationId, _: u64) {}
}

/// A disk with nothing on it.
struct Empty;

impl Disk for Empty {
    fn space(&self) -> Option<Space> {
        Some(Space { free: u64::MAX, size: u64::MAX })
    }
}

impl Stage {
    pub async fn new() -> Self {
        Self::with(&PLAIN, config()).await
    }

    pub async fn with(names: &Names, config: Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock(AtomicI64::new(1_795_000_000_000_000)));
        let bits = Arc::new(Bits::default());
        let keys = Keys::new([7; 32], "test.byleave.example");
        let (commits, cuts) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&commits);
        let store = SqliteStore::open(&dir.path().join("byleave.db"), &keys).unwrap();
        let store = store.observed(move |_, _, _| _ = counted.fetch_add(1, Ordering::SeqCst));
        let spool = EndSpool::open(&dir.path().join("byleave.ends"), &keys).unwrap();
        let app = App::start(Parts {
            store: Arc::new(store),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::clone(&bits) as Arc<dyn Entropy>,
            keys,
            mail: crate::mail::intake(),
            process: Process {
                profile: Profile::usual(ProfileName::ArticlePlus).without_waiting(),
                vendor: "Northwind Cloud".into(),
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
                    portal: "http://127.0.0.1:8080/portal".into(),
                    language: "en".into(),
                    languages: BTreeMap::new(),
                    statements: true,
                }),
            },
            enforcement: Arc::new(Door(Arc::clone(&cuts))),
            disk: Arc::new(Empty),
            spool: Arc::new(spool),
        })
        .unwrap();
        let desk_person = desk(&app, names.person, "dana@vendor.example", DESK_SEED).await;
        let second = desk(&app, "Lee Second", "lee@vendor.example", SECOND_DESK_SEED).await;
        let acme = organization(&app, "acme", names.organization, names.person, 1).await;
        let globex = organization(&app, "globex", "Globex Widgets", "Gail Globex", 2).await;
        tools(&app, names).await;
        let subject = support_person(&app, names.person, "sam@vendor.example").await;
        let other = support_person(&app, "Olu Bello", "olu@vendor.example").await;
        Self {
            router: router(app.clone(), config),
            acme,
            globex,
            admin: Caller { session: None, token: Some(token(&app, Holder::Admin).await) },
            desk: caller(&app, Holder::DeskPerson(desk_person)).await,
            desk_person,
            second_desk: caller(&app, Holder::DeskPerson(second)).await,
            second_desk_person: second,
            support: caller(&app, Holder::Subject(subject)).await,
            other_support: caller(&app, Holder::Subject(other)).await,
            subject,
            clock,
            bits,
            commits,
            cuts,
            app,
            dir,
        }
    }

    /// One more organization, with everything that the others have.
    pub async fn newcomer(&self, slug: &'static str) -> Organization {
        organization(&self.app, slug, slug, "Hana Hooli", 3).await
    }

    /// Whoever holds the database keeps every transaction from being begun.
    pub fn hold_database(&self) -> Intruder {
        let intruder = Intruder::open(&self.dir.path().join("byleave.db")).unwrap();
        intruder.hold().unwrap();
        intruder
    }

    /// The session that `caller` shows.
    pub fn session_of(&self, caller: &Caller) -> SessionId {
        self.app.session(caller.session.as_ref().unwrap()).unwrap().1
    }

    /// One more session of whoever `caller` is.
    pub async fn signed_in_again(&self, caller: &Caller) -> String {
        let holder = self.app.world().session_by_id(self.session_of(caller)).unwrap().holder;
        signed_in(&self.app, holder).await.session.unwrap()
    }

    pub fn tool(&self, slug: &str) -> ToolId {
        self.app.world().tools.values().find(|tool| tool.slug.as_str() == slug).unwrap().id
    }

    /// The support person is inside an organization's system log, and has opened one address there.
    pub async fn visit(&self, organization: OrganizationId, names: &Names) -> VisitId {
        let opening = Opening {
            subject: self.subject,
            organization,
            tool: self.tool("system-log"),
            reason: Some(names.reason.parse().unwrap()),
            case: Some("CASE-7".parse().unwrap()),
            token: None,
        };
        let visit = self.app.visit_open(opening).await.unwrap();
        let begin = Begin {
            decision: DecisionId::from_bytes(self.app.random_bits()),
            visit: visit.id,
            epoch: visit.epoch,
            method: "GET".into(),
            target: names.target.into(),
            peer: "192.0.2.7:4000".into(),
        };
        let entry = self.app.access_begin(begin).await.unwrap();
        let end = AccessEnd {
            entry,
            status: 200,
            bytes_up: 0,
            bytes_down: 5_120,
            duration_ms: 4,
            reason: "done".into(),
        };
        self.app.access_end(visit.id, end);
        visit.id
    }

    /// What an organization's contact signs now.
    pub fn signed(&self, of: &Organization, wish: Wish) -> SignedRecord {
        let world = self.app.world();
        let statement = Statement {
            organization: of.id,
            epoch: world.organizations[&of.id].organization.setting.epoch + 1,
            wish,
            contact: of.contact_id,
            request: RequestId::from_bytes(self.app.random_bits()),
            issued: Timestamp::from_second(self.app.now().as_second()).unwrap(),
        };
        SignedRecord::from(&statement.sign(&of.seed))
    }

    /// Disabled, without asking the server.
    pub async fn disable(&self, of: &Organization) {
        let signed = (&self.signed(of, Wish::Disabled)).try_into().unwrap();
        self.app.disable(of.id, signed).await.unwrap();
    }

    /// The second desk person's approval of a request, as it has to be now.
    pub fn approval(&self, id: &str, by: DeskPersonId) -> SignedRecord {
        let world = self.app.world();
        let (tracked, _) = world.change_request(id.parse().unwrap()).unwrap();
        let request = &tracked.request;
        let approval = Approval {
            organization: request.organization,
            epoch: request.epoch_wanted(&world.organizations[&request.organization].organization),
            wish: request.received.wish,
            change_request: request.id,
            call: request.call_entry(),
            by,
            issued: Timestamp::from_second(self.app.now().as_second()).unwrap(),
        };
        let seed = if by == self.desk_person { DESK_SEED } else { SECOND_DESK_SEED };
        SignedRecord::from(&approval.sign(&seed))
    }

    /// The first desk person lets a request go on.
    pub async fn proceed(&self, id: &str) {
        let act = ReviewAct::Proceed(None);
        self.app.change_request_review(id.parse().unwrap(), self.desk_person, act).await.unwrap();
    }

    /// An announced change of an organization's contacts.
    pub async fn contact_change(&self, of: &Organization) -> String {
        let new = NewContact {
            name: "Robin Example".parse().unwrap(),
            email: "robin@acme.example".parse().unwrap(),
            phone: "+49 30 0001".parse().unwrap(),
            key: None,
        };
        let change = self.app.contact_change_begin(of.id, By::Nobody, WantedContact::Add(new)).await.unwrap();
        change.id.to_string()
    }

    /// The first desk person's agreement to the change of contacts that is there.
    pub fn agreement(&self) -> SignedRecord {
        let world = self.app.world();
        let (change, _) = world.contact_changes.values().next().unwrap();
        let statement = change.text(self.desk_person, self.app.now());
        let signature = to_hex(&sign_text(&statement, &DESK_SEED));
        SignedRecord { statement, signature, passkey: None }
    }

    /// The first desk person keeps everybody out, or one employer's people.
    pub async fn freeze(&self, employer: Option<&str>) -> String {
        let scope =
            employer.map_or(FreezeScope::Everybody, |name| FreezeScope::Employer(name.parse().unwrap()));
        let reason = "a subprocessor was broken into".parse().unwrap();
        self.app.freeze_begin(self.desk_person, scope, reason).await.unwrap().freeze.id.to_string()
    }

    /// A desk person's word to lift the freeze that is in force, or one that nobody began.
    pub fn lift(&self, by: DeskPersonId) -> SignedRecord {
        let world = self.app.world();
        let freeze = world.freezes.values().find(|freeze| freeze.is_in_force());
        let lift = match freeze {
            Some(freeze) => freeze.lift(by, self.app.now()),
            None => Lift {
                freeze: FreezeId::from_bytes([9; 16]),
                scope: FreezeScope::Everybody,
                by,
                issued: self.app.now(),
            },
        };
        let seed = if by == self.desk_person { DESK_SEED } else { SECOND_DESK_SEED };
        (&lift.sign(&seed)).into()
    }

    /// What an organization's contact does not recognise, as its id.
    pub async fn doubt(&self, of: &Organization, visit: VisitId) -> String {
        let raised =
            self.app.doubt_raise(of.id, visit, Some(of.contact_id), Some("nobody of ours asked for it"));
        raised.await.unwrap().id.to_string()
    }

    /// A contact's message, as the id of the evidence that it is kept as.
    pub async fn message(&self, of: &Organization) -> String {
        let message = Message {
            wish: Wish::Disabled,
            source: Source::SignedIn,
            contact: Some(of.contact_id),
            items: Items::ALL,
            text: "please".into(),
        };
        let request = self.app.change_request_receive(of.id, message).await.unwrap();
        request.received.evidence.unwrap().to_string()
    }

    /// An organization's request to disable, with its form sent and its meeting set.
    pub async fn invited(&self, of: &Organization) -> ChangeRequestId {
        self.message(of).await;
        let id = *self.app.world().change_requests.keys().next().unwrap();
        self.proceed(&id.to_string()).await;
        id
    }

    /// A passkey of an organization's contact, as its id.
    pub async fn passkey(&self, of: &Organization) -> String {
        let mut with = Authenticator::new(9, of.contact_id.as_bytes());
        self.enrolled(Holder::Contact(of.contact_id), self.desk_person, &mut with).await.to_string()
    }

    /// A passkey of the first desk person's.
    pub async fn desk_passkey(&self) -> (PasskeyId, Authenticator) {
        let mut with = Authenticator::new(21, self.desk_person.as_bytes());
        let holder = Holder::DeskPerson(self.desk_person);
        (self.enrolled(holder, self.second_desk_person, &mut with).await, with)
    }

    async fn enrolled(&self, holder: Holder, by: DeskPersonId, with: &mut Authenticator) -> PasskeyId {
        let link = self.app.enrolment_issue(holder, by).await.unwrap();
        let (_, challenge) = self.app.enrolment_begin(link.reveal()).unwrap();
        let challenge = challenge.to_base64();
        let new = with.register(&challenge);
        self.app.enrol(page(), link.reveal(), challenge, new).await.unwrap().id
    }

    /// The word of a contact's key for their one passkey, if there is one.
    pub fn delegation(&self, of: &Organization) -> Option<Change> {
        let world = self.app.world();
        let passkey = world.passkeys_of(Holder::Contact(of.contact_id)).next()?;
        let statement = passkey.to_delegate(&page(), ORIGIN, self.app.now()).to_text();
        let signature = to_hex(&sign_text(&statement, &of.seed));
        Some(Change { statement, signature })
    }

    /// One more token of an organization's programs, as its id.
    pub async fn token(&self, of: &Organization) -> String {
        let (name, wanted) = ("one more".parse().unwrap(), Wanted::default());
        let made =
            self.app.token_create(AppCaller::Admin, None, Holder::Organization(of.id), name, wanted).await;
        made.unwrap().0.id.to_string()
    }

    /// A change request to enable, without asking the server.
    pub async fn change_request(&self, of: &Organization) -> String {
        self.disable(of).await;
        let signed = (&self.signed(of, Wish::Enabled)).try_into().unwrap();
        self.app.request_enable(of.id, signed).await.unwrap().id.to_string()
    }
}

pub fn config() -> Config {
    Config {
        base_url: BASE.into(),
        public_urls: vec![BASE.into(), "http://localhost:8080".into()],
        gateway_urls: vec!["http://127.0.0.1:8081".into()],
        support_domain: Some("localhost".into()),
        jwks: r#"{"keys":[]}"#.into(),
        vendor_name: "Northwind Cloud".into(),
        brand: Arc::new(brand()),
        operations: Arc::new(Quiet),
        metrics_token: Some(METRICS_TOKEN.into()),
        is_local: true,
        vendor: Some(crate::vendor::vendor().1),
        sessions: SessionLimits { idle: LASTS, contact_idle: LASTS, ..SessionLimits::USUAL },
        limits: Limits { credential: NonZeroU32::MAX, address: NonZeroU32::MAX },
        client: Arc::new(|peer, _| peer),
        one_client: Arc::new(|_| true),
        tls: None,
        risks: vec![("no-waiting-time", "nobody can object in time")],
    }
}

/// Nobody is signed out while a test has its clock go on.
const LASTS: SignedDuration = SessionLimits::USUAL.lasts;

/// A vendor with a logo and a colour of its own.
fn brand() -> Brand {
    let logo = Logo::new(b"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 1\"></svg>".to_vec());
    Brand::new(Some(logo.unwrap()), Some(Accent::new("#005f4b", Scheme::Light).unwrap()), None)
}

/// What opens the metrics.
pub const METRICS_TOKEN: &str = "a-token-for-the-metrics";

/// A process with nothing to say.
struct Quiet;

impl Operations for Quiet {
    fn missing(&self) -> std::pin::Pin<Box<dyn Future<Output = Vec<Missing>> + Send + '_>> {
        Box::pin(std::future::ready(Vec::new()))
    }
    fn metrics(&self) -> std::pin::Pin<Box<dyn Future<Output = Option<String>> + Send + '_>> {
        Box::pin(std::future::ready(Some("# EOF\n".into())))
    }
    fn check_tool(
        &self,
        tool: Tool,
    ) -> std::pin::Pin<Box<dyn Future<Output = Option<ToolCheck>> + Send + '_>> {
        let answered = tool.slug.as_str() == "system-log";
        let check = ToolCheck {
            tool: tool.slug.to_string(),
            upstream: tool.upstream,
            isolation: "upstream-verified".into(),
            requests: vec![ToolProbe {
                request: "without an assertion".into(),
                status: answered.then_some(200),
                outcome: if answered { "answered" } else { "unclear" }.into(),
            }],
            checked: answered,
            contradicted: answered,
            meaning: if answered { "NOT VERIFIED" } else { "NOT CHECKED" }.into(),
        };
        Box::pin(async move { Some(check) })
    }
}

pub async fn link(app: &App, holder: Holder) -> String {
    app.issue_link(holder).await.unwrap().reveal().to_owned()
}

async fn desk(app: &App, name: &str, email: &str, seed: [u8; 32]) -> DeskPersonId {
    let key = Some(public_key(&seed));
    app.desk_person_put(name.parse().unwrap(), email.parse().unwrap(), key).await.unwrap()
}

async fn token(app: &App, holder: Holder) -> String {
    app.issue_token(holder, "stage").await.unwrap().reveal().to_owned()
}

async fn caller(app: &App, holder: Holder) -> Caller {
    Caller { token: Some(token(app, holder).await), ..signed_in(app, holder).await }
}

pub async fn signed_in(app: &App, holder: Holder) -> Caller {
    let sessions = SessionLimits { idle: LASTS, contact_idle: LASTS, ..SessionLimits::USUAL };
    let beginning = Beginning { limits: sessions, browser: "Firefox, Linux".into(), instead_of: None };
    let signed_in = app.sign_in(&link(app, holder).await, beginning).await.unwrap().unwrap();
    Caller { session: Some(signed_in.secret.reveal().to_owned()), token: None }
}

async fn tools(app: &App, names: &Names) {
    let tool = |slug: &str, name: &str, reason, isolation| Tool {
        id: app.fresh_tool_id(),
        slug: slug.parse().unwrap(),
        name: name.parse().unwrap(),
        upstream: "http://127.0.0.1:9000".into(),
        isolation,
        reason,
        case: Requirement::Optional,
        assets: Vec::new(),
    };
    let shared = Isolation::Shared { accepted: true };
    let verified = Isolation::UpstreamVerified;
    app.tool_create(tool("system-log", names.tool, Requirement::Required, verified)).await.unwrap();
    app.tool_create(tool("status", "Status page", Requirement::Optional, shared)).await.unwrap();
}

async fn support_person(app: &App, name: &str, email: &str) -> SubjectId {
    let (name, employer) = (name.parse().unwrap(), name.parse().unwrap());
    app.subject_create(SubjectKind::SupportPerson, name, email.parse().unwrap(), employer).await.unwrap()
}

/// An organization's key, as it is told to the server.
pub fn key_of(seed: u8) -> String {
    to_hex(&public_key(&[seed; 32]).0)
}
