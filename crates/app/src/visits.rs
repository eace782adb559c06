//! Enter, record, leave: visits and the requests under them.
//!
//! A request is an entry before its first upstream byte (S1–S7). Ends are not: they wait here and in the spool, and are
//! rolled up into their visit's next entry, one a second or as soon as many wait, or into its last.

mod ends;
mod join;
mod room;
mod stop;

use std::collections::BTreeSet;
use std::time::Duration;

use byleave_api::entry::Kind;
use byleave_api::payload::{AccessBegin, AccessDenied, AccessEnd, FactsRecord, VisitOpen, Who};
use byleave_domain::decision::{AccessAttempt, Decision, DenyReason, VisitClaim, authorize};
use byleave_domain::facts::{Claimed, Facts};
use byleave_domain::ids::{DecisionId, OrganizationId, SubjectId, TokenId, ToolId, VisitId};
use byleave_domain::text::{CaseNumber, Reason};
use byleave_domain::tool::{Isolation, Tool};
use byleave_domain::visit::{Visit, VisitEnd};
use jiff::Timestamp;

use crate::catalog::payload;
use crate::ports::{Change, Person, VisitRow};
pub(crate) use crate::visits::ends::PendingEnds;
use crate::visits::ends::{ended, log_is_broken, write_close, write_progress};
use crate::visits::join::join;
pub use crate::visits::stop::Stopped;
use crate::world::{OpenVisit, STOPPING, World};
use crate::writer::{Draft, Index, Record, Writer};
use crate::{App, NotWritten};

/// How often ends are rolled up.
const ROLL_UP: Duration = Duration::from_secs(1);
/// Most visits that are ended in one transaction.
const CLOSED_AT_ONCE_MAX: usize = 100;
/// Most visits that one subject has open in one organization: what a disable has to end must be bounded.
const VISITS_OPEN_MAX: usize = 1_000;

/// Stands for a tool that is not known.
const NO_TOOL: ToolId = ToolId::from_bytes([0; 16]);

/// Somebody wants to enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Who.
    pub subject: SubjectId,
    /// Whose data.
    pub organization: OrganizationId,
    /// In which tool.
    pub tool: ToolId,
    /// Why.
    pub reason: Option<Reason>,
    /// For which case.
    pub case: Option<CaseNumber>,
    /// By which token, where it is not a browser's visit.
    pub token: Option<TokenId>,
}

/// One request that has been permitted and wants its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begin {
    /// The decision that permitted it; also the entry's own id.
    pub decision: DecisionId,
    /// The visit it hangs under.
    pub visit: VisitId,
    /// The epoch that the decision rests on.
    pub epoch: u64,
    /// HTTP method.
    pub method: String,
    /// Path and query as they will be forwarded.
    pub target: String,
    /// Where it came from.
    pub peer: String,
}

/// One request of a known subject that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The decision's id.
    pub decision: DecisionId,
    /// Who.
    pub subject: SubjectId,
    /// Whose data.
    pub organization: OrganizationId,
    /// In which tool, where that is known.
    pub tool: Option<ToolId>,
    /// Under which visit, where one was claimed.
    pub visit: Option<VisitId>,
    /// Why not: a code of [`DenyReason::code`].
    pub reason: &'static str,
    /// HTTP method.
    pub method: String,
    /// Path and query as asked for.
    pub target: String,
    /// Where it came from.
    pub peer: String,
}

/// Why nobody entered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotEntered {
    /// Denied.
    #[error("{}", .0.explanation())]
    Denied(DenyReason),
    /// Permitted, but it could not be recorded.
    #[error("it could not be recorded: {0}")]
    NotRecorded(String),
}

impl From<NotWritten> for NotEntered {
    fn from(why: NotWritten) -> Self {
        Self::NotRecorded(why.to_string())
    }
}

impl App {
    /// Opens a visit, durably, or answers with the open one of the same subject, organization, tool, reason and case.
    ///
    /// # Errors
    /// [`NotEntered`].
    pub async fn visit_open(&self, opening: Opening) -> Result<Visit, NotEntered> {
        let now = self.now();
        let Opening { subject, organization, tool, .. } = opening;
        let visit = VisitClaim::Opens { reason: opening.reason.as_ref(), case: opening.case.as_ref() };
        let attempt = AccessAttempt { subject, organization, tool, visit };
        let policy = self.policy();
        let epoch = match authorize(&policy, &attempt, now) {
            Decision::Permit { epoch } => epoch,
            Decision::Deny(reason) => return Err(NotEntered::Denied(reason)),
        };
        self.has_room().await?;
        let facts = FactsRecord::new(&Facts::of(&policy, &attempt, now));
        if let Some(open) = self.same_visit(&opening, epoch, now)? {
            return Ok(open);
        }
        let id = VisitId::from_bytes(self.random_bits());
        let opened = self.jobs.command(move |writer| {
            // Asked again where nobody else can be between: requests that come at once share one visit.
            if let Some(open) = join(&mut writer.shared.world_mut(), &opening, epoch, now)? {
                return Ok(open);
            }
            let Opening { subject, organization, tool, reason, case, token } = opening;
            let open = writer
                .shared
                .world()
                .visits_open(organization)
                .filter(|v| v.row.visit.subject == subject)
                .count();
            if open >= VISITS_OPEN_MAX {
                let why = format!("you have {open} visits open there; end some");
                return Err(NotWritten::Refused(why));
            }
            let (opened_at, used_at) = (now, now);
            let visit = Visit {
                id,
                organization,
                tool,
                subject,
                reason,
                case,
                epoch,
                opened_at,
                used_at,
                ended: None,
            };
            write_open(writer, visit, token, facts)
        });
        opened.await.and_then(|opened| opened).map_err(|why| self.refusal(why, organization, subject))
    }

    /// Records one permitted request: durable, with a place in the organization's log, when this returns (S6).
    /// If whoever waits for it gives up, the request is ended as not forwarded.
    ///
    /// # Errors
    /// [`NotEntered`]; nothing may be forwarded then.
    pub async fn access_begin(&self, begin: Begin) -> Result<Index, NotEntered> {
        let now = self.now();
        let policy = self.policy();
        let (organization, subject, opened, facts) = {
            let world = self.world();
            let Some(VisitRow { visit, entry, .. }) = world.visit(begin.visit) else {
                return Err(NotEntered::Denied(DenyReason::VisitMismatch));
            };
            let (organization, subject, tool) = (visit.organization, visit.subject, visit.tool);
            let attempt = AccessAttempt { subject, organization, tool, visit: VisitClaim::Under(visit) };
            // The enforcement point has decided. It is decided again here, where the entry is made, so that what is
            // recorded follows from what is recorded with it.
            if let Decision::Deny(reason) = authorize(&policy, &attempt, now) {
                return Err(NotEntered::Denied(reason));
            }
            (organization, subject, *entry, FactsRecord::new(&Facts::of(&policy, &attempt, now)))
        };
        self.has_room().await?;
        let id = begin.visit;
        let began = AccessBegin {
            visit: id.to_string(),
            decision: begin.decision.to_string(),
            epoch: begin.epoch,
            method: begin.method,
            target: begin.target,
            peer: begin.peer,
            facts,
        };
        let draft = Draft {
            organization,
            kind: Kind::AccessBegin,
            request: *begin.decision.as_bytes(),
            actor: subject.as_bytes().to_vec(),
            person: Some(Person::Subject(subject)),
            reference: Some(opened),
            ends: Vec::new(),
            epoch: None,
            payload: payload(&began)?,
            admits_under: Some(begin.epoch),
        };
        let ends = self.shared.ends.clone();
        self.jobs
            .record(|answer| Record {
                draft,
                check: Box::new(move |world| still_open(world, id)),
                committed: Box::new(move |world, entry| {
                    if let Some(open) = world.visits.get_mut(&id) {
                        open.begins_open.insert(entry);
                        open.row.requests += 1;
                        open.row.visit.used_at = now;
                    }
                }),
                unheard: Box::new(move |_, entry| ends.end(id, ended(entry, "not_forwarded"), now)),
                answer,
            })
            .await
            .map_err(|why| match self.visit(id).and_then(|visit| visit.end_at(self.now())) {
                Some(end) => NotEntered::Denied(DenyReason::VisitEnded(end)),
                None => self.refusal(why, organization, subject),
            })
    }

    /// Notes how a recorded request ended. Never blocks; written with the visit's next entry, and kept until then.
    pub fn access_end(&self, visit: VisitId, end: AccessEnd) {
        self.shared.ends.end(visit, end, self.now());
    }

    /// Counts a request for one of the tool's declared assets.
    pub fn asset(&self, visit: VisitId, bytes: u64) {
        self.shared.ends.asset(visit, bytes);
    }

    /// Records that a known subject was refused; not where that says nothing about the organization: for want of room, of
    /// which it would take some, because the logs are behind, or because nobody enters anywhere. Nor where there is no room,
    /// beyond a few. Whether it was recorded is the answer.
    pub async fn access_denied(&self, denied: Denied) -> bool {
        let of_nobody = [DenyReason::NoRoom, DenyReason::EndsWaiting, DenyReason::Unavailable("")];
        let of_nobody = of_nobody.iter().any(|reason| reason.code() == denied.reason);
        if of_nobody || !self.has_room_for_denial().await {
            tracing::warn!(organization.id = %denied.organization, "a refusal is not recorded: {}", denied.reason);
            return false;
        }
        let (entry, reference) = {
            let world = self.world();
            let (facts, reference) = self.facts_of(&world, &denied);
            let entry = AccessDenied {
                person: who(&world, denied.subject),
                tool: denied
                    .tool
                    .and_then(|tool| world.tools.get(&tool))
                    .map(|tool| tool.slug.to_string())
                    .unwrap_or_default(),
                decision: denied.decision.to_string(),
                reason: denied.reason.to_owned(),
                method: denied.method,
                target: denied.target,
                peer: denied.peer,
                facts,
            };
            (entry, reference)
        };
        let Ok(payload) = payload(&entry) else { return false };
        let draft = Draft {
            organization: denied.organization,
            kind: Kind::AccessDenied,
            request: *denied.decision.as_bytes(),
            actor: denied.subject.as_bytes().to_vec(),
            person: Some(Person::Subject(denied.subject)),
            reference,
            ends: Vec::new(),
            epoch: None,
            payload,
            admits_under: None,
        };
        let recorded = self.jobs.record(|answer| Record {
            draft,
            check: Box::new(move |world| still_known(world, denied.subject)),
            committed: Box::new(|_, _| {}),
            unheard: Box::new(|_, _| {}),
            answer,
        });
        let recorded = recorded.await;
        if let Err(why) = &recorded {
            tracing::warn!(organization.id = %denied.organization, "a refusal at {} is not recorded: {why}", denied.organization);
        }
        recorded.is_ok()
    }

    /// What a refusal follows from, and the entry of the visit that it was asked under. Where it no longer follows from
    /// what is known now, a moment later, there is nothing to be said of it.
    fn facts_of(&self, world: &World, denied: &Denied) -> (Option<FactsRecord>, Option<Index>) {
        let Denied { subject, organization, .. } = *denied;
        let claimed = denied.visit.map(|id| world.visit(id));
        let claim = match claimed {
            Some(None) => return (None, None),
            Some(Some(row)) => VisitClaim::Under(&row.visit),
            None => VisitClaim::Opens { reason: None, case: None },
        };
        let tool = denied.tool.unwrap_or(NO_TOOL);
        let attempt = AccessAttempt { subject, organization, tool, visit: claim };
        let mut facts = Facts::of(&self.policy(), &attempt, self.now());
        if claimed.is_none() {
            // What was stated is not known here any more; what was missing is.
            let missing = |code: &str| denied.reason == code;
            let (reason, case) = (!missing("reason_required"), !missing("case_required"));
            facts.visit = Claimed::Opens { reason, case };
        }
        let theirs = matches!(facts.visit, Claimed::Under { .. });
        let opened = claimed.flatten().filter(|_| theirs).map(|row| row.entry);
        let follows = matches!(facts.decide(), Ok(Decision::Deny(reason)) if reason.code() == denied.reason);
        let record = FactsRecord::new(&facts).filter(|_| follows);
        (record, opened)
    }

    /// Says that somebody is watching a stream of this visit, which counts as use.
    pub fn visit_touch(&self, id: VisitId) {
        let now = self.now();
        if let Some(open) = self.shared.world_mut().visits.get_mut(&id) {
            open.row.visit.used_at = now;
        }
    }

    /// A visit that is open, or was over not long ago. From memory alone; [`App::visit_row`] knows them all.
    #[must_use]
    pub fn visit(&self, id: VisitId) -> Option<Visit> {
        self.world().visit(id).map(|row| row.visit.clone())
    }

    /// Ends one visit: its connections are reset, all its requests are ended, and its last entry is written, whether or
    /// not the caller waits for it.
    ///
    /// # Errors
    /// [`NotWritten`]; the visit is over all the same, and its entry follows.
    pub async fn visit_close(&self, id: VisitId, end: VisitEnd) -> Result<(), NotWritten> {
        let app = self.clone();
        self.to_its_end(async move { app.close(id, end).await }).await?
    }

    async fn close(&self, id: VisitId, end: VisitEnd) -> Result<(), NotWritten> {
        self.over(&[id], end);
        self.enforcement.cut_visits(&BTreeSet::from([id])).await;
        self.jobs.command(move |writer| write_close(writer, &[id])).await?
    }

    /// From here on nothing is recorded under these visits (`still_open`), so nothing new is forwarded.
    fn over(&self, visits: &[VisitId], end: VisitEnd) {
        end_all(&mut self.shared.world_mut(), visits, end, self.now());
    }

    /// Ends all visits of an organization that were admitted under an epoch before `epoch`. Their connections are cut
    /// already.
    pub(crate) async fn close_visits(
        &self,
        organization: OrganizationId,
        epoch: u64,
        end: VisitEnd,
    ) -> Result<(), NotWritten> {
        let earlier: Vec<_> = {
            let world = self.world();
            let visits = world.visits.values().map(|open| &open.row.visit);
            visits.filter(|v| v.organization == organization && v.epoch < epoch).map(|v| v.id).collect()
        };
        self.over(&earlier, end);
        self.write_closed(&earlier).await
    }

    /// Ends every visit, before the process stops. Their connections are gone already, and no visit is opened any more.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn close_all(&self) -> Result<(), NotWritten> {
        let stop = self.jobs.command(|writer| {
            writer.shared.world_mut().closed = Some(STOPPING);
            writer.publish_policy();
        });
        stop.await?;
        let all: Vec<_> = self.world().visits.keys().copied().collect();
        self.over(&all, VisitEnd::Stopped);
        self.write_closed(&all).await
    }

    /// Writes the last entries of visits that are over and cut.
    pub(crate) async fn write_closed(&self, visits: &[VisitId]) -> Result<(), NotWritten> {
        for some in visits.chunks(CLOSED_AT_ONCE_MAX) {
            let some = some.to_vec();
            self.jobs.command(move |writer| write_close(writer, &some)).await??;
        }
        Ok(())
    }

    /// Rolls up ends once a second, ends visits whose time is over, and finishes what somebody began and did not see to
    /// its end. Runs until it is dropped.
    pub async fn keep_visits(self) {
        let mut ticks = tokio::time::interval(ROLL_UP);
        loop {
            let turn = tokio::select! {
                _ = ticks.tick() => self.turn().await,
                () = self.shared.ends.many() => self.roll_up().await,
            };
            if let Err(why) = turn {
                tracing::warn!("visits are not kept: {why}");
            }
        }
    }

    /// One turn of [`keep_visits`](Self::keep_visits).
    ///
    /// # Errors
    /// [`NotWritten`]; what was not done is done in a later turn.
    pub async fn turn(&self) -> Result<(), NotWritten> {
        // First what needs no writer, so that nobody stays inside because something cannot be written. Then ends: however
        // badly the rest goes, these are written.
        let over = self.cut_over().await;
        let rolled_up = self.roll_up().await;
        self.write_closed(&over).await?;
        rolled_up?;
        self.finish_disables().await?;
        self.finish_desk_keys().await?;
        self.finish_freezes().await?;
        self.finish_change_requests().await?;
        self.finish_contact_changes().await;
        self.erase_evidence().await?;
        self.forget_expired().await?;
        self.forget_answers().await?;
        self.forget_tokens().await?;
        self.jobs.command(Writer::overwrite_erased).await??;
        self.keep_uses().await?;
        self.keep_seen().await
    }

    /// Ends the visits whose time is over and resets their connections, with those that were ended before and have yet to
    /// have their last entry. Answers which they are.
    async fn cut_over(&self) -> Vec<VisitId> {
        let now = self.now();
        let over: Vec<_> = {
            let world = self.world();
            let end = |open: &OpenVisit| open.row.visit.end_at(now).or_else(|| world.left_by(open, now));
            // What is over and cut stays here if its log takes no entry.
            let waits = |open: &&OpenVisit| open.row.visit.ended.is_none() || !log_is_broken(&world, open);
            let over = world.visits.values().filter(waits);
            over.filter_map(|open| Some((open.row.visit.id, end(open)?))).collect()
        };
        if over.is_empty() {
            return Vec::new();
        }
        {
            let mut world = self.shared.world_mut();
            over.iter().for_each(|(id, end)| end_all(&mut world, &[*id], *end, now));
        }
        let over: BTreeSet<_> = over.into_iter().map(|(id, _)| id).collect();
        self.enforcement.cut_visits(&over).await;
        over.into_iter().collect()
    }

    async fn roll_up(&self) -> Result<(), NotWritten> {
        if self.shared.ends.is_empty() {
            return Ok(());
        }
        self.jobs.command(write_progress).await?
    }

    /// What a refusal to write means to whoever wanted to enter: what holds now, if it is that.
    fn refusal(&self, why: NotWritten, organization: OrganizationId, subject: SubjectId) -> NotEntered {
        if why != NotWritten::NotAdmitted {
            return NotEntered::NotRecorded(why.to_string());
        }
        let policy = self.policy();
        if let Some(frozen) = policy.frozen(subject) {
            return NotEntered::Denied(frozen);
        }
        let attempt = policy.organizations.get(&organization).map(|policy| policy.refusal());
        NotEntered::Denied(attempt.flatten().unwrap_or(DenyReason::VisitSuperseded))
    }
}

/// These visits are over: `still_open` says so from here on.
pub(crate) fn end_all(world: &mut World, visits: &[VisitId], end: VisitEnd, now: Timestamp) {
    for id in visits {
        if let Some(open) = world.visits.get_mut(id) {
            open.row.visit.ended.get_or_insert((now, end));
        }
    }
}

/// Ends a visit that a crash left open: nothing can be under way any more. Its requests end as the spool says, and those that
/// it says nothing of as lost.
pub(crate) fn close_lost(writer: &mut Writer, id: VisitId) -> Result<(), NotWritten> {
    let now = writer.shared.clock.now();
    if let Some(open) = writer.shared.world_mut().visits.get_mut(&id) {
        open.row.visit.ended = Some((now, VisitEnd::NodeLost));
    }
    write_close(writer, &[id])
}

fn write_open(
    writer: &mut Writer,
    visit: Visit,
    token: Option<TokenId>,
    facts: Option<FactsRecord>,
) -> Result<Visit, NotWritten> {
    let opened = {
        let world = writer.shared.world();
        still_known(&world, visit.subject)?;
        let tool = world.tools.get(&visit.tool).ok_or(NotWritten::NotAdmitted)?;
        VisitOpen {
            visit: visit.id.to_string(),
            person: who(&world, visit.subject),
            tool: tool.slug.to_string(),
            covered: covered(tool),
            reason: visit.reason.as_ref().map(ToString::to_string),
            case: visit.case.as_ref().map(ToString::to_string),
            facts,
        }
    };
    let draft = Draft {
        organization: visit.organization,
        kind: Kind::VisitOpen,
        request: *visit.id.as_bytes(),
        actor: visit.subject.as_bytes().to_vec(),
        person: Some(Person::Subject(visit.subject)),
        reference: None,
        ends: Vec::new(),
        epoch: None,
        payload: payload(&opened)?,
        admits_under: Some(visit.epoch),
    };
    writer.admits(&draft)?;
    let row = |entry| VisitRow {
        visit: visit.clone(),
        entry,
        requests: 0,
        assets: 0,
        bytes_down: 0,
        stopped_by: None,
    };
    let indices = writer
        .write(vec![draft], |indices| indices.iter().map(|entry| Change::VisitPut(row(*entry))).collect())?;
    let entry = indices.first().copied().unwrap_or_default();
    let tokens = token.into_iter().collect();
    let (begins_open, sessions) = Default::default();
    let open = OpenVisit { row: row(entry), begins_open, tokens, sessions };
    writer.shared.world_mut().visits.insert(visit.id, open);
    Ok(visit)
}

fn still_open(world: &World, id: VisitId) -> Result<(), NotWritten> {
    let open = world.visits.get(&id).is_some_and(|open| open.row.visit.ended.is_none());
    if open { Ok(()) } else { Err(NotWritten::NotAdmitted) }
}

/// Whoever was erased in the meantime is not recorded any more.
fn still_known(world: &World, subject: SubjectId) -> Result<(), NotWritten> {
    if world.subjects.contains_key(&subject) { Ok(()) } else { Err(NotWritten::NotAdmitted) }
}

/// Whether anything keeps the tool's organizations apart.
#[must_use]
pub fn covered(tool: &Tool) -> bool {
    !matches!(tool.isolation, Isolation::Shared { .. })
}

fn who(world: &World, subject: SubjectId) -> Who {
    let known = world.subjects.get(&subject);
    Who {
        id: subject.to_string(),
        name: known.map(|s| s.name.to_string()).unwrap_or_default(),
        employer: known.map(|s| s.employer.to_string()).unwrap_or_default(),
    }
}
