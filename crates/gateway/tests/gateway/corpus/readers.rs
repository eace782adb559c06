//! Readers of what an upstream received, from the strictest to the most forgiving; and what an application may make of a
//! path.

/// A request as some reader reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    pub method: String,
    pub target: String,
    /// Names in lower case with hyphens, as many applications see them.
    pub headers: Vec<(String, String)>,
}

/// How a reader differs from the standard.
#[derive(Debug, Clone, Copy)]
pub struct Leniency {
    /// A line feed alone ends a line.
    bare_lf: bool,
    /// A carriage return alone does.
    bare_cr: bool,
    /// Where both are there, the length counts and not the coding.
    length_first: bool,
    /// Anything that holds `chunked` is that.
    loose_coding: bool,
    /// `_` in a name is `-`.
    underscores: bool,
}

pub const READERS: [Leniency; 6] = [
    Leniency { bare_lf: false, bare_cr: false, length_first: false, loose_coding: false, underscores: false },
    Leniency { bare_lf: true, bare_cr: false, length_first: false, loose_coding: false, underscores: true },
    Leniency { bare_lf: true, bare_cr: true, length_first: false, loose_coding: true, underscores: true },
    Leniency { bare_lf: true, bare_cr: false, length_first: true, loose_coding: true, underscores: true },
    Leniency { bare_lf: false, bare_cr: false, length_first: true, loose_coding: false, underscores: false },
    Leniency { bare_lf: false, bare_cr: false, length_first: false, loose_coding: true, underscores: true },
];

/// Reads all requests of a connection. Of the last one the body may break off, as it does where the client's does.
///
/// # Errors
/// This reader finds no sense in it.
pub fn read_all(mut bytes: &[u8], how: Leniency) -> Result<Requests, String> {
    let mut all = vec![];
    while !bytes.is_empty() {
        let (head, after) = split_head(bytes, how).ok_or("half a head")?;
        let mut lines = head.into_iter();
        let first = lines.next().unwrap_or_default();
        let words: Vec<_> = first.split(' ').collect();
        let [method, target, "HTTP/1.1"] = words.as_slice() else {
            return Err(format!("first line {first:?}"));
        };
        let headers: Vec<_> = lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap_or((&line, ""));
                let name = name.trim().to_ascii_lowercase();
                let name = if how.underscores { name.replace(['_', '.'], "-") } else { name };
                (name, value.trim().to_owned())
            })
            .collect();
        let of = |name: &str| {
            headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect::<Vec<_>>()
        };
        let length = of("content-length").first().map(|length| length.parse::<usize>());
        let length = length.transpose().map_err(|_| "no length".to_owned())?;
        let chunked = of("transfer-encoding").iter().any(|coding| {
            let coding = coding.to_ascii_lowercase();
            if how.loose_coding { coding.contains("chunked") } else { coding == "chunked" }
        });
        all.push(Read { method: (*method).to_owned(), target: (*target).to_owned(), headers });
        let rest = match (length, chunked) {
            (Some(length), false) => after.get(length..),
            (Some(length), true) if how.length_first => after.get(length..),
            (_, true) => chunks(after, how),
            (None, false) => Some(after),
        };
        let Some(rest) = rest else { return Ok(Requests { all, whole: false }) };
        bytes = rest;
    }
    Ok(Requests { all, whole: true })
}

/// What a reader finds on a connection.
pub struct Requests {
    pub all: Vec<Read>,
    /// Whether the last body ends.
    pub whole: bool,
}

impl Requests {
    pub fn names(&self) -> (Vec<(&str, &str)>, bool) {
        (self.all.iter().map(|read| (read.method.as_str(), read.target.as_str())).collect(), self.whole)
    }
}

fn line(bytes: &[u8], how: Leniency) -> Option<(&[u8], &[u8])> {
    for (at, byte) in bytes.iter().enumerate() {
        let crlf = bytes[at..].starts_with(b"\r\n");
        if crlf {
            return Some((&bytes[..at], &bytes[at + 2..]));
        }
        if *byte == b'\n' && how.bare_lf || *byte == b'\r' && how.bare_cr {
            return Some((&bytes[..at], &bytes[at + 1..]));
        }
    }
    None
}

fn split_head(mut bytes: &[u8], how: Leniency) -> Option<(Vec<String>, &[u8])> {
    let mut lines = vec![];
    loop {
        let (one, rest) = line(bytes, how)?;
        bytes = rest;
        if one.is_empty() {
            return Some((lines, bytes));
        }
        lines.push(String::from_utf8_lossy(one).into_owned());
    }
}

fn chunks(mut bytes: &[u8], how: Leniency) -> Option<&[u8]> {
    loop {
        let (size, rest) = line(bytes, how)?;
        let size = std::str::from_utf8(size).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return split_head(rest, how).map(|(_, rest)| rest);
        }
        bytes = line(rest.get(size..)?, how)?.1;
    }
}

/// What an application may make of a path: unescaped again, with other slashes, without parameters, with dots resolved.
pub fn readings(target: &str) -> Vec<String> {
    let path = target.split(['?', '#']).next().unwrap_or_default().to_owned();
    let mut all = vec![path];
    for change in
        [unescape as fn(&str) -> String, unescape, slashes, without_parameters, collapse, resolve, resolve]
    {
        let changed: Vec<_> = all.iter().map(|path| change(path)).collect();
        all.extend(changed);
        all.sort_unstable();
        all.dedup();
    }
    all
}

fn unescape(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = vec![];
    let mut at = 0;
    while at < bytes.len() {
        let escaped = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let value = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        out.push(value.unwrap_or(bytes[at]));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn slashes(path: &str) -> String {
    path.replace('\\', "/")
}

fn without_parameters(path: &str) -> String {
    path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()).collect::<Vec<_>>().join("/")
}

fn collapse(path: &str) -> String {
    let mut path = path.to_owned();
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    path
}

fn resolve(path: &str) -> String {
    let mut out: Vec<&str> = vec![];
    for segment in path.split('/') {
        match segment.trim_end_matches(['\0', ' ']) {
            "." => {}
            ".." => _ = out.pop(),
            _ => out.push(segment),
        }
    }
    out.join("/")
}
