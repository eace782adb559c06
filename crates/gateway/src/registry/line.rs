//! A line: one downstream connection with its tasks, and the sockets that count on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Registry;

/// One downstream connection with everything that hangs on it.
pub(crate) struct Line {
    pub(super) id: u64,
    /// N5: read before every write. False from the moment of a cut, for ever.
    alive: AtomicBool,
    /// Ends every task of the line; set by a cut, and when the downstream connection has failed.
    over: CancellationToken,
    /// Upgraded connections, which outlive their HTTP exchange.
    tunnels: TaskTracker,
    /// One permit: held by the upstream connection that is ending in an orderly way.
    upstream_ending: Arc<Semaphore>,
    registry: Arc<Registry>,
}

impl Line {
    pub(super) fn new(registry: &Arc<Registry>, id: u64) -> Arc<Self> {
        Arc::new(Self {
            id,
            alive: AtomicBool::new(true),
            over: CancellationToken::new(),
            tunnels: TaskTracker::new(),
            upstream_ending: Arc::new(Semaphore::new(1)),
            registry: Arc::clone(registry),
        })
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Acquire)
    }

    pub(super) fn kill(&self) {
        self.alive.store(false, Ordering::Release);
        self.over.cancel();
    }

    /// Drops everything that hangs on the line, without its being a cut.
    pub(crate) fn abandon(&self) {
        self.over.cancel();
    }

    /// Waits until the line is over.
    pub(crate) async fn over(&self) {
        self.over.cancelled().await;
    }

    /// Runs `work` until it ends or the line is over; then drops it.
    pub(crate) async fn until_over(&self, work: impl Future<Output = ()>) {
        tokio::select! {
            biased;
            () = self.over.cancelled() => {}
            () = work => {}
        }
    }

    /// As [`Line::until_over`], as a task of its own.
    pub(crate) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let line = Arc::clone(self);
        tokio::spawn(async move { line.until_over(work).await });
    }

    /// As [`Line::spawn`], for an upgraded connection.
    pub(crate) fn spawn_tunnel(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let line = Arc::clone(self);
        self.tunnels.spawn(async move { line.until_over(work).await });
    }

    /// Waits for upgraded connections to end; no further one may begin.
    pub(crate) async fn tunnels_ended(&self) {
        self.tunnels.close();
        self.tunnels.wait().await;
    }

    /// One permit, to be held while an upstream connection is ending in an orderly way.
    pub(crate) fn upstream_ending(&self) -> Arc<Semaphore> {
        Arc::clone(&self.upstream_ending)
    }

    /// Counts one socket of the line. INVARIANT: dropped after the socket is closed, since a cut waits for this.
    pub(crate) fn socket_open(self: &Arc<Self>) -> SocketOpen {
        if let Some(carried) = self.registry.lock().lines.get_mut(&self.id) {
            carried.sockets += 1;
        }
        SocketOpen { line: Arc::clone(self) }
    }
}

/// A socket of a line is open.
pub(crate) struct SocketOpen {
    pub(super) line: Arc<Line>,
}

impl SocketOpen {
    pub(crate) const fn line(&self) -> &Arc<Line> {
        &self.line
    }
}

impl Drop for SocketOpen {
    fn drop(&mut self) {
        let registry = &self.line.registry;
        let mut state = registry.lock();
        let Some(carried) = state.lines.get_mut(&self.line.id) else { return };
        carried.sockets -= 1;
        if carried.sockets == 0 {
            state.lines.remove(&self.line.id);
            drop(state);
            registry.left.notify_waiters();
        }
    }
}
