//! Upstream connections between exchanges, by tool and organization, never shared between two (N9).
//!
//! A connection carries one exchange at a time, HTTP/2 included, so that whatever is cut can be reset at its socket
//! without anybody else's bytes in it. In use it is on the line of its downstream connection, and goes with that; while
//! it waits it is on a line of its own, which its organization's cut finds as it finds every other.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use byleave_domain::ids::OrganizationId;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use crate::body::{Counted, Direction};
use crate::config::{
    FREE_WAIT_MAX, IDLE_MAX, IDLE_WAIT_MAX, KEPT_AFTER_BYTES_MAX, descriptors, upstreams_max,
};
use crate::registry::{Line, Registry};
use crate::socket::Hold;

/// What an upstream connection may be used for: one tool, one organization, and that only for as long as it is open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Purpose {
    /// The tool's origin as declared.
    pub(crate) upstream: String,
    pub(crate) organization: OrganizationId,
    pub(crate) epoch: u64,
}

/// Connections that wait to be used again.
pub(crate) struct Pool {
    registry: Arc<Registry>,
    waiting: Mutex<HashMap<Purpose, Vec<Waiting>>>,
    room: Arc<Semaphore>,
}

struct Waiting {
    connection: Connection,
    since: Instant,
}

/// A connection that HTTP is spoken on.
pub(crate) struct Connection {
    pub(crate) sender: Sender,
    pub(crate) hold: Hold,
}

/// Where its requests go in.
pub(crate) enum Sender {
    One(http1::SendRequest<Counted>),
    Two(http2::SendRequest<Counted>),
}

impl Sender {
    pub(crate) const fn speaks_2(&self) -> bool {
        matches!(self, Self::Two(_))
    }

    pub(crate) async fn send(
        &mut self,
        request: Request<Counted>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Counted>>> {
        match self {
            Self::One(sender) => sender.try_send_request(request).await,
            Self::Two(sender) => sender.try_send_request(request).await,
        }
    }

    /// Whether the previous exchange is over, its request body included (K15), and the next can follow.
    async fn is_free(&mut self) -> bool {
        let free = async {
            match self {
                Self::One(sender) => sender.ready().await,
                Self::Two(sender) => sender.ready().await,
            }
        };
        timeout(FREE_WAIT_MAX, free).await.is_ok_and(|ready| ready.is_ok())
    }

    fn is_closed(&self) -> bool {
        match self {
            Self::One(sender) => sender.is_closed(),
            Self::Two(sender) => sender.is_closed(),
        }
    }
}

impl Pool {
    pub(crate) fn new(registry: Arc<Registry>) -> Arc<Self> {
        let room = Arc::new(Semaphore::new(upstreams_max(descriptors())));
        Arc::new(Self { registry, waiting: Mutex::default(), room })
    }

    /// A connection that waited for this, on `line` from now on.
    pub(crate) async fn take(&self, purpose: &Purpose, line: &Arc<Line>) -> Option<Connection> {
        loop {
            let mut connection = self.pop(purpose)?;
            if connection.hold.move_to(line.socket_open()) && connection.sender.is_free().await {
                return Some(connection);
            }
        }
    }

    fn pop(&self, purpose: &Purpose) -> Option<Connection> {
        let mut waiting = self.lock();
        let of_purpose = waiting.get_mut(purpose)?;
        let last = of_purpose.pop();
        if of_purpose.is_empty() {
            waiting.remove(purpose);
        }
        last.map(|waiting| waiting.connection)
    }

    /// Room for one more connection. Where there is none, those that wait make some.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() {
            return Some(permit);
        }
        self.lock().clear();
        Arc::clone(&self.room).acquire_owned().await.ok()
    }

    /// Lets go of connections that have waited for long, and of those that are closed.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        self.lock().retain(|_, waiting| {
            waiting.retain(|one| {
                now.duration_since(one.since) < IDLE_WAIT_MAX && !one.connection.sender.is_closed()
            });
            !waiting.is_empty()
        });
    }

    fn put(&self, purpose: &Purpose, connection: Connection) {
        if connection.sender.is_closed() {
            return;
        }
        let Some(open) = self.registry.waiting(purpose.organization, purpose.epoch) else { return };
        if connection.hold.move_to(open) {
            let mut waiting = self.lock();
            let of_purpose = waiting.entry(purpose.clone()).or_default();
            if of_purpose.len() < IDLE_MAX {
                of_purpose.push(Waiting { connection, since: Instant::now() });
            }
        }
    }

    /// Nothing is done under the lock that could leave the map half changed.
    fn lock(&self) -> MutexGuard<'_, HashMap<Purpose, Vec<Waiting>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use. Both bodies of its exchange hold it; when both have passed whole it goes back, and otherwise it
/// is dropped, and so closed.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    purpose: Purpose,
    /// Kept to the end of the exchange in any case: an HTTP/2 connection whose sender is gone ends its streams.
    connection: Mutex<Option<Connection>>,
    reusable: AtomicBool,
    up: AtomicBool,
    down: AtomicBool,
}

impl Lease {
    pub(crate) fn new(pool: &Arc<Pool>, purpose: Purpose) -> Arc<Self> {
        let [reusable, up, down] = [(); 3].map(|()| AtomicBool::new(false));
        Arc::new(Self { pool: Arc::clone(pool), purpose, connection: Mutex::new(None), reusable, up, down })
    }

    pub(crate) const fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    /// The exchange has been answered over this connection, after so many bytes of its request. It goes back only where the
    /// request had gone up whole before, and was small enough for the upstream's kernel to have taken it: what a reset would
    /// still discard of it must not be left on a connection that outlives its visit.
    pub(crate) fn answered(&self, connection: Connection, sent: u64) {
        let reusable = self.up.load(Ordering::Acquire) && sent <= KEPT_AFTER_BYTES_MAX;
        self.reusable.store(reusable, Ordering::Release);
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
    }

    /// One of the bodies has passed whole.
    pub(crate) fn whole(&self, direction: Direction) {
        let side = match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        };
        side.store(true, Ordering::Release);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let connection = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if *self.reusable.get_mut()
            && *self.down.get_mut()
            && let Some(connection) = connection
        {
            self.pool.put(&self.purpose, connection);
        }
    }
}
