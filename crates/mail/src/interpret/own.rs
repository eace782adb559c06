//! The author's own words: quoted history taken out, forwarded text taken in. Else the old request is read again from
//! every answer to it.

use std::borrow::Cow;

/// Lines that begin forwarded text; what follows is meant to be read.
const FORWARDED: &[&str] = &[
    "forwarded message",
    "begin forwarded message",
    "forwarded by",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten",
];

/// Lines that begin history, and nothing after them is new.
const HISTORY: &[&str] = &[
    "original message",
    "ursprüngliche nachricht",
    "original-nachricht",
    "originalnachricht",
    "original appointment",
];

/// Fields of a header in text, as forwarding and answering mail clients write it: sender, then the rest.
const SENDER: &[&str] = &["from", "von", "absender"];
const HEADER: &[&str] = &[
    "from",
    "von",
    "sent",
    "gesendet",
    "date",
    "datum",
    "to",
    "an",
    "cc",
    "kopie",
    "subject",
    "betreff",
    "reply-to",
    "antwort an",
];

/// Beginnings of a subject that say it is an older one.
const ANSWERS: &[&str] = &["re:", "aw:", "antw:", "wg:", "fwd:", "fw:"];

/// The subject, unless it is that of an older message.
pub(super) fn subject(subject: &str) -> &str {
    let lower = subject.trim().to_lowercase();
    if ANSWERS.iter().any(|answer| lower.starts_with(answer)) { "" } else { subject }
}

/// The text without history and signature.
pub(super) fn text(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept: Vec<Cow<'_, str>> = Vec::new();
    let mut forwarded = false;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at + 1..).unwrap_or_default();
        let bare = if forwarded { line.trim_start_matches(['>', ' ']) } else { line.trim_start() };
        at += 1;
        let marker = bare.trim_matches(|c: char| "-_=* :".contains(c)).to_lowercase();
        if FORWARDED.iter().any(|words| marker.starts_with(words)) {
            forwarded = true;
            at += header_lines(rest);
        } else if HISTORY.iter().any(|words| marker.starts_with(words)) || is_header(bare, rest) {
            break;
        } else if is_attribution(bare, rest) {
            if !rest.iter().find(|line| !line.trim().is_empty()).is_some_and(|line| line.starts_with('>')) {
                break;
            }
        } else if *line == "-- " || (*line == "--" && !forwarded) {
            break;
        } else if forwarded || !bare.starts_with('>') {
            kept.push(Cow::Borrowed(bare));
        }
    }
    kept.join("\n")
}

/// How many of the lines after a mark of forwarding are its header.
fn header_lines(lines: &[&str]) -> usize {
    let of_header = |line: &&&str| {
        let bare = line.trim_start_matches(['>', ' ', '*']);
        bare.is_empty() || label(bare).is_some_and(|label| HEADER.contains(&label.as_str()))
    };
    lines.iter().take_while(of_header).count()
}

/// A header in the text that no mark of forwarding stands over: history, as some mail clients write it.
fn is_header(line: &str, rest: &[&str]) -> bool {
    let is = |line: &str, names: &[&str]| label(line).is_some_and(|label| names.contains(&label.as_str()));
    is(line, SENDER) && rest.first().is_some_and(|next| is(next.trim_start(), HEADER))
}

fn label(line: &str) -> Option<String> {
    let (label, _) = line.split_once(':')?;
    Some(label.trim_matches(['*', ' ']).to_lowercase())
}

/// `On …, … wrote:`, also over two lines.
fn is_attribution(line: &str, rest: &[&str]) -> bool {
    let lower = line.to_lowercase();
    let begins = ["on ", "am ", "le ", "> on "].iter().any(|word| lower.starts_with(word));
    let ends = |line: &str| {
        let line = line.trim_end().to_lowercase();
        let Some(line) = line.strip_suffix(':') else { return false };
        line.ends_with("wrote") || line.contains(" schrieb") || line.starts_with("schrieb")
    };
    begins && (ends(line) || rest.first().is_some_and(|next| ends(next)))
        || (ends(line) && line.contains('@'))
}
