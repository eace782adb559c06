//! A long way: a relay of bytes that delivers each piece 40 ms after it came, in both directions, and holds as much as is
//! under way on a line of that length at 1 Gbit/s.
//!
//! Absent: loss, and a kernel's window that grows with the round trip; connecting itself takes no time. What is left is
//! what this side does about a delay: how much it sends before something has to come back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, sleep_until};

use crate::Failure;

/// Both directions together.
pub const ROUND_TRIP: Duration = Duration::from_millis(80);
/// What the line carries.
pub const GIGABITS: usize = 1;
/// Bytes under way in one direction: what arrives in half a round trip.
const UNDER_WAY_BYTES_MAX: usize = GIGABITS * 125_000_000 / 25;
/// Bytes of a piece.
const PIECE_BYTES_MAX: usize = 64 * 1024;

/// Starts a long way to `to` in a thread of its own, and says where it begins.
///
/// # Errors
/// When it does not start.
pub fn start(to: SocketAddr) -> Result<SocketAddr, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        runtime.block_on(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, to));
            }
        });
    });
    Ok(address)
}

async fn carry(near: TcpStream, to: SocketAddr) -> std::io::Result<()> {
    let far = TcpStream::connect(to).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::spawn(one_way(near_in, far_out));
    one_way(far_in, near_out).await
}

async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> std::io::Result<()> {
    let room = Arc::new(Semaphore::new(UNDER_WAY_BYTES_MAX));
    // Bounded by the room: every piece holds some of it.
    let (sender, mut pieces) = mpsc::unbounded_channel();
    let reading = tokio::spawn(async move {
        loop {
            let mut piece = Vec::with_capacity(PIECE_BYTES_MAX);
            if from.read_buf(&mut piece).await.unwrap_or_default() == 0 {
                return;
            }
            let due = Instant::now() + ROUND_TRIP / 2;
            let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            let Ok(held) = Arc::clone(&room).acquire_many_owned(length).await else { return };
            if sender.send((due, piece, held)).is_err() {
                return;
            }
        }
    });
    while let Some((due, piece, held)) = pieces.recv().await {
        sleep_until(due).await;
        if let Err(gone) = to.write_all(&piece).await {
            reading.abort();
            return Err(gone);
        }
        drop(held);
    }
    to.shutdown().await
}
