//! Bodies that are passed on: counted, bounded by what hyper buffers, never rewritten. Of trailers that passes which may
//! stand in a head.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep};

use crate::config::UPLOAD_SILENCE_MAX;
use crate::finish::Transfer;
use crate::forward::Lease;
use crate::serve::Running;

/// The body of an answer to the person.
pub(crate) struct Outgoing {
    from: From,
    /// For as long as it is on its way.
    _running: Option<Running>,
}

enum From {
    /// Made here.
    Own(Full<Bytes>),
    /// The upstream's.
    Forwarded(Counted),
}

/// Why a body breaks off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokenOff {
    #[error(transparent)]
    Http(#[from] hyper::Error),
    #[error("nothing was sent for {} s", UPLOAD_SILENCE_MAX.as_secs())]
    Silent,
}

/// Which way a body goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// To the upstream.
    Up,
    /// To the person.
    Down,
}

/// A body that is counted while it passes. Keeps its transfer open, and its upstream connection in use.
pub(crate) struct Counted {
    incoming: Incoming,
    transfer: Arc<Transfer>,
    lease: Arc<Lease>,
    direction: Direction,
    /// Which trailers pass.
    trailers: fn(HeaderMap) -> HeaderMap,
    /// Of an upload that waits for its sender.
    silence: Option<Pin<Box<Sleep>>>,
}

impl Outgoing {
    pub(crate) fn own(bytes: Bytes) -> Self {
        Self { from: From::Own(Full::new(bytes)), _running: None }
    }

    pub(crate) const fn forwarded(body: Counted) -> Self {
        Self { from: From::Forwarded(body), _running: None }
    }

    pub(crate) fn keeping(self, running: Running) -> Self {
        Self { _running: Some(running), ..self }
    }
}

impl Counted {
    pub(crate) const fn new(
        incoming: Incoming,
        transfer: Arc<Transfer>,
        lease: Arc<Lease>,
        direction: Direction,
        trailers: fn(HeaderMap) -> HeaderMap,
    ) -> Self {
        Self { incoming, transfer, lease, direction, trailers, silence: None }
    }

    fn whole(&self) {
        self.lease.whole(self.direction);
        if self.direction == Direction::Down {
            self.transfer.answered_whole();
        }
    }

    fn failed(&self) {
        match self.direction {
            Direction::Up => self.transfer.client_failed(),
            Direction::Down => self.transfer.upstream_failed(),
        }
    }

    /// Whether the sender has been silent for too long. Only uploads may not be: a stream of events may be quiet.
    fn poll_silent(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.direction == Direction::Down {
            return Poll::Pending;
        }
        self.silence.get_or_insert_with(|| Box::pin(sleep(UPLOAD_SILENCE_MAX))).as_mut().poll(context)
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(context) else {
            ready!(self.poll_silent(context));
            self.failed();
            return Poll::Ready(Some(Err(BrokenOff::Silent)));
        };
        if let Some(silence) = &mut self.silence {
            silence.as_mut().reset(Instant::now() + UPLOAD_SILENCE_MAX);
        }
        match frame.map(|frame| frame.map(Frame::into_data)) {
            None => {
                self.whole();
                Poll::Ready(None)
            }
            Some(Err(error)) => {
                self.failed();
                Poll::Ready(Some(Err(error.into())))
            }
            Some(Ok(Ok(data))) => {
                self.transfer.count(self.direction, data.len());
                Poll::Ready(Some(Ok(Frame::data(data))))
            }
            Some(Ok(Err(rest))) => {
                self.whole();
                let passing = rest.into_trailers().map(self.trailers).unwrap_or_default();
                Poll::Ready((!passing.is_empty()).then(|| Ok(Frame::trailers(passing))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for Counted {
    /// A body of known length is dropped as soon as that has passed, without being asked for its end.
    fn drop(&mut self) {
        if self.incoming.is_end_stream() {
            self.whole();
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match &mut self.get_mut().from {
            From::Own(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            From::Forwarded(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.from {
            From::Own(body) => body.is_end_stream(),
            From::Forwarded(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.from {
            From::Own(body) => body.size_hint(),
            From::Forwarded(body) => body.size_hint(),
        }
    }
}
