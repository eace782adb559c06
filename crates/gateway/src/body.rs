//! Bodies that are passed on: counted, bounded by what hyper buffers, never rewritten. Trailers are dropped.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::finish::Transfer;

/// The body of an answer to the person.
pub(crate) enum Outgoing {
    /// Made here.
    Own(Full<Bytes>),
    /// The upstream's.
    Forwarded(Counted),
}

/// Which way a body goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// To the upstream.
    Up,
    /// To the person.
    Down,
}

/// A body that is counted while it passes. Keeps its transfer open.
pub(crate) struct Counted {
    incoming: Incoming,
    transfer: Arc<Transfer>,
    direction: Direction,
}

impl Outgoing {
    pub(crate) fn own(bytes: Bytes) -> Self {
        Self::Own(Full::new(bytes))
    }
}

impl Counted {
    pub(crate) const fn new(incoming: Incoming, transfer: Arc<Transfer>, direction: Direction) -> Self {
        Self { incoming, transfer, direction }
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        loop {
            let frame = ready!(Pin::new(&mut self.incoming).poll_frame(context));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                None if self.direction == Direction::Down => self.transfer.answered_whole(),
                None => {}
                Some(Err(error)) => {
                    match self.direction {
                        Direction::Up => self.transfer.client_failed(),
                        Direction::Down => self.transfer.upstream_failed(),
                    }
                    return Poll::Ready(Some(Err(error)));
                }
                Some(Ok(Err(_trailers))) => continue,
                Some(Ok(Ok(data))) => {
                    self.transfer.count(self.direction, data.len());
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
            }
            return Poll::Ready(None);
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
        if self.direction == Direction::Down && self.incoming.is_end_stream() {
            self.transfer.answered_whole();
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.get_mut() {
            Self::Own(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Self::Forwarded(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(body) => body.is_end_stream(),
            Self::Forwarded(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(body) => body.size_hint(),
            Self::Forwarded(body) => body.size_hint(),
        }
    }
}
