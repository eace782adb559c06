//! Which organizations are open, and which connections have ever carried whom: what a cut acts on (N5, N6, N8).
//!
//! A *line* is one downstream connection with everything that hangs on it: its socket, its upstream sockets, its tasks.
//! Lines are cut whole. All state is behind one lock, which is never held across an await: a stream registers under the
//! same lock that a cut takes, with the epoch it was admitted for, so that of a race either the cut finds the stream or
//! the stream finds the cut.
//!
//! Absent: leases. This is the registry of protocols 1.13, where the control plane is in the same process and calls
//! [`Registry::cut`] as a function.

mod line;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use byleave_domain::ids::{OrganizationId, VisitId};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};

use crate::config::{CUT_LOOK_EVERY, CUT_LOOKS_MAX, CUT_WAIT_MAX};

pub(crate) use line::{Line, SocketOpen};

/// Organizations, lines and accesses in progress. An organization that was never loaded is closed.
pub struct Registry {
    state: Mutex<State>,
    /// Something left the registry.
    left: Notify,
    on_stuck: Box<dyn Fn(Stuck) + Send + Sync>,
}

/// What one cut did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CutReport {
    /// Connections that were reset, both sockets of each.
    pub connections: usize,
    /// Records still being written when the cut's second was over. Nothing of theirs was forwarded or will be; each is
    /// ended as not forwarded once its record answers. Normally 0.
    pub records_unsettled: usize,
}

/// What is open at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenNow {
    /// Downstream connections.
    pub connections: usize,
    /// Requests and tunnels in progress.
    pub streams: usize,
}

/// Connections that did not go in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck {
    /// How many.
    pub connections: usize,
}

#[derive(Default)]
struct State {
    organizations: HashMap<OrganizationId, Gate>,
    lines: HashMap<u64, Carried>,
    /// From before its record until its end has been reported.
    accesses: HashMap<u64, (OrganizationId, VisitId)>,
    /// Streams in progress by visit, assets included.
    streams: HashMap<VisitId, usize>,
    next: u64,
}

struct Gate {
    epoch: u64,
    open: bool,
}

struct Carried {
    line: Arc<Line>,
    /// Sockets not yet closed.
    sockets: usize,
    /// An upstream connection that waits: nobody is on it.
    waits: bool,
    organizations: HashSet<OrganizationId>,
    visits: HashSet<VisitId>,
}

impl Registry {
    /// An empty registry whose process ends when a cut cannot be completed in time (N6).
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::with_stuck_handler(|stuck| {
            tracing::error!(connections = stuck.connections, "connections outlived their cut: aborting");
            std::process::abort()
        })
    }

    /// An empty registry that calls `on_stuck` instead of ending the process.
    pub fn with_stuck_handler(on_stuck: impl Fn(Stuck) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), left: Notify::new(), on_stuck: Box::new(on_stuck) })
    }

    /// Says that an organization's support access is on under `epoch`: at load, and when it is enabled. An epoch older
    /// than the known one changes nothing, nor does the epoch of a cut (N3). Connections of an earlier epoch, where any
    /// were still open, are reset.
    pub fn open(&self, organization: OrganizationId, epoch: u64) {
        let mut state = self.lock();
        let newer = state.organizations.get(&organization).is_none_or(|gate| epoch > gate.epoch);
        if newer {
            state.kill(|carried| carried.organizations.contains(&organization));
            state.organizations.insert(organization, Gate { epoch, open: true });
        }
    }

    /// Closes an organization under `new_epoch` and resets every connection that has ever carried it (N6). Returns
    /// when all their sockets are closed and the ends of all its accesses have been reported. Repeating it is harmless;
    /// an epoch older than the known one changes nothing.
    pub async fn cut(&self, organization: OrganizationId, new_epoch: u64) -> CutReport {
        let lines = {
            let mut state = self.lock();
            let gate =
                state.organizations.entry(organization).or_insert(Gate { epoch: new_epoch, open: false });
            if new_epoch < gate.epoch {
                return CutReport::default();
            }
            *gate = Gate { epoch: new_epoch, open: false };
            state.kill(|carried| carried.organizations.contains(&organization))
        };
        self.gone(lines, |of, _| of == organization).await
    }

    /// Resets every connection that carries this visit, and waits as [`Registry::cut`] does. The control plane must
    /// have ended the visit before.
    pub async fn cut_visit(&self, visit: VisitId) -> CutReport {
        self.cut_visits(&BTreeSet::from([visit])).await
    }

    /// As [`Registry::cut_visit`], for many at once: one look at every line, whatever their number.
    pub async fn cut_visits(&self, visits: &BTreeSet<VisitId>) -> CutReport {
        let lines = self.lock().kill(|carried| carried.visits.iter().any(|visit| visits.contains(visit)));
        self.gone(lines, |_, of| visits.contains(&of)).await
    }

    /// Closes everything (N11).
    pub async fn cut_all(&self) -> CutReport {
        let lines = {
            let mut state = self.lock();
            state.organizations.values_mut().for_each(|gate| gate.open = false);
            state.kill(|_| true)
        };
        self.gone(lines, |_, _| true).await
    }

    /// What is open at this moment.
    #[must_use]
    pub fn open_now(&self) -> OpenNow {
        let state = self.lock();
        let connections = state.lines.values().filter(|carried| !carried.waits).count();
        OpenNow { connections, streams: state.streams.values().sum() }
    }

    /// Visits with a stream in progress.
    pub(crate) fn visits_streaming(&self) -> Vec<VisitId> {
        self.lock().streams.keys().copied().collect()
    }

    /// A line for a connection just accepted.
    pub(crate) fn line(self: &Arc<Self>) -> Arc<Line> {
        let mut state = self.lock();
        let line = Line::new(self, state.next_id());
        let carried = Carried {
            line: Arc::clone(&line),
            sockets: 0,
            waits: false,
            organizations: HashSet::new(),
            visits: HashSet::new(),
        };
        state.lines.insert(line.id, carried);
        line
    }

    /// Says that an access is about to be recorded; it counts until what is returned is dropped.
    pub(crate) fn access(self: &Arc<Self>, organization: OrganizationId, visit: VisitId) -> AccessOpen {
        let mut state = self.lock();
        let id = state.next_id();
        state.accesses.insert(id, (organization, visit));
        AccessOpen { registry: Arc::clone(self), id }
    }

    /// Registers a stream on a line, under the epoch it was admitted for. `None` when the organization has been closed
    /// or has moved on since, or the line is cut: nothing may be forwarded then (N6).
    pub(crate) fn enter(
        self: &Arc<Self>,
        line: &Line,
        organization: OrganizationId,
        visit: VisitId,
        epoch: u64,
    ) -> Option<Stream> {
        let mut state = self.lock();
        let gate = state.organizations.get(&organization)?;
        if !gate.open || gate.epoch != epoch || !line.is_alive() {
            return None;
        }
        let carried = state.lines.get_mut(&line.id)?;
        carried.organizations.insert(organization);
        carried.visits.insert(visit);
        *state.streams.entry(visit).or_default() += 1;
        Some(Stream { registry: Arc::clone(self), visit })
    }

    /// A line for a socket that waits between two exchanges for the same organization. `None` when that has been closed
    /// or has moved on since: there is nothing to wait for then. A cut finds it as it finds every other (N6, N9).
    pub(crate) fn waiting(self: &Arc<Self>, organization: OrganizationId, epoch: u64) -> Option<SocketOpen> {
        let mut state = self.lock();
        let open =
            state.organizations.get(&organization).is_some_and(|gate| gate.open && gate.epoch == epoch);
        open.then(|| {
            let line = Line::new(self, state.next_id());
            let carried = Carried {
                line: Arc::clone(&line),
                sockets: 1,
                waits: true,
                organizations: HashSet::from([organization]),
                visits: HashSet::new(),
            };
            state.lines.insert(line.id, carried);
            SocketOpen { line }
        })
    }

    async fn gone(&self, killed: Killed, affected: impl Fn(OrganizationId, VisitId) -> bool) -> CutReport {
        let deadline = Instant::now() + CUT_WAIT_MAX;
        let Killed { lines, connections } = killed;
        let remaining = Remaining { ids: lines, is_there: |state, id| state.lines.contains_key(&id) };
        let stuck = self.drained(deadline, remaining, |_| Vec::new()).await;
        if stuck > 0 {
            (self.on_stuck)(Stuck { connections: stuck });
        }
        let unsettled = |state: &State| {
            let of = state.accesses.iter().filter(|(_, (of, visit))| affected(*of, *visit));
            of.map(|(id, _)| *id).collect()
        };
        let remaining = Remaining { ids: Vec::new(), is_there: |state, id| state.accesses.contains_key(&id) };
        let records_unsettled = self.drained(deadline, remaining, unsettled).await;
        CutReport { connections, records_unsettled }
    }

    /// Waits until nothing remains, and returns how much does when the time is over. `more` is asked for what has come
    /// meanwhile, whenever nothing else remains.
    async fn drained(
        &self,
        deadline: Instant,
        mut remaining: Remaining,
        more: impl Fn(&State) -> Vec<u64>,
    ) -> usize {
        let mut any = || {
            let state = self.lock();
            remaining.any(&state) || {
                remaining.ids = more(&state);
                !remaining.ids.is_empty()
            }
        };
        loop {
            // Registered before looking, so that nothing that leaves in between is missed.
            let mut left = std::pin::pin!(self.left.notified());
            left.as_mut().enable();
            if !any() {
                return 0;
            }
            if timeout_at(deadline, left).await.is_err() {
                break;
            }
        }
        for _ in 0..CUT_LOOKS_MAX {
            sleep(CUT_LOOK_EVERY).await;
            if !any() {
                return 0;
            }
        }
        remaining.count(&self.lock())
    }

    /// A panic while the lock was held cannot leave the state half changed in a way that lets anyone in.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn kill(&mut self, chosen: impl Fn(&Carried) -> bool) -> Killed {
        let chosen: Vec<_> = self.lines.values().filter(|carried| chosen(carried)).collect();
        chosen.iter().for_each(|carried| carried.line.kill());
        let lines = chosen.iter().map(|carried| carried.line.id).collect();
        Killed { lines, connections: chosen.iter().filter(|carried| !carried.waits).count() }
    }
}

/// What a cut has chosen.
struct Killed {
    lines: Vec<u64>,
    /// How many of them are somebody's.
    connections: usize,
}

/// What a cut waits for. It is looked at whenever anything leaves the registry, thousands of times in a large cut, so
/// that looking must not mean counting.
struct Remaining {
    ids: Vec<u64>,
    is_there: fn(&State, u64) -> bool,
}

impl Remaining {
    /// Whether any is still there. Each is found gone at most once, so that N looks at N take O(N) together.
    fn any(&mut self, state: &State) -> bool {
        while self.ids.pop_if(|id| !(self.is_there)(state, *id)).is_some() {}
        !self.ids.is_empty()
    }

    fn count(&self, state: &State) -> usize {
        self.ids.iter().filter(|id| (self.is_there)(state, **id)).count()
    }
}

/// An access is being recorded, or its end has not been reported.
pub(crate) struct AccessOpen {
    registry: Arc<Registry>,
    id: u64,
}

impl Drop for AccessOpen {
    fn drop(&mut self) {
        self.registry.lock().accesses.remove(&self.id);
        self.registry.left.notify_waiters();
    }
}

/// A stream is in progress under a visit.
pub(crate) struct Stream {
    registry: Arc<Registry>,
    visit: VisitId,
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut state = self.registry.lock();
        if let Some(count) = state.streams.get_mut(&self.visit) {
            *count -= 1;
            if *count == 0 {
                state.streams.remove(&self.visit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const ACME: OrganizationId = OrganizationId::from_bytes([1; 16]);
    const GLOBEX: OrganizationId = OrganizationId::from_bytes([2; 16]);
    const VISIT: VisitId = VisitId::from_bytes([3; 16]);

    fn registry() -> (Arc<Registry>, Arc<AtomicUsize>) {
        let stuck = Arc::new(AtomicUsize::new(0));
        let told = Arc::clone(&stuck);
        let registry = Registry::with_stuck_handler(move |stuck| {
            _ = told.fetch_add(stuck.connections, Ordering::SeqCst)
        });
        registry.open(ACME, 0);
        registry.open(GLOBEX, 0);
        (registry, stuck)
    }

    #[tokio::test]
    async fn what_does_not_go_in_time_is_told() {
        let (registry, stuck) = registry();
        let (line, idle) = (registry.line(), registry.line());
        let (socket, _idle) = (line.socket_open(), idle.socket_open());
        let stream = registry.enter(&line, ACME, VISIT, 0).unwrap();
        let began = std::time::Instant::now();
        let report = registry.cut(ACME, 1).await;
        assert_eq!((report.connections, stuck.load(Ordering::SeqCst)), (1, 1));
        assert!(began.elapsed() >= CUT_WAIT_MAX);
        assert!(!line.is_alive() && idle.is_alive());
        // Once it goes, the same cut again is complete at once.
        drop((socket, stream));
        assert_eq!(registry.cut(ACME, 1).await, CutReport::default());
        assert_eq!(stuck.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_cut_waits_for_the_last_socket_and_for_the_end_of_each_access() {
        let (registry, stuck) = registry();
        let line = registry.line();
        let (down, up) = (line.socket_open(), line.socket_open());
        let access = registry.access(ACME, VISIT);
        let _elsewhere = registry.access(GLOBEX, VISIT);
        let stream = registry.enter(&line, ACME, VISIT, 0);
        let cutting = tokio::spawn({
            let registry = Arc::clone(&registry);
            async move { registry.cut(ACME, 1).await }
        });
        for part in
            [Box::new((stream, down)) as Box<dyn std::any::Any + Send>, Box::new(up), Box::new(access)]
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            assert!(!cutting.is_finished());
            drop(part);
        }
        assert_eq!(cutting.await.unwrap(), CutReport { connections: 1, records_unsettled: 0 });
        assert_eq!(stuck.load(Ordering::SeqCst), 0);
    }

    /// So many that counting what is left each time one leaves takes longer than a cut may.
    #[tokio::test]
    async fn a_cut_of_many_connections_and_accesses_is_not_stuck() {
        const MANY: usize = 10_000;
        let (registry, stuck) = registry();
        let open = (0..MANY).map(|_| {
            let line = registry.line();
            let socket = line.socket_open();
            assert!(registry.enter(&line, ACME, VISIT, 0).is_some());
            (socket, registry.access(ACME, VISIT))
        });
        let (sockets, accesses): (Vec<_>, Vec<_>) = open.collect();
        let leaving = tokio::spawn(async move {
            for socket in sockets {
                drop(socket);
                tokio::task::yield_now().await;
            }
            for access in accesses {
                drop(access);
                tokio::task::yield_now().await;
            }
        });
        let report = registry.cut(ACME, 1).await;
        assert_eq!(report, CutReport { connections: MANY, records_unsettled: 0 });
        assert_eq!(stuck.load(Ordering::SeqCst), 0);
        leaving.await.unwrap();
    }

    #[tokio::test]
    async fn a_process_that_stood_still_is_not_a_connection_that_is_stuck() {
        let (registry, stuck) = registry();
        let line = registry.line();
        let socket = line.socket_open();
        assert!(registry.enter(&line, ACME, VISIT, 0).is_some());
        tokio::spawn(async move {
            line.until_over(std::future::pending()).await;
            std::thread::sleep(CUT_WAIT_MAX + std::time::Duration::from_millis(100));
            // Closing takes one more step than finding out that the time is over.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            drop(socket);
        });
        tokio::task::yield_now().await;
        let report = registry.cut(ACME, 1).await;
        assert_eq!(report, CutReport { connections: 1, records_unsettled: 0 });
        assert_eq!(stuck.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn streams_enter_only_under_the_epoch_that_is_open() {
        let (registry, _) = registry();
        let line = registry.line();
        let _socket = line.socket_open();
        assert!(registry.enter(&line, OrganizationId::from_bytes([9; 16]), VISIT, 0).is_none());
        assert!(registry.enter(&line, ACME, VISIT, 1).is_none());
        let stream = registry.enter(&line, ACME, VISIT, 0).unwrap();
        assert_eq!(registry.visits_streaming(), [VISIT]);
        drop(stream);
        assert!(registry.visits_streaming().is_empty());
        registry.open(ACME, 1);
        assert!(!line.is_alive(), "it had carried an earlier epoch");
        assert!(registry.enter(&line, ACME, VISIT, 1).is_none());
        let line = registry.line();
        let _socket = line.socket_open();
        assert!(registry.enter(&line, ACME, VISIT, 0).is_none());
        assert!(registry.enter(&line, ACME, VISIT, 1).is_some());
    }
}
