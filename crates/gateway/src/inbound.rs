//! What a client sends: the bytes that had to be read to find out what it speaks, then the rest; followed strictly
//! where it is HTTP/1.1. In place of the first byte that is wrong the parser gets something that no version of HTTP
//! allows anywhere, so that it refuses the request itself (400) and closes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use crate::framing::Framing;

/// How an HTTP/2 connection begins (RFC 9113 §3.4). No method is called so, so the first bytes tell.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// No head, no chunk and no trailers; and the end of whichever it is in, so that no parser waits for more.
const SPOILT: &[u8] = b"\0\r\n\r\n";

/// A client's connection.
pub(crate) struct Inbound<S> {
    read_before: Bytes,
    stream: S,
    follows: Follows,
}

enum Follows {
    /// Whatever it is.
    Anything,
    /// HTTP/1.1.
    Strictly(Box<Framing>),
    /// Nothing any more.
    Nothing,
}

impl<S: AsyncRead + Unpin> Inbound<S> {
    pub(crate) fn new(read_before: Vec<u8>, stream: S) -> Self {
        Self { read_before: read_before.into(), stream, follows: Follows::Anything }
    }

    /// From here on it is HTTP/1.1.
    pub(crate) fn strict(self) -> Self {
        Self { follows: Follows::Strictly(Box::new(Framing::new())), ..self }
    }

    /// Whether HTTP/2 is spoken without having been agreed on before ("prior knowledge"); loses nothing.
    pub(crate) async fn speaks_2(&mut self) -> io::Result<bool> {
        let mut bytes = Vec::from(std::mem::take(&mut self.read_before));
        while !bytes.is_empty() && bytes.len() < PREFACE.len() && PREFACE.starts_with(&bytes)
            || bytes.is_empty()
        {
            let room = PREFACE.len().saturating_sub(bytes.len());
            if (&mut self.stream).take(room as u64).read_buf(&mut bytes).await? == 0 {
                break;
            }
        }
        let speaks = bytes.starts_with(PREFACE);
        self.read_before = bytes.into();
        Ok(speaks)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Inbound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let given = self.read_before.len().min(buffer.remaining());
        if given > 0 {
            buffer.put_slice(self.read_before.get(..given).unwrap_or_default());
            self.read_before.advance(given);
        } else if !matches!(self.follows, Follows::Nothing) {
            ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        }
        if let Follows::Strictly(framing) = &mut self.follows {
            let read = buffer.filled().get(before..).unwrap_or_default();
            let fine = framing.pass(read);
            if fine < read.len() {
                buffer.set_filled(before + fine);
                self.follows = Follows::Nothing;
                self.read_before = Bytes::from_static(SPOILT);
                if fine == 0 {
                    return self.poll_read(context, buffer);
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Inbound<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn http_2_is_known_by_its_first_bytes_and_nothing_is_lost() {
        for (bytes, speaks) in [
            (&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0"[..], true),
            (b"PRI * HTTP/2.0\r\n\r\nXX", false),
            (b"PRI * HTTP/2.0", false),
            (b"GET / HTTP/1.1\r\n\r\n", false),
            (b"P", false),
            (b"", false),
        ] {
            for read_before in [0, 1, bytes.len()] {
                let (before, after) = bytes.split_at(read_before.min(bytes.len()));
                let mut inbound = Inbound::new(before.to_vec(), after);
                assert_eq!(inbound.speaks_2().await.unwrap(), speaks, "{bytes:?}");
                let mut all = vec![];
                inbound.read_to_end(&mut all).await.unwrap();
                assert_eq!(all, bytes);
            }
        }
    }

    #[tokio::test]
    async fn nothing_wrong_is_handed_on() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n".as_slice();
        for wrong in [&b"X : b\r\n\r\n"[..], b"\nGET /smuggled HTTP/1.1\r\n\r\n", b"\0"] {
            for read_before in [0, 5, head.len()] {
                let (before, after) = head.split_at(read_before);
                let stream = [after, wrong].concat();
                let mut inbound = Inbound::new(before.to_vec(), stream.as_slice()).strict();
                let mut all = vec![];
                inbound.read_to_end(&mut all).await.unwrap();
                assert!(all.starts_with(head) && all.ends_with(SPOILT), "{all:?}");
                assert!(all.len() < head.len() + SPOILT.len() + 8, "{all:?}");
            }
        }
    }
}
