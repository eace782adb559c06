//! The lines after `DATA`, byte by byte.

/// Where the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    LineStart,
    /// After a dot at the start of a line.
    Dot,
    /// After that and CR.
    DotCr,
    Text,
    Cr,
}

/// A message on its way.
#[derive(Debug, Clone)]
pub(super) struct Content {
    at: At,
    bytes: Vec<u8>,
    max: usize,
    /// Bytes that came, kept or not.
    came: usize,
    bare: bool,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Whole(Vec<u8>),
    TooLong,
    Bare,
}

impl Content {
    pub(super) fn new(max: usize) -> Self {
        Self { at: At::LineStart, bytes: Vec::new(), max, came: 0, bare: false }
    }

    /// Bytes that are kept.
    pub(super) fn kept(&self) -> usize {
        self.bytes.len()
    }

    /// Whether so much came that nobody waits for the end.
    pub(super) fn is_endless(&self) -> bool {
        self.came > self.max.saturating_mul(2)
    }

    /// Takes bytes up to the end; how many were taken, and the end if it is there.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (usize, Option<End>) {
        for (taken, &byte) in (1..).zip(bytes) {
            if self.step(byte) {
                self.came += taken;
                return (taken, Some(self.end()));
            }
        }
        self.came += bytes.len();
        (bytes.len(), None)
    }

    /// Whether this byte ends the message.
    fn step(&mut self, byte: u8) -> bool {
        self.at = match (self.at, byte) {
            (At::LineStart, b'.') => At::Dot,
            (At::Dot, b'\r') => At::DotCr,
            (At::DotCr, b'\n') => return true,
            (At::Cr, b'\n') => {
                self.push(b"\r\n");
                At::LineStart
            }
            (before, byte) => {
                if matches!(before, At::DotCr | At::Cr) {
                    self.bare = true;
                    self.push(b"\r");
                }
                match byte {
                    b'\r' => At::Cr,
                    byte => {
                        self.bare |= byte == b'\n';
                        self.push(&[byte]);
                        At::Text
                    }
                }
            }
        };
        false
    }

    fn push(&mut self, bytes: &[u8]) {
        // One byte more than is allowed is kept, to know that there was one.
        if self.bytes.len() <= self.max {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn end(&mut self) -> End {
        if self.bytes.len() > self.max {
            return End::TooLong;
        }
        if self.bare { End::Bare } else { End::Whole(std::mem::take(&mut self.bytes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is taken of `sent`, and what is left for the dialogue.
    #[track_caller]
    fn check(sent: &str, expected: Option<&End>, left: &str) {
        for step in [1, 2, 3, sent.len().max(1)] {
            let mut content = Content::new(20);
            let mut found = (0, None);
            for piece in sent.as_bytes().chunks(step) {
                let (taken, end) = content.take(piece);
                found = (found.0 + taken, end);
                if found.1.is_some() {
                    break;
                }
            }
            assert_eq!((found.1, &sent[found.0..]), (expected.cloned(), left), "{sent:?} by {step}");
        }
    }

    #[test]
    fn one_end_and_no_other() {
        let whole = |text: &str| End::Whole(text.into());
        let bare = Some(&End::Bare);
        check("a\r\n.\r\nQUIT\r\n", Some(&whole("a\r\n")), "QUIT\r\n");
        check(".\r\nQUIT\r\n", Some(&whole("")), "QUIT\r\n");
        check("..\r\n..a\r\n.b\r\n.\r\n", Some(&whole(".\r\n.a\r\nb\r\n")), "");
        check("a.\r\n.\r\n", Some(&whole("a.\r\n")), "");
        check("a\n.\nMAIL\r\n.\r\n", bare, "");
        check("a\r\n.\nMAIL\r\n.\r\n", bare, "");
        check("a\n.\r\nMAIL\r\n.\r\n", bare, "");
        check("a\r.\r\nMAIL\r\n.\r\n", bare, "");
        check("a\r\n.\r.\r\nMAIL\r\n.\r\n", bare, "");
        check("a\r\n.\r\r\n.\r\nx", bare, "x");
        check("a\r\r\n.\r\nx", bare, "x");
        check("12345678901234567890\r\n.\r\nx", Some(&End::TooLong), "x");
        check("123456789012345678\r\n.\r\nx", Some(&whole("123456789012345678\r\n")), "x");
        check("a\r\n", None, "");
    }
}
