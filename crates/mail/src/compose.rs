//! Letters as bytes: plain text and HTML that say the same, with an invitation and a form where there are any.
//!
//! Written by hand, so that the same letter is the same bytes each time it is tried, and signed as it is sent. Nothing that
//! comes from outside reaches a header field with a line end in it, and no line is longer than servers take.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

/// Longest line of an encoded body, characters.
const LINE_CHARS_MAX: usize = 76;

/// Bytes of text in one encoded word, so that a field's line stays within its bounds (RFC 2047 §2).
const WORD_BYTES_MAX: usize = 42;

/// A letter to be written out.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Message-ID, without brackets; the same each time it is tried.
    pub message_id: &'a str,
    /// When it was written.
    pub date: Timestamp,
    /// Name and address that it comes from.
    pub from: (&'a str, &'a str),
    /// Name and address that it goes to.
    pub to: (&'a str, &'a str),
    /// Subject.
    pub subject: &'a str,
    /// What it says.
    pub text: &'a str,
    /// Its language, such as `en`.
    pub language: &'a str,
    /// Whether it answers somebody; else it is a message of its own (RFC 3834).
    pub is_answer: bool,
    /// Message-ID of what it answers, without brackets, where one is known.
    pub answers: Option<&'a str>,
    /// An iCalendar object (RFC 6047).
    pub invitation: Option<&'a str>,
    /// A PDF, with its file name.
    pub form: Option<(&'a str, &'a [u8])>,
}

impl Outgoing<'_> {
    /// The message with its header, CRLF at each line's end.
    #[must_use]
    pub fn compose(&self) -> Vec<u8> {
        let submitted = if self.is_answer { "auto-replied" } else { "auto-generated" };
        let mut header = vec![
            field("From", &mailbox(self.from)),
            field("To", &mailbox(self.to)),
            field("Subject", &words(self.subject)),
            field("Date", &self.date.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()),
            field("Message-ID", &format!("<{}>", atom(self.message_id))),
            field("Auto-Submitted", submitted),
            field("Content-Language", &atom(self.language)),
        ];
        if let Some(answers) = self.answers {
            let id = format!("<{}>", atom(answers));
            header.extend([field("In-Reply-To", &id), field("References", &id)]);
        }
        header.push(field("MIME-Version", "1.0"));
        let mut message = header.concat();
        message.push_str(&self.body());
        message.into_bytes()
    }

    fn body(&self) -> String {
        let mut same = vec![
            quoted("text/plain; charset=utf-8", self.text),
            quoted("text/html; charset=utf-8", &html(self.text, self.language)),
        ];
        if let Some(object) = self.invitation {
            // Clients refuse one that says two things.
            let method = object.lines().find_map(|line| line.strip_prefix("METHOD:")).unwrap_or_default();
            let kind = format!("text/calendar; method={method}; charset=UTF-8; component=VEVENT");
            same.push(encoded(&kind, None, object.as_bytes()));
        }
        let alternative = self.multipart("alternative", "a", &same);
        let mut parts = vec![alternative];
        if let Some((name, bytes)) = self.form {
            parts.push(encoded("application/pdf", Some(name), bytes));
        }
        if let Some(object) = self.invitation {
            parts.push(encoded("application/ics", Some("invite.ics"), object.as_bytes()));
        }
        if parts.len() == 1 { parts.concat() } else { self.multipart("mixed", "m", &parts) }
    }

    /// `=_` stands in no encoded body, so no part ends before its end.
    fn multipart(&self, kind: &str, mark: &str, parts: &[String]) -> String {
        let id: String = self.message_id.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
        let boundary = format!("=_{mark}_{id}");
        let mut text = format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n\r\n");
        for part in parts {
            text.push_str(&format!("--{boundary}\r\n{part}\r\n"));
        }
        text.push_str(&format!("--{boundary}--\r\n"));
        text
    }
}

/// One header field. What could end it early is not in it: values are made by [`words`], [`mailbox`] and [`atom`].
fn field(name: &str, value: &str) -> String {
    format!("{name}: {value}\r\n")
}

/// An identifier or a word: nothing but visible ASCII.
fn atom(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() && !"<>".contains(*c)).take(900).collect()
}

fn mailbox((name, address): (&str, &str)) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " -".contains(c);
    let name = match name {
        "" => return format!("<{}>", atom(address)),
        name if name.chars().all(plain) && name.len() <= WORD_BYTES_MAX => name.to_owned(),
        name => encoded_words(name),
    };
    format!("{name}\r\n <{}>", atom(address))
}

/// Unstructured text: as it is where it is short and plain, else in encoded words.
fn words(text: &str) -> String {
    let plain = text.chars().all(|c| c.is_ascii_graphic() || c == ' ') && !text.contains("=?");
    if plain && text.len() <= 60 { text.to_owned() } else { encoded_words(text) }
}

fn encoded_words(text: &str) -> String {
    let (mut all, mut piece) = (Vec::new(), String::new());
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300) {
        if piece.len() + c.len_utf8() > WORD_BYTES_MAX {
            all.push(std::mem::take(&mut piece));
        }
        piece.push(c);
    }
    all.push(piece);
    let word = |piece: &String| format!("=?utf-8?B?{}?=", base64(piece.as_bytes()));
    all.iter().map(word).collect::<Vec<_>>().join("\r\n ")
}

/// A part of text, quoted-printable (RFC 2045 §6.7), so that whoever looks at it can read it.
fn quoted(kind: &str, text: &str) -> String {
    let mut body = String::new();
    for line in text.trim_end().lines() {
        let line = line.trim_end();
        let mut length = 0;
        for byte in line.bytes() {
            let literal = (byte.is_ascii_graphic() && byte != b'=') || byte == b' ';
            let piece = if literal { char::from(byte).to_string() } else { format!("={byte:02X}") };
            if length + piece.len() >= LINE_CHARS_MAX {
                body.push_str("=\r\n");
                length = 0;
            }
            length += piece.len();
            body.push_str(&piece);
        }
        body.push_str("\r\n");
    }
    format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{body}")
}

fn encoded(kind: &str, name: Option<&str>, bytes: &[u8]) -> String {
    let name = name.map(|name| {
        let safe = |c: &char| c.is_ascii_alphanumeric() || "-._".contains(*c);
        name.chars().filter(safe).take(60).collect::<String>()
    });
    let kind = name.as_ref().map_or(kind.to_owned(), |name| format!("{kind}; name=\"{name}\""));
    let disposition = name
        .map_or(String::new(), |name| format!("Content-Disposition: attachment; filename=\"{name}\"\r\n"));
    let text = base64(bytes);
    let mut body = String::new();
    for (place, c) in text.chars().enumerate() {
        body.push_str(if place > 0 && place % LINE_CHARS_MAX == 0 { "\r\n" } else { "" });
        body.push(c);
    }
    format!("Content-Type: {kind}\r\n{disposition}Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n")
}

/// The text as HTML: the same words, so that neither form can say anything else. Addresses on the web become links.
fn html(text: &str, language: &str) -> String {
    let mut html = format!("<!DOCTYPE html>\n<html lang=\"{}\"><body>\n", atom(&escaped(language)));
    for paragraph in text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()) {
        html.push_str("<p>");
        let mut lines = paragraph.lines().peekable();
        while let Some(line) = lines.next() {
            html.push_str(&linked(line));
            if let Some(next) = lines.peek() {
                html.push_str(if goes_on(line, next) { "\n" } else { "<br>\n" });
            }
        }
        html.push_str("</p>\n");
    }
    html + "</body></html>\n"
}

/// Whether a line ends for want of room alone: it had none for the next word. A link has a line of its own.
fn goes_on(line: &str, next: &str) -> bool {
    let word = next.split(' ').next().unwrap_or_default();
    !is_link(word) && line.chars().count() + 1 + word.chars().count() > LINE_CHARS_MAX
}

fn is_link(word: &str) -> bool {
    word.starts_with("https://") || word.starts_with("http://")
}

fn linked(line: &str) -> String {
    let word = |word: &str| {
        let text = escaped(word);
        if is_link(word) { format!("<a href=\"{text}\">{text}</a>") } else { text }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}
