//! The header fields of a message as they stand in its bytes. Libraries for mail each forgive something else, and a
//! forger looks for the difference; so this reader forgives nothing, and what it does not like is not judged further.
//!
//! Absent: what the fields mean (see [`crate::address`], [`crate::message`]).

use mail_parser::parsers::MessageStream;
use thiserror::Error;

/// Longest message, bytes.
pub const MESSAGE_BYTES_MAX: usize = 25 * 1024 * 1024;

/// Longest header, bytes.
pub const HEADER_BYTES_MAX: usize = 256 * 1024;

/// Longest identifier, bytes: that of a line (RFC 5322 §2.1.1).
const IDENTIFIER_BYTES_MAX: usize = 998;

/// Fields that a message has once or not at all (RFC 5322 §3.6, RFC 2045). With two of one kind, what was signed and
/// what is read may be two things.
const SINGLE: &[&str] = &[
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Subject",
    "Date",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
];

/// The header of a message, field by field, and where its body is.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    list: Vec<Field<'a>>,
    body: &'a [u8],
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Its name, as written.
    pub name: &'a str,
    /// Its value, as written: folded, with its line end.
    pub raw: &'a [u8],
}

/// Why a message is not read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Too long.
    #[error("the message is longer than {} MB; leave attachments out", MESSAGE_BYTES_MAX / 1024 / 1024)]
    TooLong,
    /// Its header is too long.
    #[error("the header is longer than {} kB", HEADER_BYTES_MAX / 1024)]
    HeaderTooLong,
    /// CR or LF alone.
    #[error("a line ends in something else than CR LF")]
    BareLineEnd,
    /// Parts within parts within parts.
    #[error("its parts stand too deep within each other")]
    TooDeep,
    /// Too many parts.
    #[error("it has too many parts")]
    TooManyParts,
}

/// Why a header is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Malformed {
    /// A line that is no field.
    #[error("line {0} of the header is no field")]
    Line(usize),
    /// A field that may stand once stands several times.
    #[error("the field `{0}` stands several times")]
    Repeated(&'static str),
}

impl<'a> Fields<'a> {
    /// Reads a message whose lines end in CR LF.
    ///
    /// # Errors
    /// [`Unreadable`]: nothing in such a message is to be judged.
    pub fn read(message: &'a [u8]) -> Result<(Self, Result<(), Malformed>), Unreadable> {
        if message.len() > MESSAGE_BYTES_MAX {
            return Err(Unreadable::TooLong);
        }
        if has_bare_line_end(message) {
            return Err(Unreadable::BareLineEnd);
        }
        let (header, body) = split(message);
        if header.len() > HEADER_BYTES_MAX {
            return Err(Unreadable::HeaderTooLong);
        }
        let mut list: Vec<Field<'a>> = Vec::new();
        let mut at = 0;
        let mut found = Ok(());
        for (number, line) in (1..).zip(lines(header)) {
            let end = at + line.len();
            let folded = line.starts_with(b" ") || line.starts_with(b"\t");
            if let Some(above) = list.last_mut().filter(|_| folded) {
                above.raw = header.get(at - above.raw.len()..end).unwrap_or_default();
            } else if let Some(field) = field(line) {
                list.push(field);
            } else {
                found = found.and(Err(Malformed::Line(number)));
                // What follows would be taken for the continuation of another field.
                break;
            }
            at = end;
        }
        let fields = Fields { list, body };
        let repeated = SINGLE.iter().find(|name| fields.all(name).nth(1).is_some());
        let found = found.and(repeated.map_or(Ok(()), |name| Err(Malformed::Repeated(name))));
        Ok((fields, found))
    }

    /// The fields called so, from the top.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f Field<'a>> {
        self.list.iter().filter(move |field| field.name.eq_ignore_ascii_case(name))
    }

    /// The field on top.
    #[must_use]
    pub fn first(&self) -> Option<&Field<'a>> {
        self.list.first()
    }

    /// The first field called so.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Field<'a>> {
        self.list.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// Whether there is such a field.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Everything after the header.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The identifier of the message, with its brackets, if the field holds exactly one that fits a line.
    #[must_use]
    pub fn message_id(&self) -> Option<String> {
        let ids = self.get("Message-ID").map(Field::ids).unwrap_or_default();
        let one = <[String; 1]>::try_from(ids).ok().map(|[id]| id);
        one.filter(|id| id.len() <= IDENTIFIER_BYTES_MAX)
    }
}

impl Field<'_> {
    /// The value on one line, unfolded.
    #[must_use]
    pub fn value(&self) -> String {
        String::from_utf8_lossy(self.raw).replace("\r\n", "").trim().to_owned()
    }

    /// The value with its encoded words decoded (RFC 2047), without control characters.
    #[must_use]
    pub fn text(&self) -> String {
        decoded(self.raw)
    }

    /// Message identifiers in the value, with their brackets.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        let value = self.value();
        let inner = value.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
        inner
            .map(|(id, _)| id.trim())
            .filter(|id| !id.is_empty() && !id.contains(char::is_whitespace))
            .map(|id| format!("<{id}>"))
            .collect()
    }
}

/// A value with its encoded words decoded and white space made one, without control characters.
pub(crate) fn decoded(raw: &[u8]) -> String {
    let mut line = raw.to_vec();
    if !line.ends_with(b"\n") {
        line.extend(b"\r\n");
    }
    let value = MessageStream::new(&line).parse_unstructured();
    let text = value.as_text().unwrap_or_default();
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// CR or LF that is not half of a line end.
#[must_use]
pub fn has_bare_line_end(bytes: &[u8]) -> bool {
    let mut before = 0;
    for &byte in bytes {
        if (byte == b'\n') != (before == b'\r') {
            return true;
        }
        before = byte;
    }
    before == b'\r'
}

/// Header with the line end of its last line, and body.
fn split(message: &[u8]) -> (&[u8], &[u8]) {
    if let Some(body) = message.strip_prefix(b"\r\n") {
        return (&[], body);
    }
    match message.windows(4).position(|four| four == b"\r\n\r\n") {
        Some(at) => (message.get(..at + 2).unwrap_or_default(), message.get(at + 4..).unwrap_or_default()),
        None => (message, &[]),
    }
}

/// Lines with their ends.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n')
}

fn field(line: &[u8]) -> Option<Field<'_>> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = std::str::from_utf8(line.get(..colon)?).ok()?;
    let named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    named.then_some(Field { name, raw: line.get(colon + 1..)? }).filter(|field| !field.raw.contains(&0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `ok` with the names found, or why not.
    #[track_caller]
    fn check(message: &str, expected: &str) {
        let found = match Fields::read(message.as_bytes()) {
            Err(why) => why.to_string(),
            Ok((_, Err(why))) => why.to_string(),
            Ok((fields, Ok(()))) => {
                fields.list.iter().map(|f| format!("{}={}", f.name, f.value())).collect::<Vec<_>>().join("|")
            }
        };
        assert_eq!(found, expected, "{message:?}");
    }

    #[test]
    fn a_header_is_read_to_the_letter_or_not_believed() {
        check("From: a\r\nTo: b\r\n c\r\n\r\nbody", "From=a|To=b c");
        check("From: a", "From=a");
        check("\r\nbody", "");
        check("From: a\r\n\r\nSubject: in the body\r\n", "From=a");
        check(" folded: first\r\n\r\n", "line 1 of the header is no field");
        check("From : a\r\n\r\n", "line 1 of the header is no field");
        check("From: a\r\nno field\r\nTo: b\r\n\r\n", "line 2 of the header is no field");
        check("From: a\0b\r\n\r\n", "line 1 of the header is no field");
        check("From: a\r\nfrom: b\r\n\r\n", "the field `From` stands several times");
        check(
            "Content-Type: text/plain\r\nContent-type: text/html\r\n\r\n",
            "the field `Content-Type` stands several times",
        );
        check("Received: a\r\nReceived: b\r\n\r\n", "Received=a|Received=b");
        check("From: a\n\n", "a line ends in something else than CR LF");
        check("From: a\r\n\r\nbody\r", "a line ends in something else than CR LF");
        check("From: a\r\n\r\n\r.\r\n", "a line ends in something else than CR LF");
    }

    #[test]
    fn bounds_hold() {
        let long = format!("Subject: {}\r\n\r\n", "a".repeat(HEADER_BYTES_MAX));
        check(&long, "the header is longer than 256 kB");
        let long = format!("From: a\r\n\r\n{}", "a\r\n".repeat(MESSAGE_BYTES_MAX / 3));
        check(&long, "the message is longer than 25 MB; leave attachments out");
    }

    #[test]
    fn identifiers_and_encoded_words() {
        let message = b"Message-ID:\r\n <a@b>\r\nSubject: =?utf-8?Q?Zugriff_sperren=3A?=\r\n =?utf-8?B?IMO8YmVy?=\r\n\r\n";
        let (fields, sound) = Fields::read(message).unwrap();
        sound.unwrap();
        assert_eq!(fields.message_id().as_deref(), Some("<a@b>"));
        assert_eq!(fields.get("subject").unwrap().text(), "Zugriff sperren: über");
        let (fields, _) = Fields::read(b"Message-ID: <a@b> <c@d>\r\n\r\n").unwrap();
        assert_eq!(fields.message_id(), None);
        for (length, taken) in [(996, true), (997, false)] {
            let message = format!("Message-ID: <{}>\r\n\r\n", "a".repeat(length));
            assert_eq!(Fields::read(message.as_bytes()).unwrap().0.message_id().is_some(), taken, "{length}");
        }
    }
}
