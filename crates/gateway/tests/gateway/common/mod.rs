//! A gateway on a real socket, a control plane in memory, and upstreams and clients that speak plain bytes.

mod client;
pub mod speaking;
mod upstream;

pub use client::{Client, Reply, ask, connect};
pub use upstream::Upstream;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use byleave_domain::decision::DenyReason;
use byleave_domain::ids::{ContactId, DecisionId, OrganizationId, SubjectId, TokenId, ToolId, VisitId};
use byleave_domain::snapshot::{OrganizationPolicy, PolicySnapshot, Standing};
use byleave_domain::subject::{Subject, SubjectKind};
use byleave_domain::support_access::{Confirmation, DecidedBy, SupportAccess};
use byleave_domain::tool::{Injection, Isolation, Requirement, Tool};
use byleave_domain::visit::{Visit, VisitEnd};
use byleave_gateway::ports::*;
use byleave_gateway::{Config, CutReport, Gateway, Registry, serve};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub const ACME: OrganizationId = OrganizationId::from_bytes([0xac; 16]);
pub const GLOBEX: OrganizationId = OrganizationId::from_bytes([0x61; 16]);
pub const INITECH: OrganizationId = OrganizationId::from_bytes([0x11; 16]);
pub const SAM: SubjectId = SubjectId::from_bytes([0x5a; 16]);
pub const LOG: ToolId = ToolId::from_bytes([1; 16]);

/// Sam's header lines.
pub const AS_SAM: &str = "Authorization: Bearer bl_sam\r\nByleave-Reason: printer on fire\r\n";

/// Waits until something holds, for at most 10 s.
pub async fn until(holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_secs(10), "waited too long");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// How the recorder behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Recorder {
    Works,
    Fails,
    Denies,
    /// Answers after so long.
    Slow(Duration),
    /// Never answers.
    Hangs,
}

/// A control plane in memory, which refuses begins for organizations that are off, as S3 does.
pub struct Fake {
    pub state: Mutex<State>,
    /// Microseconds that the clock has been set forward.
    ahead: AtomicI64,
    next: AtomicU64,
    started: Instant,
}

pub struct State {
    pub snapshot: PolicySnapshot,
    pub recorder: Recorder,
    /// Records that have been asked for.
    pub asked: usize,
    /// Refuse begins of organizations that are off.
    pub strict: bool,
    pub visits: HashMap<VisitId, Visit>,
    pub cookies: HashMap<String, (SubjectId, VisitId)>,
    pub codes: HashMap<String, (OrganizationId, ToolId, String)>,
    pub begins: Vec<(Begin, Instant)>,
    pub ends: Vec<End>,
    pub denied: Vec<Denied>,
    pub assets: Vec<(VisitId, u64)>,
    pub openings: Vec<Opening>,
    pub touched: HashSet<VisitId>,
}

impl Fake {
    fn new(snapshot: PolicySnapshot) -> Arc<Self> {
        let state = State {
            snapshot,
            recorder: Recorder::Works,
            asked: 0,
            strict: true,
            visits: HashMap::new(),
            cookies: HashMap::new(),
            codes: HashMap::new(),
            begins: vec![],
            ends: vec![],
            denied: vec![],
            assets: vec![],
            openings: vec![],
            touched: HashSet::new(),
        };
        Arc::new(Self {
            state: Mutex::new(state),
            ahead: AtomicI64::new(0),
            next: AtomicU64::new(1),
            started: Instant::now(),
        })
    }

    pub fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap())
    }

    pub fn advance(&self, by: SignedDuration) {
        self.ahead.fetch_add(i64::try_from(by.as_micros()).unwrap(), SeqCst);
    }

    fn number(&self) -> [u8; 16] {
        u128::from(self.next.fetch_add(1, SeqCst)).to_be_bytes()
    }

    /// An open visit of Sam's with its cookie.
    pub fn visit_with_cookie(&self, organization: OrganizationId, tool: ToolId, cookie: &str) -> VisitId {
        let visit = self.new_visit(SAM, organization, tool, 0);
        let id = visit.id;
        self.with(|state| {
            state.visits.insert(id, visit);
            state.cookies.insert(cookie.into(), (SAM, id));
        });
        id
    }

    fn new_visit(&self, subject: SubjectId, organization: OrganizationId, tool: ToolId, epoch: u64) -> Visit {
        Visit {
            id: VisitId::from_bytes(self.number()),
            organization,
            tool,
            subject,
            reason: None,
            case: None,
            epoch,
            opened_at: self.now(),
            used_at: self.now(),
            ended: None,
        }
    }

    pub fn end_visit(&self, id: VisitId) {
        let now = self.now();
        self.with(|state| state.visits.get_mut(&id).unwrap().ended = Some((now, VisitEnd::Left)));
    }

    /// Waits until every begin has its end, and checks that it is one each.
    pub async fn settled(&self) -> Vec<End> {
        until(|| self.with(|state| state.ends.len() >= state.begins.len())).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        let (begins, ends) = self.with(|state| (state.begins.len(), state.ends.clone()));
        let mut indices: Vec<_> = ends.iter().map(|end| end.begin).collect();
        indices.sort_unstable();
        assert_eq!(indices, (0..begins as u64).collect::<Vec<_>>(), "exactly one end for each begin");
        ends
    }

    fn off(state: &State, begin: &Begin) -> bool {
        state.snapshot.organizations[&begin.organization].epoch != begin.epoch
    }
}

#[async_trait::async_trait]
impl ControlPlane for Fake {
    fn now(&self) -> Timestamp {
        let micros = i64::try_from(self.started.elapsed().as_micros()).unwrap() + self.ahead.load(SeqCst);
        Timestamp::from_microsecond(1_700_000_000_000_000 + micros).unwrap()
    }

    fn snapshot(&self) -> Arc<PolicySnapshot> {
        Arc::new(self.with(|state| state.snapshot.clone()))
    }

    fn fresh_decision(&self) -> DecisionId {
        DecisionId::from_bytes(self.number())
    }

    fn identify(&self, credential: &Credential<'_>) -> Result<Identity, NotIdentified> {
        let bearer =
            |subject| Ok(Identity { subject, visit: None, token: Some(TokenId::from_bytes([8; 16])) });
        match credential {
            Credential::Bearer("bl_sam") => bearer(SAM),
            Credential::Bearer("bl_stranger") => bearer(SubjectId::from_bytes([9; 16])),
            Credential::Bearer("bl_too_old") => Err(NotIdentified::TokenExpired),
            Credential::Bearer("bl_for_reading") => Err(NotIdentified::ScopeMissing),
            Credential::Bearer(_) => Err(NotIdentified::Unknown),
            Credential::Cookie(secret) => self.with(|state| {
                state
                    .cookies
                    .get(*secret)
                    .map(|(subject, visit)| Identity { subject: *subject, visit: Some(*visit), token: None })
                    .ok_or(NotIdentified::Unknown)
            }),
        }
    }

    fn visit(&self, id: VisitId) -> Option<Visit> {
        self.with(|state| state.visits.get(&id).cloned())
    }

    async fn open_visit(&self, opening: Opening) -> Result<Visit, NotOpened> {
        let now = self.now();
        let fresh = self.new_visit(opening.subject, opening.organization, opening.tool, opening.epoch);
        Ok(self.with(|state| {
            let same = |visit: &&Visit| {
                visit.subject == opening.subject
                    && visit.organization == opening.organization
                    && visit.tool == opening.tool
                    && visit.reason == opening.reason
                    && visit.epoch == opening.epoch
                    && visit.end_at(now).is_none()
            };
            if let Some(open) = state.visits.values().find(same) {
                return open.clone();
            }
            let visit = Visit { reason: opening.reason.clone(), case: opening.case.clone(), ..fresh };
            state.openings.push(opening);
            state.visits.insert(visit.id, visit.clone());
            visit
        }))
    }

    async fn record_begin(&self, begin: Begin) -> Result<RecordedAt, NotRecorded> {
        let recorder = self.with(|state| {
            state.asked += 1;
            state.recorder
        });
        match recorder {
            Recorder::Works => {}
            Recorder::Fails => return Err(NotRecorded::Unavailable("disk full".into())),
            Recorder::Denies => return Err(NotRecorded::Denied(DenyReason::VisitSuperseded)),
            Recorder::Slow(wait) => tokio::time::sleep(wait).await,
            Recorder::Hangs => std::future::pending().await,
        }
        let now = self.now();
        self.with(|state| {
            if state.strict && Self::off(state, &begin) {
                return Err(NotRecorded::Denied(DenyReason::VisitSuperseded));
            }
            state.visits.get_mut(&begin.visit).unwrap().used_at = now;
            state.begins.push((begin, Instant::now()));
            Ok(RecordedAt(state.begins.len() as u64 - 1))
        })
    }

    async fn record_denied(&self, denied: Denied) {
        self.with(|state| state.denied.push(denied));
    }

    fn record_end(&self, end: End) {
        self.with(|state| state.ends.push(end));
    }

    fn count_asset(&self, visit: VisitId, bytes: u64) {
        self.with(|state| state.assets.push((visit, bytes)));
    }

    fn touch(&self, visit: VisitId) {
        let now = self.now();
        self.with(|state| {
            state.touched.insert(visit);
            state.visits.get_mut(&visit).unwrap().used_at = now;
        });
    }

    async fn redeem(&self, code: &str, organization: OrganizationId, tool: ToolId) -> Option<String> {
        self.with(|state| {
            let (for_organization, for_tool, secret) = state.codes.remove(code)?;
            (for_organization == organization && for_tool == tool).then_some(secret)
        })
    }

    fn assertion(&self, facts: &AssertionFacts) -> String {
        format!("assertion.{}.{}.{}", facts.organization, facts.subject, facts.visit)
    }
}

/// A gateway that listens, and what is around it.
pub struct World {
    pub gateway: SocketAddr,
    pub fake: Arc<Fake>,
    pub registry: Arc<Registry>,
    pub shutdown: CancellationToken,
    pub served: tokio::task::JoinHandle<()>,
}

impl World {
    /// A gateway before `upstream` with everybody's defaults.
    pub async fn start(upstream: SocketAddr) -> Self {
        Self::with(&format!("http://{upstream}"), |_| {}, Registry::new()).await
    }

    pub async fn with(upstream: &str, change: impl FnOnce(&mut Config), registry: Arc<Registry>) -> Self {
        let fake = Fake::new(snapshot(upstream));
        let mut config = Config::plain("localhost", &["http://127.0.0.1:8080", "http://localhost:8080"]);
        change(&mut config);
        registry.open(ACME, 0);
        registry.open(GLOBEX, 0);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway_address = listener.local_addr().unwrap();
        let gateway = Arc::new(Gateway::new(config, fake.clone(), registry.clone()));
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(serve(listener, gateway, shutdown.clone()));
        Self { gateway: gateway_address, fake, registry, shutdown, served }
    }

    /// Disables an organization as the control plane does: setting first, then the cut.
    pub async fn disable(&self, organization: OrganizationId) -> CutReport {
        let epoch = self.set(organization, disabled());
        self.registry.cut(organization, epoch).await
    }

    pub fn enable(&self, organization: OrganizationId) {
        let epoch = self.set(organization, SupportAccess::Enabled);
        self.registry.open(organization, epoch);
    }

    fn set(&self, organization: OrganizationId, access: SupportAccess) -> u64 {
        self.fake.with(|state| {
            let policy = state.snapshot.organizations.get_mut(&organization).unwrap();
            policy.epoch += 1;
            policy.standing = Standing::Proven(access);
            policy.epoch
        })
    }

    /// Sends a request as Sam to a path of Acme's system log, and reads the answer to its end.
    pub async fn sam(&self, method_and_path: &str) -> Reply {
        self.sam_at("acme--system-log.localhost", method_and_path, "").await
    }

    pub async fn sam_at(&self, host: &str, method_and_path: &str, more: &str) -> Reply {
        ask(
            self.gateway,
            &format!("{method_and_path} HTTP/1.1\r\nHost: {host}\r\n{AS_SAM}{more}Connection: close\r\n\r\n"),
        )
        .await
    }

    /// A request without credentials.
    pub async fn stranger(&self, host: &str, method_and_path: &str, more: &str) -> Reply {
        ask(
            self.gateway,
            &format!("{method_and_path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n"),
        )
        .await
    }
}

fn disabled() -> SupportAccess {
    SupportAccess::Disabled {
        by: DecidedBy::Contact(ContactId::from_bytes([7; 16])),
        at: Timestamp::from_second(1_700_000_000).unwrap(),
        confirmation: Confirmation::Provisional,
    }
}

fn snapshot(upstream: &str) -> PolicySnapshot {
    let mut snapshot = PolicySnapshot::default();
    for (id, slug, name, access) in [
        (ACME, "acme", "Acme Rockets", SupportAccess::Enabled),
        (GLOBEX, "globex", "Globex Widgets", SupportAccess::Enabled),
        (INITECH, "initech", "Initech Paper", disabled()),
    ] {
        let policy = OrganizationPolicy {
            slug: slug.parse().unwrap(),
            name: name.parse().unwrap(),
            epoch: 0,
            standing: Standing::Proven(access),
        };
        snapshot.organization_slugs.insert(policy.slug.clone(), id);
        snapshot.organizations.insert(id, policy);
    }
    for (number, slug, isolation, reason) in [
        (1, "system-log", Isolation::UpstreamVerified, Requirement::Required),
        (2, "by-prefix", Isolation::Injected(Injection::Prefix), Requirement::Optional),
        (3, "by-header", Isolation::Injected(Injection::Header("x-org".into())), Requirement::Optional),
        (4, "by-query", Isolation::Injected(Injection::Query("org".into())), Requirement::Optional),
        (5, "shared", Isolation::Shared { accepted: false }, Requirement::Optional),
    ] {
        let tool = Tool {
            id: ToolId::from_bytes([number; 16]),
            slug: slug.parse().unwrap(),
            name: slug.parse().unwrap(),
            upstream: upstream.into(),
            isolation,
            reason,
            case: Requirement::Optional,
            assets: vec!["/static/".into()],
        };
        snapshot.tool_slugs.insert(tool.slug.clone(), tool.id);
        snapshot.tools.insert(tool.id, tool);
    }
    let sam = Subject {
        id: SAM,
        kind: SubjectKind::SupportPerson,
        name: "Sam Support".parse().unwrap(),
        email: "sam@vendor.example".parse().unwrap(),
        employer: "Vendor".parse().unwrap(),
    };
    snapshot.subjects.insert(SAM, sam);
    snapshot
}
