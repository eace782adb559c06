//! Phase 6, finish: however a transfer ends, its end is reported once.
//!
//! Whatever takes part in a transfer (request body, answer body, tunnel, a phase in progress) holds the [`Transfer`];
//! dropping the last holder is the end. So a cut, a panic, an impatient client and the orderly case take the same way.

use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use byleave_domain::ids::{OrganizationId, VisitId};

use crate::body::Direction;
use crate::ports::{ControlPlane, End, EndReason};
use crate::registry::{AccessOpen, Line, Stream};

/// One request with its answer, or one tunnel, that may be forwarded: it is recorded, or a declared asset.
pub(crate) struct Transfer {
    control: Arc<dyn ControlPlane>,
    line: Arc<Line>,
    kind: Kind,
    began: Instant,
    stream: OnceLock<Stream>,
    up: AtomicU64,
    down: AtomicU64,
    /// 0 until there is one.
    status: AtomicU16,
    forwarded: AtomicBool,
    answered_whole: AtomicBool,
    upstream_failed: AtomicBool,
    client_failed: AtomicBool,
}

/// What a transfer owes at its end.
pub(crate) enum Kind {
    /// An end for its begin.
    Access {
        organization: OrganizationId,
        visit: VisitId,
        begin: u64,
        /// Dropped after the end has been reported: a cut waits for it.
        _open: AccessOpen,
    },
    /// Being counted in its visit.
    Asset { visit: VisitId },
}

impl Transfer {
    pub(crate) fn new(control: Arc<dyn ControlPlane>, line: Arc<Line>, kind: Kind) -> Self {
        Self {
            control,
            line,
            kind,
            began: Instant::now(),
            stream: OnceLock::new(),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            status: AtomicU16::new(0),
            forwarded: AtomicBool::new(false),
            answered_whole: AtomicBool::new(false),
            upstream_failed: AtomicBool::new(false),
            client_failed: AtomicBool::new(false),
        }
    }

    /// Keeps the stream's registration for as long as the transfer lasts.
    pub(crate) fn registered(&self, stream: Stream) {
        let _ = self.stream.set(stream);
    }

    /// From here on bytes may be on their way upstream.
    pub(crate) fn forwarding(&self) {
        self.forwarded.store(true, Relaxed);
    }

    /// It has turned out that none were.
    pub(crate) fn not_forwarding(&self) {
        self.forwarded.store(false, Relaxed);
    }

    pub(crate) fn answered(&self, status: http::StatusCode) {
        self.status.store(status.as_u16(), Relaxed);
    }

    pub(crate) fn answered_whole(&self) {
        self.answered_whole.store(true, Relaxed);
    }

    pub(crate) fn upstream_failed(&self) {
        self.upstream_failed.store(true, Relaxed);
    }

    /// Said of a broken request body, after which the upstream fails, too, and is not to blame.
    pub(crate) fn client_failed(&self) {
        self.client_failed.store(true, Relaxed);
    }

    pub(crate) fn count(&self, direction: Direction, bytes: usize) {
        let counter = match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        };
        counter.fetch_add(bytes as u64, Relaxed);
    }

    /// Bytes of the body that have gone up.
    pub(crate) fn sent(&self) -> u64 {
        self.up.load(Relaxed)
    }

    fn reason(&self) -> EndReason {
        if !self.forwarded.load(Relaxed) {
            EndReason::NotForwarded
        } else if !self.line.is_alive() {
            EndReason::Cut
        } else if self.client_failed.load(Relaxed) {
            EndReason::ClientAbort
        } else if self.upstream_failed.load(Relaxed) {
            EndReason::UpstreamAbort
        } else if self.answered_whole.load(Relaxed) {
            EndReason::Done
        } else {
            EndReason::ClientAbort
        }
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let bytes_down = self.down.load(Relaxed);
        match &self.kind {
            Kind::Access { organization, visit, begin, .. } => self.control.record_end(End {
                organization: *organization,
                visit: *visit,
                begin: *begin,
                status: Some(self.status.load(Relaxed)).filter(|status| *status != 0),
                bytes_up: self.up.load(Relaxed),
                bytes_down,
                duration: self.began.elapsed(),
                reason: self.reason(),
            }),
            Kind::Asset { visit } => self.control.count_asset(*visit, bytes_down),
        }
    }
}
