//! Request targets, read once and strictly (K15). What is classified is what is recorded and what is forwarded: the
//! canonical form that [`Target::parse`] makes, in which no two readers can see different paths.

use crate::config::TARGET_BYTES_MAX;

/// Readings of one target, the escaped one among them.
const UNESCAPED_MAX: usize = 4;

/// The path and query of a request in canonical form: visible ASCII, every escape valid and upper-case, nothing escaped
/// that need not be (RFC 3986 §6.2.2), everything escaped that must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    path: String,
    query: Option<String>,
}

/// Why a target was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTarget {
    #[error("the address is longer than {TARGET_BYTES_MAX} bytes")]
    TooLong,
    #[error("the address does not begin with `/`")]
    NotAPath,
    #[error("the address holds a character that is not visible ASCII")]
    Character,
    #[error("the address holds `%` without two hexadecimal digits")]
    Escape,
    #[error("the path holds an empty segment (`//`)")]
    EmptySegment,
    #[error("the path holds a segment of dots")]
    Dots,
    #[error("the path holds {0:?}, plain or escaped")]
    Forbidden(char),
    #[error("the path is escaped twice")]
    EscapedTwice,
    #[error("the path is not UTF-8 once unescaped")]
    NotUtf8,
}

impl Target {
    /// Reads the path and query of a request line.
    pub(crate) fn parse(raw: &str) -> Result<Self, BadTarget> {
        if raw.len() > TARGET_BYTES_MAX {
            return Err(BadTarget::TooLong);
        }
        if !raw.starts_with('/') {
            return Err(BadTarget::NotAPath);
        }
        if raw.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'#') {
            return Err(BadTarget::Character);
        }
        let (path, query) = match raw.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (raw, None),
        };
        let path = canonical(path, plain_in_path)?;
        check_path(&path)?;
        let query = query.map(|query| canonical(query, plain_in_query)).transpose()?;
        if query.as_ref().is_some_and(|query| query.contains("%00")) {
            return Err(BadTarget::Forbidden('\0'));
        }
        let target = Self { path, query };
        if target.to_string().len() > TARGET_BYTES_MAX { Err(BadTarget::TooLong) } else { Ok(target) }
    }

    /// The path, escaped.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The path, unescaped once; unescaping again would change nothing.
    pub(crate) fn path_decoded(&self) -> String {
        String::from_utf8_lossy(&decode(&self.path)).into_owned()
    }

    /// The whole in escaped form, and unescaped once, twice and so on as nested addresses are, as far as that goes or
    /// anybody would.
    pub(crate) fn unescaped(&self) -> Vec<String> {
        let unescape = |text: &String| {
            let next = String::from_utf8_lossy(&decode(text)).into_owned();
            (next != *text).then_some(next)
        };
        std::iter::successors(Some(self.to_string()), unescape).take(UNESCAPED_MAX).collect()
    }

    /// The query, escaped, without its `?`.
    pub(crate) fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// This path below `prefix`, itself a canonical path without a final slash.
    pub(crate) fn below(&self, prefix: &str) -> Self {
        Self { path: format!("{prefix}{}", self.path), query: self.query.clone() }
    }

    /// What is left of the path after `prefix`, when that begins with `/`.
    pub(crate) fn without(&self, prefix: &str) -> Option<Self> {
        let path = self.path.strip_prefix(prefix).filter(|rest| rest.starts_with('/'))?;
        Some(Self { path: path.to_owned(), query: self.query.clone() })
    }

    pub(crate) fn with_query(self, query: Option<String>) -> Self {
        Self { query, ..self }
    }

    /// The value of the first query parameter of this name, unescaped as forms are.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.query.as_deref()?.split('&');
        let value =
            pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| form_decode(key) == name)?.1;
        Some(form_decode(value))
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)?;
        self.query.iter().try_for_each(|query| write!(f, "?{query}"))
    }
}

/// Unescapes a query component as forms escape it: `+` is a space. Bytes that are not UTF-8 are replaced.
pub(crate) fn form_decode(text: &str) -> String {
    String::from_utf8_lossy(&decode(&text.replace('+', " "))).into_owned()
}

/// Escapes any text for use as a query component.
pub(crate) fn query_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        push(&mut out, byte, is_unreserved(byte));
    }
    out
}

/// Valid escapes are kept as they are or resolved; every other byte is kept where `plain` allows it, else escaped.
fn canonical(text: &str, plain: fn(u8) -> bool) -> Result<String, BadTarget> {
    let mut out = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let escaped = hex(bytes.next()).zip(hex(bytes.next())).ok_or(BadTarget::Escape)?;
            let byte = escaped.0 << 4 | escaped.1;
            push(&mut out, byte, is_unreserved(byte));
        } else {
            push(&mut out, byte, plain(byte));
        }
    }
    Ok(out)
}

fn push(out: &mut String, byte: u8, plain: bool) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    if plain {
        out.push(char::from(byte));
    } else {
        out.push('%');
        for half in [byte >> 4, byte & 15] {
            out.extend(DIGITS.get(usize::from(half)));
        }
    }
}

fn check_path(path: &str) -> Result<(), BadTarget> {
    let segments = path.split('/').skip(1);
    let count = segments.clone().count();
    for (at, segment) in segments.enumerate() {
        if segment.is_empty() && at + 1 < count {
            return Err(BadTarget::EmptySegment);
        }
        check_segment(&String::from_utf8(decode(segment)).map_err(|_| BadTarget::NotUtf8)?)?;
    }
    Ok(())
}

fn check_segment(decoded: &str) -> Result<(), BadTarget> {
    if let Some(forbidden) = decoded.chars().find(|c| c.is_control() || matches!(c, '/' | '\\' | ';')) {
        return Err(BadTarget::Forbidden(forbidden));
    }
    if decode(decoded) != decoded.as_bytes() {
        return Err(BadTarget::EscapedTwice);
    }
    // Also what a careless reader takes for dots: `..?`, `..#`, `.. `, `...`.
    let name = decoded.split(['?', '#']).next().unwrap_or_default();
    if !name.is_empty() && name.chars().all(|c| matches!(c, '.' | ' ')) && name.contains('.') {
        return Err(BadTarget::Dots);
    }
    Ok(())
}

/// Resolves valid escapes; leaves everything else as it is.
fn decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = hex(after.first().copied()).zip(hex(after.get(1).copied()));
        match (first, escaped) {
            (b'%', Some((high, low))) => {
                out.push(high << 4 | low);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

const fn hex(digit: Option<u8>) -> Option<u8> {
    match digit {
        Some(digit @ b'0'..=b'9') => Some(digit - b'0'),
        Some(digit @ b'a'..=b'f') => Some(digit - b'a' + 10),
        Some(digit @ b'A'..=b'F') => Some(digit - b'A' + 10),
        _ => None,
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986 `pchar` and the slash. `;` is kept plain so that the check below names it.
const fn plain_in_path(byte: u8) -> bool {
    is_unreserved(byte)
        || matches!(
            byte,
            b'/' | b':' | b'@' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
        )
}

/// RFC 3986 `query`, and the brackets that browsers leave plain there.
const fn plain_in_query(byte: u8) -> bool {
    plain_in_path(byte) || matches!(byte, b'?' | b'[' | b']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_is_left() {
        for (raw, canonical) in [
            ("/", "/"),
            ("/a/b/", "/a/b/"),
            ("/%61%2d%7E?%41=%7e&x=%2f%25", "/a-~?A=~&x=%2F%25"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/a|b", "/a%7Cb"),
            ("/?", "/?"),
            ("/a?q=\\<>\"^`{}|[]//../;", "/a?q=%5C%3C%3E%22%5E%60%7B%7D%7C[]//../;"),
            ("/100%25", "/100%25"),
            ("/a..b/.well-known/..c", "/a..b/.well-known/..c"),
        ] {
            assert_eq!(Target::parse(raw).map(|t| t.to_string()), Ok(canonical.to_owned()), "{raw}");
            assert_eq!(Target::parse(canonical).map(|t| t.to_string()), Ok(canonical.to_owned()), "{raw}");
        }
    }

    #[test]
    fn parameters_are_read_as_forms_write_them() {
        let target = Target::parse("/e?code=a%2Bb+c&to=%2Fx%3Fy&c%6fde=second").unwrap();
        assert_eq!(target.parameter("code").as_deref(), Some("a+b c"));
        assert_eq!(target.parameter("to").as_deref(), Some("/x?y"));
        assert_eq!(target.parameter("none"), None);
        assert_eq!(form_decode(&query_encode("/ä b&c=d?+%")), "/ä b&c=d?+%");
    }

    #[test]
    fn canonical_forms_can_outgrow_the_bound() {
        assert_eq!(Target::parse(&format!("/?{}", "|".repeat(8000))), Err(BadTarget::TooLong));
        assert!(Target::parse(&format!("/{}", "a".repeat(8000))).is_ok());
    }
}
