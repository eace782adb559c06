//! A message as text, within bounds: what a desk person sees, and what [`crate::interpret`]
//! reads. Nothing is fetched, nothing is run, nothing is shown as the sender would have it shown.
//!
//! The parts are walked by a reader of our own: it has one reading for what can be written in two ways, it counts depth
//! and parts before it goes on, and it does not open attached messages. Decoders and charsets are a library's.
//!
//! Absent: who sent it, and what it asks for.

mod attachment;
mod html;
mod mime;

use crate::fields::{Fields, Unreadable};
use crate::visible::{misleads, visible};
pub use attachment::Attachment;
use mime::{Part, leaves};

/// Longest text, bytes; what is beyond is left out, and marked.
pub const TEXT_BYTES_MAX: usize = 256 * 1024;

/// So much of a calendar object, and of a message without text, is shown as it was sent, bytes.
const SOURCE_BYTES_MAX: usize = 16 * 1024;

/// A message as far as it is text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// The subject.
    pub subject: String,
    /// The text; of several alternatives the plain one. Lines end in `\n`.
    pub text: String,
    /// The other alternative, where there are two: it may say something else.
    pub alternative: Option<String>,
    /// The calendar object; of several that differ, all, which is none that says anything.
    pub calendar: Option<String>,
    /// The machine-readable part of a delivery report.
    pub report: Option<String>,
    /// The header of the message that a delivery report is about, as far as it came back.
    pub returned: Option<String>,
    /// What is attached.
    pub attachments: Vec<Attachment>,
    /// What a person should know of all this.
    pub notes: Vec<String>,
}

impl View {
    /// Reads a message.
    ///
    /// # Errors
    /// [`Unreadable`] when it has too many parts, or too deep ones.
    pub fn read(fields: &Fields<'_>) -> Result<Self, Unreadable> {
        let subject = fields.get("Subject").map(crate::fields::Field::text).unwrap_or_default();
        let mut view = View { subject, ..View::default() };
        let mut plain = Vec::new();
        let mut html = Vec::new();
        let (parts, notes) = leaves(fields)?;
        view.notes = notes;
        for part in parts {
            view.notes.extend(part.unknown_charset().map(|charset| {
                format!("a part names the charset `{charset}`, which is not known; it is read as Latin-1")
            }));
            match part.media_type.as_str() {
                "text/calendar" | "application/ics" => {
                    let (text, first) = (part.text(), view.calendar.is_none());
                    let object = view.calendar.get_or_insert_default();
                    if !object.trim().lines().eq(text.trim().lines()) {
                        object.push_str(&text);
                    }
                    if part.is_attachment {
                        view.attachments.push(Attachment::of(&part));
                    } else if !first {
                        view.notes.push(another(&part));
                    }
                }
                "message/delivery-status" | "message/disposition-notification" if view.report.is_none() => {
                    view.report = Some(part.text());
                }
                "text/rfc822-headers" if view.returned.is_none() => view.returned = Some(part.text()),
                "message/delivery-status" | "message/disposition-notification" | "text/rfc822-headers" => {
                    view.notes.push(another(&part));
                }
                "text/plain" if !part.is_attachment => plain.push(part),
                "text/html" if !part.is_attachment => html.push(part),
                kind => {
                    if kind == "message/rfc822" && view.returned.is_none() {
                        view.returned = Some(header_of(&part));
                    }
                    view.attachments.push(Attachment::of(&part));
                }
            }
        }
        view.notes.extend(view.attachments.iter().filter_map(Attachment::note));
        let texts = [joined(&plain, Part::text), joined(&html, |part| html::to_text(&part.text()))];
        let mut texts = texts.into_iter().filter(|text| !text.trim().is_empty());
        view.text = bounded(texts.next().unwrap_or_default(), &mut view.notes);
        view.alternative = texts.next().map(|text| bounded(text, &mut view.notes));
        let shown = [&view.subject, &view.text].into_iter().chain(&view.alternative);
        if shown.into_iter().any(|text| misleads(text)) {
            let why =
                "it has characters that turn the direction of writing around; each is shown by its number";
            view.notes.push(why.to_owned());
        }
        view.notes.dedup();
        Ok(view)
    }

    /// What a person is shown of it: the text, the other alternative where that says something else, and how its calendar
    /// object begins. Of a message with none of them, how it begins as it was sent.
    #[must_use]
    pub fn shown(&self, message: &[u8]) -> String {
        let mut shown = visible(&self.text);
        if let Some(other) = self.alternative.as_ref().filter(|other| letters(other).ne(letters(&self.text)))
        {
            shown.push_str("\n\n--- Its other form, which a mail client may show instead, says: ---\n\n");
            shown.push_str(&visible(other));
        }
        if let Some(object) = &self.calendar {
            let object = object.get(..object.floor_char_boundary(SOURCE_BYTES_MAX)).unwrap_or_default();
            shown.push_str("\n\n--- Its calendar object, which a mail client shows as a meeting: ---\n\n");
            shown.push_str(&visible(object));
        }
        if shown.trim().is_empty() {
            let source = message.get(..SOURCE_BYTES_MAX).unwrap_or(message);
            shown = format!(
                "--- It has no text. As it was sent, it begins so: ---\n\n{}",
                String::from_utf8_lossy(source)
            );
            shown = visible(&shown);
        }
        shown
    }
}

/// What two forms of one text have in common.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

fn another(part: &Part) -> String {
    format!("one more part says that it is `{}`, and is left out", part.media_type)
}

fn joined(parts: &[Part], text: impl Fn(&Part) -> String) -> String {
    parts.iter().map(text).collect::<Vec<_>>().join("\n")
}

fn bounded(mut text: String, notes: &mut Vec<String>) -> String {
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        notes.push(format!("the text is longer than {} kB; its end is left out", TEXT_BYTES_MAX / 1024));
    }
    text
}

fn header_of(part: &Part) -> String {
    let text = part.text();
    text.split("\n\n").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
