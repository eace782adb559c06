//! A strict second look at what clients send, before the HTTP parser sees it (K15).
//!
//! The parser (hyper) is lenient where two servers in a row must not be: it takes `Transfer-Encoding` together with
//! `Content-Length` (and forgets the latter), two equal `Content-Length` lines, bare LF as line end, and a fragment in
//! the target. None of that can be seen any more in what it hands on. So the bytes are followed here, heads and bodies,
//! and the parser gets none from the first wrong one on (`inbound`).
//!
//! Absent: any say in what a request means. This only ever refuses.

use crate::config::HEAD_BYTES_MAX;

/// Follows one client's bytes.
pub(crate) struct Framing {
    state: State,
    /// The line being read, without its LF.
    line: Vec<u8>,
    head: Head,
}

enum State {
    /// Between requests, or in a request's head.
    Head,
    /// So many bytes of body to come.
    Body(u64),
    ChunkSize,
    /// So many bytes of this chunk to come.
    Chunk(u64),
    ChunkEnd,
    Trailers,
    /// After a request to upgrade. Nothing here is a request any more: the gateway answers 101 or closes.
    Upgraded,
    Refused,
}

#[derive(Default)]
struct Head {
    /// The request line has been read.
    begun: bool,
    bytes: usize,
    length: Option<u64>,
    chunked: bool,
    upgrade: bool,
}

/// Something that two servers could read differently.
struct Ambiguous;

impl Framing {
    pub(crate) fn new() -> Self {
        Self { state: State::Head, line: Vec::new(), head: Head::default() }
    }

    /// Looks at the next bytes, and says how many of them are in order: fewer than there are where one is wrong, and none
    /// from then on.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = match &mut self.state {
                State::Upgraded => return bytes.len(),
                State::Refused => break,
                State::Body(left) | State::Chunk(left) => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    *left -= taken as u64;
                    self.after_data();
                    taken
                }
                _ => self.pass_line(rest),
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        bytes.len() - rest.len()
    }

    fn after_data(&mut self) {
        match self.state {
            State::Body(0) => self.state = State::Head,
            State::Chunk(0) => self.state = State::ChunkEnd,
            _ => {}
        }
    }

    /// Takes bytes up to a line's end, or up to one that is wrong.
    fn pass_line(&mut self, bytes: &[u8]) -> usize {
        for (at, byte) in bytes.iter().enumerate() {
            let taken = match *byte {
                b'\n' => self.line_end(),
                other => self.line_byte(other),
            };
            if taken.is_err() {
                self.state = State::Refused;
                return at;
            }
            if *byte == b'\n' {
                return at + 1;
            }
        }
        bytes.len()
    }

    fn line_byte(&mut self, byte: u8) -> Result<(), Ambiguous> {
        let control = byte < b' ' && byte != b'\t' && byte != b'\r' || byte == 0x7f;
        if control || self.line.last() == Some(&b'\r') || self.line.len() >= HEAD_BYTES_MAX {
            return Err(Ambiguous);
        }
        self.line.push(byte);
        Ok(())
    }

    fn line_end(&mut self) -> Result<(), Ambiguous> {
        if self.line.pop() != Some(b'\r') {
            return Err(Ambiguous);
        }
        let line = std::mem::take(&mut self.line);
        self.state = match self.state {
            State::Head => self.head_line(&line)?,
            State::ChunkSize => match chunk_size(&line)? {
                0 => State::Trailers,
                size => State::Chunk(size),
            },
            State::ChunkEnd if line.is_empty() => State::ChunkSize,
            State::Trailers if line.is_empty() => State::Head,
            State::Trailers => {
                field(&line)?;
                State::Trailers
            }
            _ => return Err(Ambiguous),
        };
        self.line = line;
        self.line.clear();
        Ok(())
    }

    fn head_line(&mut self, line: &[u8]) -> Result<State, Ambiguous> {
        if line.is_empty() && self.head.begun {
            return std::mem::take(&mut self.head).body();
        }
        self.head.bytes += line.len();
        if self.head.bytes > HEAD_BYTES_MAX {
            return Err(Ambiguous);
        }
        if self.head.begun {
            self.head.field(line)?;
        } else {
            request_line(line)?;
            self.head.begun = true;
        }
        Ok(State::Head)
    }
}

impl Head {
    fn field(&mut self, line: &[u8]) -> Result<(), Ambiguous> {
        let (name, value) = field(line)?;
        if name.eq_ignore_ascii_case(b"content-length") {
            if self.length.is_some() {
                return Err(Ambiguous);
            }
            self.length = Some(decimal(value)?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Ambiguous);
            }
            self.chunked = true;
        } else if name.eq_ignore_ascii_case(b"upgrade") {
            self.upgrade = true;
        }
        Ok(())
    }

    /// What follows this head.
    fn body(self) -> Result<State, Ambiguous> {
        match (self.length, self.chunked) {
            (Some(_), true) => Err(Ambiguous),
            (None, true) => Ok(State::ChunkSize),
            (Some(length @ 1..), false) => Ok(State::Body(length)),
            (None | Some(0), false) if self.upgrade => Ok(State::Upgraded),
            (None | Some(0), false) => Ok(State::Head),
        }
    }
}

fn request_line(line: &[u8]) -> Result<(), Ambiguous> {
    let parts: Vec<_> = line.split(|byte| *byte == b' ').collect();
    match parts.as_slice() {
        [method, target, b"HTTP/1.1" | b"HTTP/1.0"]
            if !method.is_empty() && !target.is_empty() && !target.contains(&b'#') =>
        {
            Ok(())
        }
        _ => Err(Ambiguous),
    }
}

/// Name and value of a header line; no folding, no space before the colon (RFC 9112 §5).
fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Ambiguous> {
    let colon = line.iter().position(|byte| *byte == b':').ok_or(Ambiguous)?;
    let (name, value) = line.split_at(colon);
    if name.is_empty() || name.iter().any(|byte| *byte <= b' ' || *byte >= 0x7f) {
        return Err(Ambiguous);
    }
    Ok((name, value.get(1..).unwrap_or_default().trim_ascii()))
}

fn decimal(digits: &[u8]) -> Result<u64, Ambiguous> {
    let plain = (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(digits).map_err(|_| Ambiguous)?;
    if plain { text.parse().map_err(|_| Ambiguous) } else { Err(Ambiguous) }
}

fn chunk_size(line: &[u8]) -> Result<u64, Ambiguous> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let plain = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).map_err(|_| Ambiguous)?;
    if plain { u64::from_str_radix(text, 16).map_err(|_| Ambiguous) } else { Err(Ambiguous) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether everything passes, however it is cut into reads.
    fn passes(text: &str) -> bool {
        let whole = through(text, text.len().max(1));
        for step in [1, 2, 7] {
            assert_eq!(through(text, step), whole, "{text:?} in steps of {step}");
        }
        whole == text.len()
    }

    fn through(text: &str, step: usize) -> usize {
        let mut framing = Framing::new();
        text.as_bytes().chunks(step).map(|part| framing.pass(part)).sum()
    }

    #[test]
    fn plain_requests_pass() {
        for text in [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na\nbGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\na\nb\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.0\r\n\r\n",
            "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n\0\n\r anything",
            "GET / HTTP/1.1\r\nByleave-Reason: caf\u{e9}\tau lait\r\n\r\n",
        ] {
            assert!(passes(text), "{text:?}");
        }
    }

    #[test]
    fn whatever_two_servers_could_read_differently_is_refused() {
        for text in [
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\rHost: a\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\n\r\n",
            "GET /#x HTTP/1.1\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1 \r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\0b\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nContent-Length: 0x3\r\n\r\nabc",
            "POST / HTTP/1.1\r\nContent-Length:\r\n\r\nabc",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: identity, chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nfolded\r\n\r\n",
        ] {
            assert!(!passes(text), "{text:?}");
        }
    }
}
