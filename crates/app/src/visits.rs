//! Enter, record, leave: visits and the requests under them.
//!
//! A request is an entry before its first upstream byte (S1–S7). Ends are not: they wait here and are rolled up into
//! their visit's next entry, at most one a second, or into its last.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use byleave_api::entry::{Kind, RUNS_MAX, runs};
use byleave_api::payload::{AccessBegin, AccessDenied, AccessEnd, VisitEnds, VisitOpen, Who};
use byleave_domain::decision::{AccessAttempt, Decision, DenyReason, VisitClaim, authorize};
use byleave_domain::ids::{DecisionId, OrganizationId, SubjectId, ToolId, VisitId};
use byleave_domain::text::{CaseNumber, Reason};
use byleave_domain::tool::{Isolation, Tool};
use byleave_domain::visit::{Visit, VisitEnd};
use jiff::Timestamp;

use crate::catalog::payload;
use crate::ports::{Change, VisitRow};
use crate::world::{OpenVisit, World};
use crate::writer::{Draft, Index, Record, Writer};
use crate::{App, NotWritten};

/// How often ends are rolled up.
const ROLL_UP: Duration = Duration::from_secs(1);
/// Most requests whose ends go into one entry; the rest waits for the next.
const ENDS_MAX: usize = 2_000;

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

/// Ends and assets that wait for their visit's next entry.
#[derive(Debug, Clone, Default)]
pub(crate) struct PendingEnds(Arc<Mutex<BTreeMap<VisitId, Pending>>>);

#[derive(Debug, Clone, Default)]
struct Pending {
    requests: Vec<AccessEnd>,
    assets: u64,
    asset_bytes: u64,
}

impl PendingEnds {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<VisitId, Pending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What waits for `visit`, with at most [`ENDS_MAX`] requests and [`RUNS_MAX`] runs of them.
    fn take(&self, visit: VisitId) -> Pending {
        let mut all = self.lock();
        let mut taken = all.remove(&visit).unwrap_or_default();
        taken.requests.sort_unstable_by_key(|end| end.entry);
        let rest = taken.requests.split_off(fitting(&taken.requests));
        if !rest.is_empty() {
            all.insert(visit, Pending { requests: rest, ..Pending::default() });
        }
        taken
    }

    fn give_back(&self, visit: VisitId, pending: Pending) {
        let mut all = self.lock();
        let waiting = all.entry(visit).or_default();
        waiting.requests.extend(pending.requests);
        waiting.assets += pending.assets;
        waiting.asset_bytes += pending.asset_bytes;
    }
}

/// How many of the sorted ends fit into one entry.
fn fitting(ends: &[AccessEnd]) -> usize {
    let mut runs_used = 0;
    let mut next = None;
    for (position, end) in ends.iter().enumerate() {
        if next != Some(end.entry) {
            runs_used += 1;
        }
        if runs_used > RUNS_MAX || position >= ENDS_MAX {
            return position;
        }
        next = Some(end.entry + 1);
    }
    ends.len()
}

impl App {
    /// Opens a visit, durably, or answers with the open one of the same subject, organization, tool, reason and case.
    ///
    /// # Errors
    /// [`NotEntered`].
    pub async fn visit_open(&self, opening: Opening) -> Result<Visit, NotEntered> {
        let now = self.now();
        let attempt = AccessAttempt {
            subject: opening.subject,
            organization: opening.organization,
            tool: opening.tool,
            visit: VisitClaim::Opens { reason: opening.reason.as_ref(), case: opening.case.as_ref() },
        };
        let epoch = match authorize(&self.policy(), &attempt, now) {
            Decision::Permit { epoch } => epoch,
            Decision::Deny(reason) => return Err(NotEntered::Denied(reason)),
        };
        if let Some(open) = same_visit(&self.world(), &opening, now) {
            return Ok(open);
        }
        let id = VisitId::from_bytes(self.random_bits());
        let visit = Visit {
            id,
            organization: opening.organization,
            tool: opening.tool,
            subject: opening.subject,
            reason: opening.reason,
            case: opening.case,
            epoch,
            opened_at: now,
            used_at: now,
            ended: None,
        };
        self.record_visit(visit.clone()).await?;
        Ok(visit)
    }

    async fn record_visit(&self, visit: Visit) -> Result<(), NotEntered> {
        let opened = {
            let world = self.world();
            let tool = world.tools.get(&visit.tool).ok_or(NotEntered::Denied(DenyReason::UnknownTool))?;
            VisitOpen {
                visit: visit.id.to_string(),
                person: who(&world, visit.subject),
                tool: tool.slug.to_string(),
                covered: covered(tool),
                reason: visit.reason.as_ref().map(ToString::to_string),
                case: visit.case.as_ref().map(ToString::to_string),
            }
        };
        let draft = Draft {
            organization: visit.organization,
            kind: Kind::VisitOpen,
            request: *visit.id.as_bytes(),
            actor: visit.subject.as_bytes().to_vec(),
            reference: None,
            ends: Vec::new(),
            epoch: None,
            payload: payload(&opened)?,
            admits_under: Some(visit.epoch),
        };
        let row =
            move |entry| VisitRow { visit: visit.clone(), entry, requests: 0, assets: 0, bytes_down: 0 };
        let stored = row.clone();
        self.jobs
            .record(|answer| Record {
                draft,
                changes: Box::new(move |entry| vec![Change::VisitPut(stored(entry))]),
                check: Box::new(|_| Ok(())),
                committed: Box::new(move |world, entry| {
                    let row = row(entry);
                    world.visits.insert(row.visit.id, OpenVisit { row, begins_open: Default::default() });
                }),
                unheard: Box::new(|_, _| {}),
                answer,
            })
            .await
            .map_err(|why| self.refusal(why))?;
        Ok(())
    }

    /// Records one permitted request: durable, with a place in the organization's log, when this returns (S6).
    /// If whoever waits for it gives up, the request is ended as not forwarded.
    ///
    /// # Errors
    /// [`NotEntered`]; nothing may be forwarded then.
    pub async fn access_begin(&self, begin: Begin) -> Result<Index, NotEntered> {
        let (organization, subject, opened) = {
            let world = self.world();
            let open = world
                .visits
                .get(&begin.visit)
                .ok_or(NotEntered::Denied(DenyReason::VisitEnded(VisitEnd::Left)))?;
            (open.row.visit.organization, open.row.visit.subject, open.row.entry)
        };
        let id = begin.visit;
        let began = AccessBegin {
            visit: id.to_string(),
            decision: begin.decision.to_string(),
            epoch: begin.epoch,
            method: begin.method,
            target: begin.target,
            peer: begin.peer,
        };
        let draft = Draft {
            organization,
            kind: Kind::AccessBegin,
            request: *begin.decision.as_bytes(),
            actor: subject.as_bytes().to_vec(),
            reference: Some(opened),
            ends: Vec::new(),
            epoch: None,
            payload: payload(&began)?,
            admits_under: Some(begin.epoch),
        };
        let now = self.now();
        let ends = self.ends.clone();
        self.jobs
            .record(|answer| Record {
                draft,
                changes: Box::new(|_| Vec::new()),
                check: Box::new(move |world| still_open(world, id)),
                committed: Box::new(move |world, entry| {
                    if let Some(open) = world.visits.get_mut(&id) {
                        open.begins_open.insert(entry);
                        open.row.requests += 1;
                        open.row.visit.used_at = now;
                    }
                }),
                unheard: Box::new(move |_, entry| {
                    ends.give_back(
                        id,
                        Pending { requests: vec![not_forwarded(entry)], ..Pending::default() },
                    );
                }),
                answer,
            })
            .await
            .map_err(|why| self.refusal(why))
    }

    /// Notes how a recorded request ended. Never blocks; written with the visit's next entry.
    pub fn access_end(&self, visit: VisitId, end: AccessEnd) {
        self.ends.give_back(visit, Pending { requests: vec![end], ..Pending::default() });
    }

    /// Counts a request for one of the tool's declared assets.
    pub fn asset(&self, visit: VisitId, bytes: u64) {
        self.ends.give_back(visit, Pending { assets: 1, asset_bytes: bytes, ..Pending::default() });
    }

    /// Records that a known subject was refused.
    pub async fn access_denied(&self, denied: Denied) {
        let entry = {
            let world = self.world();
            AccessDenied {
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
            }
        };
        let Ok(payload) = payload(&entry) else { return };
        let draft = Draft {
            organization: denied.organization,
            kind: Kind::AccessDenied,
            request: *denied.decision.as_bytes(),
            actor: denied.subject.as_bytes().to_vec(),
            reference: None,
            ends: Vec::new(),
            epoch: None,
            payload,
            admits_under: None,
        };
        let recorded = self.jobs.record(|answer| Record {
            draft,
            changes: Box::new(|_| Vec::new()),
            check: Box::new(|_| Ok(())),
            committed: Box::new(|_, _| {}),
            unheard: Box::new(|_, _| {}),
            answer,
        });
        if let Err(why) = recorded.await {
            tracing::warn!(organization.id = %denied.organization, "a refusal at {} is not recorded: {why}", denied.organization);
        }
    }

    /// Says that somebody is watching a stream of this visit, which counts as use.
    pub fn visit_touch(&self, id: VisitId) {
        let now = self.now();
        if let Some(open) = self.shared.world_mut().visits.get_mut(&id) {
            open.row.visit.used_at = now;
        }
    }

    /// A visit, open or over.
    #[must_use]
    pub fn visit(&self, id: VisitId) -> Option<Visit> {
        if let Some(open) = self.world().visits.get(&id) {
            return Some(open.row.visit.clone());
        }
        self.shared.store.visit(id).ok().flatten().map(|row| row.visit)
    }

    /// Ends one visit: its connections are reset, all its requests are ended, and its last entry is written.
    ///
    /// # Errors
    /// [`NotWritten`]; the visit is over all the same, and its entry follows at the next start.
    pub async fn visit_close(&self, id: VisitId, end: VisitEnd) -> Result<(), NotWritten> {
        let now = self.now();
        {
            // From here on nothing is recorded under it (`still_open`), so nothing new is forwarded.
            let mut world = self.shared.world_mut();
            let Some(open) = world.visits.get_mut(&id) else { return Ok(()) };
            open.row.visit.ended.get_or_insert((now, end));
        }
        self.enforcement.cut_visit(id).await;
        let ends = self.ends.clone();
        self.jobs.command(move |writer| write_close(writer, id, &ends)).await?
    }

    /// Ends all open visits of an organization whose connections are cut already.
    pub(crate) async fn close_visits(
        &self,
        organization: OrganizationId,
        end: VisitEnd,
    ) -> Result<(), NotWritten> {
        let open: Vec<_> = self.world().visits_open(organization).map(|open| open.row.visit.id).collect();
        for id in open {
            match self.visit_close(id, end).await {
                // A log that takes nothing must not keep a disable from being answered.
                Ok(()) | Err(NotWritten::LogBroken(_)) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    /// Ends every visit, before the process stops.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn close_all(&self) -> Result<(), NotWritten> {
        let organizations: Vec<_> = self.world().organizations.keys().copied().collect();
        for organization in organizations {
            self.close_visits(organization, VisitEnd::Stopped).await?;
        }
        Ok(())
    }

    /// Rolls up ends once a second, and ends visits whose time is over. Runs until the writer is gone.
    pub async fn keep_visits(self) {
        let mut ticks = tokio::time::interval(ROLL_UP);
        loop {
            ticks.tick().await;
            if let Err(NotWritten::Unavailable(why)) = self.tick().await {
                tracing::warn!("visits are not kept: {why}");
            }
        }
    }

    async fn tick(&self) -> Result<(), NotWritten> {
        let now = self.now();
        let over: Vec<_> = {
            let world = self.world();
            let visits =
                world.visits.values().map(|open| &open.row.visit).filter(|visit| visit.ended.is_none());
            visits.filter_map(|visit| Some((visit.id, visit.end_at(now)?))).collect()
        };
        for (id, end) in over {
            self.visit_close(id, end).await?;
        }
        let waiting: Vec<_> = self.ends.lock().keys().copied().collect();
        for id in waiting {
            let ends = self.ends.clone();
            self.jobs.command(move |writer| write_progress(writer, id, &ends, now)).await??;
        }
        Ok(())
    }

    /// What a refusal to write means to whoever wanted to enter.
    fn refusal(&self, why: NotWritten) -> NotEntered {
        match why {
            NotWritten::NotAdmitted => NotEntered::Denied(DenyReason::VisitSuperseded),
            NotWritten::Taken(_) | NotWritten::LogBroken(_) | NotWritten::Unavailable(_) => why.into(),
        }
    }
}

/// Ends a visit that a crash left open: nothing can be under way any more.
pub(crate) fn close_now(writer: &mut Writer, id: VisitId, end: VisitEnd) -> Result<(), NotWritten> {
    let now = writer.shared.clock.now();
    if let Some(open) = writer.shared.world_mut().visits.get_mut(&id) {
        open.row.visit.ended = Some((now, end));
    }
    match write_close(writer, id, &PendingEnds::default()) {
        Err(NotWritten::LogBroken(_)) => Ok(()),
        written => written,
    }
}

fn write_close(writer: &mut Writer, id: VisitId, ends: &PendingEnds) -> Result<(), NotWritten> {
    let Some(open) = writer.shared.world().visits.get(&id).cloned() else { return Ok(()) };
    let mut pending = ends.take(id);
    // What was cut and has not said so by now never will: the connection is gone (N6).
    let reported: Vec<_> = pending.requests.iter().map(|end| end.entry).collect();
    let lost = matches!(open.row.visit.ended, Some((_, VisitEnd::NodeLost)));
    let waiting = ends.lock().remove(&id).unwrap_or_default();
    let mut rest = open.begins_open.clone();
    rest.retain(|entry| !reported.contains(entry) && !waiting.requests.iter().any(|end| end.entry == *entry));
    pending.requests.extend(waiting.requests);
    pending
        .requests
        .extend(rest.into_iter().map(|entry| ended(entry, if lost { "node_lost" } else { "cut" })));
    pending.requests.sort_unstable_by_key(|end| end.entry);
    // More ends than one entry takes: the others go into progress entries before it.
    while fitting(&pending.requests) < pending.requests.len() {
        let later = pending.requests.split_off(fitting(&pending.requests));
        let now = std::mem::replace(&mut pending.requests, later);
        write_ends(writer, &open, Pending { requests: now, ..Pending::default() }, Kind::VisitProgress)?;
    }
    write_ends(writer, &open, pending, Kind::VisitClose)?;
    writer.shared.world_mut().visits.remove(&id);
    Ok(())
}

fn write_progress(
    writer: &mut Writer,
    id: VisitId,
    ends: &PendingEnds,
    now: Timestamp,
) -> Result<(), NotWritten> {
    let open = match writer.shared.world_mut().visits.get_mut(&id) {
        Some(open) => {
            open.row.visit.used_at = open.row.visit.used_at.max(now);
            open.clone()
        }
        None => {
            // Its last entry is written; what comes later has nothing to hang on.
            ends.lock().remove(&id);
            return Ok(());
        }
    };
    let pending = ends.take(id);
    match write_ends(writer, &open, pending.clone(), Kind::VisitProgress) {
        Err(NotWritten::LogBroken(_)) => Ok(()),
        Err(why) => {
            ends.give_back(id, pending);
            Err(why)
        }
        Ok(()) => Ok(()),
    }
}

fn write_ends(writer: &mut Writer, open: &OpenVisit, pending: Pending, kind: Kind) -> Result<(), NotWritten> {
    let visit = &open.row.visit;
    let end = visit.ended.filter(|_| kind == Kind::VisitClose).map(|(_, end)| end.as_str().to_owned());
    let indices: Vec<u64> = pending.requests.iter().map(|end| end.entry).collect();
    let bytes: u64 = pending.requests.iter().map(|end| end.bytes_down).sum::<u64>() + pending.asset_bytes;
    let said = VisitEnds {
        visit: visit.id.to_string(),
        requests: pending.requests,
        assets: pending.assets,
        asset_bytes: pending.asset_bytes,
        end,
    };
    let draft = Draft {
        organization: visit.organization,
        kind,
        request: writer.shared.random_bits(),
        actor: visit.subject.as_bytes().to_vec(),
        reference: Some(open.row.entry),
        ends: runs(indices.iter().copied()),
        epoch: None,
        payload: payload(&said)?,
        admits_under: None,
    };
    let mut row =
        writer.shared.world().visits.get(&visit.id).map_or_else(|| open.row.clone(), |o| o.row.clone());
    row.assets += pending.assets;
    row.bytes_down += bytes;
    if kind == Kind::VisitProgress {
        // Still open as far as the store knows, so that a crash before the last entry is found.
        let stored = VisitRow { visit: Visit { ended: None, ..row.visit.clone() }, ..row.clone() };
        writer.write(vec![draft], |_| vec![Change::VisitPut(stored)])?;
    } else {
        writer.write(vec![draft], |_| vec![Change::VisitPut(row.clone())])?;
    }
    if let Some(open) = writer.shared.world_mut().visits.get_mut(&visit.id) {
        open.begins_open.retain(|entry| !indices.contains(entry));
        open.row.assets = row.assets;
        open.row.bytes_down = row.bytes_down;
    }
    Ok(())
}

fn same_visit(world: &World, opening: &Opening, now: Timestamp) -> Option<Visit> {
    let same = |visit: &&Visit| {
        visit.subject == opening.subject
            && visit.tool == opening.tool
            && visit.reason == opening.reason
            && visit.case == opening.case
            && visit.end_at(now).is_none()
    };
    world.visits_open(opening.organization).map(|open| &open.row.visit).find(same).cloned()
}

fn still_open(world: &World, id: VisitId) -> Result<(), NotWritten> {
    let open = world.visits.get(&id).is_some_and(|open| open.row.visit.ended.is_none());
    if open { Ok(()) } else { Err(NotWritten::NotAdmitted) }
}

fn not_forwarded(entry: u64) -> AccessEnd {
    ended(entry, "not_forwarded")
}

fn ended(entry: u64, reason: &str) -> AccessEnd {
    AccessEnd { entry, status: 0, bytes_up: 0, bytes_down: 0, duration_ms: 0, reason: reason.to_owned() }
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
