//! How visits and the requests under them end: what waits, and what is written of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use byleave_api::entry::{Kind, RUNS_MAX, runs};
use byleave_api::payload::{AccessEnd, VisitEnds};
use byleave_domain::ids::VisitId;
use byleave_domain::room::{ENDS_WAITING_MAX, EndsWaiting};
use byleave_domain::visit::{Visit, VisitEnd};
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::NotWritten;
use crate::catalog::payload;
use crate::ports::{Change, Person, Spool, VisitRow, WaitingEnd};
use crate::world::{OpenVisit, World};
use crate::writer::{Draft, Writer};

/// So many ends more than wait may be in the spool before it is written anew.
const SPOOL_SLACK: usize = 10_000;
/// As soon as so many wait, they are written, however short the last time is ago.
const MANY: usize = ENDS_WAITING_MAX / 2;

/// Ends and assets that wait for their visit's next entry; the ends also in the spool.
#[derive(Clone)]
pub(crate) struct PendingEnds(Arc<Waiting>);

struct Waiting {
    spool: Arc<dyn Spool>,
    state: Mutex<State>,
    many: Notify,
}

#[derive(Default)]
struct State {
    visits: BTreeMap<VisitId, Pending>,
    /// Ends that are in no log, with those that are being written just now.
    waiting: EndsWaiting,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Pending {
    pub requests: Vec<AccessEnd>,
    pub assets: u64,
    pub asset_bytes: u64,
    /// When the first of the requests ended.
    pub since: Option<Timestamp>,
}

impl PendingEnds {
    pub fn new(spool: Arc<dyn Spool>) -> Self {
        Self(Arc::new(Waiting { spool, state: Mutex::default(), many: Notify::new() }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what a crash left in the spool, and says how many ends that are. Whether they are of requests that are
    /// open is asked when they are written.
    pub fn recover(&self, now: Timestamp) -> usize {
        let left = self.0.spool.left();
        if left.unreadable > 0 {
            tracing::warn!("{} bytes at the end of the spool cannot be read and are gone", left.unreadable);
        }
        let mut state = self.lock();
        for end in &left.ends {
            state.visits.entry(end.visit).or_default().end(access_end(end), now);
        }
        left.ends.len()
    }

    /// Forgets what nothing can be written of any more.
    pub fn forget(&self) {
        self.lock().visits.clear();
        self.settle();
    }

    /// A request has ended, and that is in the spool in a moment.
    pub(super) fn end(&self, visit: VisitId, end: AccessEnd, now: Timestamp) {
        let mut state = self.lock();
        // Under the lock, so that the spool hears of it in the order in which it is told what waits.
        self.0.spool.add(waiting_end(visit, &end));
        state.visits.entry(visit).or_default().end(end, now);
        state.waiting.count += 1;
        state.waiting.oldest.get_or_insert(now);
        if state.waiting.count >= MANY {
            self.0.many.notify_one();
        }
    }

    pub(super) fn asset(&self, visit: VisitId, bytes: u64) {
        let mut state = self.lock();
        let waiting = state.visits.entry(visit).or_default();
        waiting.assets += 1;
        waiting.asset_bytes += bytes;
    }

    /// What was taken, and not written.
    fn again(&self, visit: VisitId, pending: Pending) {
        let mut state = self.lock();
        let waiting = state.visits.entry(visit).or_default();
        waiting.requests.extend(pending.requests);
        waiting.assets += pending.assets;
        waiting.asset_bytes += pending.asset_bytes;
        waiting.since = waiting.since.into_iter().chain(pending.since).min();
    }

    /// After something was written, or was not: what is in no log now, and the spool holds not much more than that. Only
    /// the writer says so, which has taken nothing then that is not written or back.
    fn settle(&self) {
        let mut state = self.lock();
        let count = state.visits.values().map(|pending| pending.requests.len()).sum();
        let oldest = state.visits.values().filter_map(|pending| pending.since).min();
        state.waiting = EndsWaiting { count, oldest };
        let holds = self.0.spool.holds();
        if holds > 0 && (count == 0 || holds > count + SPOOL_SLACK) {
            let of = |(visit, pending): (&VisitId, &Pending)| {
                pending.requests.iter().map(|end| waiting_end(*visit, end)).collect::<Vec<_>>()
            };
            self.0.spool.keep(state.visits.iter().flat_map(of).collect());
        }
    }

    /// The ends that are in no log.
    pub(super) fn waiting(&self) -> EndsWaiting {
        self.lock().waiting
    }

    /// Why the spool keeps nothing any more, if so.
    pub(super) fn fault(&self) -> Option<String> {
        self.0.spool.fault()
    }

    /// Returns once so many wait that they should be written now.
    pub(super) async fn many(&self) {
        self.0.many.notified().await;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().visits.is_empty()
    }

    /// Everything that waits for `visit`.
    fn take_all(&self, visit: VisitId) -> Pending {
        self.lock().visits.remove(&visit).unwrap_or_default()
    }

    /// Everything that waits, by visit.
    fn take_each(&self) -> BTreeMap<VisitId, Pending> {
        std::mem::take(&mut self.lock().visits)
    }
}

impl Pending {
    fn end(&mut self, end: AccessEnd, now: Timestamp) {
        self.requests.push(end);
        self.since.get_or_insert(now);
    }
}

fn waiting_end(visit: VisitId, end: &AccessEnd) -> WaitingEnd {
    let AccessEnd { entry, status, bytes_up, bytes_down, duration_ms, reason } = end.clone();
    WaitingEnd { visit, entry, status, bytes_up, bytes_down, duration_ms, reason }
}

fn access_end(end: &WaitingEnd) -> AccessEnd {
    let WaitingEnd { entry, status, bytes_up, bytes_down, duration_ms, reason, .. } = end.clone();
    AccessEnd { entry, status, bytes_up, bytes_down, duration_ms, reason }
}

/// Writes one progress entry for each visit that something waits for, all in one transaction.
pub(super) fn write_progress(writer: &mut Writer) -> Result<(), NotWritten> {
    let ends = writer.shared.ends.clone();
    let mut parts = Vec::new();
    for (id, mut pending) in ends.take_each() {
        // A visit that is over has had its last entry; what comes later has nothing to hang on.
        let Some(open) = writer.shared.world().visits.get(&id).cloned() else { continue };
        if log_is_broken(&writer.shared.world(), &open) {
            continue;
        }
        keep_known(&mut pending, &open);
        let later = pending.requests.split_off(fitting(&pending.requests));
        if !later.is_empty() {
            ends.again(id, Pending { requests: later, since: pending.since, ..Pending::default() });
        }
        parts.push((open, vec![(Kind::VisitProgress, pending)]));
    }
    let written = write(writer, &parts);
    if written.is_err() {
        for (open, waiting) in parts {
            waiting.into_iter().for_each(|(_, pending)| ends.again(open.row.visit.id, pending));
        }
    }
    ends.settle();
    written
}

/// Writes the last entries of visits, with every request under them ended; all in one transaction, with the progress
/// entries that go before where that is more than one entry takes.
pub(super) fn write_close(writer: &mut Writer, visits: &[VisitId]) -> Result<(), NotWritten> {
    let ends = writer.shared.ends.clone();
    let mut closing = Vec::new();
    let mut taken = Vec::new();
    for id in visits {
        let Some(open) = writer.shared.world().visits.get(id).cloned() else { continue };
        if log_is_broken(&writer.shared.world(), &open) {
            continue;
        }
        let mut pending = ends.take_all(*id);
        end_silent(&mut pending, &open);
        closing.push((open, last_parts(&pending)));
        taken.push((*id, pending));
    }
    let written = write(writer, &closing);
    for (id, pending) in taken {
        match &written {
            Ok(()) => writer.shared.world_mut().visit_over(id),
            Err(_) => ends.again(id, pending),
        }
    }
    ends.settle();
    written
}

/// What was cut and has not said so by now never will: the connection is gone (N6).
fn end_silent(pending: &mut Pending, open: &OpenVisit) {
    keep_known(pending, open);
    let told: BTreeSet<u64> = pending.requests.iter().map(|end| end.entry).collect();
    let silent = open.begins_open.difference(&told).map(|entry| ended(*entry, silent_reason(open)));
    pending.requests.extend(silent);
    pending.requests.sort_unstable_by_key(|end| end.entry);
}

/// The entries that a visit's last ends take: progress as long as they are too many for one, then the close.
fn last_parts(pending: &Pending) -> Vec<(Kind, Pending)> {
    let mut parts = Vec::new();
    let mut rest = pending.requests.as_slice();
    loop {
        let (now, later) = rest.split_at(fitting(rest));
        if later.is_empty() {
            parts.push((Kind::VisitClose, Pending { requests: now.to_vec(), ..pending.clone() }));
            return parts;
        }
        parts.push((Kind::VisitProgress, Pending { requests: now.to_vec(), ..Pending::default() }));
        rest = later;
    }
}

/// Only requests that are open under the visit can end, and each once: a log that says otherwise verifies no more.
fn keep_known(pending: &mut Pending, open: &OpenVisit) {
    let mut known = open.begins_open.clone();
    pending.requests.retain(|end| known.remove(&end.entry));
    pending.requests.sort_unstable_by_key(|end| end.entry);
}

fn silent_reason(open: &OpenVisit) -> &'static str {
    match open.row.visit.ended {
        Some((_, VisitEnd::NodeLost)) => "node_lost",
        _ => "cut",
    }
}

pub(super) fn ended(entry: u64, reason: &str) -> AccessEnd {
    AccessEnd { entry, status: 0, bytes_up: 0, bytes_down: 0, duration_ms: 0, reason: reason.to_owned() }
}

/// A broken log takes nothing, and must not keep other visits from being written.
pub(super) fn log_is_broken(world: &World, open: &OpenVisit) -> bool {
    world.organizations.get(&open.row.visit.organization).is_none_or(|tenant| tenant.log.broken.is_some())
}

/// How many of the sorted ends fit into one entry: those of its first [`RUNS_MAX`] runs.
fn fitting(ends: &[AccessEnd]) -> usize {
    let mut runs_used = 0;
    let mut next = None;
    for (position, end) in ends.iter().enumerate() {
        if next != Some(end.entry) {
            runs_used += 1;
        }
        if runs_used > RUNS_MAX {
            return position;
        }
        next = Some(end.entry + 1);
    }
    ends.len()
}

/// What is to be written of one visit.
type Parts = (OpenVisit, Vec<(Kind, Pending)>);

fn write(writer: &mut Writer, visits: &[Parts]) -> Result<(), NotWritten> {
    let mut drafts = Vec::new();
    let mut rows = Vec::new();
    for (open, parts) in visits {
        for (kind, pending) in parts {
            drafts.push(draft(writer, open, *kind, pending)?);
        }
        rows.push(row(open, parts));
    }
    if drafts.is_empty() {
        return Ok(());
    }
    writer.write(drafts, |_| rows.iter().cloned().map(Change::VisitPut).collect())?;
    let mut world = writer.shared.world_mut();
    for ((known, parts), row) in visits.iter().zip(rows) {
        let Some(open) = world.visits.get_mut(&known.row.visit.id) else { continue };
        for end in parts.iter().flat_map(|(_, pending)| &pending.requests) {
            open.begins_open.remove(&end.entry);
        }
        open.row.assets = row.assets;
        open.row.bytes_down = row.bytes_down;
    }
    Ok(())
}

fn draft(writer: &Writer, open: &OpenVisit, kind: Kind, pending: &Pending) -> Result<Draft, NotWritten> {
    let visit = &open.row.visit;
    let end = visit.ended.filter(|_| kind == Kind::VisitClose).map(|(_, end)| end.as_str().to_owned());
    let said = VisitEnds {
        visit: visit.id.to_string(),
        requests: pending.requests.clone(),
        assets: pending.assets,
        asset_bytes: pending.asset_bytes,
        end,
        by: stopped_by(open).filter(|_| kind == Kind::VisitClose),
    };
    Ok(Draft {
        organization: visit.organization,
        kind,
        request: writer.shared.random_bits(),
        actor: visit.subject.as_bytes().to_vec(),
        person: Some(Person::Subject(visit.subject)),
        reference: Some(open.row.entry),
        ends: runs(pending.requests.iter().map(|end| end.entry)),
        epoch: None,
        payload: payload(&said)?,
        admits_under: None,
    })
}

/// Who of the organization stopped it, as its entry says.
fn stopped_by(open: &OpenVisit) -> Option<String> {
    let visit = &open.row.visit;
    let stopped = matches!(visit.ended, Some((_, VisitEnd::StoppedByOrganization)));
    let by = || open.row.stopped_by.map_or_else(|| visit.organization.to_string(), |by| by.to_string());
    stopped.then(by)
}

/// The visit's row once `parts` are written. Until its last entry it is open as far as the store knows, so that a crash
/// before is found.
fn row(open: &OpenVisit, parts: &[(Kind, Pending)]) -> VisitRow {
    let closes = parts.iter().any(|(kind, _)| *kind == Kind::VisitClose);
    let bytes = |pending: &Pending| {
        pending.requests.iter().map(|end| end.bytes_down).sum::<u64>() + pending.asset_bytes
    };
    let visit = Visit { ended: open.row.visit.ended.filter(|_| closes), ..open.row.visit.clone() };
    VisitRow {
        visit,
        assets: open.row.assets + parts.iter().map(|(_, pending)| pending.assets).sum::<u64>(),
        bytes_down: open.row.bytes_down + parts.iter().map(|(_, pending)| bytes(pending)).sum::<u64>(),
        stopped_by: open.row.stopped_by.filter(|_| closes),
        ..open.row.clone()
    }
}
