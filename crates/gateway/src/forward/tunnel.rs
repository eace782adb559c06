//! Upgraded connections: bytes both ways, at most one buffer in flight each, until both sides have ended.

use std::io;
use std::sync::Arc;

use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::time::timeout;

use crate::body::Direction;
use crate::config::{ORDERLY_END_MAX, WRITE_BYTES_MAX};
use crate::finish::Transfer;
use crate::registry::Line;

/// Joins both sides of a switched protocol. The client's side is only reached for after the upstream's 101 has gone
/// back, so nothing that the client sent early can have gone upstream before it (K15).
pub(super) async fn run(client: OnUpgrade, upstream: OnUpgrade, transfer: Arc<Transfer>, line: Arc<Line>) {
    let joined = async {
        let upstream = upstream.await.map_err(|_| Side::Upstream)?;
        let client = client.await.map_err(|_| Side::Client)?;
        join(client, upstream, &transfer).await
    };
    match joined.await {
        Ok(()) => transfer.answered_whole(),
        Err(side) => {
            if side == Side::Upstream {
                transfer.upstream_failed();
            }
            // Half a tunnel is not ended in an orderly way.
            line.abandon();
        }
    }
}

/// Who went away without ending its side.
#[derive(PartialEq, Eq)]
enum Side {
    Client,
    Upstream,
}

async fn join(client: Upgraded, upstream: Upgraded, transfer: &Transfer) -> Result<(), Side> {
    let (mut client_reads, mut client_writes) = split(TokioIo::new(client));
    let (mut upstream_reads, mut upstream_writes) = split(TokioIo::new(upstream));
    let mut up = std::pin::pin!(async {
        let copied = copy(&mut client_reads, &mut upstream_writes, transfer, Direction::Up).await;
        copied.map_err(|end| end.blame(Side::Client, Side::Upstream))
    });
    let mut down = std::pin::pin!(async {
        let copied = copy(&mut upstream_reads, &mut client_writes, transfer, Direction::Down).await;
        copied.map_err(|end| end.blame(Side::Upstream, Side::Client))
    });
    tokio::select! {
        ended = &mut up => { ended?; timeout(ORDERLY_END_MAX, down).await.map_err(|_| Side::Upstream)? }
        ended = &mut down => { ended?; timeout(ORDERLY_END_MAX, up).await.map_err(|_| Side::Client)? }
    }
}

enum CopyError {
    Reading,
    Writing,
}

impl CopyError {
    fn blame(self, reader: Side, writer: Side) -> Side {
        match self {
            Self::Reading => reader,
            Self::Writing => writer,
        }
    }
}

/// Copies until the end of `from`, and passes the end on.
async fn copy(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    transfer: &Transfer,
    direction: Direction,
) -> Result<(), CopyError> {
    let writing = |_: io::Error| CopyError::Writing;
    let mut buffer = vec![0; WRITE_BYTES_MAX];
    loop {
        let read = from.read(&mut buffer).await.map_err(|_| CopyError::Reading)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return to.shutdown().await.map_err(writing);
        };
        to.write_all(bytes).await.map_err(writing)?;
        to.flush().await.map_err(writing)?;
        transfer.count(direction, read);
    }
}
