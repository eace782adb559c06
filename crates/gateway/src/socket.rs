//! The one place where bytes of support traffic meet the kernel (N5, N8).
//!
//! Every proxied socket, downstream and upstream, is abortive from its first moment: whatever closes it, process death
//! included, discards what the kernel has not sent. An orderly end therefore half-closes and waits for the other side
//! before it lets go.

use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::config::{SILENCE_MAX, UNACKNOWLEDGED_MAX, WRITE_BYTES_MAX};
use crate::registry::{Line, SocketOpen};

/// Slices taken into one vectored write.
const SLICES_MAX: usize = 16;

/// A socket of a line. Clones of [`Socket::handle`] keep it open.
pub(crate) struct Socket {
    shared: Handle,
}

/// Keeps a socket open beside whoever reads and writes it.
#[derive(Clone)]
pub(crate) struct Handle(Arc<Shared>);

/// Knows a socket without keeping it open.
pub(crate) struct Hold(Weak<Shared>);

struct Shared {
    tcp: TcpStream,
    /// Declared, and so dropped, after `tcp`.
    on: watch::Sender<SocketOpen>,
}

impl Socket {
    /// Takes a connection just accepted or just made.
    pub(crate) fn new(tcp: TcpStream, line: &Arc<Line>) -> io::Result<Self> {
        let (on, _) = watch::channel(line.socket_open());
        let options = SockRef::from(&tcp);
        options.set_linger(Some(Duration::ZERO))?;
        options.set_tcp_user_timeout(Some(UNACKNOWLEDGED_MAX))?;
        options.set_tcp_keepalive(&TcpKeepalive::new().with_time(SILENCE_MAX).with_interval(SILENCE_MAX))?;
        options.set_tcp_nodelay(true)?;
        Ok(Self { shared: Handle(Arc::new(Shared { tcp, on })) })
    }

    pub(crate) fn handle(&self) -> Handle {
        self.shared.clone()
    }

    /// N5: nothing is awaited between the check and the write, and one write is one system call of at most 16 KiB.
    fn poll_write_with(
        &self,
        context: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let Shared { tcp, on } = &*self.shared.0;
        loop {
            ready!(tcp.poll_write_ready(context))?;
            if !on.borrow().line().is_alive() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            match write(tcp) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let tcp = &self.shared.0.tcp;
        loop {
            ready!(tcp.poll_read_ready(context))?;
            match tcp.try_read_buf(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read.map(drop)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let bytes = bytes.get(..WRITE_BYTES_MAX).unwrap_or(bytes);
        self.poll_write_with(context, |tcp| tcp.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut some = [IoSlice::new(&[]); SLICES_MAX];
        let mut room = WRITE_BYTES_MAX;
        for (to, from) in some.iter_mut().zip(slices) {
            let part = from.get(..room).unwrap_or(from);
            *to = IoSlice::new(part);
            room -= part.len();
        }
        self.poll_write_with(context, |tcp| tcp.try_write_vectored(&some))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.half_close();
        Poll::Ready(Ok(()))
    }
}

impl Hold {
    /// Hands the socket from its line to another, on which `open` counts it: it counts on one of them at every moment.
    /// False when it is closed already.
    pub(crate) fn move_to(&self, open: SocketOpen) -> bool {
        self.0.upgrade().map(|shared| shared.on.send_replace(open)).is_some()
    }
}

impl Handle {
    /// A way back to the socket that does not keep it open.
    pub(crate) fn hold(&self) -> Hold {
        Hold(Arc::downgrade(&self.0))
    }

    /// The line that the socket is on.
    pub(crate) fn line(&self) -> Arc<Line> {
        Arc::clone(self.0.on.borrow().line())
    }

    /// Waits until the line that the socket is on is over, whichever that is by then.
    pub(crate) async fn line_over(&self) {
        let mut moves = self.0.on.subscribe();
        loop {
            let line = Arc::clone(moves.borrow_and_update().line());
            tokio::select! {
                biased;
                _ = moves.changed() => {}
                () = line.over() => return,
            }
        }
    }

    /// Ends a connection so that what was written arrives: half-closes and reads on until the other side has closed
    /// too, for at most `wait`. The socket must have no other reader any more.
    pub(crate) async fn end_orderly(self, wait: Duration) {
        self.half_close();
        let _ = timeout(wait, self.read_to_end()).await;
    }

    fn half_close(&self) {
        // An error says that there is no connection any more, which is as good.
        let _ = SockRef::from(&self.0.tcp).shutdown(Shutdown::Write);
    }

    async fn read_to_end(&self) {
        let mut discarded = [0; 4096];
        while self.0.tcp.readable().await.is_ok() {
            match self.0.tcp.try_read(&mut discarded) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;
    use crate::registry::Registry;

    #[tokio::test]
    async fn a_line_that_is_cut_writes_nothing_more() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (peer, _) = listener.accept().await.unwrap();
        let registry = Registry::new();
        let line = registry.line();
        let mut socket = Socket::new(tcp, &line).unwrap();
        let large = vec![0; 10 * WRITE_BYTES_MAX];
        assert_eq!(socket.write(&large).await.unwrap(), WRITE_BYTES_MAX);
        let slices: Vec<_> = large.chunks(3000).map(IoSlice::new).collect();
        assert_eq!(socket.write_vectored(&slices).await.unwrap(), WRITE_BYTES_MAX);
        let organization = byleave_domain::ids::OrganizationId::from_bytes([1; 16]);
        registry.open(organization, 0);
        let visit = byleave_domain::ids::VisitId::from_bytes([2; 16]);
        assert!(registry.enter(&line, organization, visit, 0).is_some());
        registry.open(organization, 1);
        assert_eq!(socket.write(&large).await.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
        assert_eq!(
            socket.write_vectored(&slices).await.unwrap_err().kind(),
            io::ErrorKind::ConnectionAborted
        );
        drop((socket, peer));
    }
}
