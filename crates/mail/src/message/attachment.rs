//! What is attached: what it is by its bytes, under a name that is safe anywhere.

use sha2::{Digest, Sha256};

use super::mime::Part;
use crate::visible::{is_misleading, is_unseen};

/// Longest name, characters.
const NAME_CHARS_MAX: usize = 100;

/// What bytes begin with, and what they are then.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-executable"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (b"#!", "text/x-script"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
];

/// Tags that make text HTML wherever a browser sees it.
const HTML: &[&str] = &["<!doctype html", "<html", "<head", "<body", "<script", "<svg", "<iframe"];

/// How much of a file is looked at for its kind, bytes.
const SNIFFED_MAX: usize = 1024;

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, made safe: no folders, no control characters, no reversed writing.
    pub name: String,
    /// What the sender says it is.
    pub claimed: String,
    /// What its bytes are.
    pub media_type: &'static str,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Attachment {
    pub(super) fn of(part: &Part) -> Self {
        Self {
            name: safe(part.name.as_deref().unwrap_or_default()),
            claimed: part.media_type.clone(),
            media_type: sniffed(&part.bytes, &part.media_type),
            sha256: Sha256::digest(&part.bytes).into(),
            bytes: part.bytes.clone(),
        }
    }

    /// What a person should know of it.
    pub(super) fn note(&self) -> Option<String> {
        let says_pdf = self.claimed == "application/pdf" || self.name.to_lowercase().ends_with(".pdf");
        let lies = says_pdf != (self.media_type == "application/pdf");
        let runs =
            ["application/vnd.microsoft.portable-executable", "application/x-executable", "text/x-script"];
        if lies || runs.contains(&self.media_type) {
            let says = if says_pdf { "application/pdf" } else { &self.claimed };
            return Some(format!(
                "the attachment `{}` says it is `{says}` and is `{}`",
                self.name, self.media_type
            ));
        }
        None
    }
}

/// What the bytes are. The part's own word counts where plain text can be several things.
fn sniffed(bytes: &[u8], claimed: &str) -> &'static str {
    if let Some((_, kind)) = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning)) {
        return kind;
    }
    let head = bytes.get(..SNIFFED_MAX).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head).to_lowercase();
    if HTML.iter().any(|tag| text.contains(tag)) {
        return "text/html";
    }
    let plain =
        !bytes.is_empty() && !head.iter().any(|byte| byte.is_ascii_control() && !b"\r\n\t".contains(byte));
    match (plain, claimed) {
        (true, "message/rfc822") => "message/rfc822",
        (true, "text/csv") => "text/csv",
        (true, _) if std::str::from_utf8(bytes).is_ok() => "text/plain",
        _ => "application/octet-stream",
    }
}

/// A name that is one on every system, and reads as what it is.
fn safe(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless =
        |c: &char| !c.is_control() && !"<>:\"|?*".contains(*c) && !is_unseen(*c) && !is_misleading(*c);
    let name: String = last.chars().filter(harmless).collect();
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '.');
    let (stem, extension) = name.rsplit_once('.').map_or((name, None), |(stem, end)| (stem, Some(end)));
    let extension: Option<String> = extension.map(|end| end.chars().take(10).collect());
    let kept = NAME_CHARS_MAX - extension.as_ref().map_or(0, |end| end.chars().count() + 1);
    let stem: String = stem.chars().take(kept).collect();
    match (stem.is_empty(), extension) {
        (true, None) => "attachment".to_owned(),
        (true, Some(end)) => format!("attachment.{end}"),
        (false, None) => stem,
        (false, Some(end)) => format!("{stem}.{end}"),
    }
}
