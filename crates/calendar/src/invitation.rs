//! One meeting as an iTIP message: `REQUEST` to invite or move, `CANCEL` to call off.

use jiff::Timestamp;

/// Longest line, octets, without its end (RFC 5545 §3.1).
const LINE_OCTETS_MAX: usize = 75;

/// A meeting between two people.
#[derive(Debug, Clone, Copy)]
pub struct Invitation<'a> {
    /// The same for ever, however often the meeting moves.
    pub uid: &'a str,
    /// How often it has been moved or called off.
    pub sequence: u32,
    /// When this version was made.
    pub stamp: Timestamp,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Its title. Calendars are shared widely: nothing secret.
    pub summary: &'a str,
    /// What it is about. Nothing secret either.
    pub description: &'a str,
    /// Who invites.
    pub organizer: Party<'a>,
    /// Who is invited.
    pub attendee: Party<'a>,
}

/// One side of a meeting.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// Name.
    pub name: &'a str,
    /// E-mail address.
    pub email: &'a str,
}

impl Invitation<'_> {
    /// The invitation, also to a time that the meeting was moved to.
    #[must_use]
    pub fn request(&self) -> String {
        self.object("REQUEST", "CONFIRMED")
    }

    /// The meeting is called off.
    #[must_use]
    pub fn cancel(&self) -> String {
        self.object("CANCEL", "CANCELLED")
    }

    fn object(&self, method: &str, status: &str) -> String {
        let attendee = match method {
            "CANCEL" => "ROLE=REQ-PARTICIPANT",
            _ => "ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE",
        };
        let lines = [
            "BEGIN:VCALENDAR".to_owned(),
            "VERSION:2.0".to_owned(),
            "PRODID:-//Byleave//Meeting//EN".to_owned(),
            format!("METHOD:{method}"),
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", text(self.uid)),
            format!("DTSTAMP:{}", instant(self.stamp)),
            format!("SEQUENCE:{}", self.sequence),
            format!("DTSTART:{}", instant(self.start)),
            format!("DTEND:{}", instant(self.end)),
            format!("SUMMARY:{}", text(self.summary)),
            format!("DESCRIPTION:{}", text(self.description)),
            format!("ORGANIZER;CN=\"{}\":mailto:{}", quoted(self.organizer.name), uri(self.organizer.email)),
            format!(
                "ATTENDEE;CN=\"{}\";{attendee}:mailto:{}",
                quoted(self.attendee.name),
                uri(self.attendee.email)
            ),
            format!("STATUS:{status}"),
            "END:VEVENT".to_owned(),
            "END:VCALENDAR".to_owned(),
        ];
        lines.iter().map(|line| folded(line)).collect()
    }
}

fn instant(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// RFC 5545 §3.3.11.
fn text(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// RFC 5545 §3.2: a quoted parameter holds neither quotes nor control characters.
fn quoted(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() && *c != '"').collect()
}

fn uri(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() && !c.is_whitespace() && !"\"<>\\".contains(*c)).collect()
}

/// Lines of at most 75 octets, no character cut, each with its end.
fn folded(line: &str) -> String {
    let mut out = String::new();
    let mut octets = 0;
    for c in line.chars() {
        if octets + c.len_utf8() > LINE_OCTETS_MAX {
            out.push_str("\r\n ");
            octets = 1;
        }
        out.push(c);
        octets += c.len_utf8();
    }
    out + "\r\n"
}
