//! The parts of a message (RFC 2045, 2046, 2231), each with its bytes decoded.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use crate::fields::{Fields, Unreadable, decoded, lines};

/// Parts within parts at most.
pub(super) const DEPTH_MAX: usize = 20;

/// Parts at most.
pub(super) const PARTS_MAX: usize = 200;

/// Longest boundary (RFC 2046 §5.1.1), bytes.
const BOUNDARY_BYTES_MAX: usize = 70;

/// Charsets whose bytes are text as they stand.
const PLAIN: &[&str] = &["utf-8", "utf8", "us-ascii"];

/// Parameters of one field that are looked at.
const PARAMETERS_MAX: usize = 100;

/// A part that holds no further parts.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// `type/subtype`, in lower case, as the part says.
    pub media_type: String,
    /// Its charset, in lower case.
    pub charset: Option<String>,
    /// Whether lines that end in a space go on (RFC 3676).
    pub flowed: bool,
    /// Whether it is to be saved rather than shown.
    pub is_attachment: bool,
    /// Its name, as the part says.
    pub name: Option<String>,
    /// Its bytes, decoded.
    pub bytes: Vec<u8>,
}

/// All parts that hold no further ones, in their order; and what is said of those that are left out.
pub(super) fn leaves(fields: &Fields<'_>) -> Result<(Vec<Part>, Vec<String>), Unreadable> {
    let mut walk = Walk::default();
    walk.part(fields, "text/plain", 0)?;
    Ok((walk.found, walk.notes))
}

#[derive(Default)]
struct Walk {
    found: Vec<Part>,
    /// Parts seen, those that hold others among them.
    count: usize,
    notes: Vec<String>,
}

impl Walk {
    fn part(&mut self, fields: &Fields<'_>, usual: &str, depth: usize) -> Result<(), Unreadable> {
        if depth > DEPTH_MAX {
            return Err(Unreadable::TooDeep);
        }
        self.count += 1;
        if self.count > PARTS_MAX {
            return Err(Unreadable::TooManyParts);
        }
        let kind = Parameters::of(fields, "Content-Type", &mut self.notes);
        let media_type = if kind.value.contains('/') { kind.value.clone() } else { usual.to_owned() };
        let boundary = kind.get("boundary").filter(|b| !b.is_empty() && b.len() <= BOUNDARY_BYTES_MAX);
        if let Some(boundary) = boundary.filter(|_| media_type.starts_with("multipart/")) {
            return self.parts(fields.body(), boundary, &media_type, depth);
        }
        let disposition = Parameters::of(fields, "Content-Disposition", &mut self.notes);
        let name = disposition.get("filename").or_else(|| kind.get("name")).map(str::to_owned);
        let encoding = fields.get("Content-Transfer-Encoding").map(|field| field.value().to_lowercase());
        let bytes = decode(encoding.as_deref().unwrap_or_default(), fields.body(), &mut self.notes);
        let shown = media_type.starts_with("text/") && name.is_none();
        self.found.push(Part {
            is_attachment: disposition.value == "attachment" || (!shown && disposition.value != "inline"),
            charset: kind.get("charset").map(str::to_lowercase),
            flowed: kind.get("format").is_some_and(|format| format.eq_ignore_ascii_case("flowed")),
            name,
            media_type,
            bytes,
        });
        Ok(())
    }

    fn parts(&mut self, body: &[u8], boundary: &str, kind: &str, depth: usize) -> Result<(), Unreadable> {
        let usual = if kind == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        let parts = split(body, boundary.as_bytes());
        if parts.is_empty() && !body.trim_ascii().is_empty() {
            self.notes.push("what is in a part stands outside its boundaries, and is left out".to_owned());
        }
        for part in parts {
            match Fields::read(part) {
                Ok((fields, sound)) => {
                    let why = sound.err().map(|why| format!("a part's header is malformed: {why}"));
                    self.notes.extend(why);
                    self.part(&fields, usual, depth + 1)?;
                }
                Err(why) => self.notes.push(format!("a part cannot be read, and is left out: {why}")),
            }
        }
        Ok(())
    }
}

/// The bytes between lines of `--boundary`, up to `--boundary--` or the end. Of too many parts, one more than there may be.
pub(super) fn split<'b>(body: &'b [u8], boundary: &[u8]) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in lines(body) {
        let after = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary));
        let (last, rest) = match after.map(|rest| (rest.strip_prefix(b"--"), rest)) {
            Some((Some(rest), _)) => (true, Some(rest)),
            Some((None, rest)) => (false, Some(rest)),
            None => (false, None),
        };
        if rest.is_some_and(|rest| rest.iter().all(u8::is_ascii_whitespace)) {
            parts.extend(start.and_then(|start| body.get(start..at)));
            start = (!last).then_some(at + line.len());
            if last || parts.len() > PARTS_MAX {
                return parts;
            }
        }
        at += line.len();
    }
    parts.extend(start.and_then(|start| body.get(start..)));
    parts
}

fn decode(encoding: &str, body: &[u8], notes: &mut Vec<String>) -> Vec<u8> {
    let decoded = match encoding {
        "base64" => base64_decode(body),
        "quoted-printable" => quoted_printable_decode(body),
        "" | "7bit" | "8bit" | "binary" => return body.to_vec(),
        _ => None,
    };
    decoded.unwrap_or_else(|| {
        notes.push(format!("a part is not in the encoding that it names, `{}`", short(encoding)));
        body.to_vec()
    })
}

impl Part {
    /// The part as text, lines ending in `\n`. Without a charset it is UTF-8 if it can be; with an unknown one, Latin-1.
    pub(super) fn text(&self) -> String {
        let charset = self.charset.as_deref().unwrap_or("utf-8");
        let text = match (charset, charset_decoder(charset.as_bytes())) {
            (plain, _) if PLAIN.contains(&plain) => utf8_or_latin1(&self.bytes),
            (_, None) => utf8_or_latin1(&self.bytes),
            (_, Some(decode)) => decode(&self.bytes),
        };
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text: String = text.chars().filter(|c| !c.is_control() || "\n\t".contains(*c)).collect();
        if self.flowed { unflowed(&text) } else { text }
    }

    /// Whether the charset is one that is not known here.
    pub(super) fn unknown_charset(&self) -> Option<&str> {
        // These need no decoder.
        let known = |charset: &str| PLAIN.contains(&charset) || charset_decoder(charset.as_bytes()).is_some();
        self.charset.as_deref().filter(|charset| !known(charset))
    }
}

fn utf8_or_latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Paragraphs made one line again; the line before a signature stays.
fn unflowed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let line = line.strip_prefix(' ').unwrap_or(line);
        match line.strip_suffix(" \n") {
            Some(flowing) if flowing != "--" && !line.starts_with('>') => out.extend([flowing, " "]),
            _ => out.push_str(line),
        }
    }
    out
}

/// A field's value up to the first `;`, in lower case, and its parameters.
struct Parameters {
    value: String,
    all: Vec<(String, String)>,
}

impl Parameters {
    fn of(fields: &Fields<'_>, name: &str, notes: &mut Vec<String>) -> Self {
        let text = fields.get(name).map(crate::fields::Field::value).unwrap_or_default();
        let mut pieces = pieces(&text);
        let value = pieces.next().unwrap_or_default().trim().to_lowercase();
        let mut given: Vec<(String, String)> = Vec::new();
        for piece in pieces.take(PARAMETERS_MAX) {
            let Some((name, value)) = piece.split_once('=') else { continue };
            let (name, value) = (name.trim().to_lowercase(), unquoted(value.trim()));
            if given.iter().any(|(other, _)| *other == name) {
                notes.push(format!("a part gives `{}` twice; the first one is used", short(&name)));
            } else {
                given.push((name, value));
            }
        }
        Self { value, all: continued(&given) }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.all.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// A value cut at each `;` outside quotes.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let cut = c == ';' && !quoted;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        cut
    })
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.split_whitespace().next().unwrap_or_default().to_owned();
    };
    let mut out = String::new();
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => out.extend(rest.next()),
            c => out.push(c),
        }
    }
    out
}

/// RFC 2231: `name*0*=utf-8''…` and what follows it, put together; encoded words as well, which mail clients write.
fn continued(given: &[(String, String)]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for (name, value) in given {
        match name.split_once('*') {
            None => all.push((name.clone(), decoded(value.as_bytes()))),
            Some((base, "" | "0" | "0*")) => {
                let mut whole = String::new();
                let extended = name.ends_with('*');
                let charset = value.split('\'').next().filter(|_| extended).unwrap_or_default();
                let first = if extended { value.splitn(3, '\'').nth(2).unwrap_or(value) } else { value };
                whole.push_str(&percent_decoded(first, extended, charset));
                for number in 1..PARAMETERS_MAX {
                    let next = given.iter().find_map(|(name, value)| {
                        let rest = name.strip_prefix(base)?.strip_prefix('*')?;
                        let extended = rest.strip_suffix('*');
                        let same = extended.unwrap_or(rest).parse() == Ok(number);
                        same.then(|| percent_decoded(value, extended.is_some(), charset))
                    });
                    let Some(next) = next else { break };
                    whole.push_str(&next);
                }
                all.retain(|(name, _)| name != base);
                all.insert(0, (base.to_owned(), whole));
            }
            Some(_) => {}
        }
    }
    all
}

fn percent_decoded(value: &str, extended: bool, charset: &str) -> String {
    if !extended {
        return value.to_owned();
    }
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    Part { charset: Some(charset.to_lowercase()).filter(|c| !c.is_empty()), bytes, ..Part::default() }.text()
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
