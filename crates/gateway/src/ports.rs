//! What the gateway asks of the rest of the world: one trait, and the values that cross it.
//!
//! The binary implements [`ControlPlane`] over `app`; tests implement it in memory. Everything that must survive a
//! crash, know the time or draw random bits is on the other side of it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use byleave_domain::decision::DenyReason;
use byleave_domain::ids::{DecisionId, OrganizationId, SubjectId, TokenId, ToolId, VisitId};
use byleave_domain::snapshot::PolicySnapshot;
use byleave_domain::text::{CaseNumber, Reason};
use byleave_domain::visit::Visit;
use jiff::Timestamp;

/// Whoever knows the settings, keeps the log and reads the clock.
///
/// The methods that are not `async` are called on the request path and must answer from memory without blocking. The
/// futures of `open_visit`, `record_denied` and `redeem` may be dropped before they are done (after 2 s, or because the
/// client has gone); that of `record_begin` never is.
#[async_trait]
pub trait ControlPlane: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// The newest settings.
    fn snapshot(&self) -> Arc<PolicySnapshot>;

    /// A fresh id: 128 random bits. Also serves as the nonce of the refusal page's style.
    fn fresh_decision(&self) -> DecisionId;

    /// Whom this secret belongs to. Comparing in constant time is the implementer's duty.
    ///
    /// # Errors
    /// [`NotIdentified`].
    fn identify(&self, credential: &Credential<'_>) -> Result<Identity, NotIdentified>;

    /// A visit as it stands, open or ended.
    ///
    /// INVARIANT: once a visit has ended, this says so before [`Registry::cut_visit`](crate::Registry::cut_visit) is
    /// called for it; a request that registers after that cut is refused because it asks again here.
    fn visit(&self, id: VisitId) -> Option<Visit>;

    /// Opens a visit durably (`visit.open`), or returns the open one of the same subject, organization, tool, reason
    /// and case.
    ///
    /// # Errors
    /// [`NotOpened`]; nobody enters then.
    async fn open_visit(&self, opening: Opening) -> Result<Visit, NotOpened>;

    /// Puts the record of one access into the organization's log (S1–S6): durable before it answers.
    ///
    /// Counts as use of the visit. The gateway stops waiting after 2 s; a place that comes later is ended as
    /// [`EndReason::NotForwarded`].
    ///
    /// # Errors
    /// [`NotRecorded`]; nothing is forwarded then.
    async fn record_begin(&self, begin: Begin) -> Result<RecordedAt, NotRecorded>;

    /// Records that an identified subject was refused at a known organization.
    async fn record_denied(&self, denied: Denied);

    /// Takes the end of a recorded access. Each begin that answered gets exactly one. Never blocks.
    fn record_end(&self, end: End);

    /// Counts one answered asset request of `bytes` body bytes in its visit. Counts as use of the visit. Never blocks.
    fn count_asset(&self, visit: VisitId, bytes: u64);

    /// Says that a stream of this visit is open: called about once a second for as long as it is, and counts as use,
    /// so that someone who only watches does not fall idle.
    fn touch(&self, visit: VisitId);

    /// Turns the single-use code of the visit page into the secret of a cookie bound to one visit of this
    /// organization's tool; `None` when the code is unknown, used, expired or for another place. The secret consists of
    /// characters that a cookie value may hold (RFC 6265 §4.1.1).
    async fn redeem(&self, code: &str, organization: OrganizationId, tool: ToolId) -> Option<String>;

    /// Says which phase answered a request, and how: `forwarded`, `redirected` or the code of a refusal. For whoever
    /// counts; nothing depends on it.
    fn answered(&self, _decision: DecisionId, _phase: Phase, _outcome: &'static str, _status: u16) {}

    /// The signed token (JWT) that tells the upstream who is acting for whom; the value of `Byleave-Assertion`.
    fn assertion(&self, facts: &AssertionFacts) -> String;
}

/// Where a request's way through the gateway ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Its address could not be read, or leads nowhere.
    Arrive,
    /// Nobody known asked.
    Identify,
    /// It names nothing that there is.
    Classify,
    /// It was decided.
    Authorize,
    /// Its record.
    Record,
    /// It went upstream, or was to.
    Forward,
}

impl Phase {
    /// The phase's name, as its file is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Arrive => "arrive",
            Self::Identify => "identify",
            Self::Classify => "classify",
            Self::Authorize => "authorize",
            Self::Record => "record",
            Self::Forward => "forward",
        }
    }
}

/// A secret that a request carries.
pub enum Credential<'a> {
    /// `Authorization: Bearer …`; begins with `bl_`.
    Bearer(&'a str),
    /// The visit cookie's value.
    Cookie(&'a str),
}

/// Whom a credential belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub subject: SubjectId,
    /// The one visit that a cookie is bound to; a bearer token is bound to none.
    pub visit: Option<VisitId>,
    /// The bearer token, where it is one: what is opened by it ends with it.
    pub token: Option<TokenId>,
}

/// Why a credential leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotIdentified {
    /// It is nobody's who could enter.
    #[error("it is nobody's who could enter")]
    Unknown,
    /// Its time is over.
    #[error("the token's time is over")]
    TokenExpired,
    /// It is good for other things than entering.
    #[error("the token is not for entering")]
    ScopeMissing,
}

/// A visit that has been permitted and is now to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The decision that permitted it.
    pub decision: DecisionId,
    /// Who enters.
    pub subject: SubjectId,
    /// Whose data.
    pub organization: OrganizationId,
    /// In which tool.
    pub tool: ToolId,
    /// Why; `None` reads "no reason given".
    pub reason: Option<Reason>,
    /// For which case.
    pub case: Option<CaseNumber>,
    /// By which bearer token.
    pub token: Option<TokenId>,
    /// The epoch of the setting that permitted it.
    pub epoch: u64,
}

/// Why no visit was opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// The setting says otherwise by now.
    #[error("denied: {}", .0.code())]
    Denied(DenyReason),
    /// It could not be made durable.
    #[error("the visit could not be recorded: {0}")]
    Unavailable(String),
}

/// The record of one access, as it is about to be forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begin {
    /// The decision that permitted it; makes the record single (a repeated one returns its old place).
    pub decision: DecisionId,
    /// The visit it hangs under.
    pub visit: VisitId,
    /// Whose data.
    pub organization: OrganizationId,
    /// Who.
    pub subject: SubjectId,
    /// In which tool.
    pub tool: ToolId,
    /// The epoch it was permitted under; refused when the setting has moved on (S3).
    pub epoch: u64,
    /// The request's method.
    pub method: String,
    /// Path and query exactly as forwarded, at most 8 KiB of visible ASCII.
    pub target: String,
    /// Where the request came from.
    pub peer: IpAddr,
}

/// The index of an entry in its organization's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedAt(pub u64);

/// Why there is no record, and therefore no access.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRecorded {
    /// The setting says otherwise by now (S3).
    #[error("denied: {}", .0.code())]
    Denied(DenyReason),
    /// It could not be made durable.
    #[error("the access could not be recorded: {0}")]
    Unavailable(String),
}

/// An attempt that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The decision.
    pub decision: DecisionId,
    /// At which organization; it exists.
    pub organization: OrganizationId,
    /// Who.
    pub subject: SubjectId,
    /// In which tool, where that is known.
    pub tool: Option<ToolId>,
    /// Under which visit, where one was claimed.
    pub visit: Option<VisitId>,
    /// Why.
    pub reason: DenyReason,
    /// The request's method.
    pub method: String,
    /// Path and query as asked for inside the tool, at most 8 KiB of visible ASCII.
    pub target: String,
    /// Where the request came from.
    pub peer: IpAddr,
}

/// How a recorded access ended (protocols 2.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Whose log holds the begin.
    pub organization: OrganizationId,
    /// The visit it hung under.
    pub visit: VisitId,
    /// The begin's index in that log.
    pub begin: u64,
    /// The status that went back, where one did.
    pub status: Option<u16>,
    /// Body bytes (after an upgrade: all bytes) sent upstream.
    pub bytes_up: u64,
    /// Body bytes (after an upgrade: all bytes) sent to the person. An upper bound: when a connection is cut, up to
    /// 64 KiB of these had not left the process.
    pub bytes_down: u64,
    /// From the record's answer to the end.
    pub duration: Duration,
    /// How.
    pub reason: EndReason,
}

/// How a recorded access ended, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The answer went out whole.
    Done,
    /// The person's side went away first.
    ClientAbort,
    /// The upstream went away first, or answered nonsense.
    UpstreamAbort,
    /// The gateway reset it: support access was disabled, or the visit ended.
    Cut,
    /// It was recorded, but nothing was sent upstream.
    NotForwarded,
}

impl EndReason {
    /// The word used in entries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::ClientAbort => "client_abort",
            Self::UpstreamAbort => "upstream_abort",
            Self::Cut => "cut",
            Self::NotForwarded => "not_forwarded",
        }
    }
}

/// What the upstream is told about an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssertionFacts {
    /// The decision that permitted it (`jti`).
    pub decision: DecisionId,
    /// The visit.
    pub visit: VisitId,
    /// Who acts (`act`).
    pub subject: SubjectId,
    /// For whose data alone the upstream is to answer (`sub`).
    pub organization: OrganizationId,
    /// The tool (`aud`).
    pub tool: ToolId,
}
