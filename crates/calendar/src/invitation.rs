//! One meeting as an iTIP message: `REQUEST` to invite or move, `CANCEL` to call off, `DECLINECOUNTER` to keep it.

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
        self.object("REQUEST", self.meeting(";PARTSTAT=NEEDS-ACTION;RSVP=TRUE", "CONFIRMED"))
    }

    /// The meeting is called off.
    #[must_use]
    pub fn cancel(&self) -> String {
        self.object("CANCEL", self.meeting("", "CANCELLED"))
    }

    /// The meeting stays as it is, though the attendee has proposed another time. It says no more than which meeting.
    #[must_use]
    pub fn decline_counter(&self) -> String {
        self.object("DECLINECOUNTER", Vec::new())
    }

    fn meeting(&self, attendee: &str, status: &str) -> Vec<String> {
        let Party { name, email } = self.attendee;
        vec![
            format!("DTSTART:{}", instant(self.start)),
            format!("DTEND:{}", instant(self.end)),
            format!("SUMMARY:{}", text(self.summary)),
            format!("DESCRIPTION:{}", text(self.description)),
            format!("ATTENDEE;CN=\"{}\";ROLE=REQ-PARTICIPANT{attendee}:mailto:{}", quoted(name), uri(email)),
            format!("STATUS:{status}"),
        ]
    }

    fn object(&self, method: &str, meeting: Vec<String>) -> String {
        let Party { name, email } = self.organizer;
        let mut lines = vec![
            "BEGIN:VCALENDAR".to_owned(),
            "VERSION:2.0".to_owned(),
            "PRODID:-//Byleave//Meeting//EN".to_owned(),
            format!("METHOD:{method}"),
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", text(self.uid)),
            format!("DTSTAMP:{}", instant(self.stamp)),
            format!("SEQUENCE:{}", self.sequence),
            format!("ORGANIZER;CN=\"{}\":mailto:{}", quoted(name), uri(email)),
        ];
        lines.extend(meeting);
        lines.extend(["END:VEVENT".to_owned(), "END:VCALENDAR".to_owned()]);
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
